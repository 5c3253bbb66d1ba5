"""Sessions on fresh, empty databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest

from tests.catalog import sessions
from tests.catalog.sessions import Session

OPEN = {"postgres": sessions.postgres, "mysql": sessions.mysql, "sqlite": sessions.sqlite}


@pytest.fixture
def opened() -> Iterator[Callable[[str, str], Session]]:
    """Opens sessions that are closed after the test."""
    with ExitStack() as stack:

        def open_(dialect: str, url: str) -> Session:
            session = OPEN[dialect](url)
            stack.enter_context(closing(session.connection))
            return session

        yield open_


@pytest.fixture
def postgres(postgres_database: str, opened: Callable[[str, str], Session]) -> Session:
    """A session on an empty PostgreSQL database."""
    return opened("postgres", postgres_database)


@pytest.fixture
def mysql(mysql_database: str, opened: Callable[[str, str], Session]) -> Session:
    """A session on an empty MariaDB database."""
    return opened("mysql", mysql_database)


@pytest.fixture
def sqlite(sqlite_database: str, opened: Callable[[str, str], Session]) -> Session:
    """A connection to an empty SQLite file."""
    return opened("sqlite", sqlite_database)
