"""Ordinary SQL keeps its meaning: governed, it gives what the raw driver gives, apart from masked cells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import attrs
import pytest

import governed_db
from tests.attacks import sessions
from tests.attacks.cases import Case, Statement, load
from tests.attacks.worlds import FreshDatabase, World
from tests.shop import SENSITIVE

CASES = [
    pytest.param(case, dialect, id=f"{case.id}-{dialect}")
    for case in load(Path(__file__).with_name("corpus"))
    for dialect in case.on
]
_SCHEMA = {"postgres": "'public'", "mysql": "database()"}
_PROTECTED = {*SENSITIVE, "customers.email_key"}

WorldOf = Callable[[str], World]


@pytest.fixture(scope="module")
def world_of(fresh_database: FreshDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorldOf]:
    """A function from a dialect to its databases."""
    made: dict[str, World] = {}

    def world(dialect: str) -> World:
        if dialect not in made:
            folders = tmp_path_factory.mktemp("outside"), tmp_path_factory.mktemp("state")
            made[dialect] = World(dialect, *folders, fresh_database)
        return made[dialect]

    yield world
    for one in made.values():
        one.close()


@pytest.mark.parametrize(("case", "dialect"), CASES)
def test_ordinary_sql_gives_what_the_driver_gives(case: Case, dialect: str, world_of: WorldOf) -> None:
    """Rows, names and errors are equal cell by cell; only cells of protected columns may differ."""
    world = world_of(dialect)
    case = attrs.evolve(case, statements=tuple(_in(one, dialect) for one in case.statements))
    with closing(world.raw("raw")) as connection:
        raw = sessions.run(connection, case, dialect, world.folder, commit=False)
    world.renew("raw")

    with closing(world.governed("raw")) as connection:
        hidden = [_hidden(connection, one, one.written(dialect, world.folder)) for one in case.statements]
        governed = sessions.run(connection, case, dialect, world.folder, commit=False)
    world.renew("raw")

    assert not governed.is_refused, governed.steps
    for before, after, columns in zip(raw.steps, governed.steps, hidden, strict=True):
        assert (after.error, after.names) == (before.error, before.names)
        assert _without(after.rows, columns) == _without(before.rows, columns)


def _in(statement: Statement, dialect: str) -> Statement:
    return attrs.evolve(statement, text=statement.text.replace("{schema}", _SCHEMA.get(dialect, "")))


def _hidden(connection: object, statement: Statement, text: str) -> frozenset[int]:
    """The positions of masked outputs, each of which must come from a protected column."""
    try:
        outputs = governed_db.explain(connection, text, statement.parameters).outputs
    except governed_db.Error:
        return frozenset()
    masked = frozenset(index for index, output in enumerate(outputs) if output.mask is not None)
    for index in masked:
        assert any(label.partition(".")[2] in _PROTECTED for label in outputs[index].labels), outputs[index]
    return masked


def _without(rows: Sequence[object], columns: frozenset[int]) -> list[object]:
    return [
        tuple(cell for index, cell in enumerate(row) if index not in columns)
        if isinstance(row, (tuple, list))
        else row
        for row in rows
    ]
