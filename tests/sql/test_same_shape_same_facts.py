"""Texts that the plan cache takes for one statement are one statement to analysis."""

from __future__ import annotations

import random

import pytest

from governed_db.errors import AnalysisError
from governed_db.model.catalog import Dialect
from governed_db.sql.literals import cut, movable
from tests.sql.conftest import WorldOf
from tests.sql.fuzzing import mutated, placeless, varied
from tests.sql.golden import cases
from tests.sql.statements import ordinary

DIALECTS = ("postgres", "mysql", "sqlite")
KNOWN = sorted({(one.dialect, one.sql) for one in (*ordinary(), *cases())})
MUTANTS = 6000


@pytest.mark.parametrize("dialect", DIALECTS)
def test_other_literals_change_nothing(dialect: str, world: WorldOf) -> None:
    """Of every ordinary statement, with other literals wherever these may differ."""
    dice, tried = random.Random(11), 0

    for known, sql in KNOWN:
        if known == dialect:
            tried += _compared(sql, world, dialect, dice)

    assert tried > 100


@pytest.mark.parametrize("dialect", DIALECTS)
def test_other_literals_change_nothing_of_damaged_statements(dialect: str, world: WorldOf) -> None:
    """The same of statements with pieces of others in them."""
    dice = random.Random(12)
    texts = [sql for known, sql in KNOWN if known == dialect]

    tried = sum(_compared(mutated(texts, dice), world, dialect, dice) for _ in range(MUTANTS))

    assert tried > 5


def _compared(sql: str, world: WorldOf, dialect: str, dice: random.Random) -> bool:
    """Whether there was something to compare."""
    place = world(dialect)
    found = cut(sql, Dialect(dialect))
    if found is None:
        return False
    try:
        facts = place.facts(sql)
    except AnalysisError:
        return False
    moves = movable(sql, Dialect(dialect), facts.given)
    if moves is None or not any(moves):
        return False
    other = varied(sql, found.pieces, moves, dice)
    again = cut(other, Dialect(dialect))
    if again is None or again.frame != found.frame:
        return False  # it would be analysed itself

    assert placeless(place.facts(other)) == placeless(facts), (sql, other)
    return True
