"""Requests, votes and grants into rows of the approval store's file, and back."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

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

VERSION: Final = 2
_ADDED_IN_2: Final = """
CREATE INDEX requests_by_statement ON requests (statement);
CREATE TABLE previews (
    request TEXT PRIMARY KEY REFERENCES requests (id), at REAL NOT NULL, preview TEXT NOT NULL
) STRICT;
CREATE TABLE outbox (
    id TEXT PRIMARY KEY, target TEXT NOT NULL, made REAL NOT NULL, message TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, due REAL NOT NULL, failure TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX outbox_by_due ON outbox (due)"""
SCHEMA: Final = (
    """
CREATE TABLE requests (
    id TEXT PRIMARY KEY, binding TEXT NOT NULL, state TEXT NOT NULL, subject TEXT NOT NULL,
    created REAL NOT NULL, expires REAL NOT NULL,
    decided_by TEXT, decided_at REAL, comment TEXT NOT NULL DEFAULT '',
    statement TEXT NOT NULL DEFAULT '', differs TEXT NOT NULL DEFAULT '[]', review TEXT
) STRICT;
CREATE UNIQUE INDEX one_pending_request ON requests (binding) WHERE state = 'pending';
CREATE TABLE votes (
    request TEXT NOT NULL REFERENCES requests (id), voter TEXT NOT NULL, vote TEXT NOT NULL,
    at REAL NOT NULL, comment TEXT NOT NULL, proof TEXT NOT NULL DEFAULT 'asserted',
    PRIMARY KEY (request, voter)
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
    + _ADDED_IN_2
)
UPGRADES: Final[Mapping[int, str]] = MappingProxyType(
    {
        1: """
ALTER TABLE requests ADD COLUMN statement TEXT NOT NULL DEFAULT '';
ALTER TABLE requests ADD COLUMN differs TEXT NOT NULL DEFAULT '[]';
ALTER TABLE requests ADD COLUMN review TEXT;
ALTER TABLE votes ADD COLUMN proof TEXT NOT NULL DEFAULT 'asserted';
"""
        + _ADDED_IN_2
    }
)
REQUEST: Final = (
    "SELECT id, subject, state, created, expires, decided_by, decided_at, comment, differs, review"
    " FROM requests"
)
GRANT: Final = "SELECT id, request, state, expires, uses_left, rows FROM grants"

Row = tuple[Any, ...]


def request_of(row: Row, votes: tuple[Vote, ...] = ()) -> Request:
    name, subject, state, created, expires, decided_by, decided_at, comment, differs, review = row
    return Request(
        id=name,
        subject=msgspec.json.decode(subject, type=Subject),
        state=RequestState(state),
        created=created,
        expires=expires,
        decided_by=decided_by,
        decided_at=decided_at,
        comment=comment,
        differs=msgspec.json.decode(differs, type=tuple[str, ...]),
        votes=votes,
        review=None if review is None else msgspec.json.decode(review, type=Review),
    )


def grant_of(row: Row) -> Grant:
    name, request, state, expires, uses_left, rows = row
    return Grant(name, request, GrantState(state), expires, uses_left, rows)


def votes_of(store: sqlite3.Connection, request: str) -> tuple[Vote, ...]:
    """What was said of a request so far, in order."""
    said = "SELECT voter, vote, at, comment, proof FROM votes WHERE request = ? ORDER BY at, voter"
    return tuple(
        Vote(by, vote == "approve", at, comment, Proof(proof))
        for by, vote, at, comment, proof in store.execute(said, [request])
    )


def encoded(value: object) -> str:
    return msgspec.json.encode(value).decode()
