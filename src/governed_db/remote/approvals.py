"""Requests, votes and grants in one SQLite file, shared by every process of a state folder.

Each step is one transaction (state_file.py). What has run out is marked in the same transaction, before
anything else is looked at.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import msgspec

from governed_db.model.approval import (
    Grant,
    GrantState,
    Proof,
    Request,
    RequestState,
    Review,
    ReviewState,
    Subject,
)
from governed_db.model.ids import spoken_id
from governed_db.policy.approvals import deciders
from governed_db.policy.approvals.rules import (
    GRANT_MOVES,
    REQUEST_MOVES,
    ApprovalRefused,
    asked_for,
    binding,
    check_bound,
    to_task,
)
from governed_db.remote import approval_steps as steps
from governed_db.remote import messages
from governed_db.remote.approval_rows import (
    GRANT,
    REQUEST,
    SCHEMA,
    UPGRADES,
    VERSION,
    encoded,
    grant_of,
    request_of,
    votes_of,
)
from governed_db.remote.near_grants import differing, kind_of_statement
from governed_db.remote.state_file import StateFile


class ApprovalStore:
    """Fills ApprovalPort with a file; the embedded store for one host."""

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], float] = time.time,
        pending_seconds: float = 86400.0,
        targets: Iterable[str] = (),
    ) -> None:
        self.path = Path(path)
        self._clock = clock
        self._pending_seconds = pending_seconds
        self._targets = tuple(targets)
        self.told: Callable[[], None] = _nobody
        self.file = StateFile(self.path, "approval store", SCHEMA, VERSION, upgrades=UPGRADES)
        self.file.prepare()

    def request(self, subject: Subject) -> Request:
        """The pending request for this subject, made if there is none.

        The newest measurement and the policy of the latest ask count. When they differ from what
        was voted on, earlier votes are void: they were for something else.
        """
        with self._step() as (store, now):
            differs = differing(store, subject, now)
            known = steps.pending(store, subject)
            if known is not None:
                return steps.ask_again(store, known, subject, differs)
            expires = now + self._pending_seconds
            made = Request(spoken_id("req"), subject, RequestState.PENDING, now, expires, differs=differs)
            store.execute(
                "INSERT INTO requests (id, binding, state, subject, created, expires, statement, differs)"
                " VALUES (?,?,?,?,?,?,?,?)",
                [
                    *(made.id, asked_for(subject), "pending", encoded(subject), now, expires),
                    *(kind_of_statement(subject), encoded(differs)),
                ],
            )
            self._tell(store, "requested", made)
            return made

    def reserve(self, subject: Subject) -> Grant | None:
        """Take the active grant for this subject that runs out first, or None."""
        with self._step() as (store, _):
            row = store.execute(
                f"{GRANT} WHERE binding = ? AND state = 'active' AND uses_left > 0"
                " ORDER BY expires, id LIMIT 1",
                [binding(subject)],
            ).fetchone()
            return None if row is None else steps.move_grant(store, grant_of(row), GrantState.RESERVED)

    def settle(self, grant: Grant, *, consumed: bool) -> None:
        """Give a reserved grant back, one use fewer if it was used.

        One that expired or was revoked in the meantime stays so.
        """
        with self._step() as (store, _):
            found = steps.find_grant(store, grant.id)
            if found.uses_left != grant.uses_left or found.state in (GrantState.ACTIVE, GrantState.CONSUMED):
                raise ApprovalRefused(
                    "GDB406",
                    f"grant {grant.id} is not reserved",
                    help="reserve it before use, settle it once",
                )
            left = found.uses_left - consumed
            store.execute("UPDATE grants SET uses_left = ? WHERE id = ?", [left, grant.id])
            if found.state is GrantState.RESERVED:
                steps.move_grant(store, found, GrantState.ACTIVE if left else GrantState.CONSUMED)

    def list(self, state: RequestState | None = None) -> tuple[Request, ...]:
        """Requests, oldest first; with `state`, those in it."""
        wanted = [each.value for each in RequestState if state in (None, each)]
        with self._step() as (store, _):
            marks = ",".join("?" * len(wanted))
            found = store.execute(f"{REQUEST} WHERE state IN ({marks}) ORDER BY created, id", wanted)
            return tuple(request_of(row, votes_of(store, row[0])) for row in found.fetchall())

    def get(self, id: str) -> Request:
        """The request of this id."""
        with self._step() as (store, _):
            return steps.find(store, id)

    def grants(self, id: str) -> tuple[Grant, ...]:
        """The grants that request `id` led to."""
        with self._step() as (store, _):
            rows = store.execute(f"{GRANT} WHERE request = ? ORDER BY expires, id", [id])
            return tuple(grant_of(row) for row in rows)

    def approve(
        self,
        id: str,
        by: str,
        groups: Iterable[str] = (),
        comment: str = "",
        *,
        at_most: int | None = None,
        proof: Proof = Proof.ASSERTED,
    ) -> Request:
        """Agree in the name of `by`; when as many agree as policy wants, the statement may run within bounds.

        `at_most`: the rows that the approver was shown; refused when the request has grown since.
        """
        with self._step() as (store, now):
            request = steps.open_request(store, id, RequestState.APPROVED)
            deciders.check_decider(request.subject, by, groups, proof)
            check_bound(request.subject, at_most)
            request = steps.vote(store, request, (by, "approve", now, comment, proof.value))
            if sum(vote.agrees for vote in request.votes) < request.subject.terms.quorum:
                self._tell(store, "voted", request)
                return request
            steps.give_grant(store, request, now)
            return self._decide(store, request, RequestState.APPROVED, (by, now, comment))

    def deny(
        self,
        id: str,
        by: str,
        groups: Iterable[str] = (),
        comment: str = "",
        *,
        proof: Proof = Proof.ASSERTED,
    ) -> Request:
        """Refuse in the name of `by`; one refusal is enough."""
        with self._step() as (store, now):
            request = steps.open_request(store, id, RequestState.DENIED)
            deciders.check_decider(request.subject, by, groups, proof)
            request = steps.vote(store, request, (by, "deny", now, comment, proof.value))
            return self._decide(store, request, RequestState.DENIED, (by, now, comment))

    def cancel(self, id: str, by: str, comment: str = "") -> Request:
        """Withdraw a request; the one decision that is the requester's own."""
        with self._step() as (store, now):
            deciders.check_name(by)
            request = steps.open_request(store, id, RequestState.CANCELLED)
            return self._decide(store, request, RequestState.CANCELLED, (by, now, comment))

    def break_glass(
        self,
        id: str,
        by: str,
        groups: Iterable[str],
        justification: str,
        *,
        proof: Proof = Proof.ASSERTED,
    ) -> Request:
        """Let a request run without a second person, where policy says so; somebody has to look back at it.

        Who has let a review run late does not break the glass again before it is done.
        """
        with self._step() as (store, now):
            request = steps.open_request(store, id, RequestState.APPROVED)
            deciders.check_breaker(request.subject, by, groups, proof)
            deciders.check_justification(justification)
            deciders.check_debts(steps.due(store), by, now)
            review = Review(ReviewState.DUE, now + request.subject.terms.review_seconds)
            request = steps.reviewed(store, request, review)
            steps.give_grant(store, request, now)
            decided = (by, now, justification)
            return self._decide(store, request, RequestState.APPROVED, decided, told="glass_broken")

    def reviews(self) -> tuple[Request, ...]:
        """Requests whose glass was broken and that nobody has looked back at, the most urgent first."""
        with self._step() as (store, _):
            return steps.due(store)

    def review(self, id: str, by: str, comment: str = "", *, accepts: bool = True) -> Request:
        """Look back at a broken glass in the name of `by`."""
        with self._step() as (store, now):
            request = steps.find(store, id)
            if request.review is None or request.review.state is not ReviewState.DUE:
                raise ApprovalRefused(
                    "GDB415",
                    f"request {id} has no review due",
                    help="see what is due with `governed-db approvals list --due`",
                )
            deciders.check_reviewer(request, by)
            state = ReviewState.ACCEPTED if accepts else ReviewState.OBJECTED
            request = steps.reviewed(store, request, Review(state, request.review.due, by, now, comment))
            self._tell(store, "reviewed", request)
            return request

    def revoke(self, grant_id: str) -> Grant:
        """Take a grant back; a statement that holds it reserved is not interrupted."""
        with self._step() as (store, _):
            grant = steps.move_grant(store, steps.find_grant(store, grant_id), GrantState.REVOKED)
            self._tell(store, "revoked", steps.find(store, grant.request_id))
            return grant

    def keep_preview(self, id: str, preview: Mapping[str, Any]) -> None:
        """Store what approvers of a request are shown, in place of an earlier one."""
        with self._step() as (store, now):
            store.execute(
                "INSERT OR REPLACE INTO previews VALUES (?,?,?)",
                [steps.find(store, id).id, now, encoded(preview)],
            )

    def preview(self, id: str) -> Mapping[str, Any] | None:
        """What `keep_preview` stored for a request."""
        with self._step() as (store, _):
            row = store.execute("SELECT preview FROM previews WHERE request = ?", [id]).fetchone()
            return None if row is None else msgspec.json.decode(row[0], type=dict[str, Any])

    def _decide(
        self,
        store: sqlite3.Connection,
        request: Request,
        state: RequestState,
        decision: tuple[str, float, str],
        *,
        told: str | None = None,
    ) -> Request:
        by, now, comment = decision
        store.execute(
            "UPDATE requests SET state = ?, decided_by = ?, decided_at = ?, comment = ? WHERE id = ?",
            [state.value, by, now, comment, request.id],
        )
        decided = attrs.evolve(request, state=state, decided_by=by, decided_at=now, comment=comment)
        self._tell(store, told or state.value, decided)
        return decided

    def _tell(self, store: sqlite3.Connection, what: str, request: Request) -> None:
        """What people are to hear of is kept in the same transaction, so that none of it is lost."""
        if self._targets:
            messages.put(store, self._targets, f"approval.{what}", to_task(request), self._clock())
            self.told()  # who sends waits for this transaction's end

    @contextlib.contextmanager
    def _step(self) -> Iterator[tuple[sqlite3.Connection, float]]:
        try:
            with self.file.step() as store:
                now = self._clock()
                self._expire(store, now)
                try:
                    yield store, now
                except ApprovalRefused:
                    store.execute("COMMIT")  # what has run out stays marked; a refusal comes before changes
                    raise
                store.execute("COMMIT")
        except (sqlite3.Error, ValueError) as error:  # ValueError: of a row that holds nonsense
            raise ApprovalRefused(
                "GDB408",
                f"the approval store cannot be used: {self.path}: {error}",
                help="nothing was approved or used; make the file accessible and try again",
            ) from error

    def _expire(self, store: sqlite3.Connection, now: float) -> None:
        for name in steps.run_out(store, "requests", RequestState.EXPIRED, REQUEST_MOVES, now):
            self._tell(store, "expired", steps.find(store, name))
        steps.run_out(store, "grants", GrantState.EXPIRED, GRANT_MOVES, now)


def _nobody() -> None:
    """Nobody is told."""
