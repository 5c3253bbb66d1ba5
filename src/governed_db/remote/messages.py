"""What people are to hear of into messages that wait in the approval store until they were delivered.

A message is written in the transaction of what it tells of, so that neither is there without the other, and
it is deleted only when its receiver took it. Senders lease messages: of several processes one sends each.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

import attrs
import msgspec

from governed_db.model.ids import uuid7

KEPT = 3 * 86400.0  # seconds for which delivery is tried


@attrs.frozen
class Message:
    """One event for one target. `id` is the same however often it is sent, so that it can be told apart."""

    id: str
    target: str
    made: float
    body: str
    attempts: int


def put(
    store: sqlite3.Connection, targets: Iterable[str], kind: str, told: Mapping[str, Any], now: float
) -> None:
    """Keep an event for each target."""
    at = dt.datetime.fromtimestamp(now, dt.UTC).isoformat(timespec="milliseconds")
    body = msgspec.json.encode({"type": kind, "timestamp": at, "data": told}).decode()
    store.executemany(
        "INSERT INTO outbox (id, target, made, message, due) VALUES (?,?,?,?,?)",
        [(f"msg_{uuid7(now)}", target, now, body, now) for target in targets],
    )


def lease(store: sqlite3.Connection, target: str, now: float, seconds: float) -> Message | None:
    """The message that has waited longest; nobody else gets it for so many seconds."""
    row = store.execute(
        "UPDATE outbox SET due = ?, attempts = attempts + 1 WHERE id ="
        " (SELECT id FROM outbox WHERE target = ? AND due <= ? ORDER BY due, id LIMIT 1)"
        " RETURNING id, target, made, message, attempts",
        [now + seconds, target, now],
    ).fetchone()
    return None if row is None else Message(*row)


def delivered(store: sqlite3.Connection, message: Message) -> None:
    store.execute("DELETE FROM outbox WHERE id = ?", [message.id])


def postponed(store: sqlite3.Connection, message: Message, due: float, failure: str) -> None:
    """Try again at `due`; `failure` says what went wrong, without addresses or secrets."""
    store.execute("UPDATE outbox SET due = ?, failure = ? WHERE id = ?", [due, failure, message.id])


def given_up(store: sqlite3.Connection, now: float) -> int:
    """Forget what could not be delivered for days; how many that were."""
    return store.execute("DELETE FROM outbox WHERE made <= ?", [now - KEPT]).rowcount


def waiting(store: sqlite3.Connection) -> list[tuple[str, int, float, str]]:
    """For each target: how many messages wait, when the next one is tried, and the last failure."""
    rows = store.execute(
        "SELECT target, count(*), min(due), max(failure) FROM outbox GROUP BY target ORDER BY target"
    )
    return rows.fetchall()
