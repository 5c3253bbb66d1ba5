"""Random queries by the hundred: what servers say that they read is what analysis says.

PostgreSQL is asked by a role that may read exactly the columns that analysis found, SQLite by its authorizer.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from governed_db.model.catalog import RelationKind
from governed_db.model.statement import ColumnRef, Facts
from tests.sql import generated, opinions
from tests.sql.conftest import WorldOf
from tests.sql.world import World

COUNT = int(os.environ.get("RANDOM_QUERIES", "250"))  # thousands take minutes
SEED = int(os.environ.get("RANDOM_SEED", "3"))

pytestmark = pytest.mark.timeout(3600)


def test_a_role_that_may_read_these_columns_may_run_it(world: WorldOf) -> None:
    """No column is read that analysis does not know: PostgreSQL would not permit it."""
    postgres, tried = world("postgres"), 0

    with role(postgres) as reader:
        for sql in generated.queries(SEED, COUNT):
            if not _is_valid(postgres, sql):
                continue
            columns = _with_counted(postgres, postgres.facts(sql))
            assert _is_permitted(postgres, reader, sql, columns), sql
            tried += 1

    assert tried > COUNT / 2


def test_a_role_that_lacks_one_column_may_not(world: WorldOf) -> None:
    """So the test above can fail: of each query that is tried every column is needed by somebody."""
    postgres = world("postgres")
    sql = "SELECT c.email FROM customers c WHERE c.city = 'Ghent'"
    columns = postgres.facts(sql).columns

    with role(postgres) as reader:
        assert _is_permitted(postgres, reader, sql, columns)
        for column in columns:
            assert not _is_permitted(postgres, reader, sql, columns - {column})


def test_sqlite_reads_no_other_column(world: WorldOf) -> None:
    """Its authorizer is told of every column, in outputs, predicates, views and sub-queries."""
    sqlite, tried = world("sqlite"), 0

    for sql in generated.queries(SEED, COUNT, is_plain=True):
        if not _is_taken(sqlite, sql):
            continue
        read = {pair for pair in opinions.of_sqlite(sqlite, sql) if pair[1] != "rowid"}
        known = {(one.relation.lower(), one.column.lower()) for one in sqlite.facts(sql).columns}
        assert read <= known, sql
        tried += bool(read)

    assert tried > COUNT / 2


@contextmanager
def role(world: World) -> Iterator[str]:
    """A role that may read nothing yet; views are entered with the rights of who asks."""
    name = f"reader_{os.getpid()}"
    run = world.session.run
    run("BEGIN", f"CREATE ROLE {name}", f"GRANT USAGE ON SCHEMA {world.schema} TO {name}")
    try:
        for (schema, relation), info in world.catalog.relations.items():
            if info.kind is RelationKind.VIEW and schema == world.schema:
                run(f'ALTER VIEW "{schema}"."{relation}" SET (security_invoker = true)')
                run(f'GRANT SELECT ON "{schema}"."{relation}" TO {name}')
        yield name
    finally:
        run("ROLLBACK")


def _with_counted(world: World, facts: Facts) -> frozenset[ColumnRef]:
    """A table of which only the rows matter: PostgreSQL wants some column to be readable."""
    read = {(one.schema, one.relation) for one in facts.columns}
    counted = [one for one in facts.base_relations if (one.schema, one.name) not in read]
    first = (world.catalog.relations[one.schema, one.name].columns[0].name for one in counted)
    some = (ColumnRef(one.schema, one.name, name) for one, name in zip(counted, first, strict=True))
    return facts.columns | frozenset(some)


def _is_valid(world: World, sql: str) -> bool:
    return _explains(world, sql)


def _is_taken(world: World, sql: str) -> bool:
    try:
        world.session.connection.execute(f"EXPLAIN {sql}")
    except sqlite3.Error:
        return False
    return True


def _is_permitted(world: World, reader: str, sql: str, columns: frozenset[ColumnRef]) -> bool:
    """Whether a role that may read just these columns may run it."""
    tables = sorted({(one.schema, one.relation) for one in columns})
    grants = [
        f'GRANT SELECT ({", ".join(_quoted(columns, table))}) ON "{table[0]}"."{table[1]}" TO {reader}'
        for table in tables
    ]
    return _explains(world, sql, *grants, f"SET LOCAL ROLE {reader}")


def _quoted(columns: frozenset[ColumnRef], table: tuple[str, str]) -> list[str]:
    return sorted(f'"{one.column}"' for one in columns if (one.schema, one.relation) == table)


def _explains(world: World, sql: str, *before: str) -> bool:
    """Whether the server plans it, after other statements of which nothing stays."""
    run = world.session.run
    run("SAVEPOINT asked")
    try:
        run(*before, f"EXPLAIN {sql}")
    except psycopg.Error:
        return False
    finally:
        run("ROLLBACK TO asked")
    return True
