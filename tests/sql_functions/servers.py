"""A dialect into a function that asks its server, for tests of the function tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

from governed_db.model.catalog import Dialect
from tests.servers.urls import Address

Query = Callable[[str], list[tuple[Any, ...]]]


@contextmanager
def asking(dialect: Dialect, url: str = "") -> Iterator[Query]:
    """Statements of one session, each committed by itself; the rows come back as tuples."""
    with closing(_connect(dialect, url)) as connection, closing(connection.cursor()) as cursor:

        def query(sql: str) -> list[tuple[Any, ...]]:
            cursor.execute(sql)
            return [tuple(row) for row in cursor.fetchall()] if cursor.description else []

        yield query


def _connect(dialect: Dialect, url: str) -> Any:
    if dialect is Dialect.SQLITE:
        connection: Any = sqlite3.connect(":memory:", isolation_level=None)
        connection.text_factory = _decoded
        return connection
    connection = Address.of(url).connect()
    if dialect is Dialect.MYSQL:
        connection.autocommit(True)
    else:
        connection.autocommit = True
    return connection


def _decoded(text: bytes) -> str:
    # The driver's own decoding raises, with the text in its message, where SQLite itself raises nothing.
    return text.decode("utf-8", "replace")
