"""Promise: a store that an earlier release made is used on, with what was asked and approved in it."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import msgspec

from governed_db.model.approval import RequestState
from governed_db.remote.approvals import ApprovalStore
from tests.approvals.subjects import SUBJECT, Clock

FIRST = """
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
PRAGMA user_version = 1
"""
NEW_FIELDS = ("schema", "terms", "agents", "owners")


def test_a_store_of_the_first_release(tmp_path: Path) -> None:
    """What waited still waits and can be approved; a grant bound to less than now serves nothing."""
    path = tmp_path / "approvals.db"
    path.touch(mode=0o600)
    subject = {name: value for name, value in msgspec.to_builtins(SUBJECT).items() if name not in NEW_FIELDS}
    clock = Clock()
    with contextlib.closing(sqlite3.connect(path)) as old:
        old.executescript(FIRST)
        old.execute(
            "INSERT INTO requests (id, binding, state, subject, created, expires)"
            " VALUES ('req-old', 'old-binding', 'pending', ?, ?, ?)",
            [msgspec.json.encode(subject).decode(), clock.now, clock.now + 100],
        )
        old.execute(
            "INSERT INTO grants VALUES ('grant-old', 'req-old', 'old-binding', 'active', ?, 1, 5)",
            [clock.now + 100],
        )
        old.commit()

    store = ApprovalStore(path, clock=clock)

    assert [one.id for one in store.list(RequestState.PENDING)] == ["req-old"]
    assert store.get("req-old").subject == SUBJECT
    assert store.reserve(SUBJECT) is None
    assert store.approve("req-old", "bob").state is RequestState.APPROVED
    assert store.reserve(SUBJECT) is not None


def test_previews_are_kept_with_their_request(tmp_path: Path) -> None:
    """The newest preview of a request is what approvers are shown."""
    store = ApprovalStore(tmp_path / "approvals.db")
    asked = store.request(SUBJECT).id
    assert store.preview(asked) is None

    store.keep_preview(asked, {"parts": [1]})
    store.keep_preview(asked, {"parts": [2]})

    assert store.preview(asked) == {"parts": [2]}
