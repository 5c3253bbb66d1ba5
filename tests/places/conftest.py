"""Databases with the shop and all that ordinary statements need, one for each dialect, made once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.places.worlds import raw
from tests.servers.fixtures import FreshDatabase
from tests.sql.world import build

DatabaseOf = Callable[[str], str]


@pytest.fixture(scope="session")
def database_of(fresh_database: FreshDatabase) -> Iterator[DatabaseOf]:
    """A function from a name like "postgres" or "postgres-hidden" to the URL of a database."""
    made: dict[str, str] = {}
    with ExitStack() as stack:

        def database(name: str) -> str:
            if name not in made:
                dialect = name.partition("-")[0]
                made[name] = stack.enter_context(fresh_database(dialect, shop=True))
                build(dialect, made[name]).session.connection.close()
                _without_employment(dialect, made[name])
            return made[name]

        yield database


def _without_employment(dialect: str, url: str) -> None:
    """Nobody is managed or paid, so that any employee can be filtered away."""
    connection = raw(dialect, url)
    cursor = connection.cursor()
    cursor.execute("UPDATE employees SET manager_id = NULL")
    cursor.execute("DELETE FROM payroll")
    connection.commit()
    connection.close()
