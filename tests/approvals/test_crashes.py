"""Promise: whichever process dies between any two steps, nothing runs unapproved, twice, or too far.

The real life of statements (core/govern.py) on a real store, of several processes at once, one step at a time
in any order; what they run on is a table that counts. A process that is killed performs no further step: what
it reserved stays so. GOVERNED_DB_TEST_EXAMPLES=2000 tries so many sequences.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from governed_db.core.effects import (
    AskApproval,
    AwaitDecision,
    Draw,
    Effect,
    Introspect,
    Run,
    RunResult,
    Settle,
)
from governed_db.core.govern import govern
from governed_db.core.plan import Knowledge, Statement
from governed_db.core.planning import Planner
from governed_db.core.waiting import Awaited, End
from governed_db.errors import StatementDenied
from governed_db.model.approval import Grant, RequestState
from governed_db.model.principal import Context, Principal
from governed_db.policy.approvals.rules import ApprovalRefused
from governed_db.remote.approvals import ApprovalStore
from tests.approvals.subjects import Clock
from tests.core.worlds import planner, shop

POLICY = {
    "version": 1,
    "name": "crashes",
    "extends": "standard",
    "rules": [
        {
            "id": "twice",
            "effect": "approve",
            "actions": ["update"],
            "grant": {"for": "100s", "uses": 2},
            "approvers": {"quorum": 2},
        }
    ],
}
STATEMENTS = (
    "DELETE FROM orders",  # asked at once, any number of rows
    "UPDATE orders SET status = 'x' WHERE total > '5'",  # asked at once, two people, two uses
    "DELETE FROM orders WHERE total > '5'",  # up to 100 rows at once, more are asked for with their number
)
PEOPLE = tuple(Context(Principal(name, "human")) for name in ("alice", "bert"))
AT_ONCE = 100
FATES = ("runs", "runs", "fails", "lost before", "lost after", "lost after", "dies before", "dies after")
EXAMPLES = int(os.environ.get("GOVERNED_DB_TEST_EXAMPLES", "12"))


@functools.cache
def _understanding() -> tuple[Planner, Knowledge]:
    """What all processes of all sequences know: reading a policy takes longer than they do."""
    return planner(POLICY), shop().knowledge


class Died(BaseException):
    """The process was killed inside of a step."""


@attrs.define(eq=False)
class Process:
    """One statement on its way. `due` is the effect that it waits for; `grant` what it holds."""

    steps: Any
    due: Effect
    grant: Grant | None = None


class Crashes(RuleBasedStateMachine):
    """Several processes, a store, two approvers and a table."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.clock = Clock()
        self.store = ApprovalStore(self.folder / "approvals.db", clock=self.clock, pending_seconds=300)
        self.planner, self.knowledge = _understanding()
        self.processes: list[Process] = []
        self.corpses: list[Process] = []
        self.matching = 150
        self.changes: Counter[str] = Counter()
        self.uses: dict[str, int] = {}
        self.rows: dict[str, int | None] = {}

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    # -- what processes do -----------------------------------------------------------------------

    @precondition(lambda self: len(self.processes) < 4)
    @rule(
        sql=st.sampled_from((STATEMENTS[0], *STATEMENTS)),
        who=st.sampled_from((PEOPLE[0], *PEOPLE)),
        many=st.sampled_from([30, 30, 3, 0]),
        fate=st.sampled_from(FATES),
    )
    def start(self, sql: str, who: Context, many: int, fate: str) -> None:
        steps = govern(Statement(sql, sql), who, self.planner)
        self.processes.append(Process(steps, next(steps)))
        self.go_on(len(self.processes) - 1, many, fate)

    @precondition(lambda self: self.processes)
    @rule(
        which=st.integers(0, 3),
        many=st.sampled_from([1, 2, 4, 30, 30]),
        fate=st.sampled_from(
            ["runs"] * 5 + ["fails", "lost before", "lost after", "dies before", "dies after"]
        ),
    )
    def go_on(self, which: int, many: int, fate: str) -> None:
        process = self.processes[which % len(self.processes)]
        for _ in range(many):
            if process not in self.processes:
                return
            self._step(process, fate)

    @precondition(lambda self: self.processes)
    @rule(which=st.integers(0, 3))
    def kill(self, which: int) -> None:
        self.corpses.append(self.processes.pop(which % len(self.processes)))

    def _step(self, process: Process, fate: str) -> None:
        try:
            try:
                answer = self._perform(process, process.due, fate)
            except Exception as error:  # noqa: BLE001  # as core.driving.drive does
                process.due = process.steps.throw(error)
            else:
                process.due = process.steps.send(answer)
        except Died:
            self.processes.remove(process)
            self.corpses.append(process)
        except (StopIteration, StatementDenied, ValueError, ConnectionError):
            self.processes.remove(process)

    def _perform(self, process: Process, effect: Effect, fate: str) -> Any:
        match effect:
            case Introspect():
                return self.knowledge
            case AskApproval(subject=subject):
                process.grant = self.store.reserve(subject)
                return process.grant or self.store.request(subject)
            case AwaitDecision(request=request):
                return Awaited(request, End.NOT_WAITED)
            case Settle(grant, consumed):
                self.store.settle(grant, consumed=consumed)
            case Draw(amount=amount):
                return amount
            case Run(bound=bound):
                return self._run(process, bound, fate)
        return None

    def _run(self, process: Process, bound: int | None, fate: str) -> RunResult:
        """What a database does, and at which moment the connection or the process ends."""
        if fate == "fails":
            raise ValueError("the server says no")
        if fate == "lost before":
            raise ConnectionError
        if fate == "dies before":
            raise Died
        is_over = bound is not None and self.matching > bound
        if not is_over:
            self._change(process)
        if fate == "lost after":
            raise ConnectionError
        if fate == "dies after":
            raise Died
        return RunResult(self.matching, rolled_back=is_over)

    def _change(self, process: Process) -> None:
        """Rows change for good: only with a grant, or as few as need none."""
        if process.grant is None:
            assert self.matching <= AT_ONCE
            return
        grant = process.grant.id
        self.changes[grant] += 1
        assert self.changes[grant] <= self.uses[grant]
        approved = self.rows[grant]
        assert approved is None or self.matching <= approved

    # -- what people do --------------------------------------------------------------------------

    @rule()
    def everybody_agrees(self) -> None:
        self.decide("carol", 1)
        self.decide("dora", 1)

    @rule(by=st.sampled_from(["alice", "bert", "carol"]), agrees=st.integers(0, 3))
    def decide(self, by: str, agrees: int) -> None:
        for request in self.store.list(RequestState.PENDING):
            with contextlib.suppress(ApprovalRefused):
                if not agrees:
                    self.store.deny(request.id, by)
                elif self.store.approve(request.id, by).state is RequestState.APPROVED:
                    assert by not in request.subject.principals
                    (grant,) = self.store.grants(request.id)
                    self.uses[grant.id] = grant.uses_left
                    self.rows[grant.id] = request.subject.rows

    @rule(which=st.integers(0, 9))
    def revoke(self, which: int) -> None:
        grants = sorted(self.uses)
        if grants:
            with contextlib.suppress(ApprovalRefused):
                self.store.revoke(grants[which % len(grants)])

    @rule(rows=st.sampled_from([1, 100, 101, 150]))
    def data_change(self, rows: int) -> None:
        self.matching = rows

    @rule(seconds=st.sampled_from([1, 1, 60, 1000]))
    def wait(self, seconds: int) -> None:
        self.clock.now += seconds

    @invariant()
    def what_is_used_is_accounted_for(self) -> None:
        """A grant has never more uses left than were approved less the changes made with it."""
        for grant, uses in self.uses.items():
            held = any(one.grant is not None and one.grant.id == grant for one in self._alive_or_dead())
            left = self._left(grant)
            assert left <= uses - self.changes[grant] or held

    def _alive_or_dead(self) -> list[Process]:
        return [*self.processes, *self.corpses]

    def _left(self, grant: str) -> int:
        for request in self.store.list(RequestState.APPROVED):
            for one in self.store.grants(request.id):
                if one.id == grant:
                    return one.uses_left
        return 0


TestCrashes = Crashes.TestCase
TestCrashes.__doc__ = (
    "Steps, decisions and deaths in any order: nothing unapproved, nothing twice, nothing too far."
)
TestCrashes.settings = settings(max_examples=EXAMPLES, stateful_step_count=40, deadline=None)


@pytest.mark.parametrize("fate", ["runs", "lost after", "dies after"])
def test_a_death_at_every_step(fate: str) -> None:
    """An approved statement whose process ends after each of its steps, and is then tried three times."""
    for steps in range(12):
        machine = Crashes()
        try:
            machine.start(STATEMENTS[0], PEOPLE[0], 30, "runs")
            machine.everybody_agrees()
            machine.start(STATEMENTS[0], PEOPLE[0], steps, fate)
            if machine.processes:
                machine.kill(0)
            for _ in range(3):
                machine.start(STATEMENTS[0], PEOPLE[0], 30, "runs")
            assert sum(machine.changes.values()) <= 1
            assert machine.processes == []
        finally:
            machine.teardown()
