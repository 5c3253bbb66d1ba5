"""The packs observe, read-only, agent-strict and django do what their names say."""

from __future__ import annotations

import pytest

from governed_db.model.decision import Effect, LimitRows, Timeout
from governed_db.model.statement import HazardKind, Kind, Reach, Role
from governed_db.policy.load import load_policy, packs
from tests.policy.shop import AGENT, brief, hazard, judge, masks, other, plain, select, use, write

DANGEROUS = [
    select("customers.email", uses=(use("customers.email", Role.REVEAL),)),
    select(hazards=(hazard(HazardKind.FILE),)),
    write(Kind.DELETE, "orders", Reach.UNBOUNDED),
    other(Kind.GRANT, "orders"),
    other(Kind.DDL, "orders"),
    other(Kind.COPY, "customers", outputs=(plain("customers.email"),)),
]
CHANGES = [
    *(write(kind, "orders", reach) for kind in (Kind.INSERT, Kind.UPDATE, Kind.DELETE) for reach in Reach),
    write(Kind.COPY, "orders", Reach.UNBOUNDED),
    other(Kind.DDL, "orders"),
    other(Kind.CALL),
    other(Kind.GRANT, "orders"),
]


def test_the_packs_are_these() -> None:
    """Five packs are built in, and each of them is valid."""
    assert packs() == ("agent-strict", "django", "observe", "read-only", "standard")
    assert [load_policy(name).name for name in packs()] == list(packs())


@pytest.mark.parametrize("facts", DANGEROUS)
def test_observe_lets_all_pass_and_says_what_would_have_been(facts: object) -> None:
    """Under observe nothing is refused, masked or bounded; the reasons are kept, marked as would-have."""
    decision = judge(facts, "observe")  # type: ignore[arg-type]

    assert (decision.effect, decision.obligations) == (Effect.PERMIT, ())
    assert decision.reasons
    assert all(reason.message.startswith("would ") for reason in decision.reasons)


def test_observe_tells_what_would_be_masked() -> None:
    """A read that would be masked says so, column by column."""
    decision = judge(select("orders.id", "customers.email"), "observe")

    assert [reason.message for reason in decision.reasons] == ["would mask output 1 (pii.email) with redact"]


@pytest.mark.parametrize("facts", CHANGES)
def test_read_only_refuses_every_change(facts: object) -> None:
    """Under read-only every change is refused, and cannot be asked for."""
    assert judge(facts, "read-only").effect is Effect.DENY  # type: ignore[arg-type]


def test_read_only_reads_like_standard() -> None:
    """Reads are permitted and masked, copies out of unprotected tables too."""
    assert masks(judge(select("orders.id", "customers.email"), "read-only")) == ["1 redact"]
    assert brief(judge(other(Kind.COPY, "orders"), "read-only")) == "permit - standard/copies"


def test_agent_strict_reads_little_and_asks_for_every_change() -> None:
    """Under agent-strict reads are short, secrets are NULL, changes ask, structure and copies are refused."""
    read = judge(select("orders.id", "customers.email", "tokens.value"), "agent-strict", AGENT)

    assert masks(read) == ["1 redact", "2 null"]
    assert read.obligations[-2:] == (LimitRows(1000), Timeout(15.0))
    assert (
        brief(judge(write(Kind.DELETE, "orders"), "agent-strict", AGENT)) == "ask GDB313 agent-strict/changes"
    )
    assert judge(write(Kind.DELETE, "orders", Reach.UNBOUNDED), "agent-strict", AGENT).effect is Effect.DENY
    assert judge(other(Kind.DDL, "orders"), "agent-strict", AGENT).effect is Effect.DENY
