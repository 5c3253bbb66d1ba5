"""A subject for which there is no grant into why: what of a grant for nearly the same differs.

Only grants whose time has not run out count, and of several the one with the fewest differences.
"""

from __future__ import annotations

import hashlib
import sqlite3

import msgspec

from governed_db.model.approval import Subject
from governed_db.policy.approvals.rules import differences

_LOOKED_AT = 50  # of the grants for statements that differ in values only, the newest


def kind_of_statement(subject: Subject) -> str:
    """The digest of a statement without its values: equal for those that are nearly the same."""
    return hashlib.sha256(subject.statement.encode("utf-8", "surrogatepass")).hexdigest()


def differing(store: sqlite3.Connection, subject: Subject, now: float) -> tuple[str, ...]:
    """Parts that differ; "used" or "in use" when there is a grant for just this; () when there is none."""
    rows = store.execute(
        "SELECT r.subject, g.state FROM grants g JOIN requests r ON r.id = g.request"
        " WHERE r.statement = ? AND g.expires > ? AND g.state IN ('active', 'reserved', 'consumed')"
        " ORDER BY g.expires DESC LIMIT ?",
        [kind_of_statement(subject), now, _LOOKED_AT],
    ).fetchall()
    found = [
        (differences(subject, msgspec.json.decode(granted, type=Subject)), state) for granted, state in rows
    ]
    for state, said in (("reserved", "in use"), ("consumed", "used")):
        if ((), state) in found:
            return (said,)
    near = [differs for differs, state in found if differs and state == "active"]
    return min(near, key=len, default=())
