"""Promise: however rows are fetched, protected values come back masked and the rest as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.contract.adapter import as_tuple
from tests.contract.adapter_psycopg import PSYCOPG, PSYCOPG_ASYNC
from tests.contract.adapter_pymysql import PYMYSQL
from tests.contract.adapter_sqlite3 import SQLITE
from tests.contract.shop import Shop
from tests.shop import leaked

QUERY = "SELECT id, email, status, ssn FROM customers WHERE id <= ? ORDER BY id"
EXPECTED = [
    (1, "***", "active", "***"),
    (2, "***", "active", "***"),
    (3, "***", "trial", "***"),
    (4, "***", "closed", "***"),
]

Fetch = Callable[[Any], list[Any]]


def one_by_one(cursor: Any) -> list[Any]:
    """fetchone until there is no more."""
    return list(iter(cursor.fetchone, None))


def in_twos(cursor: Any) -> list[Any]:
    """fetchmany until it is empty."""
    found: list[Any] = []
    while batch := cursor.fetchmany(2):
        found += batch
    return found


def mixed(cursor: Any) -> list[Any]:
    """One of each after the other."""
    return [cursor.fetchone(), *cursor.fetchmany(1), *cursor.fetchall()]


FETCHES: dict[str, Fetch] = {
    "fetchall": lambda cursor: list(cursor.fetchall()),
    "fetchone": one_by_one,
    "fetchmany": in_twos,
    "iteration": list,
    "mixed": mixed,
}


def ways() -> Iterator[Any]:
    """Every cursor of every driver."""
    for adapter in (SQLITE, PYMYSQL, PSYCOPG, PSYCOPG_ASYNC):
        for kind in adapter.cursors:
            yield pytest.param(adapter, kind, id=f"{adapter.name}-{kind}")


@pytest.mark.parametrize("fetch", FETCHES.values(), ids=FETCHES.keys())
@pytest.mark.parametrize(("adapter", "kind"), list(ways()))
def test_every_cursor_gives_masked_rows(reading: Shop, kind: str, fetch: Fetch) -> None:
    """Each cursor class, with each way of fetching, gives the same masked rows."""
    with closing(reading.adapter.cursors[kind](reading.connection)) as cursor:
        cursor.execute(reading.adapter.sql(QUERY), (4,))

        assert [as_tuple(row) for row in fetch(cursor)] == EXPECTED


@pytest.mark.parametrize(("adapter", "kind"), list(ways()))
def test_a_second_run_is_masked_too(reading: Shop, kind: str) -> None:
    """A statement that was seen before takes the short path, and is masked in the same way."""
    for _ in range(3):
        with closing(reading.adapter.cursors[kind](reading.connection)) as cursor:
            cursor.execute(reading.adapter.sql(QUERY), (4,))
            found = [as_tuple(row) for row in cursor.fetchall()]

    assert found == EXPECTED


def test_descriptions_are_the_drivers_own(reading: Shop) -> None:
    """The description of a masked result names the columns as the statement does."""
    cursor = reading.run('SELECT id AS "number", email AS "mail" FROM customers WHERE id = 1')

    assert [column[0] for column in cursor.description] == ["number", "mail"]


def test_aliases_and_expressions_do_not_unmask(reading: Shop) -> None:
    """What a value is derived from decides, not what the column is called."""
    found = reading.rows(
        "WITH orders AS (SELECT id, email AS status FROM customers WHERE id < 4) SELECT 1, status FROM orders"
    )

    assert [row[1] for row in found] == ["***"] * 3


def test_unclassified_tables_are_untouched(reading: Shop) -> None:
    """Rows of a table without protected columns are exactly the driver's."""
    query = "SELECT id, sku, title, stock FROM products ORDER BY id"

    assert reading.rows(query) == reading.stored(query)


def test_aggregates_of_protected_tables_work(reading: Shop) -> None:
    """Counting is not reading."""
    assert reading.rows("SELECT count(*), count(DISTINCT status) FROM customers") == [(30, 3)]


def test_views_are_masked(reading: Shop) -> None:
    """A view shows masked what it takes from protected columns."""
    found = reading.rows("SELECT customer_id, who, contact FROM customer_emails WHERE customer_id = 1")

    assert found == [(1, "***", "***")]


def test_returned_rows_of_a_write_are_masked(shop: Shop) -> None:
    """RETURNING gives no protected value either."""
    if shop.adapter.dialect == "mysql":
        text = "DELETE FROM api_tokens WHERE id = ? RETURNING id, token"  # MariaDB has none for UPDATE
    else:
        text = "UPDATE api_tokens SET label = 'new' WHERE id = ? RETURNING id, token"

    assert shop.rows(text, 3) == [(3, "***")]


def test_nothing_of_a_masked_result_is_left_on_the_cursor(reading: Shop) -> None:
    """No attribute of the cursor, public or not, shows a protected value."""
    cursor = reading.run("SELECT id, email, ssn FROM customers")
    cursor.fetchone()

    seen = {name: repr(getattr(cursor, name, None)) for name in dir(cursor) if not name.startswith("__")}

    assert leaked(seen) == ()
