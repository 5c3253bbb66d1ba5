"""Promise: limits on rows and time hold on every way of reading, and the connection stays usable."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import psycopg
import pytest

import governed_db

LIMITED = {
    "version": 1,
    "extends": "standard",
    "rules": [
        {
            "id": "short-reads",
            "effect": "permit",
            "actions": ["select", "copy", "insert"],
            "limits": {"rows": 5, "seconds": 0.4, "rows_changed": 5},
        }
    ],
}
COPY = "COPY products (sku, title, price, stock) FROM STDIN"
ENDLESS = "SELECT count(*) FROM orders a, orders b, orders c, orders d, orders e, orders f"


@pytest.fixture
def limited(open_: Callable[..., Any]) -> Any:
    """Five rows, four tenths of a second."""
    return open_(policy=LIMITED)


def executed(connection: Any, query: str) -> Any:
    """All at once."""
    return connection.execute(query).fetchall()


def streamed(connection: Any, query: str) -> Any:
    """Row by row."""
    return list(connection.cursor().stream(query))


def from_portal(connection: Any, query: str) -> Any:
    """In pieces."""
    with connection.cursor("mine") as cursor:
        cursor.itersize = 2
        return list(cursor.execute(query))


def copied(connection: Any, query: str) -> Any:
    """By COPY."""
    with connection.cursor().copy(f"COPY ({query}) TO STDOUT") as copy:
        return list(copy)


WAYS = [executed, streamed, from_portal, copied]


@pytest.mark.parametrize("way", WAYS)
def test_more_rows_are_refused(limited: Any, way: Callable[[Any, str], Any]) -> None:
    """Never silently cut; as many as are permitted come out whole."""
    assert len(way(limited, "SELECT id FROM orders WHERE id <= 5")) == 5
    limited.rollback()

    with pytest.raises(governed_db.StatementDenied, match="GDB320"):
        way(limited, "SELECT id FROM orders WHERE id <= 6")
    limited.rollback()

    assert limited.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize("way", WAYS)
def test_what_takes_too_long_is_stopped(limited: Any, way: Callable[[Any, str], Any]) -> None:
    """The server is told to stop, not only the wait ended."""
    began = time.monotonic()

    with pytest.raises(governed_db.StatementDenied, match="GDB331"):
        way(limited, ENDLESS)
    limited.rollback()

    assert time.monotonic() - began < 60
    assert limited.execute("SELECT 1").fetchone() == (1,)


def test_async_reads_are_limited_too(shared_shop: str) -> None:
    """The same generators drive both halves."""

    async def work() -> list[str]:
        codes = []
        connection = await governed_db.connect_async(shared_shop, policy=LIMITED)
        for query in (ENDLESS, "SELECT id FROM orders"):
            try:
                await connection.execute(query)
            except governed_db.StatementDenied as error:
                codes.append(error.code)
            await connection.rollback()
        await connection.close()
        return codes

    assert asyncio.run(work()) == ["GDB331", "GDB320"]


def test_going_on_after_a_refusal_gives_nothing(limited: Any) -> None:
    """A portal that gave all that it may stays shut."""
    with limited.cursor("mine") as cursor:
        cursor.execute("SELECT id FROM orders")
        assert len(cursor.fetchmany(5)) == 5
        for _ in range(2):
            with pytest.raises(governed_db.StatementDenied, match="GDB320"):
                cursor.fetchone()


@pytest.mark.parametrize("autocommit", [True, False])
def test_copy_into_the_database_is_bounded(
    open_: Callable[..., Any], postgres_shop: str, raw: Any, *, autocommit: bool
) -> None:
    """Rows are counted when all are written; too many are all taken back."""
    shop = open_(postgres_shop, policy=LIMITED)
    shop.autocommit = autocommit

    def copy(count: int, prefix: str) -> None:
        with shop.cursor().copy(COPY) as into:
            for number in range(count):
                into.write_row((f"{prefix}{number}", "new", 1, 1))

    copy(5, "few")
    shop.commit()
    with pytest.raises(governed_db.StatementDenied, match="GDB311"):
        copy(6, "many")

    assert shop.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
    assert raw.execute("SELECT count(*) FROM products WHERE sku LIKE 'few%'").fetchone() == (5,)
    assert raw.execute("SELECT count(*) FROM products WHERE sku LIKE 'many%'").fetchone() == (0,)


def test_finishing_a_copy_by_the_drivers_method_keeps_nothing(
    open_: Callable[..., Any], postgres_shop: str
) -> None:
    """What was written past the count is taken back when the block ends."""
    shop = open_(postgres_shop, policy=LIMITED)
    shop.execute("SELECT 1")

    with pytest.raises(psycopg.Error):
        _copy_and_finish(shop)

    assert shop.execute("SELECT count(*) FROM products WHERE sku LIKE 'many%'").fetchone() == (0,)


def test_a_copy_is_not_committed_before_it_is_counted(open_: Callable[..., Any], postgres_shop: str) -> None:
    """A caller who ends it by the driver's method, and releases the connection's lock, can commit nothing."""
    shop = open_(postgres_shop, policy=LIMITED)

    with pytest.raises(psycopg.Error), shop.cursor().copy(COPY) as copy:  # noqa: PT012  # what is done in it
        for number in range(6):
            copy.write_row((f"many{number}", "new", 1, 1))
        psycopg.Copy.finish(copy, None)
        shop.lock.release()
        try:
            for end in (shop.commit, partial(shop.execute, "COMMIT")):
                with pytest.raises(governed_db.StatementDenied, match="GDB701"):
                    end()
        finally:
            shop.lock.acquire()

    assert shop.execute("SELECT count(*) FROM products WHERE sku LIKE 'many%'").fetchone() == (0,)


def _copy_and_finish(shop: Any) -> None:
    with shop.cursor().copy(COPY) as copy:
        for number in range(6):
            copy.write_row((f"many{number}", "new", 1, 1))
        psycopg.Copy.finish(copy, None)


def test_what_a_cursor_keeps_of_its_plan_is_private(limited: Any) -> None:
    """Its adapters are public, and carry limits: none of them has a public name."""
    cursor = limited.execute("SELECT id FROM orders WHERE id <= 5")

    own = {name for name in dir(cursor.adapters) if not name.startswith("_")}

    assert own == {name for name in dir(psycopg.adapters) if not name.startswith("_")}
