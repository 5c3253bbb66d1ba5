"""SQLite's authorizer reports every column that a statement reads: analysis knows each of them."""

from __future__ import annotations

import pytest

from tests.sql import opinions
from tests.sql.conftest import WorldOf
from tests.sql.golden import accepted
from tests.sql.statements import Ordinary, ordinary, parameters

QUERIES = [one for one in (*ordinary("sqlite"), *accepted("sqlite")) if one.is_query]
_NAMED = [
    one
    for one in QUERIES
    if not any(mark in one.sql for mark in "?:@$")
    and ("RETURNING" in one.sql or one.sql.startswith(("SELECT", "WITH", "VALUES")))
]


@pytest.mark.parametrize("statement", parameters(QUERIES))
def test_no_column_is_read_that_analysis_does_not_know(statement: Ordinary, world: WorldOf) -> None:
    """Whatever SQLite reads, in outputs, predicates, views and sub-queries, is among the columns."""
    sqlite = world("sqlite")

    read = opinions.of_sqlite(sqlite, statement.sql)

    known = {
        (column.relation.lower(), column.column.lower()) for column in sqlite.facts(statement.sql).columns
    }
    assert {pair for pair in read if pair[1] != "rowid"} - known == set()


@pytest.mark.parametrize("statement", parameters(_NAMED))
def test_copies_are_named_like_the_server_names_them(statement: Ordinary, world: WorldOf) -> None:
    """There are as many outputs as SQLite has, and those that copy a column are in its order."""
    sqlite = world("sqlite")

    names = opinions.names_in_sqlite(sqlite, statement.sql)

    found = sqlite.facts(statement.sql).outputs
    pairs = [
        (name.lower(), output)
        for name, output in zip(names, found, strict=True)
        if output.plain and name.isidentifier()
    ]
    assert all(name in (output.name.lower(), output.plain.column.lower()) for name, output in pairs)
