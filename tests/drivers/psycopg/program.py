"""A program for test_python_implementation: what governed psycopg answers, one line for each question."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import rows
from psycopg.types import TypeInfo

import governed_db

QUERY = "SELECT id, name, email FROM customers WHERE id = %s"


def told(question: Callable[[], Any]) -> None:
    """Print the answer, or the class and code of the refusal."""
    try:
        print(question())
    except psycopg.Error as error:
        print(type(error).__name__, getattr(error, "code", ""), error.sqlstate)


def portal(connection: Any) -> Any:
    """By a server-side cursor with a row factory."""
    with connection.cursor("mine", row_factory=rows.dict_row) as cursor:
        return cursor.execute(QUERY, [3]).fetchall()


def pipelined(connection: Any) -> Any:
    """Two results under way."""
    with connection.pipeline():
        first, second = connection.execute(QUERY, [3]), connection.execute("SELECT 1")
        return first.fetchall(), second.fetchall()


def copied(connection: Any) -> Any:
    """Rows of a table without secrets."""
    with connection.cursor().copy("COPY (SELECT id FROM orders WHERE id < 3 ORDER BY id) TO STDOUT") as copy:
        return list(copy.rows())


async def asynchronous(url: str) -> Any:
    """The other half of the driver."""
    connection = await governed_db.connect_async(url)
    found = await (await connection.execute(QUERY, [3])).fetchall()
    await connection.close()
    return found


def main(url: str) -> None:
    """All questions."""
    print(psycopg.pq.__impl__)
    with governed_db.connect(url) as connection:
        told(lambda: connection.execute(QUERY, [3]).fetchall())
        told(lambda: connection.execute(QUERY, [3], binary=True, prepare=True).fetchone())
        told(lambda: list(connection.cursor().stream(QUERY, [3])))
        told(lambda: portal(connection))
        told(lambda: pipelined(connection))
        told(lambda: copied(connection))
        told(lambda: psycopg.ClientCursor(connection).execute(QUERY, [3]).fetchall())
        told(lambda: TypeInfo.fetch(connection, "text"))
        told(lambda: connection.execute("DELETE FROM orders"))
        told(lambda: connection.pgconn.exec_(b"SELECT 1"))
        told(lambda: connection.info.password)
        told(lambda: connection.info.transaction_status.name)
        told(lambda: connection.execute("SELECT name FROM customers WHERE 1 / (id - 3) > 0"))
        told(connection.rollback)
    told(lambda: asyncio.run(asynchronous(url)))


if __name__ == "__main__":
    main(sys.argv[1])
