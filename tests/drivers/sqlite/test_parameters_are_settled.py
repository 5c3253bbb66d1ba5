"""Promise: what is decided on and approved is what is bound, whatever a parameter says of itself later."""

from __future__ import annotations

import collections
from typing import Any

import pytest

import governed_db
from governed_db.enforce.sqlite.parameters import settled

WRITE = "UPDATE products SET stock = ? WHERE id = ?"


class Changing:
    """Another value whenever it is asked; it always looks the same."""

    def __init__(self) -> None:
        self.asked = 0

    def __conform__(self, _protocol: Any) -> int:
        self.asked += 1
        return self.asked

    def __repr__(self) -> str:
        return "1"


class Disguised(int):
    """A number that shows another one."""

    def __repr__(self) -> str:
        return "1"


def test_an_object_is_asked_once(shop: Any) -> None:
    """For one run of a statement, however long it takes to decide on it."""
    first, second = Changing(), Changing()

    shop.execute(WRITE, (first, 1))
    shop.executemany(WRITE, [(second, 2)])

    assert (first.asked, second.asked) == (1, 1)
    assert shop.execute("SELECT stock FROM products WHERE id < 3").fetchall() == [(1,), (1,)]


def test_a_request_is_for_what_would_be_bound(shop: Any) -> None:
    """Values that only look alike make another request."""
    tasks = []
    for limit in (0, Disguised(0), Disguised(1)):
        with pytest.raises(governed_db.ApprovalRequired) as raised:
            shop.execute("DELETE FROM order_items WHERE order_id > ?", (limit,))
        tasks.append(raised.value.task["id"])

    assert tasks[0] == tasks[1] != tasks[2]


def test_every_kind_of_parameters_is_settled() -> None:
    """Sequences, mappings, and mappings that make values up."""
    made_up = collections.defaultdict(lambda: 7, a=Disguised(5))

    assert settled(collections.UserList([Disguised(2), "x"]), "SELECT ?, ?") == (2, "x")
    assert repr(settled(made_up, "SELECT :a, @b, $c")) == "{'a': 5, 'b': 7, 'c': 7}"
    assert settled({"a": 1, "unused": 2}, "SELECT :a, :missing") == {"a": 1}
    assert settled(5, "SELECT ?") == 5


def test_changes_that_were_taken_back_are_not_counted(shop: Any) -> None:
    """total_changes is what it would be had the statement never run."""
    shop.execute("UPDATE products SET stock = 1 WHERE id = 1")
    before = shop.total_changes

    with pytest.raises(governed_db.ApprovalRequired):
        shop.execute("UPDATE order_items SET quantity = 7 WHERE order_id > 0")

    assert shop.total_changes == before == 1
