"""MariaDB's description of a result agrees with what analysis says of its outputs."""

from __future__ import annotations

import pytest

from governed_db.model.statement import ColumnRef, Facts, Relation
from tests.sql import opinions
from tests.sql.conftest import WorldOf
from tests.sql.golden import accepted
from tests.sql.statements import Ordinary, ordinary, parameters

# Only running a statement gives a description: so no parameters, and no changes (keys would object).
QUERIES = [
    one
    for one in (*ordinary("mysql"), *accepted("mysql"))
    if one.is_query and "?" not in one.sql and one.sql.lstrip("( ").upper().startswith(("SELECT", "WITH"))
]


@pytest.mark.parametrize("statement", parameters(QUERIES))
def test_outputs_are_those_of_the_server(statement: Ordinary, world: WorldOf) -> None:
    """The result has as many outputs as analysis found, and those that copy a column copy that one."""
    mysql = world("mysql")

    described = opinions.of_mysql(mysql, statement.sql)

    facts = mysql.facts(statement.sql)
    assert len(described) == len(facts.outputs)
    for column, output in zip(described, facts.outputs, strict=True):
        if column.origin is not None and _is_named(column.origin, facts):
            assert opinions.expanded(mysql, column.origin) <= output.labels


def _is_named(origin: ColumnRef, facts: Facts) -> bool:
    """A WITH query that is named like a table is told as if it were the table."""
    return Relation(origin.schema, origin.relation) in facts.relations


@pytest.mark.parametrize("statement", parameters(QUERIES))
def test_copies_are_named_like_the_server_names_them(statement: Ordinary, world: WorldOf) -> None:
    """An output that copies a column has the server's name for it, so that stars are in its order."""
    mysql = world("mysql")

    described = opinions.of_mysql(mysql, statement.sql)

    found = mysql.facts(statement.sql).outputs
    pairs = [(a.name.lower(), b.name.lower()) for a, b in zip(described, found, strict=True) if b.plain]
    assert [server for server, _ in pairs] == [analysed for _, analysed in pairs]
