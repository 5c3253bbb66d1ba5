"""Promise: whatever a policy limits is limited for the conversation, or the principal, on every driver."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

import governed_db
from governed_db import Principal
from governed_db.remote import conversations
from governed_db.runtime import release
from tests.contract.shop import Shop
from tests.shop import leaked

BOT = Principal("bot", kind="agent")


@pytest.fixture
def shop_under(open_reading: Callable[..., Shop], tmp_path: Path) -> Iterator[Callable[..., Shop]]:
    """Opens the shop under a policy, with a state folder of the test's own."""
    state = tmp_path / "state"
    yield lambda policy: attrs.evolve(open_reading(policy=policy, state_dir=state), state_dir=state)
    release(state)


def limited(whose: str = "conversation", **limits: Any) -> dict[str, Any]:
    """The standard policy, with limits for everybody."""
    rule = {
        "id": "limited",
        "effect": "permit",
        "actions": ["select", "update"],
        "mask": {"*": "token"},
        "limits": {whose: {**limits, "within": "1h"}},
    }
    return {"version": 1, "extends": "standard", "rules": [rule]}


def read(shop: Shop, sql: str, conversation: str = "task") -> int | str | None:
    """How many rows come, or the code of the refusal."""
    try:
        with governed_db.acting_as(BOT, conversation=conversation):
            return len(shop.rows(sql))
    except governed_db.StatementDenied as refusal:
        shop.connection.rollback()
        return refusal.code


def test_rows_that_are_read_add_up(shop_under: Callable[[dict[str, Any]], Shop]) -> None:
    """A result that does not fit into what is left is not handed out."""
    shop = shop_under(limited(rows_returned=10))

    came = [read(shop, f"SELECT id FROM products WHERE id <= {most}") for most in (6, 5, 6)]

    assert came == [6, "GDB315", "GDB315"]


def test_rows_fetched_one_by_one_count(shop_under: Callable[[dict[str, Any]], Shop]) -> None:
    """However they are fetched."""
    shop = shop_under(limited(rows_returned=3))
    fetched = 0

    with governed_db.acting_as(BOT, conversation="task"):
        cursor = shop.run("SELECT id FROM products WHERE id <= 3")
        while cursor.fetchone() is not None:
            fetched += 1

    assert (fetched, read(shop, "SELECT id FROM products WHERE id = 1")) == (3, "GDB315")


def test_people_are_counted_once(shop_under: Callable[[dict[str, Any]], Shop]) -> None:
    """Looking at the same people again takes nothing, others do, and rows about nobody never."""
    shop = shop_under(limited(subjects=3))

    came = [
        read(shop, "SELECT id, email FROM customers WHERE id <= 3"),
        read(shop, "SELECT id, name FROM customers WHERE id <= 3"),
        read(shop, "SELECT id, email FROM customers WHERE id = 4"),
        read(shop, "SELECT id FROM products"),
    ]

    assert came == [3, 3, "GDB315", 12]
    assert not leaked(b"".join(path.read_bytes() for path in shop.state_dir.glob("conversations*")))


def test_people_are_told_apart_by_tokens(shop_under: Callable[[dict[str, Any]], Shop]) -> None:
    """Without a key in sight, what is shown tells them apart."""
    shop = shop_under(limited(subjects=3))

    came = [read(shop, f"SELECT email FROM customers WHERE id <= {most}") for most in (3, 2, 4)]

    assert came == [3, 2, "GDB315"]


def test_a_principal_cannot_open_conversations_to_go_on(shop_under: Callable[[dict[str, Any]], Shop]) -> None:
    """Limits of a principal hold over all its conversations."""
    shop = shop_under(limited("principal", statements=2))

    came = [read(shop, "SELECT id FROM products WHERE id = 1", f"task {n}") for n in range(3)]

    assert came == [1, 1, "GDB315"]


def test_a_locked_conversation_waits_for_a_person(shop_under: Callable[[dict[str, Any]], Shop]) -> None:
    """Everything is refused, until somebody resets it; other conversations go on."""
    shop = shop_under(limited(statements=1, then="lock"))
    sql = "SELECT id FROM products WHERE id = 1"

    before = [read(shop, sql) for _ in range(3)]
    locked = conversations.named(shop.state_dir, "task")
    other = read(shop, sql, "another")
    conversations.reset(shop.state_dir, locked)

    assert before == [1, "GDB315", "GDB318"]
    assert locked[0].locked is not None
    assert (other, read(shop, sql)) == (1, 1)


def test_refusals_lock(shop_under: Callable[[dict[str, Any]], Shop]) -> None:
    """Who goes on trying what is refused is refused everything; a rollback still goes through."""
    shop = shop_under(limited(denials=1, then="lock"))

    came = [read(shop, "SELECT nothing FROM nowhere") for _ in range(2)]
    came.append(read(shop, "SELECT id FROM products WHERE id = 1"))

    assert came == ["GDB110", "GDB110", "GDB318"]


def test_time_is_limited(shop_under: Callable[[dict[str, Any]], Shop]) -> None:
    """With nothing left no statement begins."""
    shop = shop_under(limited(seconds=0))

    assert read(shop, "SELECT id FROM products WHERE id = 1") == "GDB315"
