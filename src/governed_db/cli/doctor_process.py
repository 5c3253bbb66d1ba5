"""`governed-db doctor --pid`: a running process into which of its connections are governed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from governed_db.cli import output
from governed_db.remote.answers import ask

if TYPE_CHECKING:
    from rich.console import Console

_KNOWN = frozenset({"psycopg", "pymysql", "sqlite3"})


def of_process(pid: int, *, as_json: bool) -> None:
    """Tell it. Exit code 1 if a connection is open past us."""
    found = ask(pid)
    found["ok"] = not found["ungoverned"]
    output.tell(found, lambda console: _draw(console, found), as_json=as_json)
    if not found["ok"]:
        raise click.exceptions.Exit(1)


def _draw(console: Console, found: dict[str, Any]) -> None:
    console.print(Text(output.plain(f"process {found['pid']}: {found['program']}")))
    for kind in ("governed", "ungoverned"):
        for title, count in found[kind].items():
            word = "governed" if kind == "governed" else "NOT governed"
            console.print(output.mark(kind == "governed"), Text(output.plain(f"{count} {title}, {word}")))
    if not found["governed"] and not found["ungoverned"]:
        console.print("no connection is open just now")
    if others := [name for name in found["drivers"] if name not in _KNOWN]:
        console.print(Text(output.plain(f"imported, and not governed by us: {', '.join(others)}")))
