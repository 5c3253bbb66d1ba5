"""A stored preview into a diff that a person can read: rows before and after, and what else would happen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from governed_db.cli import output
from governed_db.model.preview import How, Preview, RowChange, Sample, from_json

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_HOW = {
    How.MEASURED: "measured by running it and undoing it",
    How.COUNTED: "counted, not run",
    How.ESTIMATED: "estimated by the planner",
    How.UNKNOWN: "not known",
}


def draw(console: Console, stored: Mapping[str, Any]) -> None:
    """Show what `ApprovalStore.preview` gave."""
    try:
        parts = from_json(stored).parts
    except ValueError:
        output.show(console, "the preview of this request cannot be read", "yellow")
        return
    for part in parts:
        _draw_part(console, part, is_one=len(parts) == 1)


def _draw_part(console: Console, part: Preview, *, is_one: bool) -> None:
    console.print()
    if not is_one:
        output.show(console, part.statement, wrap=False)
    rows = "?" if part.rows is None else part.rows
    output.show(console, f"would change {rows} row(s), {_HOW[part.how]}", "bold")
    for sample in part.samples:
        _draw_sample(console, sample)
    for line in _others(part):
        output.show(console, line)
    for caveat in part.caveats:
        output.show(console, f"mind: {caveat}", "yellow")


def _draw_sample(console: Console, sample: Sample) -> None:
    table = output.table("", *sample.columns, title=output.plain(sample.relation))
    for row in sample.rows:
        table.add_row(_mark(row), *(_cell(row, index) for index in range(len(sample.columns))))
    console.print(table)
    if sample.masked:
        output.show(console, f"not shown: {', '.join(sample.masked)}", "dim")


def _mark(row: RowChange) -> Text:
    from rich.text import Text

    if row.before is None:
        return Text("+", "green")
    return Text("-", "red") if row.after is None else Text("~", "yellow")


def _cell(row: RowChange, index: int) -> Text:
    """One value; a changed one as what it was and what it would be."""
    from rich.text import Text

    if row.before is None or row.after is None:
        style = "green" if row.before is None else "red"
        return Text(_said((row.before or row.after or ())[index]), style)
    before, after = _said(row.before[index]), _said(row.after[index])
    if index not in row.changed and before == after:
        return Text(before, "dim")
    return Text.assemble((before, "red strike"), " → ", (after, "green"))


def _said(value: str | None) -> str:
    return "NULL" if value is None else output.plain(value)


def _others(part: Preview) -> Iterator[str]:
    for reached in part.reached:
        counts = {"added": reached.inserted, "changed": reached.updated, "deleted": reached.deleted}
        told = ", ".join(f"{count} {what}" for what, count in counts.items() if count) or "rows not counted"
        way = f" through {reached.through}" if reached.through else ""
        yield f"{reached.relation}: {told} (by {reached.by}{way})"
    if not part.complete:
        yield "and perhaps more: not all that it reaches is known"
    for lock in part.locks:
        yield f"locks {lock.relation} ({lock.mode})" + (f", stops {lock.stops}" if lock.stops else "")
    for change in part.structure:
        does = [name for name, is_so in (("rewrites", change.rewrites), ("reads", change.reads)) if is_so]
        every = f": {' and '.join(does)} every row" if does else ""
        yield f"{change.relation}: {change.action}{every} {change.algorithm}".rstrip()
    if part.indexes:
        yield f"uses {', '.join(part.indexes)}"
    if part.scanned:
        yield f"reads all of {', '.join(part.scanned)}"
    if part.seconds is not None:
        yield f"took {part.seconds:.3g} s when it was measured"
