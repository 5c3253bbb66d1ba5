"""Promise: writes are bounded by what the server counts, whatever the driver's attributes say."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pymysql
import pymysql.cursors
import pytest

import governed_db
from tests.drivers.pymysql.conftest import FEW_ROWS, Open, ran

ALL = "UPDATE products SET stock = stock + 1 WHERE id > %s"
INSERT = "INSERT INTO products (sku, title, price, stock) VALUES (%s, %s, %s, %s)"
CLASSES = [getattr(pymysql.cursors, name) for name in ("Cursor", "DictCursor", "SSCursor", "SSDictCursor")]


def stock(raw: Any) -> int:
    """What others see."""
    return int(ran(raw, "SELECT sum(stock) FROM products")[0][0])


@pytest.mark.parametrize("autocommit", [True, False])
@pytest.mark.parametrize("status", [0, 1, 2, 3])
def test_a_forged_status_changes_no_bound(shop: Any, raw: Any, status: int, *, autocommit: bool) -> None:
    """Whether a transaction is open is asked of the server."""
    shop.autocommit(autocommit)
    shop.server_status = status

    with pytest.raises(governed_db.ApprovalRequired, match="GDB311"):
        ran(shop, ALL, (0,))
    shop.commit()

    assert stock(raw) == 780


def test_a_transaction_begun_by_a_read_is_kept(shop: Any, raw: Any) -> None:
    """The driver is not told of it, because rows bring no status; what was done in it stays."""
    ran(shop, "SELECT count(*) FROM orders")
    ran(shop, "UPDATE products SET stock = 0 WHERE id = 1")

    with pytest.raises(governed_db.ApprovalRequired):
        ran(shop, ALL, (0,))
    shop.commit()

    assert stock(raw) == 770


@pytest.mark.parametrize("kind", CLASSES)
def test_returned_rows_are_counted_first(shop: Any, raw: Any, kind: Any) -> None:
    """RETURNING on a cursor that streams is read whole: within the bound all rows come, over it none."""
    text = "DELETE FROM order_items WHERE order_id <= %s RETURNING order_id AS number"

    rows = ran(shop, text, (2,), kind=kind)
    cursor = shop.cursor(kind)
    with pytest.raises(governed_db.ApprovalRequired):
        cursor.execute(text, (60,))
    shop.commit()

    assert sorted(row["number"] if isinstance(row, dict) else row[0] for row in rows) == [1, 1, 2, 2]
    assert (shop._result, cursor._rows) == (None, None)
    assert ran(raw, "SELECT count(*) FROM order_items") == ((116,),)


def test_many_rows_are_sent_at_once(shop: Any, raw: Any, sent: list[bytes]) -> None:
    """executemany of INSERT ... VALUES is one statement, as without us."""
    cursor = shop.cursor()
    rows = [(f"N{number}", "it's 5%", 1.5, number) for number in range(5)]

    count = cursor.executemany(f"{INSERT} ON DUPLICATE KEY UPDATE title = VALUES(title)", rows)
    shop.commit()

    inserts = [text for text in sent if text.startswith(b"INSERT")]
    assert (count, cursor.rowcount, len(inserts)) == (5, 5, 1)
    assert ran(raw, "SELECT title, stock FROM products WHERE sku = 'N4'") == (("it's 5%", 4),)


def test_long_statements_are_sent_in_pieces(shop: Any, raw: Any, sent: list[bytes]) -> None:
    """Of the cursor's own length, counted together."""
    cursor = shop.cursor()
    cursor.max_stmt_length = 200

    cursor.executemany(INSERT, [(f"N{number}", "x" * 60, 1, 0) for number in range(5)])

    pieces = [text for text in sent if text.startswith(b"INSERT")]
    assert len(pieces) == 5
    assert max(map(len, pieces)) <= 200
    with pytest.raises(governed_db.ApprovalRequired, match="GDB311"):
        cursor.executemany(INSERT, [(f"M{number}", "x" * 60, 1, 0) for number in range(6)])
    shop.commit()
    assert ran(raw, "SELECT count(*) FROM products") == ((17,),)


@pytest.mark.parametrize("kind", CLASSES)
def test_named_values_and_other_statements_work_in_bulk(shop: Any, raw: Any, kind: Any) -> None:
    """Row by row where the driver would do so too."""
    cursor = shop.cursor(kind)

    inserted = cursor.executemany(
        "INSERT INTO products (sku, title, price, stock) VALUES (%(sku)s, %(title)s, %(price)s, %(stock)s)",
        [{"sku": f"N{number}", "title": "x", "price": 1, "stock": None or 0} for number in range(3)],
    )
    changed = cursor.executemany("UPDATE products SET stock = %s WHERE id = %s", [(0, 1), (0, 2)])
    shop.commit()

    assert (inserted, changed) == (3, 2)
    assert stock(raw) == 780 - 30
    assert cursor.executemany(INSERT, []) is None


def test_bulk_with_numbers_for_protected_texts_is_refused(shop: Any, raw: Any) -> None:
    """Each set of values is then looked at by itself."""
    with pytest.raises(governed_db.StatementDenied, match="GDB201"):
        shop.cursor().executemany("UPDATE customers SET status = 'x' WHERE ssn = %s", [(973,)])
    shop.commit()

    assert ran(raw, "SELECT count(*) FROM customers WHERE status = 'x'") == ((0,),)


def test_values_that_are_no_literals_are_written_out(shop: Any, raw: Any) -> None:
    """executemany governs each row's text by itself then."""

    class Now:
        """A moment of the server's."""

    shop.encoders[Now] = lambda value, mapping: "1 + 1"  # PyMySQL's signature
    cursor = shop.cursor()

    assert cursor.executemany("UPDATE products SET stock = %s WHERE id = %s", [(Now(), 1), (3, 2)]) == 2
    shop.commit()
    assert ran(raw, "SELECT stock FROM products WHERE id <= 2") == ((2,), (3,))


def test_an_error_in_autocommit_mode_leaves_nothing_open(shop: Any, raw: Any) -> None:
    """The transaction around the statement is gone with it."""
    shop.autocommit(True)

    with pytest.raises(pymysql.err.IntegrityError):
        ran(shop, "UPDATE products SET sku = 'SKU-001' WHERE id = 3 OR stock = 20")

    assert ran(shop, "SELECT @@in_transaction") == ((0,),)
    assert stock(raw) == 780


def test_a_savepoint_before_the_transaction_is_kept(
    open_: Open, mysql_shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server has it, and does not say so: neither bounds nor looks at values end what it belongs to."""
    monkeypatch.setenv("GOVERNED_DB_SAMPLE_SECONDS", "5")
    shop = open_(mysql_shop, policy=FEW_ROWS)
    ran(shop, "SAVEPOINT first")
    with pytest.raises(governed_db.StatementDenied, match="GDB311"):
        ran(shop, "UPDATE products SET stock = 0 WHERE id > 5")
    ran(shop, "SELECT id, email FROM customers WHERE id = 1")  # its values are looked at, if they can be
    ran(shop, "UPDATE products SET stock = 1 WHERE id = 1")
    ran(shop, "ROLLBACK TO SAVEPOINT first")

    assert stock(shop) == 780


def test_a_savepoint_outside_of_transactions_bounds_nothing(shop: Any, raw: Any) -> None:
    """In autocommit mode it is gone with its statement; a bound then has a transaction of its own."""
    shop.autocommit(True)
    ran(shop, "SAVEPOINT first")

    with pytest.raises(governed_db.StatementDenied, match="GDB311"):
        ran(shop, "UPDATE products SET stock = 0 WHERE id > 5")

    assert stock(raw) == 780


def test_a_deadlock_is_told_as_one(shop: Any, raw: Any) -> None:
    """The server has ended the transaction, and with it our savepoint: the error is the server's own."""
    raw.begin()
    ran(raw, "UPDATE products SET stock = 1 WHERE id BETWEEN 2 AND 9")
    ran(shop, "UPDATE products SET stock = 1 WHERE id = 1")
    with ThreadPoolExecutor(1) as others:
        waiting = others.submit(ran, raw, "UPDATE products SET stock = 1 WHERE id = 1")

        # Whoever waits first: the server ends the transaction that has changed less, which is ours.
        with pytest.raises(pymysql.err.OperationalError) as raised:
            ran(shop, "UPDATE products SET stock = 2 WHERE id IN (2, 3)")
        waiting.result()

    raw.rollback()
    assert raised.value.args[0] == 1213
    assert ran(shop, "SELECT @@in_transaction") == ((0,),)
