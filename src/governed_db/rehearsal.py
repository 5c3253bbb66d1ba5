"""A policy, its tests and CREATE statements into what the tests find wrong, on the tables that these make."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing

from governed_db.context.catalog import load_sqlite
from governed_db.context.knowledge import knowledge_of
from governed_db.errors import ConfigurationError
from governed_db.model.catalog import Catalog, Dialect
from governed_db.model.policy import Policy
from governed_db.model.statement import Facts
from governed_db.policy.bundles.document import Bundle
from governed_db.policy.bundles.files import policy_of
from governed_db.sql.facts import analyse
from governed_db.sql.parse import parse
from governed_db.sql.text import analysable

_STEPS = 1_000_000  # of SQLite's machine, between two looks at whether it has gone on for too long
_MOST_LOOKS = 100


def build(bundle: Bundle) -> Policy:
    """The policy of a bundle, if its tests hold on the tables that it brings along."""
    policy = policy_of(bundle.files, bundle.manifest.policy)
    schema = bundle.files[bundle.manifest.schema] if bundle.manifest.schema is not None else ""
    failures = rehearsed(policy, schema)
    if failures:
        raise ConfigurationError(
            f"{len(failures)} test(s) of the bundle's policy fail: {failures[0]}",
            code="GDB563",
            help="what was in force before stays; correct the policy or its tests, and publish it again",
        )
    return policy


def rehearsed(policy: Policy, schema: str) -> tuple[str, ...]:
    """What the policy's own tests find wrong with it, on tables that these statements make in SQLite."""
    if not policy.tests:
        return ()
    from governed_db.policy import tests

    analyse, catalog = analysed(schema)
    classes = knowledge_of(catalog, policy).classes
    results = tests.run(policy, analyse, classes=classes, database="main")
    return tuple(f"{one.test.sql}: {problem}" for one in results for problem in one.problems)


def analysed(schema: str) -> tuple[Callable[[str], Facts], Catalog]:
    """What understands statements on these tables, and their catalog. Raises ConfigurationError GDB563."""
    catalog = _catalog(schema)
    return reading(catalog), catalog


def reading(catalog: Catalog) -> Callable[[str], Facts]:
    """What understands statements on the tables of a catalog, written as for its driver."""
    style = "qmark" if catalog.dialect is Dialect.SQLITE else "pyformat"

    def understood(sql: str) -> Facts:
        text = analysable(sql, catalog.dialect, style)
        return analyse(parse(text, catalog.dialect, catalog.modes), catalog)

    return understood


def catalog_of(connection: sqlite3.Connection) -> Catalog:
    """The catalog of what an ungoverned connection to SQLite sees."""
    loading = load_sqlite()
    query = next(loading)
    while True:
        try:
            query = loading.send(connection.execute(query).fetchall())
        except StopIteration as stop:
            catalog: Catalog = stop.value
            return catalog


def tables_of(schema: str) -> Catalog:
    """What these statements make, in a database of its own in memory, from which no file can be reached.

    Raises sqlite3.Error.
    """
    with closing(sqlite3.Connection(":memory:")) as connection:
        looks = iter(range(_MOST_LOOKS))
        connection.set_authorizer(_without_files)
        connection.set_progress_handler(lambda: next(looks, None) is None, _STEPS)
        connection.executescript(schema)
        connection.set_authorizer(None)
        connection.set_progress_handler(None, 0)
        return catalog_of(connection)


def _catalog(schema: str) -> Catalog:
    try:
        return tables_of(schema)
    except sqlite3.Error as error:
        raise ConfigurationError(
            f"the tables that the policy's tests are about cannot be made: {error}",
            code="GDB563",
            help="give CREATE statements that SQLite takes",
        ) from error


def _without_files(action: int, *_: object) -> int:
    is_file = action in (sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH)
    return sqlite3.SQLITE_DENY if is_file else sqlite3.SQLITE_OK
