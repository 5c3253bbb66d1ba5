"""What analysis finds in a statement, case by case (cases/*.cases; golden.py tells how to write one)."""

from __future__ import annotations

import pytest

from tests.sql.conftest import WorldOf
from tests.sql.golden import Case, analysed, cases, parameters
from tests.sql.world import DIALECTS


@pytest.mark.parametrize("case", parameters(cases()))
def test_case(case: Case, world: WorldOf) -> None:
    """Analysis finds what the case says: outputs, uses, writes and hazards, or a refusal."""
    assert analysed(world(case.dialect), case.sql) == case.expected


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_has_its_cases(dialect: str) -> None:
    """Each dialect has at least a hundred cases, and all of them together 200 statements or more."""
    assert len(cases(dialect)) >= 100
    assert len({case.sql for case in cases()}) >= 200
