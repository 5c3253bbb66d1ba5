"""Sessions on fresh, empty databases."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import attrs
import pytest

from tests.catalog import sessions
from tests.catalog.sessions import Session
from tests.servers.urls import Address

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
def mysql(mysql_database: str, opened: Callable[[str, str], Session]) -> Iterator[Session]:
    """A session on an empty MariaDB database, of somebody who sees none of those of other tests."""
    admin = Address.of(mysql_database)
    owner = attrs.evolve(admin, user=admin.database, password=f"fake-{secrets.token_hex(12)}")
    with closing(admin.connect()) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE USER {owner.user} IDENTIFIED BY '{owner.password}'")
        cursor.execute(f"GRANT ALL ON {owner.database}.* TO {owner.user}")
        for system in ("mysql", "performance_schema"):
            cursor.execute(f"GRANT SELECT ON {system}.* TO {owner.user}")
        yield opened("mysql", owner.url)
        cursor.execute(f"DROP USER {owner.user}")


@pytest.fixture
def sqlite(sqlite_database: str, opened: Callable[[str, str], Session]) -> Session:
    """A connection to an empty SQLite file."""
    return opened("sqlite", sqlite_database)
