"""What a command found into JSON for programs or text for people.

Statements, names and values are written by others: nothing of them is read as markup, and no control
character of theirs reaches a terminal, where it could hide or forge what an approver reads.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from governed_db.errors import Error, PolicyError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

Draw = Callable[["Console"], None]

_MARKS = {True: "[green]✓[/]", False: "[red]✗[/]"}
_COLOURS = {"permit": "green", "ask": "yellow", "deny": "red"}
# Escape sequences (C0, C1), and what turns the direction of text around or takes no room.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
_PLAIN_WIDTH = 120  # where nobody looks at a screen, and lines are compared


def tell(found: Any, draw: Draw, *, as_json: bool) -> None:
    """Write `found` as JSON, or let `draw` show it."""
    if as_json:
        click.echo(json.dumps(found, indent=2, default=str))
    else:
        draw(console())


def plain(value: object) -> str:
    """A text of somebody else's with its control characters spelled out."""
    return _CONTROLS.sub(lambda match: f"\\u{ord(match[0]):04x}", str(value))


def show(console: Console, text: object, style: str = "", *, wrap: bool = True) -> None:
    """Print a text of somebody else's."""
    from rich.text import Text

    console.print(Text(plain(text), style), soft_wrap=not wrap)


def console(*, stderr: bool = False) -> Console:
    """A console on the standard output as it is now (tests and pipes replace it)."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = shutil.get_terminal_size().columns if stream.isatty() else _PLAIN_WIDTH
    return Console(file=stream, highlight=False, width=width, emoji=False)


def table(*columns: str, title: str | None = None) -> Table:
    """An empty table in the one style of all commands."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    made = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False)
    for name in columns:
        made.add_column(Text(plain(name)), overflow="fold")
    return made


def rows(title: Iterable[str], found: Iterable[Sequence[Any]]) -> Table:
    """A table of values, none of them read as markup."""
    from rich.text import Text

    made = table(*title)
    for row in found:
        made.add_row(*(Text("NULL", "dim") if value is None else Text(plain(value)) for value in row))
    return made


def fields(found: Mapping[str, Any]) -> Table:
    """Names and values, one a line; values that are None are left out."""
    from rich.table import Table
    from rich.text import Text

    made = Table.grid(padding=(0, 2))
    for name, value in found.items():
        if value is not None:
            made.add_row(Text(name, "dim"), Text(plain(value)))
    return made


def mark(is_so: bool) -> str:  # noqa: FBT001  # a bool is what it shows
    return _MARKS[is_so]


def coloured(effect: str) -> str:
    """An effect in its colour, as markup."""
    return f"[bold {_COLOURS.get(effect, 'white')}]{effect}[/]"


def tell_error(error: Error, *, as_json: bool) -> None:
    """Our own errors carry their help; their place is the standard error."""
    if as_json:
        problems = list(error.problems) if isinstance(error, PolicyError) else None
        told = {"code": error.code, "message": str(error), "problems": problems}
        click.echo(json.dumps({"error": {name: value for name, value in told.items() if value}}, indent=2))
        return
    from rich.text import Text

    first, _, rest = plain(error).partition("\n")
    console(stderr=True).print(Text(first, "bold red"), Text(rest) if rest else "", sep="\n" if rest else "")
