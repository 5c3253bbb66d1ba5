"""`governed-db doctor`: one database, policy and state folder into proof that governance is really on.

Canary statements are harmless even if nothing stopped them; what would not be is only asked about.
"""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import attrs
import click

import governed_db
from governed_db.cli import output
from governed_db.cli.doctor_process import of_process
from governed_db.cli.inside import database_of, gate_of, knowledge_of, policy_of, spool_of
from governed_db.cli.options import Entry, entry_options, json_option
from governed_db.cli.tables import Table, masked_text, tables_of
from governed_db.errors import Error, StatementDenied
from governed_db.model.catalog import Dialect, RelationKind

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

CANARY = "governed_db_canary"
# Reads a file or loads code that does not exist, if anybody lets it.
_FILES = {
    Dialect.POSTGRES: f"SELECT pg_read_file('{CANARY}')",
    Dialect.MYSQL: f"SELECT load_file('/{CANARY}')",
    Dialect.SQLITE: f"SELECT load_extension('{CANARY}')",
}


@attrs.frozen
class Check:
    """One thing that was looked at. `is_ok` None: it could not be shown here, which is no failure."""

    name: str
    is_ok: bool | None
    found: str


@click.command()
@entry_options
@click.option("--pid", type=int, help="Ask a running process which of its connections are governed.")
@json_option
def command(*, entry: Entry, pid: int | None, as_json: bool) -> None:
    """Is it really on? Connects, tells what applies, and tries to get past it.

    With --pid, of a program below `governed-db run` or with `install()`: which connections are open in it
    past us. Changes nothing. Exit code 1 if a check fails.
    """
    if pid is not None:
        return of_process(pid, as_json=as_json)
    checks: list[Check] = []
    with entry.opened() as connection:
        checks += _checks(connection, entry.driver_error)
    found = {
        "ok": all(check.is_ok is not False for check in checks),
        "checks": [attrs.asdict(one) for one in checks],
    }
    output.tell(found, lambda console: _draw(console, checks), as_json=as_json)
    if not found["ok"]:
        raise click.exceptions.Exit(1)
    return None


def _checks(connection: Any, driver_error: type[Exception]) -> Iterator[Check]:
    started = time.time()
    gate = gate_of(connection)
    dialect = gate.planner.dialect
    yield Check("connected", True, f"{type(connection).__module__}.{type(connection).__qualname__}")
    yield from _what_applies(connection)
    yield _backstop(connection, dialect)
    for name, sql in (("two statements in one call", "SELECT 1; SELECT 1"), ("files", _FILES[dialect])):
        yield _refused(connection, name, sql, driver_error)
    tables = tables_of(knowledge_of(connection))
    yield from _tables(connection, tables)
    yield from _state(connection, started)


def _what_applies(connection: Any) -> Iterator[Check]:
    gate, knowledge = gate_of(connection), knowledge_of(connection)
    policy = policy_of(connection)
    said = f"{policy.name}, revision {policy.revision}, {len(policy.rules)} rules"
    yield Check(
        "policy", not policy.observes, said + (": it only observes, nothing is refused" * policy.observes)
    )
    principal = gate.context().principal
    groups = f", groups {', '.join(principal.groups)}" if principal.groups else ""
    yield Check("principal", True, f"{principal.id}, a {principal.kind}{groups}")
    own = [one for one in knowledge.catalog.relations.values() if one.kind is not RelationKind.SYSTEM]
    yield Check("database", True, f"{database_of(connection)}, {len(own)} relations")
    counted = Counter(knowledge.classes.values())
    told = ", ".join(f"{count} {name}" for name, count in sorted(counted.items()))
    yield Check(
        "protected columns",
        True if counted else None,
        told or "none were found: is this the database you mean?",
    )


# -- canaries --------------------------------------------------------------------------------------------


def _backstop(connection: Any, dialect: Dialect) -> Check:
    """Call the driver's own code behind our back: it must not reach the database."""
    try:
        _BEHIND_OUR_BACK[dialect](connection)
    except Error as error:
        return Check(
            "backstop", True, f"a statement sent past the governed classes was refused ({error.code})"
        )
    return Check("backstop", False, "a statement sent past the governed classes reached the database")


def _past_sqlite(connection: Any) -> None:
    sqlite3.Cursor.execute(connection.cursor(), f"SELECT 1 AS {CANARY}")


def _past_psycopg(connection: Any) -> None:
    connection.pgconn.exec_(f"SELECT 1 AS {CANARY}".encode())


def _past_pymysql(connection: Any) -> None:
    import pymysql

    pymysql.connections.Connection.query(connection, f"SELECT 1 AS {CANARY}")


_BEHIND_OUR_BACK: dict[Dialect, Callable[[Any], None]] = {
    Dialect.SQLITE: _past_sqlite,
    Dialect.POSTGRES: _past_psycopg,
    Dialect.MYSQL: _past_pymysql,
}


def _refused(connection: Any, name: str, sql: str, driver_error: type[Exception]) -> Check:
    """Run a statement that must be refused, and would do no harm if it were not."""
    cursor = connection.cursor()
    try:
        cursor.execute(sql)
    except StatementDenied as error:
        return Check(name, True, f"refused ({error.code})")
    except driver_error as error:
        return Check(name, False, f"not refused by governed_db, it failed in the database: {error}")
    finally:
        cursor.close()
        connection.rollback()
    return Check(name, False, f"not refused: {sql}")


def _tables(connection: Any, tables: list[Table]) -> Iterator[Check]:
    relations = [table for table in tables if table.is_stored]
    for name, sql in (("unbounded delete", "DELETE FROM {}"), ("drop table", "DROP TABLE {}")):
        if not relations:
            yield Check(name, None, "no table with protected columns to ask about")
            continue
        why = governed_db.explain(connection, sql.format(relations[0].name))
        codes = ", ".join(reason.code for reason in why.reasons)
        yield Check(
            name, why.effect != "permit", f"would be answered with {why.effect} by {why.rule} ({codes})"
        )
    yield _masked(connection, relations)


def _masked(connection: Any, tables: list[Table]) -> Check:
    """A value that we know, where the protected one would be, must come back masked."""
    is_masking = False
    for table in tables:
        text = masked_text(connection, table)
        if text is None:
            continue
        is_masking = True
        hidden = f"coalesce('{CANARY}', {table.quoted(text)})"
        sql = f"SELECT t.harmless FROM (SELECT {hidden} AS harmless FROM {table.name}) AS t LIMIT 1"
        cursor = connection.cursor()
        try:
            cursor.execute(sql)
            rows = cursor.fetchall()
        except StatementDenied as error:
            return Check("masking", True, f"a read of {table.name} is refused ({error.code})")
        finally:
            cursor.close()
            connection.rollback()
        if rows:
            shown = next(iter(rows[0].values() if isinstance(rows[0], dict) else rows[0]))
            is_masked = CANARY not in str(shown)
            return Check("masking", is_masked, f"{table.name}.{table.quoted(text)} comes back as {shown!r}")
    held = [f"{table.name}.{name}" for table in tables for name in table.texts]
    if held:
        return Check(
            "masking", None if is_masking else False, f"not masked, or without rows: {', '.join(held)}"
        )
    return Check("masking", None, "no protected column of text to show it on")


# -- state folder ----------------------------------------------------------------------------------------


def _state(connection: Any, started: float) -> Iterator[Check]:
    from governed_db.remote.approvals import ApprovalStore
    from governed_db.remote.reader import read
    from governed_db.remote.verify import verify

    spool = spool_of(connection)
    spool.flush()
    folder: Path = spool.directory
    report = verify(folder)
    recorded = sum(event["phase"] == "refusal" for event in read(folder, since=started))
    yield Check("canaries were recorded", recorded > 0, f"{recorded} refusals in {folder}")
    said = f"{report.events} events in {report.chains} chain(s)"
    yield Check("audit trail is whole", report.ok, said if report.ok else f"broken: {report.first}")
    pending = [
        one
        for one in ApprovalStore(folder.parent / "approvals.sqlite").list()
        if one.state.value == "pending"
    ]
    yield Check("approvals", True, f"{len(pending)} request(s) wait for a decision")


# -- how it is told --------------------------------------------------------------------------------------


def _draw(console: Console, checks: list[Check]) -> None:
    from rich.table import Table as Grid
    from rich.text import Text

    made = Grid.grid(padding=(0, 2))
    for check in checks:
        made.add_row(
            "[yellow]?[/]" if check.is_ok is None else output.mark(check.is_ok),
            check.name,
            Text(output.plain(check.found)),
        )
    console.print(made)
    failed = sum(check.is_ok is False for check in checks)
    console.print("[green]It is on.[/]" if not failed else f"[red]{failed} check(s) failed.[/]")
