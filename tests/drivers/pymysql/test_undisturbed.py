"""Promise: what the server tells of the last statement is told of the caller's, whatever we asked since."""

from __future__ import annotations

from typing import Any

import pytest

import governed_db
import governed_db.pymysql
from tests.drivers.pymysql.conftest import ran

SMALL = "UPDATE products SET stock = stock + 1 WHERE id > 9"


def outdated(connection: Any) -> None:
    """As when seconds have gone by: the next statement looks at the schema first."""
    connection._governed.gate.schema_changed()


@pytest.mark.parametrize(
    ("first", "then", "told"),
    [
        ("SELECT SQL_CALC_FOUND_ROWS id FROM orders LIMIT 3", "SELECT FOUND_ROWS()", 60),
        ("SELECT id FROM orders LIMIT 7", "select found_rows() AS n;", 7),
        ("UPDATE products SET stock = stock + 1 WHERE id IN (1, 2)", "SELECT ROW_COUNT()", 2),
        (SMALL, "SELECT ROW_COUNT(), FOUND_ROWS()", 3),
        ("SELECT 1/0", "SELECT @@warning_count, @@error_count", 1),
        ("INSERT INTO products (sku, title, price, stock) VALUES ('a', 'b', 1, 1)", "SELECT @@identity", 13),
    ],
)
def test_the_catalog_is_looked_at_later(shop: Any, first: str, then: str, told: int) -> None:
    """FOUND_ROWS(), ROW_COUNT(), LAST_INSERT_ID() and counts of warnings are the caller's own."""
    shop.begin()
    ran(shop, "SELECT 1")
    ran(shop, first)
    outdated(shop)

    assert ran(shop, then)[0][0] == told


def test_a_bounded_write_in_a_transaction_is_the_last_statement(shop: Any) -> None:
    """Also after a write that was measured, and after one that failed."""
    shop.begin()
    ran(shop, SMALL)
    counted = ran(shop, "SELECT ROW_COUNT()")
    with pytest.raises(governed_db.pymysql.IntegrityError):
        ran(shop, "UPDATE products SET sku = 'SKU-1' WHERE id > 9")

    assert counted == ((3,),)
    assert ran(shop, "SELECT @@error_count") == ((1,),)


def test_a_schema_that_changed_is_still_noticed(shop: Any, raw: Any) -> None:
    """The look that was put off comes with the next statement."""
    ran(shop, "SELECT stock FROM products WHERE id = 1")
    shop.commit()
    ran(raw, "ALTER TABLE products ADD ssn varchar(20) DEFAULT '973-41-0001'")
    outdated(shop)
    ran(shop, "SELECT FOUND_ROWS()")

    assert ran(shop, "SELECT ssn FROM products WHERE id = 1") != (("973-41-0001",),)
    assert ran(shop, "SELECT * FROM products WHERE id = 1")[0][-1] != "973-41-0001"
