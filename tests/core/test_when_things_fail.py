"""Whatever fails, and whenever: what ran is told, what did not run changes nothing, grants are not lost."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from governed_db.core.driving import adrive, drive
from governed_db.core.effects import Effect, Emit, Run
from governed_db.core.govern import govern
from governed_db.core.plan import Statement
from governed_db.errors import AnalysisError, ApprovalRequired, AuditUnavailable, StatementDenied
from governed_db.model.approval import GrantState
from governed_db.testing import MemoryWorld
from tests.core.worlds import DRIVES, ME, planner, shop, told

DELETE = "DELETE FROM orders"


def _approved(world: MemoryWorld) -> Any:
    """A planner after a request for DELETE was made and approved."""
    plans = planner()
    with pytest.raises(ApprovalRequired):
        told(DELETE, world, plans)
    world.approvals.approve()
    world.transcript.clear()
    return plans


def test_a_grant_is_given_back_when_the_intent_cannot_be_told() -> None:
    """The trail broke after the approval: nothing runs, and the approval can still be used."""
    world = shop(rows=3)
    plans = _approved(world)
    world.audit.is_broken = True

    with pytest.raises(AuditUnavailable):
        told(DELETE, world, plans)

    assert world.transcript == [
        "look",
        "look again",
        "ask: granted",
        "tell: intent (strict)",
        "settle: given back",
    ]
    assert world.approvals.grants[0].state is GrantState.ACTIVE


def test_a_grant_is_given_back_when_the_server_says_no() -> None:
    """An approved statement that failed for certain may be run again."""
    world = shop(rows=3)
    plans = _approved(world)
    world.failure = ValueError("duplicate key")

    with pytest.raises(ValueError, match="duplicate"):
        told(DELETE, world, plans)

    assert world.transcript[-2:] == ["settle: given back", "tell: outcome error (strict)"]
    assert world.approvals.grants[0].state is GrantState.ACTIVE


@pytest.mark.parametrize(
    "failure",
    [ConnectionError("gone"), KeyboardInterrupt(), asyncio.CancelledError(), StatementDenied("late")],
)
def test_a_grant_is_used_up_when_it_is_not_known_what_happened(failure: BaseException) -> None:
    """A connection that is lost, an interruption, a refusal of the rows: the statement may have run."""
    world = shop(rows=3)
    plans = _approved(world)
    world.failure = failure

    with pytest.raises(type(failure)):
        told(DELETE, world, plans)

    assert world.transcript[-2:] == ["settle: consumed", "tell: outcome error (strict)"]
    assert world.approvals.grants[0].state is GrantState.CONSUMED


def test_repetitions_that_ran_are_not_run_again() -> None:
    """Of a statement for many parameters, run without a savepoint, some may have stayed."""
    world = shop(rows=3)
    plans = planner()
    with pytest.raises(ApprovalRequired):
        told(DELETE, world, plans, many=True)
    world.approvals.approve()
    world.failure = ValueError("the second one")

    with pytest.raises(ValueError, match="second"):
        told(DELETE, world, plans, many=True)

    assert world.approvals.grants[0].state is GrantState.CONSUMED


@pytest.mark.parametrize("interruption", [KeyboardInterrupt(), asyncio.CancelledError(), SystemExit(1)])
def test_an_interruption_is_told(interruption: BaseException) -> None:
    """A statement that is interrupted has an outcome in the trail, and the interruption goes on."""
    world = shop(failure=interruption)

    with pytest.raises(type(interruption)):
        told("SELECT id FROM orders", world, planner())

    assert world.transcript[-1] == "tell: outcome error (durable)"
    assert world.audit.events[-1].fields["error"] == type(interruption).__name__


def test_a_cancelled_task_is_told() -> None:
    """The same where it happens most: a task that is cancelled while the server works."""
    world = shop()

    async def cancelled() -> None:
        is_running = asyncio.Event()

        async def perform(effect: Effect) -> Any:
            if isinstance(effect, Run):
                world.transcript.append("run")
                is_running.set()
                await asyncio.sleep(60)
            return world.perform(effect)

        sql = "SELECT id FROM orders"
        task = asyncio.create_task(adrive(govern(Statement(sql, sql), ME, planner()), perform))
        await is_running.wait()
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancelled())

    assert world.transcript == [
        "look",
        "tell: intent (durable)",
        "run",
        "tell: outcome error (durable)",
    ]


def test_an_outcome_that_cannot_be_told_is_an_error() -> None:
    """The statement ran and the trail broke meanwhile: the caller hears of it, and the grant is used up."""
    world = shop(rows=3)
    plans = _approved(world)

    def perform(effect: Effect) -> Any:
        if isinstance(effect, Emit) and effect.event.phase == "outcome":
            world.audit.is_broken = True
        return world.perform(effect)

    with pytest.raises(AuditUnavailable):
        drive(govern(Statement(DELETE, DELETE), ME, plans), perform)

    assert f"run: {DELETE}" in world.transcript[-3]
    assert world.approvals.grants[0].state is GrantState.CONSUMED


def test_a_refusal_that_cannot_be_told_is_no_permission() -> None:
    """Without a trail a refused statement is still not run."""
    world = shop()
    world.audit.is_broken = True

    with pytest.raises(AuditUnavailable):
        told("SELECT id FROM customers WHERE email LIKE 'a%'", world, planner())

    assert not any(step.startswith("run") for step in world.transcript)


def test_a_catalog_that_cannot_be_read_stops_everything() -> None:
    """What fails while the database is looked at is raised as it is; nothing was told or run."""
    world = shop()

    def perform(effect: Effect) -> Any:
        raise ConnectionError("no answer")

    sql = "SELECT id FROM orders"
    with pytest.raises(ConnectionError):
        drive(govern(Statement(sql, sql), ME, planner()), perform)

    assert world.transcript == []


def test_a_statement_without_a_text_is_refused() -> None:
    """What a driver cannot render (a wrong number of parameters) is told as a refusal."""
    world = shop()
    problem = AnalysisError("GDB104", "the placeholders are not understood")

    with pytest.raises(StatementDenied) as refusal:
        told("SELECT %q", world, planner(), problem=problem)

    assert refusal.value.code == "GDB104"
    assert world.transcript == ["look", "tell: refusal refused (durable)"]


def test_events_never_hold_literals_or_parameters() -> None:
    """Of a failed, a refused and an asked statement the trail keeps no value."""
    world = shop(rows=5000, failure=None)
    plans = planner()
    messages = []
    for sql in (
        "SELECT id FROM orders WHERE status = 'canary-7316'",
        "SELECT id FROM customers WHERE email LIKE 'canary-7316%'",
        "UPDATE orders SET status = 'canary-7316' WHERE total > '7316'",
        "SELECT 'canary-7316 FROM",
    ):
        try:
            told(sql, world, plans, parameters=("canary-7316",))
        except StatementDenied as refusal:
            messages.append(str(refusal))

    assert len(messages) == 3
    assert "7316" not in repr(messages)
    assert "7316" not in repr(world.audit.events)
    assert "7316" not in repr([request.subject.statement for request in world.approvals.requests])


@pytest.mark.parametrize("drive_name", DRIVES)
@pytest.mark.parametrize("failure", [None, ValueError("x"), KeyboardInterrupt()])
@pytest.mark.parametrize(
    "sql",
    ["SELECT * FROM orders", DELETE, "SELECT nope FROM orders", "UPDATE orders SET total = '1'", "BEGIN"],
)
def test_all_worlds_tell_the_same(sql: str, failure: BaseException | None, drive_name: str) -> None:
    """Sync, async and generator worlds differ in waiting only: in transcript, outcome and events."""
    outcomes = []
    for name in ("sync", drive_name):
        world = shop(rows=700, failure=failure)
        try:
            outcome = repr(DRIVES[name](sql, world, planner()))
        except (StatementDenied, ValueError, KeyboardInterrupt) as error:
            outcome = f"{type(error).__name__} {getattr(error, 'code', '')}"
        outcomes.append((outcome, world.transcript, world.audit.events))

    assert outcomes[0] == outcomes[1]
