"""Promise: only the driver's code sees a raw value of a masked column, and a result is what was analysed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pymysql
import pymysql.cursors
import pytest
from pymysql.constants import FIELD_TYPE

import governed_db
from governed_db import pymysql as governed_pymysql
from tests.contract.adapter import as_tuple
from tests.drivers.pymysql.conftest import Open, ran
from tests.drivers.pymysql.test_opening import arguments
from tests.shop import leaked

CLASSES = [getattr(pymysql.cursors, name) for name in ("Cursor", "DictCursor", "SSCursor", "SSDictCursor")]


def masks(name: str) -> dict[str, Any]:
    """A policy with one mask for everything."""
    rule = {"id": "reads", "effect": "permit", "actions": ["select"], "mask": {"*": name}}
    return {"version": 1, "extends": "standard", "rules": [rule]}


def test_decoders_of_the_application_see_what_is_shown(shared_shop: str) -> None:
    """They are asked for columns that nobody masks."""
    seen: list[Any] = []

    def note(value: Any) -> Any:
        seen.append(value)
        return value

    kinds = (FIELD_TYPE.VAR_STRING, FIELD_TYPE.BLOB, FIELD_TYPE.DATE, FIELD_TYPE.NEWDECIMAL)
    conv = {**pymysql.converters.conversions, **dict.fromkeys(kinds, note)}
    connection = governed_pymysql.connect(**arguments(shared_shop), conv=conv)

    rows = ran(connection, "SELECT city, email, birth_date, notes FROM customers WHERE id = 1")
    more = ran(connection, "SELECT total FROM orders WHERE id = 1")

    assert rows == (("Ghent", "***", None, "***"),)
    assert (len(more), seen) == (1, ["Ghent", more[0][0]])
    connection.close()


def test_bytes_are_masked_as_bytes(shared_shop: str) -> None:
    """use_unicode=False gives octets, masked ones too."""
    connection = governed_pymysql.connect(**arguments(shared_shop), use_unicode=False)

    assert ran(connection, "SELECT city, email FROM customers WHERE id = 1") == ((b"Ghent", b"***"),)
    connection.close()


@pytest.mark.parametrize(
    ("mask", "expected"),
    [
        ("redact", ("***", None, None)),
        ("null", (None, None, None)),
        ("partial", ("***mple", None, None)),
        ("email", ("***@canary.example", None, None)),
        ("year", ("***", dt.date(1931, 1, 1), None)),
        ("bucket(1000)", ("***", None, 70000)),
    ],
)
def test_masks_are_those_of_every_driver(open_: Open, mask: str, expected: Any) -> None:
    """Text, dates and numbers, by the same functions."""
    connection = open_(policy=masks(mask))

    email, born = ran(connection, "SELECT email, birth_date FROM customers WHERE id = 3")[0]
    salary = ran(connection, "SELECT salary FROM employees WHERE id = 3")[0][0]

    assert (email, born, salary) == expected


def test_tokens_are_made_in_the_driver(open_: Open) -> None:
    """Equal values have equal tokens; what they stand for is not in them."""
    connection = open_(policy=masks("token"))

    found = [ran(connection, "SELECT email FROM customers WHERE id = 3") for _ in range(2)]

    assert found[0] == found[1]
    assert leaked(found) == ()


@pytest.mark.parametrize("kind", CLASSES)
def test_a_changed_table_gives_nothing(shop: Any, raw: Any, kind: Any) -> None:
    """More columns than were analysed: the result is thrown away, and the next run is analysed anew."""
    shop.autocommit(True)
    ran(raw, "CREATE TABLE wide AS SELECT id, sku FROM products WHERE id < 3")
    ran(shop, "SELECT * FROM wide", kind=kind)
    ran(raw, "ALTER TABLE wide ADD COLUMN email varchar(90) DEFAULT 'cnry0001@canary.example'")

    with pytest.raises(governed_db.StatementDenied, match="GDB221"):
        ran(shop, "SELECT * FROM wide", kind=kind)

    rows = [as_tuple(row) for row in ran(shop, "SELECT * FROM wide ORDER BY id", kind=kind)]
    assert rows == [(1, "SKU-001", "***"), (2, "SKU-002", "***")]


@pytest.mark.parametrize("kind", CLASSES)
def test_columns_that_come_from_elsewhere_give_nothing(shop: Any, raw: Any, kind: Any) -> None:
    """The server names the column that each value is from; it must be one that analysis found."""
    shop.autocommit(True)
    ran(raw, "CREATE TABLE turned (label varchar(90), email varchar(90))")
    ran(raw, "INSERT INTO turned VALUES ('harmless', 'cnry0001@canary.example')")
    ran(shop, "SELECT * FROM turned", kind=kind)
    ran(raw, "ALTER TABLE turned MODIFY email varchar(90) FIRST")

    with pytest.raises(governed_db.StatementDenied, match="GDB130") as raised:
        ran(shop, "SELECT * FROM turned", kind=kind)

    assert leaked(raised.value) == ()
    assert ran(shop, "SELECT label FROM turned") == (("harmless",),)


def test_the_servers_word_is_heard_without_case_and_through_names(reading: Any) -> None:
    """Views, WITH queries named like tables, joins and derived tables are no disagreement."""
    for text in (
        "SELECT CONTACT, Who FROM customer_emails WHERE customer_id = 1",
        "WITH orders AS (SELECT id, sku AS status FROM products) SELECT status FROM orders",
        "SELECT d.x FROM (SELECT city AS x FROM customers) d LIMIT 1",
        "SELECT id FROM customers c JOIN orders o USING (id) LIMIT 1",
        "SELECT c.ID, (SELECT max(total) FROM orders WHERE customer_id = c.id) FROM customers c LIMIT 1",
        "SELECT city FROM customers UNION SELECT sku FROM products LIMIT 1",
        "SELECT city FROM active_orders LIMIT 1",
    ):
        assert leaked(ran(reading, text)) == ()


CALLS = {
    "version": 1,
    "extends": "standard",
    "rules": [
        {"id": "calls", "effect": "permit", "actions": ["call"], "hazards": ["routine"], "functions": ["*"]}
    ],
}


@pytest.fixture
def calling(open_: Open, mysql_shop: str, raw: Any) -> Any:
    """A shop with two procedures, of which one gives protected columns."""
    first = "SELECT id FROM products ORDER BY id LIMIT n"
    ran(raw, f"CREATE PROCEDURE plain(n int) BEGIN {first}; SELECT id FROM orders ORDER BY id LIMIT n; END")
    second = "SELECT email FROM customers LIMIT n; SELECT 1"
    ran(raw, f"CREATE PROCEDURE telling(n int) BEGIN {first}; {second}; END")
    return open_(mysql_shop, policy=CALLS)


@pytest.mark.parametrize("kind", [pymysql.cursors.Cursor, pymysql.cursors.SSCursor])
def test_procedures_that_policy_lists_can_be_called(calling: Any, kind: Any) -> None:
    """With all their results, in the driver's own way."""
    cursor = calling.cursor(kind)

    arguments_ = cursor.callproc("plain", (2,))
    found = [list(cursor.fetchall())]
    while cursor.nextset():
        found.append(list(cursor.fetchall()))

    assert arguments_ == (2,)
    assert found[:2] == [[(1,), (2,)], [(1,), (2,)]]
    assert ran(calling, "SELECT 1") == ((1,),)


@pytest.mark.parametrize("kind", [pymysql.cursors.Cursor, pymysql.cursors.SSCursor])
def test_protected_columns_of_a_procedure_are_refused(calling: Any, kind: Any) -> None:
    """Its body was not analysed, so they would not be masked; the connection goes on working."""
    cursor = calling.cursor(kind)
    cursor.callproc("telling", (2,))
    shown = list(cursor.fetchall())

    with pytest.raises(governed_db.StatementDenied, match="GDB130") as raised:
        cursor.nextset()

    assert (len(shown), leaked(raised.value)) == (2, ())
    assert ran(calling, "SELECT 1") == ((1,),)


def test_results_that_nobody_asks_for_are_passed_over(calling: Any) -> None:
    """Also when one of them would be refused."""
    calling.cursor().callproc("telling", (2,))

    assert ran(calling, "SELECT 1") == ((1,),)


def test_warnings_about_protected_data_have_no_texts(reading: Any) -> None:
    """Level and number are shown, and all of it when the warning cannot be about protected data."""
    ran(reading, "SELECT count(*) FROM customers WHERE id = '1x'")
    about_customers = reading.show_warnings()
    ran(reading, "SELECT 1")
    still_about_customers = reading.show_warnings()
    ran(reading, "SELECT count(*) FROM products WHERE id = '2x'")
    about_products = reading.show_warnings()

    assert about_customers[0][:2] == ("Warning", 1292)
    assert "1x" not in f"{about_customers} {still_about_customers}"
    assert "2x" in str(about_products)
    with pytest.raises(governed_db.StatementDenied):
        ran(reading, "SHOW WARNINGS")


SECONDS = {
    "version": 1,
    "extends": "standard",
    "rules": [
        {
            "id": "quick",
            "effect": "permit",
            "actions": ["select", "update"],
            "mask": {"*": "redact"},
            "limits": {"seconds": 0.2},
        }
    ],
}
LONG = "SELECT a.id FROM orders a, orders b, orders c, orders d, orders e"


@pytest.mark.parametrize("kind", [pymysql.cursors.Cursor, pymysql.cursors.SSCursor])
def test_statements_are_stopped_in_time(open_: Open, kind: Any) -> None:
    """By the server, which the driver asks to; the connection and its transaction stay usable."""
    connection = open_(policy=SECONDS)
    ran(connection, "UPDATE products SET stock = stock WHERE id = %s", (1,))

    with pytest.raises(governed_db.StatementDenied, match="GDB331"):
        ran(connection, LONG, kind=kind)

    cursor = connection.cursor()
    cursor.execute("SELECT email FROM customers WHERE id = %s", (1,))
    assert cursor.fetchall() == (("***",),)
    assert cursor._executed == "SELECT email FROM customers WHERE id = 1"
