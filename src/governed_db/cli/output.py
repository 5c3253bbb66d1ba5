"""What a command found into JSON for programs or text for people."""

from __future__ import annotations

import json
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
_PLAIN_WIDTH = 120  # where nobody looks at a screen, and lines are compared


def tell(found: Any, draw: Draw, *, as_json: bool) -> None:
    """Write `found` as JSON, or let `draw` show it."""
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False, default=str))
    else:
        draw(console())


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

    made = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False)
    for name in columns:
        made.add_column(name, overflow="fold")
    return made


def rows(title: Iterable[str], found: Iterable[Sequence[Any]]) -> Table:
    """A table of values, none of them read as markup."""
    from rich.text import Text

    made = table(*title)
    for row in found:
        made.add_row(*(Text("NULL", "dim") if value is None else Text(str(value)) for value in row))
    return made


def fields(found: Mapping[str, Any]) -> Table:
    """Names and values, one a line; values that are None are left out."""
    from rich.table import Table
    from rich.text import Text

    made = Table.grid(padding=(0, 2))
    for name, value in found.items():
        if value is not None:
            made.add_row(Text(name, "dim"), Text(str(value)))
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

    first, _, rest = str(error).partition("\n")
    console(stderr=True).print(Text(first, "bold red"), Text(rest) if rest else "", sep="\n" if rest else "")
