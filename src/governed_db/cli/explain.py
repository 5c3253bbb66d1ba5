"""`governed-db explain`: a statement into what would happen with it, and why."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Final

import click

import governed_db
from governed_db.cli import output
from governed_db.cli.options import Entry, entry_options, json_option

if TYPE_CHECKING:
    from rich.console import Console

    from governed_db.enforce.explain import ExplainedOutput, Explanation
    from governed_db.model.decision import Reason


# What is quoted, and the placeholders of psycopg and PyMySQL: %s, %(name)s.
_QUOTED_OR_PLACEHOLDER: Final = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|`[^`]*`|%(?:\((\w+)\))?s")


@click.command()
@click.argument("sql")
@entry_options
@json_option
def command(sql: str, *, entry: Entry, as_json: bool) -> None:
    """What would happen with SQL ("-": from standard input), and why. Only the catalog is read."""
    text = sys.stdin.read() if sql == "-" else sql
    with entry.opened() as connection:
        found = governed_db.explain(connection, text, parameters(text))
    output.tell(found.to_dict(), lambda console: draw(console, found, text), as_json=as_json)


def parameters(sql: str) -> list[None] | dict[str, None] | None:
    """NULLs for the placeholders of a statement: a driver reads it another way without parameters."""
    found = [match for match in _QUOTED_OR_PLACEHOLDER.finditer(sql) if match[0].startswith("%")]
    names = {match[1]: None for match in found if match[1]}
    return names or [None] * len(found) or None


def _mask(found: ExplainedOutput) -> str:
    """The mask, and where it is made if that is not here."""
    return f"{found.mask or ''}{' (in the database)' if found.place == 'in_database' else ''}"


def draw(console: Console, found: Explanation, sql: str) -> None:
    """The whole account of a statement."""
    from rich.syntax import Syntax

    console.print(
        Syntax(
            output.plain(sql.strip()), "sql", theme="ansi_dark", background_color="default", word_wrap=True
        )
    )
    console.print(f"{output.coloured(found.effect)} by {found.rule}")
    shown = {
        "kind": found.kind,
        "relations": ", ".join(found.relations) or None,
        "read to decide": ", ".join(found.controls) or None,
        "obligations": ", ".join(one for one in found.obligations if not one.startswith(("Mask", "Scan")))
        or None,
        "texts looked into": ", ".join(_scanned(found)) or None,
        "sent as": found.text.strip() if found.text.replace("%%", "%").strip() != sql.strip() else None,
    }
    console.print(output.fields(shown))
    if found.outputs:
        said = ((one.name, ", ".join(one.labels), _mask(one)) for one in found.outputs)
        console.print(output.rows(("output", "from", "mask"), said))
    if found.risk_terms:
        said = ((f"+{term.points}", term.name, term.why) for term in found.risk_terms)
        console.print(output.rows((f"risk {found.risk}", "signal", "because"), said))
    for reason in found.reasons:
        _draw_reason(console, reason, sql)
    if found.rewrite is not None:
        output.show(console, f"  = permitted instead ({found.rewrite.says}):")
        output.show(console, f"    {found.rewrite.text}")


def _scanned(found: Explanation) -> list[str]:
    """The outputs in whose texts personal data is hidden."""
    scans = [one for one in found.obligations if one.startswith("Scan")]
    return [
        one.name
        for index, one in enumerate(found.outputs)
        if any(f"index={index}," in each for each in scans)
    ]


def _draw_reason(console: Console, reason: Reason, sql: str) -> None:
    output.show(console, f"{reason.code} {reason.message}", "bold")
    if reason.position is not None and 0 <= reason.position < len(sql):
        start = sql.rfind("\n", 0, reason.position) + 1
        line = sql[start:].partition("\n")[0].replace("\t", " ")
        output.show(console, f"  | {line}\n  | {' ' * (reason.position - start)}^", wrap=False)
    if reason.rule:
        output.show(console, f"  = rule: {reason.rule}")
    if reason.help:
        output.show(console, f"  = help: {reason.help}")
