"""sqlite3 for the contract suite."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from typing import Any

import governed_db
from tests.contract.adapter import Adapter


class LoudRow(sqlite3.Row):
    """A row class of an application's own."""


class ApplicationCursor(sqlite3.Cursor):
    """A cursor class of an application's own, which rewrites what it is given (as Django's does)."""

    def execute(self, sql: str, parameters: Any = (), /) -> Any:
        """With %s in place of ?."""
        return super().execute(sql.replace("%s", "?"), parameters)


def _sqlite_rows(factory: Any) -> Any:
    def cursor(connection: sqlite3.Connection) -> Any:
        made = connection.cursor()
        made.row_factory = factory
        return made

    return cursor


def _sqlite_raw(url: str) -> sqlite3.Connection:
    return sqlite3.connect(url.removeprefix("sqlite:///"))


def _close(connection: sqlite3.Connection) -> None:
    """Roll back first: an error that a test holds keeps the cursor, and with it the transaction's lock."""
    with suppress(sqlite3.ProgrammingError):  # it is closed already
        connection.rollback()
    connection.close()


SQLITE = Adapter(
    name="sqlite3",
    dialect="sqlite",
    mark="?",
    error=sqlite3.Error,
    integrity_error=sqlite3.IntegrityError,
    connect=governed_db.connect,
    raw=_sqlite_raw,
    cursors={
        "cursor": lambda connection: connection.cursor(),
        "row": _sqlite_rows(sqlite3.Row),
        "row subclass": _sqlite_rows(LoudRow),
        "function": _sqlite_rows(lambda _cursor, row: list(row)),
        "application": lambda connection: connection.cursor(ApplicationCursor),
    },
    in_transaction=lambda connection: connection.in_transaction,
    set_autocommit=lambda connection, on: setattr(connection, "isolation_level", None if on else ""),
    close=_close,
)
