"""Requests, votes and grants into rows of the control plane's tables, and back."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from governed_db.model.approval import (
    Grant,
    GrantState,
    Proof,
    Request,
    RequestState,
    Review,
    Subject,
    Vote,
)
from governed_db.server.store import Tx
from governed_db.server.tables.approvals import VOTES


def request_of(tx: Tx, row: Any) -> Request:
    """A row with its votes."""
    return Request(
        id=row.id,
        subject=msgspec.json.decode(row.subject, type=Subject),
        state=RequestState(row.state),
        created=row.created,
        expires=row.expires,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        comment=row.comment,
        differs=msgspec.json.decode(row.differs, type=tuple[str, ...]),
        votes=votes_of(tx, row.id),
        review=None if row.review is None else msgspec.json.decode(row.review, type=Review),
    )


def votes_of(tx: Tx, request: str) -> tuple[Vote, ...]:
    """What was said of a request so far, in order."""
    v = VOTES.c
    rows = tx.rows(tx.select(VOTES).where(v.request == request).order_by(v.at, v.voter_alike))
    return tuple(Vote(one.voter, bool(one.agrees), one.at, one.comment, Proof(one.proof)) for one in rows)


def grant_of(row: Any) -> Grant:
    return Grant(row.id, row.request, GrantState(row.state), row.expires, row.uses_left, row.rows)


def encoded(value: object) -> str:
    return msgspec.json.encode(value).decode()


def kind_of_statement(subject: Subject) -> str:
    """The digest of a statement without its values: equal for those that are nearly the same."""
    return hashlib.sha256(subject.statement.encode("utf-8", "surrogatepass")).hexdigest()
