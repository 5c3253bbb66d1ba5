"""Promise: the statements of a change are approved together and run together, or none of them is."""

from __future__ import annotations

from typing import Any

import pytest

import governed_db
from governed_db.errors import ApprovalRequired, StatementDenied
from governed_db.model.preview import from_json
from governed_db.remote.approvals import ApprovalStore
from tests.contract.conftest import OpenShop
from tests.contract.shop import Shop
from tests.shop import leaked

POLICY = {
    "version": 1,
    "extends": "standard",
    "rules": [
        {"id": "few", "effect": "permit", "actions": ["insert", "update"], "limits": {"rows_changed": 5}},
        {"id": "asked", "effect": "approve", "actions": ["delete"]},
        {"id": "dba", "effect": "approve", "actions": ["merge", "ddl"], "approvers": {"groups": ["dba"]}},
    ],
}
ITEMS = "DELETE FROM order_items WHERE order_id <= ?"
ORDERS = "DELETE FROM orders WHERE id <= ?"


@pytest.fixture
def changing(open_shop: OpenShop) -> Shop:
    """A shop in which deletions are asked for, and five rows may change at once."""
    return open_shop(policy=POLICY, principal="alice")


def run(shop: Shop, *statements: tuple[str, Any], reason: str = "clean up") -> list[int | None]:
    """One change with these statements; how many rows each of them changed."""
    connection = getattr(shop.connection, "target", shop.connection)
    change = governed_db.change(connection, reason=reason)

    def collect() -> None:
        for sql, params in statements:
            change.execute(shop.adapter.sql(sql), params)

    async def arun() -> None:
        async with change:
            collect()

    if connection is shop.connection:
        with change:
            collect()
    else:
        shop.connection.finish(arun())
    return [step.rows for step in change.steps]


def asked(shop: Shop, *statements: tuple[str, Any], reason: str = "clean up") -> ApprovalRequired:
    """What a change raises that nobody has agreed to."""
    with pytest.raises(ApprovalRequired) as refused:
        run(shop, *statements, reason=reason)
    return refused.value


def approve(shop: Shop, error: ApprovalRequired) -> None:
    """A second person agrees."""
    ApprovalStore(shop.state_dir / "approvals.sqlite").approve(error.task["id"], "bob")


def test_asked_approved_and_run_as_a_whole(changing: Shop) -> None:
    """One request for all statements, with a preview of each after those before it; then all of them run."""
    both = (ITEMS, (3,)), (ORDERS, (3,))
    before = _counts(changing)

    error = asked(changing, *both)

    assert (error.code, error.task["rows"]) == ("GDB440", 9)
    assert error.task["statement"] == f"{ITEMS};\n{ORDERS}"
    stored = ApprovalStore(changing.state_dir / "approvals.sqlite").preview(error.task["id"])
    assert [part.rows for part in from_json(stored or {}).parts] == [6, 3]
    assert _counts(changing) == before

    approve(changing, error)
    assert run(changing, *both) == [6, 3]
    changing.connection.commit()
    assert changing.stored("SELECT count(*) FROM orders WHERE id <= 3") == [(0,)]
    assert asked(changing, *both).task["id"] != error.task["id"]


def test_permitted_ones_need_nobody(changing: Shop) -> None:
    """What is permitted anyway runs at once, in one piece; all is asked for when one of them is too large."""
    rows = run(
        changing,
        ("UPDATE products SET stock = stock + 1 WHERE id = ?", (1,)),
        ("UPDATE products SET stock = stock - 1 WHERE id = ?", (2,)),
    )
    changing.connection.commit()

    assert rows == [1, 1]
    assert changing.stored("SELECT id, stock FROM products WHERE id <= 2 ORDER BY id") == [(1, 11), (2, 19)]

    error = asked(
        changing,
        ("UPDATE products SET stock = stock + 1 WHERE id = ?", (1,)),
        ("UPDATE products SET stock = stock - 1 WHERE id <= ?", (9,)),
    )
    changing.connection.commit()

    assert error.task["rows"] == 10
    assert changing.stored("SELECT stock FROM products WHERE id = 1") == [(11,)]


def test_what_was_approved_is_what_runs(changing: Shop) -> None:
    """These very statements, values, order and reason; each statement held to its own measured rows."""
    first = asked(changing, (ITEMS, (3,)), (ORDERS, (3,)))
    approve(changing, first)

    others = [
        asked(changing, (ITEMS, (3,)), (ORDERS, (2,))),
        asked(changing, (ITEMS, (3,)), (ORDERS, (3,)), reason="another"),
        asked(changing, (ITEMS, (3,))),
    ]

    assert first.task["id"] not in {error.task["id"] for error in others}
    changing.connection.rollback()
    _rows_that_moved(changing)


def _rows_that_moved(changing: Shop) -> None:
    both = (ITEMS, (3,)), ("DELETE FROM api_tokens WHERE id <= ?", (10,))
    approve(changing, asked(changing, *both))
    _elsewhere(changing, "DELETE FROM order_items WHERE order_id = 1")
    _elsewhere(changing, "DELETE FROM api_tokens WHERE id = 10")
    _elsewhere(
        changing,
        "INSERT INTO order_items (order_id, product_id, quantity, unit_price)"
        " VALUES (1, 1, 1, 1), (1, 2, 1, 1), (1, 3, 1, 1)",
    )
    before = changing.stored("SELECT count(*) FROM order_items")

    with pytest.raises(StatementDenied) as refused:
        run(changing, *both)
    changing.connection.commit()

    assert refused.value.code == "GDB312"
    assert changing.stored("SELECT count(*) FROM order_items") == before


def test_a_denied_statement_ends_it(changing: Shop) -> None:
    """Nothing stays when any statement is denied, cannot be undone, or fails; then nobody is asked."""
    update = ("UPDATE products SET stock = 0 WHERE id = ?", (1,))
    for sql, code in (("SELECT 1", "GDB441"), ("DROP TABLE products", "GDB441")):
        with pytest.raises(StatementDenied) as refused:
            run(changing, update, (sql, None))
        assert refused.value.code == code
    with pytest.raises(StatementDenied):
        run(changing, update, ("UPDATE nowhere SET a = 1", None))
    changing.connection.commit()

    assert changing.stored("SELECT stock FROM products WHERE id = 1") == [(10,)]
    _what_fails(changing)


def _what_fails(changing: Shop) -> None:
    with pytest.raises(StatementDenied) as refused:
        run(changing, (ITEMS, (2,)), ("UPDATE products SET sku = 'SKU-001' WHERE id = ?", (2,)))
    changing.connection.rollback()

    assert refused.value.code == "GDB443"
    assert not leaked(refused.value)
    assert changing.stored("SELECT count(*) FROM order_items WHERE order_id <= 2") == [(4,)]
    _block_that_fails(changing)


def _block_that_fails(changing: Shop) -> None:
    change = governed_db.change(getattr(changing.connection, "target", changing.connection), reason="none")
    with pytest.raises(ZeroDivisionError):
        _failing(changing, change)

    assert changing.stored("SELECT stock FROM products WHERE id = 1") == [(10,)]


def _counts(shop: Shop) -> list[Any]:
    return [shop.stored(f"SELECT count(*) FROM {table}") for table in ("orders", "order_items")]


def _elsewhere(shop: Shop, text: str) -> None:
    shop.raw.cursor().execute(text)
    shop.raw.commit()


def _failing(shop: Shop, change: Any) -> None:
    async def arun() -> None:
        async with change:
            change.execute("UPDATE products SET stock = 0 WHERE id = 1")
            raise ZeroDivisionError

    if hasattr(shop.connection, "target"):
        shop.connection.finish(arun())
    with change:
        change.execute("UPDATE products SET stock = 0 WHERE id = 1")
        raise ZeroDivisionError
