"""PostgreSQL's own description of a statement agrees with what analysis says of its outputs."""

from __future__ import annotations

import pytest

from tests.sql import opinions
from tests.sql.conftest import WorldOf
from tests.sql.golden import accepted
from tests.sql.statements import Ordinary, ordinary, parameters

QUERIES = [one for one in (*ordinary("postgres"), *accepted("postgres")) if one.is_query]


@pytest.mark.parametrize("statement", parameters(QUERIES))
def test_outputs_are_those_of_the_server(statement: Ordinary, world: WorldOf) -> None:
    """The result has the outputs that analysis found: as many, in this order, under these names."""
    postgres = world("postgres")

    described = opinions.of_postgres(postgres, statement.sql)

    found = postgres.facts(statement.sql).outputs
    assert [column.name for column in described] == [output.name for output in found]


@pytest.mark.parametrize("statement", parameters(QUERIES))
def test_origins_are_among_the_labels(statement: Ordinary, world: WorldOf) -> None:
    """What the server calls a copy of a stored column carries that column as a label."""
    postgres = world("postgres")

    described = opinions.of_postgres(postgres, statement.sql)

    found = postgres.facts(statement.sql).outputs
    for column, output in zip(described, found, strict=True):
        if column.origin is not None:
            assert opinions.expanded(postgres, column.origin) <= output.labels
