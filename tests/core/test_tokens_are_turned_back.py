"""A plan holds tokens only; what they stand for is there when the statement is sent."""

from __future__ import annotations

import attrs
import pytest

from governed_db.core import tokens
from governed_db.core.plan import Plan
from governed_db.core.planning import Planner
from governed_db.errors import StatementDenied
from governed_db.mask.tokens import Domain
from governed_db.testing import MemoryKeys
from tests.core.worlds import ME, planner, shop, told

EMAILS = Domain("shop", "pii.email")
JANE = "jane@example.com"


def keyed(keys: MemoryKeys) -> Planner:
    """A planner with keys."""
    return attrs.evolve(planner(), keys=keys)


def kept(plans: Planner, sql: str) -> Plan:
    """The plan that was kept for a text."""
    return plans.cache.plans(ME.principal)[sql]


def quote(value: str | bytes) -> str:
    """A literal for these tests."""
    return f"<{value!r}>"


def test_literals() -> None:
    """The plan, its redacted text and its events have the token; the text that is sent has the value."""
    keys, world = MemoryKeys(), shop()
    token = keys.ring().current.token_of(JANE, EMAILS)
    sql = f"SELECT id, '{token}' AS t FROM customers WHERE email = '{token}' AND city = 'Ghent'"
    plans = keyed(keys)

    told(sql, world, plans)

    plan = kept(plans, sql)
    sent = tokens.text_of(plan, plans.keys_in_use.value_of, quote)
    assert sent == f"SELECT id, '{token}' AS t FROM customers WHERE email = <'{JANE}'> AND city = 'Ghent'"
    assert not plan.is_plain
    assert JANE not in repr([plan, world])


def test_parameters() -> None:
    """Only tokens at their places are replaced; parameters without one are handed on as they are."""
    keys = MemoryKeys()
    token = keys.ring().current.token_of(JANE, EMAILS)
    plans = keyed(keys)
    sql = "SELECT id FROM customers WHERE city = ? AND email = ?"
    told(sql, shop(), plans, parameters=(token, token))
    watched, plain = kept(plans, sql).watched, ("x", "y")

    assert tokens.turned(watched, (token, token), plans.keys_in_use.value_of, quote) == [token, f"<'{JANE}'>"]
    assert tokens.turned(watched, plain, plans.keys_in_use.value_of, quote) is plain
    assert tokens.is_suspect(watched, (token, token))
    assert not tokens.is_suspect(watched, ("***", "y"))


def test_refusals() -> None:
    """A forged token and a masked value are refused before anything runs, and it is told without them."""
    keys, world = MemoryKeys(), shop()
    forged = MemoryKeys().ring().current.token_of(JANE, EMAILS)
    plans = keyed(keys)

    for sql, value, code in [
        ("SELECT id FROM customers WHERE email = ?", forged, "GDB220"),
        ("UPDATE customers SET email = ? WHERE id = 1", "***", "GDB208"),
        ("UPDATE customers SET email = lower(?) WHERE id = 1", "***", "GDB208"),
    ]:
        with pytest.raises(StatementDenied, match=code):
            told(sql, world, plans, parameters=(value,))

    assert [line for line in world.transcript if line.startswith("run")] == []
    assert forged not in repr(world.transcript)


def test_rotation() -> None:
    """A plan that was made before a rotation reads tokens of the new key."""
    keys, world = MemoryKeys(), shop()
    plans = keyed(keys)
    sql = "SELECT id FROM customers WHERE email = ?"
    told(sql, world, plans, parameters=("x",))

    keys.rotate()
    token = keys.ring().current.token_of(JANE, EMAILS)
    told(sql, world, plans, parameters=(token,))

    assert tokens.turned(kept(plans, sql).watched, (token,), plans.keys_in_use.value_of, str) == [JANE]
