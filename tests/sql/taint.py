"""A column changed under a query, into the outputs that changed with it: what flows, by experiment.

The change and its baseline (an update that changes nothing) move the same rows to the same places, so
that queries without an order differ only when the column matters.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import psycopg

from governed_db.model.catalog import RelationInfo, RelationKind
from governed_db.model.statement import ColumnRef, Facts
from tests.sql.statements import Ordinary
from tests.sql.world import World

# By the beginning of the type's name: another value, never the same, still unique where it was.
CHANGED: Mapping[str, str] = {
    "character varying": "left(md5({0}) || {0}, 40)",
    "text[]": "array_append({0}, 'changed')",
    "text": "md5({0}) || {0}",
    "integer[]": "array_prepend(7777, {0})",
    "integer": "{0} + 7000",
    "numeric": "{0} * 3 + 1",
    "double": "{0} * 3 + 1",
    "date": "{0} + 40",
    "daterange": "daterange('2031-01-01', '2032-01-01')",
    "timestamp": "{0} + interval '400 days 3 hours'",
    "jsonb": '\'{{"kind": "changed", "total": 99, "items": [91]}}\'::jsonb',
    "json": "'{{\"n\": 91}}'::json",
    "interval": "{0} * 3 + interval '5 days'",
    "inet": "{0} + 7",
    "tsvector": "to_tsvector('simple', 'changed')",
}
VOLATILE = (
    "random()",
    "now()",
    "localtimestamp",
    "nextval",
    "ctid",
    "clock_timestamp",
    "gen_random_uuid",
    "TABLESAMPLE",
    "pg_",
    "$",
)

Rows = Sequence[Sequence[object]]


def changeable(world: World) -> Iterator[tuple[RelationInfo, tuple[str, ...]]]:
    """The tables of the shop that hold rows, with the columns that can be given other values."""
    relations = world.catalog.relations.values()
    shared = {parent for info in relations for parent in info.parents}
    for info in relations:
        is_table = info.kind is RelationKind.TABLE and info.schema in ("public", "archive")
        if info.parents or (info.schema, info.name) in shared or info.name.endswith("_seq"):
            continue  # partitions share rows; a sequence looks like a table
        if is_table and world.session.answer(f'SELECT 1 FROM "{info.schema}"."{info.name}" LIMIT 1'):
            yield info, tuple(c.name for c in info.columns if c.generated_from is None)


def allowed(facts: Facts, output: int) -> frozenset[ColumnRef]:
    """The columns that analysis says may make a difference in an output."""
    named = facts.outputs[output].labels | {use.column for use in facts.uses}
    # A member stands for the document that it is taken from.
    return named | {member.column for member in facts.members if member.ref in named}


@contextmanager
def updated(world: World, info: RelationInfo, values: Mapping[str, str], half: int) -> Iterator[None]:
    """Within: half of the rows have these values; constraints between tables are not looked at."""
    run = world.session.run
    assignments = ", ".join(f'"{name}" = {value}' for name, value in values.items())
    run("BEGIN", "SET LOCAL session_replication_role = replica", "SET LOCAL statement_timeout = '5s'")
    try:
        run(
            f'UPDATE "{info.schema}"."{info.name}" SET {assignments}'
            f" WHERE abs(hashtext(ctid::text)) % 2 = {half}"
        )
        yield
    finally:
        run("ROLLBACK")


def value_of(info: RelationInfo, name: str) -> str:
    """Another value for a column."""
    kind = next(column.type for column in info.columns if column.name == name)
    fits = max((prefix for prefix in CHANGED if kind.startswith(prefix)), key=len)
    return CHANGED[fits].format(f'"{name}"')


def differences(
    world: World, info: RelationInfo, names: Iterable[str], queries: Sequence[Ordinary]
) -> Iterator[tuple[Ordinary, int]]:
    """The outputs of queries that differ when these columns have other values."""
    same = {name: f'"{name}"' for name in names}
    changed = {name: value_of(info, name) for name in names}
    for half in (0, 1):
        with updated(world, info, same, half):
            before = [results(world, query) for query in queries]
        with updated(world, info, changed, half):
            after = [results(world, query) for query in queries]
        for query, was, became in zip(queries, before, after, strict=True):
            for output in _different(was, became):
                yield query, output


def cost(world: World, sql: str) -> float:
    """What the server thinks that a query costs; infinity for what it does not take."""
    try:
        plan = world.session.answer(f"EXPLAIN {sql}")[0][0]
    except psycopg.Error:
        return math.inf
    return float(plan.rpartition("..")[2].split()[0])


def results(world: World, query: Ordinary) -> Rows | None:
    """All rows; None where the query fails (then it fails before or after the change: a difference)."""
    connection = world.session.connection
    connection.pgconn.exec_(b"SAVEPOINT tried")
    try:
        cursor = connection.cursor()
        return list(cursor.execute(query.sql).fetchall())
    except Exception:  # noqa: BLE001 - a division by zero is a result too
        return None
    finally:
        connection.pgconn.exec_(b"ROLLBACK TO tried")


def _different(before: Rows | None, after: Rows | None) -> Iterator[int]:
    if before is None or after is None:
        if before is not after:
            yield from range(1)
        return
    width = len((before or after or [()])[0])
    for output in range(width):
        was, became = (sorted(_shown(row[output]) for row in rows) for rows in (before, after))
        if was != became:
            yield output


def _shown(value: object) -> str:
    """Sums of floats depend on the order in which the rows were stored, in their last digits."""
    return f"{value:.6g}" if isinstance(value, float) else repr(value)
