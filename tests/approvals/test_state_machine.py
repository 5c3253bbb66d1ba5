"""Promise: in any order of steps, no statement runs without, beyond, or more often than its approval."""

# ruff: noqa: FBT001, PT017 - the rules of the machine are named by what they do

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import attrs
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from governed_db.model.approval import Grant, GrantState, Request, RequestState, Subject
from governed_db.policy.approvals.rules import GRANT_MOVES, REQUEST_MOVES, ApprovalRefused
from governed_db.remote.approvals import ApprovalStore
from tests.approvals.subjects import SUBJECT, Clock

SUBJECTS = [
    attrs.evolve(SUBJECT, statement_digest=name, grant_uses=uses, grant_seconds=seconds)
    for name, uses, seconds in (("one", 1, 100), ("two", 2, 1000), ("three", 3, 50))
]


class Approvals(RuleBasedStateMachine):
    """Random steps on a real store, beside a model of a few numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.clock = Clock()
        self.store = ApprovalStore(self.folder / "approvals.db", clock=self.clock, pending_seconds=300)
        self.approved_uses = dict.fromkeys(("one", "two", "three"), 0)
        self.used = dict.fromkeys(("one", "two", "three"), 0)
        self.held: list[tuple[Subject, Grant]] = []
        self.seen_requests: dict[str, RequestState] = {}
        self.seen_grants: dict[str, GrantState] = {}

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    @rule(subject=st.sampled_from(SUBJECTS), rows=st.none() | st.integers(0, 9))
    def ask(self, subject: Subject, rows: int | None) -> None:
        pending = self._pending(subject)
        request = self.store.request(attrs.evolve(subject, rows=rows))
        assert request.state is RequestState.PENDING
        assert not pending or pending[0].id == request.id

    @rule(subject=st.sampled_from(SUBJECTS), by=st.sampled_from(["alice", "bob"]), agrees=st.booleans())
    def decide(self, subject: Subject, by: str, agrees: bool) -> None:
        for request in self._pending(subject):
            step: Callable[[str, str], Request] = self.store.approve if agrees else self.store.deny
            try:
                decided = step(request.id, by)
            except ApprovalRefused as error:
                assert (by, error.code) == ("alice", "GDB403")
            else:
                assert by == "bob"
                name = subject.statement_digest
                self.approved_uses[name] += subject.grant_uses if agrees else 0
                grants = [each.rows for each in self.store.grants(request.id)]
                assert grants == ([decided.subject.rows] if agrees else [])

    @rule(subject=st.sampled_from(SUBJECTS), rows=st.integers(0, 9))
    def take(self, subject: Subject, rows: int) -> None:
        grant = self.store.reserve(attrs.evolve(subject, rows=rows))
        if grant is not None:
            assert grant.state is GrantState.RESERVED
            assert grant.expires > self.clock.now
            assert grant.id not in [held.id for _, held in self.held]
            self.held.append((subject, grant))

    @precondition(lambda self: self.held)
    @rule(consumed=st.booleans(), which=st.integers(min_value=0))
    def settle(self, consumed: bool, which: int) -> None:
        subject, grant = self.held.pop(which % len(self.held))
        self.store.settle(grant, consumed=consumed)
        self.used[subject.statement_digest] += consumed

    @precondition(lambda self: self.held)
    @rule(which=st.integers(min_value=0))
    def revoke(self, which: int) -> None:
        _, grant = self.held[which % len(self.held)]
        try:
            assert self.store.revoke(grant.id).state is GrantState.REVOKED
        except ApprovalRefused as error:
            assert error.code == "GDB402"

    @rule(seconds=st.sampled_from([1, 60, 200]))
    def wait(self, seconds: int) -> None:
        self.clock.now += seconds

    @rule()
    def reopen(self) -> None:
        self.store = ApprovalStore(self.store.path, clock=self.clock, pending_seconds=300)

    @invariant()
    def never_used_more_than_approved(self) -> None:
        assert all(self.used[name] <= self.approved_uses[name] for name in self.used)

    @invariant()
    def only_allowed_moves(self) -> None:
        for request in self.store.list():
            before = self.seen_requests.get(request.id, RequestState.PENDING)
            assert request.state is before or request.state in REQUEST_MOVES[before]
            self.seen_requests[request.id] = request.state
            for grant in self.store.grants(request.id):
                was = self.seen_grants.get(grant.id, GrantState.ACTIVE)
                assert grant.state is was or grant.state in GRANT_MOVES[was]
                assert grant.uses_left >= 0
                self.seen_grants[grant.id] = grant.state

    def _pending(self, subject: Subject) -> list[Request]:
        return [
            each
            for each in self.store.list(RequestState.PENDING)
            if each.subject.statement_digest == subject.statement_digest
        ]


TestApprovals = Approvals.TestCase
TestApprovals.__doc__ = "Random steps: only allowed moves, nothing used more often than approved."
TestApprovals.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
