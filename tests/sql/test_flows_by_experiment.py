"""What changes an output when it changes is among the output's labels or the statement's uses."""

from __future__ import annotations

import pytest

from governed_db.model.catalog import RelationInfo
from governed_db.model.statement import ColumnRef, Facts, Relation
from tests.sql import generated
from tests.sql.conftest import WorldOf
from tests.sql.golden import accepted
from tests.sql.statements import Ordinary, ordinary
from tests.sql.taint import VOLATILE, allowed, changeable, cost, differences
from tests.sql.world import World

pytestmark = pytest.mark.timeout(900)  # thousands of queries on a real server, on whatever machine

CHEAP = 2_000.0  # PostgreSQL's own estimate: a random query can take minutes
Analysed = list[tuple[Ordinary, Facts]]


@pytest.fixture(scope="module")
def queries(world: WorldOf) -> Analysed:
    """All queries of the collections that give the same rows when they are asked twice."""
    postgres = world("postgres")
    return [
        (one, postgres.facts(one.sql))
        for one in (*ordinary("postgres"), *accepted("postgres"))
        if one.is_query
        and not any(mark in one.sql for mark in VOLATILE)
        and not postgres.facts(one.sql).writes
        and postgres.facts(one.sql).outputs
    ]


@pytest.fixture(scope="module")
def random_queries(world: WorldOf) -> Analysed:
    """Random queries that PostgreSQL takes: all of them are analysed."""
    postgres = world("postgres")
    made = [Ordinary("postgres", sql, "generated") for sql in generated.queries(seed=7, count=150)]
    return [(one, postgres.facts(one.sql)) for one in made if cost(postgres, one.sql) < CHEAP]


def test_enough_random_queries_are_tried(random_queries: Analysed) -> None:
    """Most of the random queries are valid, and cheap enough to be asked again and again."""
    assert len(random_queries) > 100


def test_no_flow_of_a_random_query_is_missed(world: WorldOf, random_queries: Analysed) -> None:
    """The same as below, of queries that nobody wrote."""
    assert _missed_flows(world("postgres"), random_queries) == []


def test_no_flow_is_missed(world: WorldOf, queries: Analysed) -> None:
    """Other values in one column change only outputs that carry its label, or that it is used to choose."""
    assert _missed_flows(world("postgres"), queries) == []


def _missed_flows(world: World, queries: Analysed) -> list[tuple[str, str, int]]:
    missed = []
    for info, names in changeable(world):
        for name in names:
            column = ColumnRef(info.schema, info.name, name)
            asked = [(one, facts) for one, facts in queries if _is_in_doubt(facts, column)]
            missed += _unexplained(world, info, (name,), asked)
    return missed


def test_tables_that_are_not_read_make_no_difference(world: WorldOf, queries: Analysed) -> None:
    """Other values in a whole table change nothing in queries that do not read it, by analysis."""
    postgres = world("postgres")
    missed = []

    for info, names in changeable(postgres):
        relation = Relation(info.schema, info.name)
        asked = [(one, facts) for one, facts in queries if relation not in facts.base_relations]
        missed += _unexplained(postgres, info, names, asked)

    assert missed == []


def _is_in_doubt(facts: Facts, column: ColumnRef) -> bool:
    """Whether the table is read, and some output must not depend on this column of it."""
    is_read = Relation(column.schema, column.relation) in facts.base_relations
    return is_read and any(column not in allowed(facts, index) for index in range(len(facts.outputs)))


def _unexplained(
    world: World, info: RelationInfo, names: tuple[str, ...], asked: Analysed
) -> list[tuple[str, str, int]]:
    """(column, query, output) for each difference that analysis has no explanation for.

    Asked again on packed pages: the server may tidy up a full one between an update that changes nothing and
    the one that does, and then rows come in another order.
    """
    found = _differing(world, info, names, asked)
    if not found:
        return []
    world.session.run(f'VACUUM FULL "{info.schema}"."{info.name}"')
    doubtful = {sql for _, sql, _ in found}
    return _differing(world, info, names, [(one, facts) for one, facts in asked if one.sql in doubtful])


def _differing(
    world: World, info: RelationInfo, names: tuple[str, ...], asked: Analysed
) -> list[tuple[str, str, int]]:
    facts_of = {one.sql: facts for one, facts in asked}
    columns = {ColumnRef(info.schema, info.name, name) for name in names}
    return [
        (", ".join(sorted(map(str, columns))), query.sql, output)
        for query, output in differences(world, info, names, [one for one, _ in asked])
        if not columns & allowed(facts_of[query.sql], output)
    ]
