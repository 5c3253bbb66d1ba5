"""The single steps of requests, votes and grants, inside a transaction of the approval store."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

import attrs

from governed_db.model.approval import Grant, GrantState, Request, RequestState, Review, ReviewState, Subject
from governed_db.model.ids import spoken_id
from governed_db.policy.approvals import deciders
from governed_db.policy.approvals.rules import (
    GRANT_MOVES,
    REQUEST_MOVES,
    ApprovalRefused,
    State,
    asked_for,
    binding,
    move,
)
from governed_db.remote.approval_rows import GRANT, REQUEST, encoded, grant_of, request_of, votes_of


def run_out(
    store: sqlite3.Connection,
    table: str,
    state: State,
    moves: Mapping[State, frozenset[State]],
    now: float,
) -> list[str]:
    before: list[str] = [each.value for each, after in moves.items() if state in after]
    marks = ",".join("?" * len(before))
    changed = store.execute(
        f"UPDATE {table} SET state = ? WHERE expires <= ? AND state IN ({marks}) RETURNING id",
        [state.value, now, *before],
    )
    return [name for (name,) in changed.fetchall()]


def pending(store: sqlite3.Connection, subject: Subject) -> Request | None:
    asked = f"{REQUEST} WHERE binding = ? AND state = 'pending'"
    row = store.execute(asked, [asked_for(subject)]).fetchone()
    return None if row is None else request_of(row, votes_of(store, row[0]))


def ask_again(
    store: sqlite3.Connection, request: Request, subject: Subject, differs: tuple[str, ...]
) -> Request:
    known = request.subject
    rows = max((each for each in (known.rows, subject.rows) if each is not None), default=None)
    newest = attrs.evolve(subject, rows=rows)
    if differs != request.differs:
        store.execute("UPDATE requests SET differs = ? WHERE id = ?", [encoded(differs), request.id])
    if newest == known:
        return attrs.evolve(request, differs=differs)
    store.execute("UPDATE requests SET subject = ? WHERE id = ?", [encoded(newest), request.id])
    store.execute("DELETE FROM votes WHERE request = ?", [request.id])
    return attrs.evolve(request, subject=newest, differs=differs, votes=())


def open_request(store: sqlite3.Connection, id: str, after: RequestState) -> Request:
    """The request, if it may become `after`."""
    request = find(store, id)
    if request.state is RequestState.EXPIRED:
        raise ApprovalRefused(
            "GDB405", f"request {id} has expired", help="let the requester ask again: a new request is made"
        )
    move(REQUEST_MOVES, request.state, after)
    return request


def vote(store: sqlite3.Connection, request: Request, vote: tuple[str, str, float, str, str]) -> Request:
    """The request with this vote; who has agreed before may still refuse, and agrees only once."""
    by, said = vote[:2]
    for earlier in request.votes:
        if deciders.alike(earlier.by) != deciders.alike(by):
            continue
        if said == "approve":
            raise ApprovalRefused(
                "GDB410", f"{by} has agreed to {request.id} already", help="another person has to agree too"
            )
        store.execute("DELETE FROM votes WHERE request = ? AND voter = ?", [request.id, earlier.by])
    store.execute("INSERT INTO votes VALUES (?,?,?,?,?,?)", [request.id, *vote])
    return attrs.evolve(request, votes=votes_of(store, request.id))


def give_grant(store: sqlite3.Connection, request: Request, now: float) -> None:
    subject = request.subject
    bounds = [now + subject.grant_seconds, subject.grant_uses, subject.rows]
    store.execute(
        "INSERT INTO grants (id, request, binding, state, expires, uses_left, rows) VALUES (?,?,?,?,?,?,?)",
        [spoken_id("grant"), request.id, binding(subject), "active", *bounds],
    )


def reviewed(store: sqlite3.Connection, request: Request, review: Review) -> Request:
    store.execute("UPDATE requests SET review = ? WHERE id = ?", [encoded(review), request.id])
    return attrs.evolve(request, review=review)


def due(store: sqlite3.Connection) -> tuple[Request, ...]:
    rows = store.execute(f"{REQUEST} WHERE review IS NOT NULL").fetchall()
    found = [request_of(row, votes_of(store, row[0])) for row in rows]
    owed = [
        (one.review.due, one.id, one) for one in found if one.review and one.review.state is ReviewState.DUE
    ]
    return tuple(one for _, _, one in sorted(owed, key=lambda each: each[:2]))


def move_grant(store: sqlite3.Connection, grant: Grant, state: GrantState) -> Grant:
    move(GRANT_MOVES, grant.state, state)
    store.execute("UPDATE grants SET state = ? WHERE id = ?", [state.value, grant.id])
    return attrs.evolve(grant, state=state)


def find(store: sqlite3.Connection, id: str) -> Request:
    row = store.execute(f"{REQUEST} WHERE id = ?", [id]).fetchone()
    if row is None:
        raise ApprovalRefused("GDB401", f"no request {id}", help="see them with `governed-db approvals list`")
    return request_of(row, votes_of(store, id))


def find_grant(store: sqlite3.Connection, id: str) -> Grant:
    row = store.execute(f"{GRANT} WHERE id = ?", [id]).fetchone()
    if row is None:
        raise ApprovalRefused("GDB401", f"no grant {id}", help="see them with `governed-db approvals show`")
    return grant_of(row)
