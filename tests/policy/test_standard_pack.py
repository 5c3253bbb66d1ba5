"""Without any configuration, ordinary work goes on and dangerous work is asked for or refused."""

from __future__ import annotations

import attrs
import pytest

from governed_db.model.decision import (
    BoundWrites,
    Budget,
    Decision,
    Durability,
    LimitRows,
    Measure,
    Timeout,
)
from governed_db.model.statement import Facts, HazardKind, Kind, Reach
from tests.policy.shop import (
    AGENT,
    CLASSES,
    SERVICE,
    brief,
    column,
    flow,
    hazard,
    judge,
    masks,
    other,
    plain,
    select,
    write,
)

CASES = {
    "permit - standard/reads": select("orders.id", "customers.email"),
    "permit - standard/reads ": select(),
    "permit - standard/plans": other(Kind.EXPLAIN, "orders", kinds=frozenset({Kind.EXPLAIN, Kind.SELECT})),
    "permit - standard/session-settings": other(Kind.SESSION),
    "permit - transaction": other(Kind.TRANSACTION, verb="begin"),
    "permit - setup": other(Kind.SETUP),
    "deny GDB307 standard/system-catalogs ": other(
        Kind.SETUP, "pg_type", hazards=(hazard(HazardKind.SYSTEM),)
    ),
    "permit - standard/small-writes": write(Kind.DELETE, "orders"),
    "permit - standard/small-inserts": write(Kind.INSERT, "orders", rows=1000),
    "ask GDB310 standard/unbounded-write": write(Kind.DELETE, "orders", Reach.UNBOUNDED),
    "ask GDB310 standard/unbounded-write ": write(Kind.UPDATE, "orders", Reach.UNBOUNDED),
    "ask GDB313 standard/schema-changes": other(Kind.DDL, "orders", verb="drop table"),
    "ask GDB314 default": write(Kind.UPDATE, "orders", Reach.PREDICATE, transactional=False),
    "deny GDB320 standard/grants": other(Kind.GRANT, "orders"),
    "deny GDB300 default": other(Kind.CALL),
    "deny GDB301 standard/unknown-functions": select(hazards=(hazard(HazardKind.FUNCTION),)),
    "deny GDB302 standard/unknown-functions": select(hazards=(hazard(HazardKind.ROUTINE),)),
    "deny GDB303 standard/session-tampering": other(Kind.SESSION, hazards=(hazard(HazardKind.SESSION),)),
    "deny GDB304 standard/files": select(hazards=(hazard(HazardKind.FILE),)),
    "deny GDB305 standard/network": select(hazards=(hazard(HazardKind.NETWORK),)),
    "deny GDB306 standard/dynamic-sql": select(hazards=(hazard(HazardKind.DYNAMIC_SQL),)),
    "deny GDB307 standard/system-catalogs": select("pg_authid.rolname", hazards=(hazard(HazardKind.SYSTEM),)),
    "deny GDB308 standard/server-administration": select(hazards=(hazard(HazardKind.LOCK),)),
    "deny GDB309 standard/server-administration": select(hazards=(hazard(HazardKind.SERVER),)),
    "deny GDB206 standard/reads": other(Kind.COPY, "customers", outputs=(plain("customers.email"),)),
    "permit - standard/copies": other(Kind.COPY, "orders", outputs=(plain("orders.id"),)),
    "deny GDB206 standard/reads ": other(
        Kind.DDL, "customers", verb="create table", outputs=(plain("customers.email"),)
    ),
    "deny GDB204 standard/reads": write(
        Kind.UPDATE, "orders", flows=(flow("orders.memo", "customers.email"),)
    ),
}


@pytest.mark.parametrize(("expected", "facts"), CASES.items())
def test_each_sort_of_statement_has_its_answer(expected: str, facts: Facts) -> None:
    """The pack standard answers each sort of statement with one effect, code and rule."""
    assert brief(judge(facts)) == expected.strip()


def test_classified_columns_are_redacted() -> None:
    """Whatever is classified comes back redacted, your own words included; unreviewed text for agents."""
    facts = select(
        "customers.email", "tokens.value", "payroll.salary", "notes.body", "orders.id", "orders.memo"
    )
    decision = judge(facts, classes={**CLASSES, column("orders.memo"): "house.gossip"})

    agents = judge(facts, principal=AGENT, classes={**CLASSES, column("orders.memo"): "house.gossip"})

    assert masks(decision) == ["0 redact", "1 redact", "2 redact", "5 redact"]
    assert masks(agents) == ["0 redact", "1 redact", "2 redact", "3 redact", "5 redact"]


def test_a_write_that_the_text_does_not_bound_is_measured() -> None:
    """An UPDATE by predicate, or by more keys than permitted, runs under a bound of 100 rows."""
    measured = [write(Kind.UPDATE, "orders", Reach.PREDICATE), write(Kind.DELETE, "orders", rows=101)]

    assert [judge(facts).obligations[0] for facts in measured] == [BoundWrites(100)] * 2
    assert judge(write(Kind.DELETE, "orders", rows=1)).obligations == ()


def test_many_small_writes_count_as_one_large_one() -> None:
    """Rows that are not named one by one count against the conversation, an agent's for longer."""
    swept = Budget(Measure.ROWS_MATCHED, 250, 60, about="public.orders")
    hourly = attrs.evolve(swept, seconds=3600)
    by_key, by_keys = write(Kind.DELETE, "orders", rows=1), write(Kind.DELETE, "orders", rows=100)
    by_condition = write(Kind.UPDATE, "orders", Reach.PREDICATE)

    assert budgets(judge(by_key)) == []
    assert budgets(judge(by_keys)) == [attrs.evolve(swept, cost=100)]
    assert budgets(judge(by_condition)) == [swept]
    assert budgets(judge(by_key, principal=AGENT)) == []
    assert budgets(judge(by_condition, principal=AGENT)) == [hourly]
    assert budgets(judge(write(Kind.INSERT, "orders", rows=100), principal=AGENT)) == []


def budgets(decision: Decision) -> list[Budget]:
    """The budgets of a decision."""
    return [one for one in decision.obligations if isinstance(one, Budget)]


def test_several_small_writes_in_one_statement_are_counted_together() -> None:
    """Two keyed writes of 60 rows in one statement are more than 100 rows."""
    one = write(Kind.DELETE, "orders", rows=60)
    both = attrs.evolve(one, writes=one.writes * 2)

    assert judge(both).obligations[0] == BoundWrites(100)


def test_reads_are_bounded_out_of_the_way_of_ordinary_use() -> None:
    """A read may return a million rows; one that limits itself to less carries no bound."""
    assert judge(select("orders.id")).obligations[-1] == LimitRows(1_000_000)
    assert not any(isinstance(one, LimitRows) for one in judge(select("orders.id", row_limit=10)).obligations)


def test_agents_read_under_a_timeout_and_write_on_the_record() -> None:
    """An agent's read may take a minute; its writes are on disk in the trail before they run."""
    assert Timeout(60.0) in judge(select("orders.id"), principal=AGENT).obligations
    assert judge(write(Kind.DELETE, "orders"), principal=AGENT).durability is Durability.STRICT
    assert judge(write(Kind.DELETE, "orders"), principal=SERVICE).durability is Durability.DURABLE


def test_what_must_be_asked_is_recorded_first() -> None:
    """Schema changes and everything else that is asked for are recorded strictly."""
    assert judge(other(Kind.DDL, "orders")).durability is Durability.STRICT


def test_every_refusal_says_what_to_do() -> None:
    """Every reason carries a code, a message and help."""
    reasons = [reason for facts in CASES.values() for reason in judge(facts).reasons]

    assert all(reason.code and reason.message and reason.help and reason.rule for reason in reasons)
