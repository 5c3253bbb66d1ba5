"""A server's own log into the statements that one application sent; a program that sends some in every way.

Every statement of the program has a name for its first output, `marked_7`, by which it is found again.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psycopg
from psycopg.types import TypeInfo

import governed_db

# How the server writes a statement: of the simple protocol, or run from a prepared one or a portal.
_SENT = re.compile(r"LOG:  (?:statement|execute [^:]*): (.*)", re.DOTALL)


def sent(log: Path, application: str) -> list[str]:
    """What the application sent, in order; each line of the log begins with a mark and its name."""
    entries = re.split(r"^(?=<[^>\n]*> )", log.read_text(), flags=re.MULTILINE)
    mine = (
        entry.removeprefix(f"<{application}> ") for entry in entries if entry.startswith(f"<{application}> ")
    )
    found = (_SENT.match(entry) for entry in mine)
    return [match[1].strip().replace("\n\t", "\n") for match in found if match is not None]


def query(mark: int) -> str:
    """A statement about orders, marked."""
    return f"SELECT id AS marked_{mark}, status FROM orders WHERE id < 9"


def masked(mark: int) -> str:
    """One with a masked column."""
    return f"SELECT id AS marked_{mark}, email FROM customers WHERE id < 9"


def run(connection: Any) -> Iterator[tuple[int, int]]:
    """Every way of the sync half; gives the marks used, with how often the server sees each."""
    cursor = connection.cursor()
    for _ in range(3):
        connection.execute(query(1))
        cursor.execute(f"{masked(2)} AND id > %s", [2]).fetchall()
    yield 1, 3
    yield 2, 3
    for _ in range(3):
        connection.execute(masked(3), prepare=True, binary=True)
    yield 3, 3
    psycopg.ClientCursor(connection).execute(f"{masked(4)} AND id > %s", [2])
    yield 4, 1
    psycopg.RawCursor(connection).execute(f"{query(5)} AND id > $1", [2])
    yield 5, 1
    cursor.executemany(f"{query(6)} AND id > %s", [[1], [2], [3]], returning=True)
    yield 6, 3
    list(cursor.stream(masked(7)))
    yield 7, 1
    with connection.cursor("mine", scrollable=True) as portal:
        portal.execute(masked(8))
        portal.fetchmany(2)
        portal.scroll(1)
        list(portal)
    yield 8, 1
    with psycopg.RawServerCursor(connection, "other") as portal:
        portal.execute(f"{query(9)} AND id > $1", [2])
        portal.fetchall()
    yield 9, 1
    with cursor.copy(f"COPY ({query(10)}) TO STDOUT") as copy:
        list(copy.rows())
    yield 10, 1
    with connection.pipeline():
        connection.execute(query(11))
        cursor.execute(masked(12)).fetchall()
    yield 11, 1
    yield 12, 1
    with connection.transaction(), connection.transaction("inner"):
        connection.execute(query(13))
    yield 13, 1
    connection.commit()
    yield from _refused(connection)
    yield from _written(connection)
    connection.tpc_begin(connection.xid(1, "a", "b"))
    connection.execute(query(19))
    connection.tpc_commit()
    yield 19, 1
    TypeInfo.fetch(connection, "numeric")
    connection.autocommit = True
    connection.execute(query(20))
    yield 20, 1


def _refused(connection: Any) -> Iterator[tuple[int, int]]:
    """What the server must not see, and what it refuses itself."""
    for text in (
        "SELECT id AS marked_14 FROM customers WHERE ssn > '5'",
        f"SELECT 1 AS marked_14; {query(14)}",
    ):
        try:
            connection.execute(text)
        except governed_db.StatementDenied:
            connection.rollback()
    yield 14, 0
    try:
        connection.execute("SELECT 1 / (id - id) AS marked_15 FROM orders")
    except psycopg.errors.DivisionByZero:
        connection.rollback()
    yield 15, 1


def _written(connection: Any) -> Iterator[tuple[int, int]]:
    """Writes that are measured, one of which is taken back."""
    connection.execute("UPDATE orders SET status = 'held' WHERE status <> 'marked_16' AND id < 9")
    connection.commit()
    yield 16, 1
    try:
        connection.execute(
            "UPDATE order_items SET quantity = 7 WHERE order_id > 0 RETURNING quantity AS marked_17"
        )
    except governed_db.ApprovalRequired:
        connection.rollback()
    yield 17, 1
    text = "COPY (SELECT id AS marked_18, sku FROM products) TO STDOUT"
    with connection.cursor().copy(text) as copy:
        list(copy)
    with connection.cursor().copy("COPY products (sku, title, price, stock) FROM STDIN") as copy:
        copy.write_row(("new", "new", 1, 1))
    connection.commit()
    yield 18, 1


async def arun(connection: Any) -> AsyncIterator[tuple[int, int]]:
    """Every way of the async half."""
    cursor = connection.cursor()
    for _ in range(3):
        await connection.execute(query(31))
        await cursor.execute(f"{masked(32)} AND id > %s", [2])
    yield 31, 3
    yield 32, 3
    await psycopg.AsyncClientCursor(connection).execute(f"{masked(33)} AND id > %s", [2])
    yield 33, 1
    await psycopg.AsyncRawCursor(connection).execute(f"{query(34)} AND id > $1", [2])
    yield 34, 1
    await cursor.executemany(f"{query(35)} AND id > %s", [[1], [2], [3]], returning=True)
    yield 35, 3
    [_ async for _ in cursor.stream(masked(36))]
    yield 36, 1
    async with connection.cursor("mine") as portal:
        await portal.execute(masked(37))
        [_ async for _ in portal]
    yield 37, 1
    async with cursor.copy(f"COPY ({query(38)}) TO STDOUT") as copy:
        [_ async for _ in copy.rows()]
    yield 38, 1
    async with connection.pipeline():
        await connection.execute(query(39))
        await cursor.execute(masked(40))
    yield 39, 1
    yield 40, 1
    async with connection.transaction():
        await connection.execute(query(41))
    yield 41, 1
    await connection.commit()
