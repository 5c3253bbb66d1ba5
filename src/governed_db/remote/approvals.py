"""Requests, votes and grants in one SQLite file, shared by every process of a state folder.

Each step is one transaction (state_file.py). What has run out is marked in the same transaction, before
anything else is looked at.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import attrs
import msgspec

from governed_db.model.approval import Grant, GrantState, Request, RequestState, Subject
from governed_db.remote.approval_rules import (
    GRANT_MOVES,
    REQUEST_MOVES,
    ApprovalRefused,
    binding,
    check_bound,
    check_decider,
    move,
)
from governed_db.remote.ids import spoken_id
from governed_db.remote.state_file import StateFile

VERSION = 1
SCHEMA = """
CREATE TABLE requests (
    id TEXT PRIMARY KEY, binding TEXT NOT NULL, state TEXT NOT NULL, subject TEXT NOT NULL,
    created REAL NOT NULL, expires REAL NOT NULL,
    decided_by TEXT, decided_at REAL, comment TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX one_pending_request ON requests (binding) WHERE state = 'pending';
CREATE TABLE votes (
    request TEXT NOT NULL REFERENCES requests (id), voter TEXT NOT NULL, vote TEXT NOT NULL,
    at REAL NOT NULL, comment TEXT NOT NULL, PRIMARY KEY (request, voter)
) STRICT;
CREATE TABLE grants (
    id TEXT PRIMARY KEY, request TEXT NOT NULL REFERENCES requests (id), binding TEXT NOT NULL,
    state TEXT NOT NULL, expires REAL NOT NULL, uses_left INTEGER NOT NULL, rows INTEGER
) STRICT;
CREATE INDEX grants_by_binding ON grants (binding, state);
CREATE INDEX grants_by_request ON grants (request);
CREATE INDEX requests_by_state ON requests (state, expires);
CREATE INDEX grants_by_state ON grants (state, expires);
"""
_REQUEST = "SELECT id, subject, state, created, expires, decided_by, decided_at, comment FROM requests"
_GRANT = "SELECT id, request, state, expires, uses_left, rows FROM grants"


class ApprovalStore:
    """Fills ApprovalPort with a file; the embedded store for one host."""

    def __init__(
        self, path: Path, *, clock: Callable[[], float] = time.time, pending_seconds: float = 86400.0
    ) -> None:
        self.path = Path(path)
        self._clock = clock
        self._pending_seconds = pending_seconds
        self._file = StateFile(self.path, "approval store", SCHEMA, VERSION)
        self._file.prepare()

    def request(self, subject: Subject) -> Request:
        """The pending request for this subject, made if there is none.

        The newest measurement and the policy of the latest ask count. When they differ from what
        was voted on, earlier votes are void: they were for something else.
        """
        with self._step() as (store, now):
            row = store.execute(f"{_REQUEST} WHERE binding = ? AND state = 'pending'", [binding(subject)])
            if (found := row.fetchone()) is not None:
                return _ask_again(store, _request(found), subject)
            request = Request(
                id=spoken_id("req"),
                subject=subject,
                state=RequestState.PENDING,
                created=now,
                expires=now + self._pending_seconds,
            )
            store.execute(
                "INSERT INTO requests (id, binding, state, subject, created, expires) VALUES (?,?,?,?,?,?)",
                [request.id, binding(subject), "pending", _encode(subject), now, request.expires],
            )
            return request

    def reserve(self, subject: Subject) -> Grant | None:
        """Take the active grant for this subject that runs out first, or None."""
        with self._step() as (store, _):
            row = store.execute(
                f"{_GRANT} WHERE binding = ? AND state = 'active' AND uses_left > 0"
                " ORDER BY expires, id LIMIT 1",
                [binding(subject)],
            ).fetchone()
            return None if row is None else _move_grant(store, _grant(row), GrantState.RESERVED)

    def settle(self, grant: Grant, *, consumed: bool) -> None:
        """Give a reserved grant back, one use fewer if it was used.

        One that expired or was revoked in the meantime stays so.
        """
        with self._step() as (store, _):
            found = _find_grant(store, grant.id)
            if found.uses_left != grant.uses_left or found.state in (GrantState.ACTIVE, GrantState.CONSUMED):
                raise ApprovalRefused(
                    "GDB406",
                    f"grant {grant.id} is not reserved",
                    help="reserve it before use, settle it once",
                )
            left = found.uses_left - consumed
            store.execute("UPDATE grants SET uses_left = ? WHERE id = ?", [left, grant.id])
            if found.state is GrantState.RESERVED:
                _move_grant(store, found, GrantState.ACTIVE if left else GrantState.CONSUMED)

    def list(self, state: RequestState | None = None) -> tuple[Request, ...]:
        """Requests, oldest first; with `state`, those in it."""
        wanted = [each.value for each in RequestState if state in (None, each)]
        with self._step() as (store, _):
            marks = ",".join("?" * len(wanted))
            rows = store.execute(f"{_REQUEST} WHERE state IN ({marks}) ORDER BY created, id", wanted)
            return tuple(_request(row) for row in rows)

    def get(self, id: str) -> Request:
        """The request of this id."""
        with self._step() as (store, _):
            return _find(store, id)

    def grants(self, id: str) -> tuple[Grant, ...]:
        """The grants that request `id` led to."""
        with self._step() as (store, _):
            rows = store.execute(f"{_GRANT} WHERE request = ? ORDER BY expires, id", [id])
            return tuple(_grant(row) for row in rows)

    def approve(
        self,
        id: str,
        by: str,
        groups: Iterable[str] = (),
        comment: str = "",
        *,
        at_most: int | None = None,
    ) -> Request:
        """Agree in the name of `by`; the subject's statement may then run within its bounds.

        `at_most`: the rows that the approver was shown; refused when the request has grown since.
        """
        with self._step() as (store, now):
            request = _open_request(store, id, RequestState.APPROVED)
            check_decider(request.subject, by, groups)
            check_bound(request.subject, at_most)
            _vote(store, request, (by, "approve", now, comment))
            _give_grant(store, request, now)
            return _decide(store, request, RequestState.APPROVED, (by, now, comment))

    def deny(self, id: str, by: str, groups: Iterable[str] = (), comment: str = "") -> Request:
        """Refuse in the name of `by`."""
        with self._step() as (store, now):
            request = _open_request(store, id, RequestState.DENIED)
            check_decider(request.subject, by, groups)
            _vote(store, request, (by, "deny", now, comment))
            return _decide(store, request, RequestState.DENIED, (by, now, comment))

    def cancel(self, id: str, by: str, comment: str = "") -> Request:
        """Withdraw a request; the one decision that is the requester's own."""
        with self._step() as (store, now):
            request = _open_request(store, id, RequestState.CANCELLED)
            return _decide(store, request, RequestState.CANCELLED, (by, now, comment))

    def revoke(self, grant_id: str) -> Grant:
        """Take a grant back; a statement that holds it reserved is not interrupted."""
        with self._step() as (store, _):
            return _move_grant(store, _find_grant(store, grant_id), GrantState.REVOKED)

    @contextlib.contextmanager
    def _step(self) -> Iterator[tuple[sqlite3.Connection, float]]:
        try:
            with self._file.step() as store:
                now = self._clock()
                _expire(store, now)
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


def _expire(store: sqlite3.Connection, now: float) -> None:
    for table, state, moves in (
        ("requests", RequestState.EXPIRED, REQUEST_MOVES),
        ("grants", GrantState.EXPIRED, GRANT_MOVES),
    ):
        before = [each.value for each, after in moves.items() if state in after]
        marks = ",".join("?" * len(before))
        store.execute(
            f"UPDATE {table} SET state = ? WHERE expires <= ? AND state IN ({marks})",
            [state.value, now, *before],
        )


def _ask_again(store: sqlite3.Connection, request: Request, subject: Subject) -> Request:
    known = request.subject
    rows = max((each for each in (known.rows, subject.rows) if each is not None), default=None)
    newest = attrs.evolve(subject, rows=rows)
    if newest == known:
        return request
    store.execute("UPDATE requests SET subject = ? WHERE id = ?", [_encode(newest), request.id])
    store.execute("DELETE FROM votes WHERE request = ?", [request.id])
    return attrs.evolve(request, subject=newest)


def _open_request(store: sqlite3.Connection, id: str, after: RequestState) -> Request:
    request = _find(store, id)
    if request.state is RequestState.EXPIRED:
        raise ApprovalRefused(
            "GDB405", f"request {id} has expired", help="let the requester ask again: a new request is made"
        )
    move(REQUEST_MOVES, request.state, after)
    return request


def _vote(store: sqlite3.Connection, request: Request, vote: tuple[str, str, float, str]) -> None:
    store.execute("INSERT INTO votes VALUES (?,?,?,?,?)", [request.id, *vote])


def _give_grant(store: sqlite3.Connection, request: Request, now: float) -> None:
    subject = request.subject
    bounds = [now + subject.grant_seconds, subject.grant_uses, subject.rows]
    store.execute(
        "INSERT INTO grants (id, request, binding, state, expires, uses_left, rows) VALUES (?,?,?,?,?,?,?)",
        [spoken_id("grant"), request.id, binding(subject), "active", *bounds],
    )


def _decide(
    store: sqlite3.Connection, request: Request, state: RequestState, decision: tuple[str, float, str]
) -> Request:
    by, now, comment = decision
    store.execute(
        "UPDATE requests SET state = ?, decided_by = ?, decided_at = ?, comment = ? WHERE id = ?",
        [state.value, by, now, comment, request.id],
    )
    return attrs.evolve(request, state=state, decided_by=by, decided_at=now, comment=comment)


def _move_grant(store: sqlite3.Connection, grant: Grant, state: GrantState) -> Grant:
    move(GRANT_MOVES, grant.state, state)
    store.execute("UPDATE grants SET state = ? WHERE id = ?", [state.value, grant.id])
    return attrs.evolve(grant, state=state)


def _find(store: sqlite3.Connection, id: str) -> Request:
    row = store.execute(f"{_REQUEST} WHERE id = ?", [id]).fetchone()
    if row is None:
        raise ApprovalRefused("GDB401", f"no request {id}", help="see them with `governed-db approvals list`")
    return _request(row)


def _find_grant(store: sqlite3.Connection, id: str) -> Grant:
    row = store.execute(f"{_GRANT} WHERE id = ?", [id]).fetchone()
    if row is None:
        raise ApprovalRefused("GDB401", f"no grant {id}", help="see them with `governed-db approvals show`")
    return _grant(row)


def _request(row: tuple[str, str, str, float, float, str | None, float | None, str]) -> Request:
    name, subject, state, created, expires, decided_by, decided_at, comment = row
    return Request(
        id=name,
        subject=msgspec.json.decode(subject, type=Subject),
        state=RequestState(state),
        created=created,
        expires=expires,
        decided_by=decided_by,
        decided_at=decided_at,
        comment=comment,
    )


def _grant(row: tuple[str, str, str, float, int, int | None]) -> Grant:
    name, request, state, expires, uses_left, rows = row
    return Grant(name, request, GrantState(state), expires, uses_left, rows)


def _encode(subject: Subject) -> str:
    return msgspec.json.encode(subject).decode()
