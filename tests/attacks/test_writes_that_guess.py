"""A write is a guess where it tells whether its value was there: by a unique key, or MySQL's changed rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import governed_db
from governed_db.model.principal import Principal
from tests.attacks.worlds import FreshDatabase

GUESSES = 3
POLICY = {
    "version": 1,
    "extends": "standard",
    "rules": [
        {
            "id": "few-guesses",
            "effect": "permit",
            "actions": ["insert", "update"],
            "limits": {"rows_changed": 100, "conversation": {"probes": GUESSES, "within": "1h"}},
        }
    ],
}


@pytest.fixture
def cursor(request: pytest.FixtureRequest, fresh_database: FreshDatabase, tmp_path: Path) -> Iterator[Any]:
    """An agent's cursor that may guess three times."""
    agent = Principal(id="agent", kind="agent")
    dialect = getattr(request, "param", "mysql")
    with (
        fresh_database(dialect, shop=True) as url,
        closing(governed_db.connect(url, policy=POLICY, principal=agent, state_dir=tmp_path)) as connection,
    ):
        yield connection.cursor()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE employees SET salary = %s WHERE id = 1",
        "UPDATE employees SET department = 'x', salary = %s WHERE id = 1",
        "INSERT INTO payroll VALUES (1, 1, '', 1, now()) ON DUPLICATE KEY UPDATE amount = %s",
    ],
    ids=["update", "two columns", "upsert"],
)
def test_a_write_that_tells_equality_is_counted(cursor: Any, statement: str) -> None:
    """Each takes of the same budget as a comparison does."""
    for guess in range(GUESSES):
        cursor.execute(statement, (70000 + guess,))
    with pytest.raises(governed_db.StatementDenied, match="GDB315"):
        cursor.execute(statement, (70001.37,))


def test_a_write_of_what_nobody_protects_is_not(cursor: Any) -> None:
    """Departments can be changed as often as one likes."""
    for number in range(GUESSES + 2):
        cursor.execute("UPDATE employees SET department = %s WHERE id = 1", (f"d{number}",))


def test_a_secret_can_still_be_replaced(cursor: Any) -> None:
    """It may not be compared, but a new one is written all the same."""
    assert cursor.execute("UPDATE api_tokens SET token = 'sk_test_new' WHERE id = 1") == 1


@pytest.mark.parametrize("cursor", ["postgres", "sqlite"], indirect=True)
def test_a_new_value_for_a_unique_column_is_counted(cursor: Any) -> None:
    """A key that is there already refuses it, or passes the row over."""
    for guess in range(GUESSES):
        cursor.execute(f"UPDATE employees SET email = 'new{guess}@x.example' WHERE id = 1")
    with pytest.raises(governed_db.StatementDenied, match="GDB315"):
        cursor.execute("UPDATE employees SET email = 'cnrystaff0002@canary.example' WHERE id = 1")
