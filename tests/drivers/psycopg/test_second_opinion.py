"""Promise: a column that the server reads from where analysis did not find it is not handed out."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import psycopg
import pytest
from psycopg import sql

import governed_db
from governed_db import psycopg as governed_psycopg
from tests.drivers.psycopg.relay import Relay
from tests.shop import leaked

SHADOW = "SELECT status FROM orders WHERE status IS NOT NULL"


def shadow(raw: psycopg.Connection[Any]) -> None:
    """Puts a table of the same name before the known one, in the search path of every session."""
    user = sql.Identifier(raw.info.user)
    raw.execute(sql.SQL("CREATE SCHEMA {}").format(user))
    raw.execute(sql.SQL("CREATE TABLE {}.orders AS SELECT email AS status FROM customers").format(user))


def executed(connection: Any) -> Any:
    """All rows."""
    return connection.execute(SHADOW).fetchall()


def streamed(connection: Any) -> Any:
    """Row by row."""
    return list(connection.cursor().stream(SHADOW))


def from_portal(connection: Any) -> Any:
    """In pieces."""
    with connection.cursor("mine") as cursor:
        return cursor.execute(SHADOW).fetchall()


def pipelined(connection: Any) -> Any:
    """Later."""
    with connection.pipeline():
        return connection.execute(SHADOW).fetchall()


def with_a_mask(connection: Any) -> Any:
    """Beside a column that is masked anyhow."""
    return connection.execute("SELECT o.status, c.name FROM orders o, customers c").fetchall()


@pytest.mark.parametrize("way", [executed, with_a_mask])
def test_a_table_that_came_between_is_looked_at(shop: Any, raw: Any, way: Any) -> None:
    """The statement is read anew, once, against the schema as it is: masked like any other."""
    shop.execute("SELECT count(*) FROM products")
    shadow(raw)

    rows = way(shop)

    assert {row[0] for row in rows} == {"[pii.email]"}
    assert leaked(rows) == ()
    assert leaked(shop.execute("SELECT * FROM orders").fetchall()) == ()


def test_a_table_that_changes_again_is_refused(shop: Any, raw: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is looked at once more, and no more often."""
    shop.execute("SELECT count(*) FROM products")
    shadow(raw)
    known = shop._governed.gate.knowing.last
    learned: list[object] = []
    monkeypatch.setattr(type(shop._governed.gate), "learned", lambda _self, _new: learned.append(1) or known)

    with pytest.raises(governed_db.StatementDenied, match="GDB130") as caught:
        executed(shop)

    assert leaked(repr(caught.value)) == ()
    assert len(learned) <= 2


@pytest.mark.parametrize("way", [streamed, from_portal, pipelined])
def test_a_table_that_came_between_is_noticed(shop: Any, raw: Any, way: Any) -> None:
    """What was learned a moment ago says public.orders; the server reads another one."""
    shop.execute("SELECT count(*) FROM products")
    shadow(raw)

    with pytest.raises(governed_db.StatementDenied, match="GDB130") as caught:
        way(shop)

    assert leaked(repr(caught.value)) == ()


def test_views_and_generated_columns_agree(shop: Any) -> None:
    """The server names the view and the generated column, analysis what they are made of."""
    assert shop.execute("SELECT who, contact FROM customer_emails WHERE customer_id = 3").fetchone() == (
        "***",
        "***",
    )
    assert leaked(shop.execute("SELECT email_key FROM customers").fetchall()) == ()
    assert shop.execute("SELECT line_total FROM order_items ORDER BY 1 LIMIT 1").fetchone() is not None


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM orders o JOIN order_items i ON i.order_id = o.id",
        "SELECT q.n FROM (SELECT id AS n FROM orders) q",
        "SELECT o FROM orders o",
        "SELECT who FROM customer_emails who",
        "WITH recent AS (SELECT id, status FROM orders) SELECT status, id FROM recent",
        "SELECT id FROM orders UNION SELECT id FROM products",
        "SELECT count(*), max(total) FROM orders GROUP BY status",
        "SELECT relname FROM pg_catalog.pg_class WHERE relname = 'orders'",
        "SELECT table_name FROM information_schema.tables WHERE table_name = 'orders'",
        "INSERT INTO products (sku, title, price, stock) VALUES ('N', 'n', 1, 1) RETURNING id, sku",
        "UPDATE orders SET status = 'x' WHERE id = 1 RETURNING status, total",
        "EXPLAIN SELECT id FROM orders",
        "SHOW server_version",
        "VALUES (1, 'a')",
    ],
)
def test_ordinary_statements_agree(shop: Any, query: str) -> None:
    """Plain columns through joins, sub-queries and RETURNING; the rest has no origin."""
    assert shop.execute(query).fetchall()


def test_numbers_are_asked_for_once(relay: Relay) -> None:
    """A second statement about the same tables asks the server nothing."""
    with closing(governed_psycopg.connect(relay.url)) as connection:
        connection.execute("SELECT id FROM orders")
        connection.execute("SELECT id, status FROM orders")
        connection.execute("SELECT id, status FROM orders")

    assert len([text for text in relay.sent if text.startswith("SELECT c.oid, n.nspname")]) == 1
