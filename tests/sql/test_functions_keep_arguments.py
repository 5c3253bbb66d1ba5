"""No argument of a function is lost on the way to its result."""

from __future__ import annotations

import pytest

from governed_db.errors import AnalysisError
from governed_db.model.catalog import Dialect
from governed_db.sql.functions import lookup, names
from tests.sql.conftest import WorldOf

ARGUMENTS = ("name", "email", "phone", "city")
CALLS = [(dialect, name) for dialect in Dialect for name in sorted(names(dialect))]
# Grammar of their own in these parentheses: what stands there as a name is a unit, a type or a column
# of another row.
NO_COLUMNS = {
    (Dialect.POSTGRES, "extract"),
    (Dialect.MYSQL, "extract"),
    (Dialect.MYSQL, "values"),
    (Dialect.MYSQL, "value"),
}


@pytest.mark.parametrize("dialect", list(Dialect))
def test_results_depend_on_all_arguments(dialect: Dialect, world: WorldOf) -> None:
    """Every function of the list, with one to four columns, gives a result that carries them all."""
    lost = []

    for name in sorted(names(dialect)):
        for count in range(1, len(ARGUMENTS) + 1):
            found = _labels(dialect, name, ARGUMENTS[:count], world)
            if found is not None and found != set(ARGUMENTS[:count]):
                lost.append((name, count, found))

    assert lost == []


def _labels(dialect: Dialect, name: str, columns: tuple[str, ...], world: WorldOf) -> set[str] | None:
    """The columns that the result depends on; None for refused calls and results without columns."""
    known = lookup(dialect, name)
    if known is None or known.label_free or (dialect, name) in NO_COLUMNS:
        return None
    try:
        facts = world(dialect.value).facts(f"SELECT {name}({', '.join(columns)}) AS x FROM customers")
    except AnalysisError:
        return None
    return {column.column for column in facts.outputs[0].labels}


def test_most_functions_are_read_at_all(world: WorldOf) -> None:
    """The test above would pass if all calls were refused: nearly none is."""
    read = [call for call in CALLS if any(_labels(*call, ARGUMENTS[:n], world) for n in (1, 2, 3))]
    free = [call for call in CALLS if (known := lookup(*call)) is not None and known.label_free]

    assert len(read) + len(free) > 0.97 * len(CALLS)
