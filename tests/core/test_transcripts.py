"""The life of a statement, told by what it asks of the world: no database, no clock, no file."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import pytest

from governed_db.core.driving import adrive, drive
from governed_db.core.govern import govern
from governed_db.core.plan import Statement
from governed_db.core.planning import Planner
from governed_db.errors import ApprovalRequired, AuditUnavailable, StatementDenied
from governed_db.model.catalog import Dialect
from governed_db.model.principal import Context, Principal
from governed_db.policy.load import load_policy
from governed_db.testing import MemoryAudit, MemoryWorld, PlainRefusals, catalog_of, known

ME = Context(Principal("me", "human"))
AGENT = Context(Principal("bot", "agent"))
TABLES = {"customers": ("id", "email", "city"), "orders": ("id", "status", "total")}


def _world(**more: Any) -> MemoryWorld:
    catalog = catalog_of(Dialect.SQLITE, TABLES)
    return MemoryWorld(known(catalog, {"main.customers.email": "pii.email"}), **more)


def _planner() -> Planner:
    numbers = itertools.count(1)
    return Planner(
        dialect=Dialect.SQLITE,
        database="shop",
        policy=load_policy("standard"),
        refusals=PlainRefusals(),
        now=lambda: 0.0,
        new_id=lambda: f"id-{next(numbers)}",
        digest=lambda *parts: repr(parts),
    )


def _run(sql: str, world: MemoryWorld, planner: Planner | None = None, context: Context = ME) -> Any:
    return drive(govern(Statement(sql, sql), context, planner or _planner()), world.perform)


def test_a_permitted_read_is_looked_at_told_run_and_told() -> None:
    """A read: look, say what is about to happen, run, say what happened."""
    world = _world()

    _run("SELECT id, email FROM customers", world)

    assert world.transcript == [
        "look",
        "tell: intent (durable)",
        "run: SELECT id, email FROM customers",
        "tell: outcome ok (durable)",
    ]


def test_a_refused_statement_is_told_and_never_run() -> None:
    """A refusal is recorded; nothing is sent."""
    world = _world()

    with pytest.raises(StatementDenied) as refusal:
        _run("SELECT id FROM customers WHERE email LIKE 'a%'", world)

    assert refusal.value.code == "GDB201"
    assert world.transcript == ["look", "tell: refusal refused (durable)"]


def test_an_unknown_name_is_looked_up_again_before_it_is_refused() -> None:
    """Somebody may just have made the table."""
    world = _world()

    with pytest.raises(StatementDenied):
        _run("SELECT * FROM custmers", world)

    assert world.transcript == ["look", "look again", "tell: refusal refused (durable)"]


def test_an_unbounded_write_is_asked_for_and_runs_once_approved() -> None:
    """The first try makes a request, the approved one runs, the next asks again."""
    world, planner = _world(rows=3), _planner()
    with pytest.raises(ApprovalRequired) as asked:
        _run("DELETE FROM orders", world, planner)
    world.approvals.approve()
    world.transcript.clear()

    _run("DELETE FROM orders", world, planner)
    with pytest.raises(ApprovalRequired):
        _run("DELETE FROM orders", world, planner)

    assert asked.value.task["id"] == "req-1"
    assert world.transcript == [
        "look",
        "look again",
        "ask: granted",
        "tell: intent (strict)",
        "run: DELETE FROM orders",
        "settle: consumed",
        "tell: outcome ok (strict)",
        "look",
        "look again",
        "ask: requested",
        "tell: refusal asked (strict)",
    ]


def test_an_oversized_write_is_rolled_back_and_asked_for() -> None:
    """What changes more rows than permitted is undone and becomes a request for that many rows."""
    world, planner = _world(rows=5000), _planner()
    sql = "UPDATE orders SET status = 'x' WHERE total > '1'"

    with pytest.raises(ApprovalRequired):
        _run(sql, world, planner)
    world.approvals.approve()
    _run(sql, world, planner)

    assert world.approvals.requests[0].subject.rows == 5000
    assert world.transcript == [
        "look",
        "draw: 100 of 250 rows_matched",
        "tell: intent (durable)",
        f"run: {sql} (at most 100 rows)",
        "tell: outcome rolled back (durable)",
        "draw: -100 of 250 rows_matched",
        "look again",
        "ask: requested",
        "tell: refusal asked (strict)",
        "look",
        "draw: 100 of 250 rows_matched",
        "tell: intent (durable)",
        f"run: {sql} (at most 100 rows)",
        "tell: outcome rolled back (durable)",
        "draw: -100 of 250 rows_matched",
        "look again",
        "ask: granted",
        "tell: intent (strict)",
        f"run: {sql} (at most 5000 rows)",
        "settle: consumed",
        "tell: outcome ok (strict)",
    ]


def test_more_rows_than_approved_are_not_changed() -> None:
    """The data grew after the approval: the approved run is undone, refused, and the grant given back."""
    world, planner = _world(rows=200), _planner()
    sql = "DELETE FROM orders WHERE status = 'x'"
    with pytest.raises(ApprovalRequired):
        _run(sql, world, planner)
    world.approvals.approve()
    world.rows = 201
    world.transcript.clear()

    with pytest.raises(StatementDenied) as refusal:
        _run(sql, world, planner)

    assert refusal.value.code == "GDB312"
    assert world.transcript[-2:] == ["settle: given back", "tell: outcome rolled back (strict)"]


def test_a_failure_of_the_driver_is_told_and_raised() -> None:
    """The event has the class of the error and nothing of its text."""
    world = _world(failure=ValueError("secret 4711"))

    with pytest.raises(ValueError, match="4711"):
        _run("SELECT id FROM orders", world)

    assert world.transcript[-1] == "tell: outcome error (durable)"
    assert "4711" not in repr(world.audit.events)


def test_without_an_audit_trail_nothing_runs() -> None:
    """The intent cannot be recorded, so the statement is not sent."""
    world = _world(audit=MemoryAudit(is_broken=True))

    with pytest.raises(AuditUnavailable):
        _run("SELECT id FROM orders", world)

    assert [step for step in world.transcript if step.startswith("run")] == []


def test_writes_of_agents_are_on_disk_before_they_run() -> None:
    """What an agent changes is recorded durably first."""
    world = _world(rows=1)

    _run("DELETE FROM orders WHERE id = 1", world, context=AGENT)

    assert world.transcript == [
        "look",
        "tell: intent (strict)",
        "run: DELETE FROM orders WHERE id = 1",
        "tell: outcome ok (strict)",
    ]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM orders",
        "DELETE FROM orders",
        "SELECT nope FROM orders",
        "UPDATE orders SET total = '1'",
    ],
)
def test_sync_and_async_worlds_tell_the_same(sql: str) -> None:
    """`drive` and `adrive` differ in waiting only."""
    worlds = [_world(rows=7), _world(rows=7)]
    outcomes: list[str] = []
    steps = [govern(Statement(sql, sql), ME, _planner()) for _ in worlds]
    for run in (
        lambda: drive(steps[0], worlds[0].perform),
        lambda: asyncio.run(adrive(steps[1], worlds[1].aperform)),
    ):
        try:
            outcomes.append(repr(run()))
        except StatementDenied as refusal:
            outcomes.append(f"{type(refusal).__name__} {refusal.code}")

    assert worlds[0].transcript == worlds[1].transcript
    assert outcomes[0] == outcomes[1]


def test_a_plan_is_made_once_for_a_text_and_a_principal() -> None:
    """The same text of the same principal is not analysed again; another principal's is."""
    world, planner = _world(), _planner()
    statement = Statement("SELECT id FROM orders", "SELECT id FROM orders")

    for context in (ME, ME, AGENT):
        drive(govern(statement, context, planner), world.perform)

    mine, theirs = planner.cache.find(statement, ME.principal), planner.cache.find(statement, AGENT.principal)
    assert mine is not None
    assert theirs is not None
    assert mine is not theirs
