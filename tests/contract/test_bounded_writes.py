"""Promise: a write that turns out to change too much changes nothing, in every transaction mode."""

from __future__ import annotations

from typing import Any

import pytest

import governed_db
from governed_db.remote.approvals import ApprovalStore
from tests.contract.shop import Shop

SMALL = "UPDATE products SET stock = stock + 1 WHERE stock <= 30"  # three rows
LARGE = "UPDATE products SET stock = stock + 1 WHERE stock > 30"  # nine rows
STOCK = "SELECT sum(stock) FROM products"
TOTAL = 10 * 12 * 13 // 2


def stored_stock(shop: Shop) -> int:
    """What others see."""
    return int(shop.stored(STOCK)[0][0])


@pytest.fixture(params=["autocommit", "outside", "inside"])
def state(request: pytest.FixtureRequest, bounded_shop: Shop) -> str:
    """The transaction modes: autocommit, no transaction open yet, one that has done something already."""
    if request.param == "autocommit":
        bounded_shop.autocommit()
    if request.param == "inside":
        bounded_shop.run("UPDATE orders SET status = 'mine' WHERE id = 7")
    return str(request.param)


def test_within_the_bound_it_is_as_without_us(bounded_shop: Shop, state: str) -> None:
    """The rows are counted, and the transaction is left as the driver leaves it."""
    cursor = bounded_shop.run(SMALL)

    assert cursor.rowcount == 3
    assert bounded_shop.in_transaction == (state != "autocommit")
    assert stored_stock(bounded_shop) == TOTAL + (3 if state == "autocommit" else 0)
    bounded_shop.connection.commit()
    assert stored_stock(bounded_shop) == TOTAL + 3


def test_over_the_bound_nothing_is_changed(bounded_shop: Shop, state: str) -> None:
    """It is undone and becomes a request; the transaction is as it was before the call."""
    error = bounded_shop.refused(LARGE)

    assert isinstance(error, governed_db.ApprovalRequired)
    assert (error.code, error.task["rows"]) == ("GDB311", 9)
    assert bounded_shop.in_transaction == (state == "inside")
    bounded_shop.connection.commit()
    assert stored_stock(bounded_shop) == TOTAL


def test_what_was_done_before_stays(bounded_shop: Shop) -> None:
    """Only the statement is undone, not the transaction that it is part of."""
    bounded_shop.run("UPDATE orders SET status = 'mine' WHERE id = 7")
    bounded_shop.refused(LARGE)
    bounded_shop.run("UPDATE orders SET status = 'mine' WHERE id = 8")
    bounded_shop.connection.commit()

    assert bounded_shop.stored("SELECT count(*) FROM orders WHERE status = 'mine'") == [(2,)]


def test_rollback_works_after_a_bounded_write(bounded_shop: Shop) -> None:
    """The savepoint is gone: a rollback takes everything back."""
    bounded_shop.run(SMALL)
    bounded_shop.connection.rollback()

    assert stored_stock(bounded_shop) == TOTAL


def test_no_rows_of_an_undone_write_are_handed_out(bounded_shop: Shop) -> None:
    """RETURNING of a write that was undone gives nothing."""
    text = "DELETE FROM order_items WHERE quantity > 0 RETURNING order_id"
    cursor = bounded_shop.connection.cursor()

    with pytest.raises(bounded_shop.adapter.error, match="GDB311"):
        cursor.execute(text)

    assert not _fetched(cursor)
    assert bounded_shop.stored("SELECT count(*) FROM order_items") == [(120,)]


def _fetched(cursor: Any) -> list[Any]:
    """Rows, where the driver lets one ask at all."""
    try:
        return list(cursor.fetchall())
    except Exception:  # noqa: BLE001  # any: each driver has its own words for "there is no result"
        return []


def test_many_runs_are_measured_together(bounded_shop: Shop, state: str) -> None:
    """executemany is one change: its rows are added up."""
    text = bounded_shop.adapter.sql("UPDATE products SET stock = stock + 1 WHERE id = ?")
    cursor = bounded_shop.connection.cursor()

    with pytest.raises(bounded_shop.adapter.error, match="GDB311"):
        cursor.executemany(text, [(number,) for number in range(1, 8)])

    assert bounded_shop.in_transaction == (state == "inside")
    bounded_shop.connection.commit()
    assert stored_stock(bounded_shop) == TOTAL


def test_a_few_runs_are_done(bounded_shop: Shop) -> None:
    """executemany within the bound changes what it says."""
    text = bounded_shop.adapter.sql("INSERT INTO products (sku, title, price, stock) VALUES (?, ?, ?, ?)")
    rows = [(f"NEW-{number}", "Lamp", "1.50", number) for number in range(5)]
    cursor = bounded_shop.connection.cursor()

    cursor.executemany(text, rows)
    bounded_shop.connection.commit()

    assert cursor.rowcount == 5
    assert bounded_shop.stored("SELECT count(*) FROM products WHERE sku LIKE 'NEW-%'") == [(5,)]


def test_an_approved_write_runs_once(bounded_shop: Shop, state: str) -> None:
    """After a second person agreed the same statement runs, and the next time it must be asked for again."""
    error = bounded_shop.refused(LARGE)
    assert isinstance(error, governed_db.ApprovalRequired)
    store = ApprovalStore(bounded_shop.state_dir / "approvals.sqlite")
    store.approve(error.task["id"], "second-person")

    bounded_shop.run(LARGE)
    bounded_shop.connection.commit()

    assert stored_stock(bounded_shop) == TOTAL + 9
    assert isinstance(bounded_shop.refused(LARGE), governed_db.ApprovalRequired)


def test_an_approved_write_that_grew_is_refused(bounded_shop: Shop) -> None:
    """Measured again when it runs: more rows than were approved are undone."""
    error = bounded_shop.refused(LARGE)
    assert isinstance(error, governed_db.ApprovalRequired)
    ApprovalStore(bounded_shop.state_dir / "approvals.sqlite").approve(error.task["id"], "second-person")
    bounded_shop.run("INSERT INTO products (sku, title, price, stock) VALUES ('X', 'Y', 1, 99)")
    bounded_shop.connection.commit()

    assert getattr(bounded_shop.refused(LARGE), "code", None) == "GDB312"


def test_a_failed_write_leaves_the_transaction(bounded_shop: Shop) -> None:
    """A constraint that stops a measured write leaves the transaction as the server itself leaves it."""
    bounded_shop.run("UPDATE orders SET status = 'mine' WHERE id = 7")
    error = bounded_shop.refused("UPDATE products SET sku = 'same' WHERE stock <= 30")
    bounded_shop.connection.commit()

    assert isinstance(error, bounded_shop.adapter.integrity_error)
    # PostgreSQL's transaction has failed with the statement, and its COMMIT is a rollback.
    kept = "packed" if bounded_shop.adapter.dialect == "postgres" else "mine"
    assert bounded_shop.stored("SELECT status FROM orders WHERE id = 7") == [(kept,)]
