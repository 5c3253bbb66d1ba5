"""An admin URL into a fresh database that is gone afterwards."""

from __future__ import annotations

import functools
import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager

import attrs
import pymysql
from pymysql.constants import ER

from tests.servers.urls import Address

# Names and templates are made by us, so that no quoting is needed below.


@contextmanager
def fresh_postgres(admin_url: str, *, template: str = "template0") -> Iterator[str]:
    """A copy of the template, as the URL of a new database."""
    admin = Address.of(admin_url)
    fresh = attrs.evolve(admin, database=_name())
    # Copying files instead of logging pages is five times as fast where nothing is synced (15 and later).
    how = "STRATEGY file_copy" if _major(admin) >= 15 else ""
    _run(admin, f"CREATE DATABASE {fresh.database} TEMPLATE {template} ENCODING 'UTF8' {how}")
    try:
        yield fresh.url
    finally:
        _run(admin, f"DROP DATABASE {fresh.database} WITH (FORCE)")


@contextmanager
def fresh_mysql(admin_url: str) -> Iterator[str]:
    """An empty database."""
    admin = Address.of(admin_url)
    fresh = attrs.evolve(admin, database=_name())
    _run(admin, f"CREATE DATABASE {fresh.database} CHARACTER SET utf8mb4")
    try:
        yield fresh.url
    finally:
        _drop_mysql(admin, fresh.database)


@functools.cache
def _major(admin: Address) -> int:
    with closing(admin.connect()) as connection:
        return int(connection.info.server_version) // 10000


def _drop_mysql(admin: Address, database: str) -> None:
    with closing(admin.connect()) as connection, connection.cursor() as cursor:
        _end_sessions(cursor, database)
        cursor.execute("SET lock_wait_timeout = 60")
        cursor.execute(f"DROP DATABASE {database}")


def _end_sessions(cursor: pymysql.cursors.Cursor, database: str) -> None:
    """A test that left a transaction open would make DROP DATABASE wait for its locks.

    Whoever reads the catalog is shown to be in each database in turn, while it looks at the triggers there:
    sessions of other tests, which are not idle and have not been at it for long.
    """
    cursor.execute(
        "SELECT id FROM information_schema.processlist"
        " WHERE db = %s AND (command = 'Sleep' OR time_ms > 5000)",
        (database,),
    )
    for row in cursor.fetchall():
        try:
            cursor.execute(f"KILL {int(row[0])}")
        except pymysql.OperationalError as error:
            if error.args[0] != ER.NO_SUCH_THREAD:  # it has just ended by itself
                raise


def _run(admin: Address, *statements: str) -> None:
    with closing(admin.connect()) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _name() -> str:
    return f"governed_test_{secrets.token_hex(6)}"
