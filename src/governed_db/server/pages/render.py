"""A template's name and what it shows into HTML with every text escaped."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from governed_db.model.preview import How, Reached
from governed_db.server.pages import moments, statement
from governed_db.server.pages.seen_text import seen

_HERE: Final = Path(__file__).parent
ASSETS: Final = {"style.css": "text/css", "pages.js": "text/javascript", "mark.svg": "image/svg+xml"}

HOW: Final = {
    How.MEASURED.value: "measured by running it and undoing it",
    How.COUNTED.value: "counted, not run",
    How.ESTIMATED.value: "estimated by the planner",
    How.UNKNOWN.value: "not known",
}


def html(template: str, shown: dict[str, Any]) -> str:
    """The page. A name that a template uses and nobody gave is an error, not a gap."""
    return environment().get_template(template).render(shown)


@cache
def environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "seen": seen,
        "sql": statement.view,
        "sql_line": statement.one_line,
        "ago": moments.ago,
        "clock": moments.clock,
        "count": moments.count,
        "span": moments.span,
        "stamp": moments.stamp,
        "reached": _reached,
    }
    made.globals |= {"asset": asset_path, "how": HOW}
    return made


def asset_path(name: str) -> str:
    """Where the browser finds it; another path when its bytes are others, so that it may be kept for long."""
    return f"/assets/{asset(name)[1]}/{name}"


@cache
def asset(name: str) -> tuple[bytes, str]:
    """The bytes and a name for them. Raises KeyError for what is no asset."""
    if name not in ASSETS:
        raise KeyError(name)
    read = (_HERE / "assets" / name).read_bytes()
    return read, hashlib.sha256(read).hexdigest()[:12]


def _reached(one: Reached) -> Markup:
    counts = {"added": one.inserted, "changed": one.updated, "deleted": one.deleted}
    said = ", ".join(f"{moments.count(number)} {what}" for what, number in counts.items() if number)
    return seen(said or "rows not counted")
