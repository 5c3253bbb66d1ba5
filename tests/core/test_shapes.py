"""A text that differs from a known one in literals that do not matter is not analysed again."""

from __future__ import annotations

import pytest

from governed_db.core.plan import Plan, Statement
from governed_db.core.planning import Planner
from governed_db.errors import StatementDenied
from governed_db.testing import MemoryWorld
from tests.core.worlds import ME, planner, shop, told


def kept(sql: str, world: MemoryWorld, plans: Planner) -> Plan | None:
    """The plan that is there for a text, after another one has run."""
    return plans.cache.find(Statement(sql, sql), ME.principal)


def after(sql: str) -> tuple[MemoryWorld, Planner]:
    """A world in which one statement has run."""
    world, plans = shop(rows=1), planner()
    told(sql, world, plans)
    return world, plans


@pytest.mark.parametrize(
    ("known", "like"),
    [
        ("SELECT id, email FROM customers WHERE id = 1", "SELECT id, email FROM customers WHERE id = 22"),
        ("SELECT id FROM customers WHERE city = 'Ghent'", "SELECT id FROM customers WHERE city = 'it''s'"),
        ("INSERT INTO orders (id, total) VALUES (1, 2)", "INSERT INTO orders (id, total) VALUES (3, 4)"),
        ("UPDATE orders SET status = 'a' WHERE id = 1", "UPDATE orders SET status = 'b' WHERE id = 2"),
    ],
)
def test_a_text_like_a_known_one_has_its_plan(known: str, like: str) -> None:
    """The same decision and masks, and its own text to send."""
    world, plans = after(known)

    plan, model = kept(like, world, plans), kept(known, world, plans)

    assert plan is not None
    assert plan.text == like
    assert plan.shape is model
    assert plan.row_mask is (model.row_mask if model is not None else None)


@pytest.mark.parametrize(
    ("known", "other"),
    [
        ("SELECT id FROM orders WHERE id = 1 LIMIT 1", "SELECT id FROM orders WHERE id = 1 LIMIT 1000000"),
        ("SELECT id FROM orders WHERE id = 1", "SELECT id FROM orders WHERE id = '1'"),
        ("SELECT id FROM orders WHERE id IN (1)", "SELECT id FROM orders WHERE id IN (1, 2)"),
        ("SELECT id FROM orders WHERE id = 1 AND 1 = 1", "SELECT id FROM orders WHERE id = 1 AND 1 = 2"),
        ("SELECT id FROM orders ORDER BY 1", "SELECT id FROM orders ORDER BY 2"),
        ("UPDATE orders SET status = 'a' WHERE id = 1", "UPDATE orders SET status = '***' WHERE id = 1"),
    ],
)
def test_what_may_mean_something_else_is_analysed(known: str, other: str) -> None:
    """There is no plan for it yet."""
    assert kept(other, *after(known)) is None


def test_refusals_are_not_kept_by_shape() -> None:
    """They point into their own text."""
    world, plans = shop(), planner()
    sql = "SELECT id FROM customers WHERE email > 'a'"
    with pytest.raises(StatementDenied):
        told(sql, world, plans)

    assert kept(sql, world, plans) is not None
    assert kept("SELECT id FROM customers WHERE email > 'bcd'", world, plans) is None


def test_comparisons_of_a_shape_are_counted() -> None:
    """Guessing by literals takes of the budget like guessing by parameters."""
    world, plans = shop(), planner()
    rule = {"id": "few", "effect": "permit", "actions": ["select"], "limits": {"conversation": {"probes": 3}}}
    plans = planner({"version": 1, "extends": "standard", "rules": [rule]})

    for number in range(3):
        told(f"SELECT id FROM customers WHERE email = 'a{number}'", world, plans)
    with pytest.raises(StatementDenied, match="GDB315"):
        told("SELECT id FROM customers WHERE email = 'a3'", world, plans)

    assert len([line for line in world.transcript if line.startswith("run")]) == 3


def test_forgetting_forgets_shapes() -> None:
    """A new schema, a new policy: nothing of before holds."""
    world, plans = after("SELECT id FROM orders WHERE id = 1")

    plans.cache.forget()

    assert kept("SELECT id FROM orders WHERE id = 2", world, plans) is None
