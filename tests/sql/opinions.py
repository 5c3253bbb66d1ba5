"""A statement into what the server itself says of it: the second opinion that analysis is held to."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from typing import Any

import attrs
import pymysql
from psycopg.pq import ExecStatus

from governed_db.model.statement import ColumnRef, Label
from tests.sql.world import World

_SCHEMA_TABLES = ("sqlite_master", "sqlite_temp_master")


@attrs.frozen
class Described:
    """One result column: its name, and the stored column (or view's column) it is a copy of, if any."""

    name: str
    origin: ColumnRef | None = None


def of_postgres(world: World, sql: str) -> Sequence[Described]:
    """Prepare and describe, as the extended protocol offers."""
    pgconn = world.session.connection.pgconn
    prepared = pgconn.prepare(b"", sql.encode())
    assert prepared.status == ExecStatus.COMMAND_OK, prepared.get_error_message()
    result = pgconn.describe_prepared(b"")
    return [
        Described(
            (result.fname(index) or b"").decode(),
            _postgres_origin(world, result.ftable(index), result.ftablecol(index)),
        )
        for index in range(result.nfields)
    ]


def _postgres_origin(world: World, table: int, column: int) -> ColumnRef | None:
    if not table or column <= 0:
        return None
    found = world.session.answer(
        "SELECT n.nspname, c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
        f"JOIN pg_namespace n ON n.oid = c.relnamespace WHERE a.attrelid = {table} AND a.attnum = {column}"
    )
    return ColumnRef(*found[0])


def of_mysql(world: World, sql: str) -> Sequence[Described]:
    """Run it, look at the result's fields, and roll back."""
    connection = world.session.connection
    connection.begin()
    try:
        with closing(pymysql.cursors.Cursor(connection)) as cursor:
            cursor.execute(sql)
            fields = cursor._result.fields if cursor.description else ()
            return [Described(field.name, _mysql_origin(world, field)) for field in fields]
    finally:
        connection.rollback()


def _mysql_origin(world: World, field: Any) -> ColumnRef | None:
    """The server also names a temporary table's own column as if the base table had it."""
    info = world.catalog.relations.get((world.schema, field.org_table or ""))
    columns = [column.name for column in info.columns] if info else []
    if field.org_name not in columns:
        return None
    return ColumnRef(world.schema, field.org_table, field.org_name)


def of_sqlite(world: World, sql: str) -> frozenset[tuple[str, str]]:
    """Prepare it under an authorizer: the (table, column) pairs that are read, in lower case.

    Left out: the names of views (their tables are reported too), what a table-valued function returns,
    and the schema table, which has several names and which such functions pretend to read.
    """
    connection = world.session.connection
    read: set[tuple[str, str]] = set()

    def note(action: int, table: str | None, column: str | None, *_: str | None) -> int:
        if action == sqlite3.SQLITE_READ and table and column:
            read.add((table.lower(), column.lower()))
        return sqlite3.SQLITE_OK

    connection.set_authorizer(note)
    try:
        with suppress(sqlite3.ProgrammingError):  # parameters are missing, but it has been prepared
            connection.execute(f"EXPLAIN {sql}")
    finally:
        connection.set_authorizer(None)
    stored = {
        name.lower()
        for (_, name), info in world.catalog.relations.items()
        if info.definition is None and not name.startswith("pragma_")
    }
    return frozenset(pair for pair in read if pair[0] in stored and pair[0] not in _SCHEMA_TABLES)


def names_in_sqlite(world: World, sql: str) -> Sequence[str]:
    """The names of the result's columns; it is run and undone."""
    connection = world.session.connection
    connection.execute("BEGIN")
    try:
        cursor = connection.execute(sql)
        names = [column[0] for column in cursor.description or ()]
        cursor.fetchall()
        return names
    finally:
        connection.execute("ROLLBACK")


def expanded(world: World, column: ColumnRef) -> Label:
    """What a column of a view depends on; a stored column is itself."""
    if world.catalog.relations[column.schema, column.relation].definition is None:
        return frozenset((column,))
    return world.facts(f"SELECT {column.column} FROM {column.schema}.{column.relation}").outputs[0].labels
