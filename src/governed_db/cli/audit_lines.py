"""Audit events into lines for people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from governed_db.cli import output
from governed_db.cli.options import known_state_dir
from governed_db.errors import AuditUnavailable

if TYPE_CHECKING:
    from rich.text import Text

_STATUS_COLOURS = {
    "ok": "green",
    "refused": "red",
    "asked": "yellow",
    "rolled back": "yellow",
    "error": "red",
}


def audit_folder(state_dir: str | None) -> Path:
    """The audit folder of a state folder; there must be one, because reading must not make it."""
    folder = known_state_dir(state_dir) / "audit"
    if not folder.is_dir():
        raise AuditUnavailable(
            f"there is no audit trail in {folder.parent}",
            code="GDB602",
            help="name the state folder with --state-dir or GOVERNED_DB_HOME; the first statement makes it",
        )
    return folder


def line_of(event: Mapping[str, Any]) -> Text:
    """An event in one line: when, who, what came of it, by which rule, and the statement."""
    from rich.text import Text

    fields = event["fields"]
    status = fields.get("status", "")
    said = Text.assemble(
        (clock(event["time"]), "dim"),
        "  ",
        f"{event['phase']:<8}",
        (f"{status:<12}", _STATUS_COLOURS.get(status, "")),
    )
    said.append(f"{output.plain(_who(fields)):<28}")
    decision = fields.get("decision") or {}
    said.append(f"{decision.get('rule', ''):<26}", "cyan")
    return said.append(" ".join(output.plain(_what(fields)).split()))


def _who(fields: Mapping[str, Any]) -> str:
    chain = [link["id"] for link in fields.get("principals", ())]
    return " ← ".join(chain or [fields.get("by", "")]) + " "


def _what(fields: Mapping[str, Any]) -> str:
    rows = fields.get("rows")
    words = [f"[{rows} rows]" if isinstance(rows, int) and rows >= 0 else ""]
    words += [fields.get(name) or "" for name in ("statement", "action", "approval", "spool")]
    return " ".join(words)


def clock(seconds: float) -> str:
    """Seconds since the epoch as people write a moment, in UTC."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] + "Z"
