"""An approval is an input to a fresh decision, never a bearer ticket."""

from __future__ import annotations

from governed_db.model.approval import Grant, GrantState
from governed_db.model.decision import BoundWrites, Durability, Effect
from governed_db.model.statement import Kind, Reach
from tests.policy.shop import judge, other, write


def grant(rows: int | None = None) -> Grant:
    """A grant for this many rows."""
    return Grant("g", "r", GrantState.RESERVED, 0.0, 1, rows)


def test_what_was_approved_runs_under_the_approved_bound() -> None:
    """With a grant, what asks is permitted, bounded by the rows that were approved, and recorded first."""
    decision = judge(write(Kind.DELETE, "orders", Reach.UNBOUNDED), grant=grant(250))

    assert (decision.effect, decision.obligations) == (Effect.PERMIT, (BoundWrites(250),))
    assert decision.durability is Durability.STRICT


def test_a_measured_write_may_change_what_was_approved() -> None:
    """A write that was rolled back above 100 rows runs again under the approved number."""
    decision = judge(write(Kind.UPDATE, "orders", Reach.PREDICATE), grant=grant(5000))

    assert decision.obligations == (BoundWrites(5000),)


def test_what_cannot_be_rolled_back_runs_unmeasured_once_approved() -> None:
    """A write to a non-transactional table asks; approved, it runs without a bound that could not hold."""
    facts = write(Kind.UPDATE, "orders", Reach.PREDICATE, transactional=False)

    assert judge(facts).effect is Effect.ASK
    assert judge(facts, grant=grant(10)).effect is Effect.PERMIT


def test_no_grant_opens_what_is_forbidden() -> None:
    """What is denied stays denied, grant or not."""
    assert judge(other(Kind.GRANT, "orders"), grant=grant()).effect is Effect.DENY
