"""Promise: at no moment does a cursor hold a raw result of masked columns where others could see it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
import pytest
from psycopg import pq

import governed_db
from tests.shop import leaked

PROTECTED = "SELECT id, email FROM customers WHERE id = %s"
PLAIN = "SELECT id, status FROM customers WHERE id = %s"


@contextmanager
def watched(cursor: Any) -> Iterator[list[str]]:
    """Looks at the cursor whenever any function is called or returns, as another thread could."""
    seen: list[str] = []

    def look(frame: Any, event: str, _argument: Any) -> None:
        results = (cursor.pgresult, *cursor._results)
        if any(type(one) is pq.PGresult and one.status != pq.ExecStatus.COMMAND_OK for one in results):
            seen.append(f"{event} {frame.f_code.co_qualname}")

    sys.setprofile(look)
    try:
        yield seen
    finally:
        sys.setprofile(None)


def executed(cursor: Any) -> None:
    """For the first time, and by the short path."""
    for _ in range(3):
        cursor.execute(PROTECTED, [3]).fetchall()


def executed_many(cursor: Any) -> None:
    """Several results, looked at in any order."""
    cursor.executemany(PROTECTED, [[3], [4]], returning=True)
    for one in cursor.results():
        one.fetchone()
    cursor.set_result(0)


def streamed(cursor: Any) -> None:
    """Row by row."""
    list(cursor.stream("SELECT id, email FROM customers"))


def pipelined(cursor: Any) -> None:
    """The result comes later."""
    with cursor.connection.pipeline():
        cursor.execute(PROTECTED, [3])
        cursor.fetchall()


def with_another_loader(cursor: Any) -> None:
    """Rows are made anew of the result."""
    cursor.execute(PROTECTED, [3])
    cursor.adapters.register_loader("int4", psycopg.types.numeric.FloatLoader)
    cursor.fetchall()


@pytest.mark.parametrize("way", [executed, executed_many, streamed, pipelined, with_another_loader])
def test_a_cursor_never_holds_a_raw_result(reading: Any, way: Callable[[Any], None]) -> None:
    """What stands for the result takes its place before psycopg stores it."""
    cursor = reading.cursor()

    with watched(cursor) as seen:
        way(cursor)

    assert seen == []
    assert type(cursor.pgresult) is not pq.PGresult


def test_a_server_side_cursor_never_holds_one(reading: Any) -> None:
    """The same for the pieces of a portal."""
    with reading.cursor("mine") as cursor, watched(cursor) as seen:
        cursor.execute("SELECT id, email FROM customers")
        cursor.fetchmany(2)
        list(cursor)

    assert seen == []


def test_what_looks_is_able_to_see(reading: Any) -> None:
    """A result in which nothing is hidden is the driver's own."""
    cursor = reading.cursor()

    with watched(cursor) as seen:
        cursor.execute("SELECT id, customer_id FROM orders")

    assert seen != []


def test_a_result_is_read_with_the_masks_of_its_own_plan_only(reading: Any) -> None:
    """A result that is shown again after another statement, by whatever accident, is not read."""
    cursor = reading.cursor()
    cursor.execute(PROTECTED, [3])
    results = list(cursor._results)

    for other in (PLAIN, "SELECT name, email FROM customers WHERE id = %s"):
        cursor.execute(other, [3])
        cursor._results[:] = results
        with pytest.raises((governed_db.StatementDenied, TypeError)):
            cursor.set_result(0)


def test_a_statement_beside_a_running_one_is_refused(reading: Any) -> None:
    """Also when another thread releases the connection's own lock: neither gets the other's plan."""
    slow = "SELECT c.id, c.email FROM customers c, orders, orders b, orders d, orders e LIMIT 3000000"
    reading.execute(PLAIN, [3])
    cursor = reading.cursor()
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(_refused(cursor.execute, slow)))
    thread.start()
    while reading.info.transaction_status != pq.TransactionStatus.ACTIVE:
        pass
    with suppress(RuntimeError):
        reading.lock.release()
    refusals = [_refused(cursor.execute, PLAIN, [3]) for _ in range(50)]
    reading.cancel()
    thread.join()

    assert all(isinstance(one, psycopg.Error) for one in refusals)
    assert leaked(found) == ()


def _refused(call: Callable[..., Any], *arguments: Any) -> BaseException | None:
    try:
        call(*arguments)
    except (psycopg.Error, RuntimeError) as error:
        return error
    return None
