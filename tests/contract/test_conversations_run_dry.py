"""Promise: many small writes in a row are stopped like one large one, whatever the connection."""

from __future__ import annotations

from collections.abc import Callable

import governed_db
from governed_db import Principal
from tests.contract.shop import Shop

POLICY = {
    "version": 1,
    "extends": "standard",
    "rules": [
        {
            "id": "few-rows",
            "effect": "permit",
            "actions": ["update", "delete"],
            "limits": {"rows_changed": 5, "conversation": {"rows_matched": 5, "within": "1h"}},
        }
    ],
}


def code_of(shop: Shop, sql: str) -> str | None:
    """The code of the refusal, None when it ran."""
    try:
        shop.run(sql)
    except governed_db.StatementDenied as refusal:
        return refusal.code
    return None


def sweep(shop: Shop, after: int) -> str | None:
    """Change two rows by a condition."""
    return code_of(shop, f"UPDATE products SET stock = stock + 1 WHERE id > {after} AND id <= {after + 2}")


def test_small_writes_add_up(open_shop: Callable[..., Shop]) -> None:
    """The third write of two rows would be the sixth row of five."""
    shop = open_shop(policy=POLICY)

    assert [sweep(shop, after) for after in (0, 2, 4)] == [None, None, "GDB315"]


def test_a_conversation_goes_on_on_other_connections(open_shop: Callable[..., Shop]) -> None:
    """Opening a connection anew does not fill up the budget of an agent."""
    codes = []
    for after in (0, 2, 4):
        shop = open_shop(policy=POLICY)
        shop.autocommit()
        with governed_db.acting_as(Principal("bot", kind="agent"), conversation="task 1"):
            codes.append(sweep(shop, after))

    assert codes == [None, None, "GDB315"]


def test_conversations_are_apart(open_shop: Callable[..., Shop]) -> None:
    """What one conversation took is not missing in another."""
    shop = open_shop(policy=POLICY)
    codes = []
    for number, after in enumerate((0, 2, 4)):
        with governed_db.acting_as(Principal("bot", kind="agent"), conversation=f"task {number}"):
            codes.append(sweep(shop, after))

    assert codes == [None, None, None]


def test_rows_named_one_by_one_are_free(open_shop: Callable[..., Shop]) -> None:
    """What an application does all day is not counted."""
    shop = open_shop(policy=POLICY)

    codes = [code_of(shop, f"UPDATE products SET stock = 1 WHERE id = {1 + n % 3}") for n in range(12)]

    assert codes == [None] * 12
