"""A write and a bound into a write that changed no more rows than that, or nothing.

It runs inside a savepoint. Before that the transaction is begun as the driver would begin it, and
afterwards the transaction state is what it would be without us; after a refusal, what it was before.
Everything is asked of the real connection: a caller's class can say what it likes of itself.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from typing import Any, Final

from governed_db.core.effects import RunResult
from governed_db.core.plan import Plan
from governed_db.enforce.sqlite.session import Own, SqliteSession

# What the driver takes for a change, and begins a transaction for: it looks at the first word alone.
_DRIVER_BEGINS: Final = re.compile(
    r"(?:\s|--[^\n]*\n|/\*.*?\*/)*(?:INSERT|UPDATE|DELETE|REPLACE)\b", re.DOTALL | re.IGNORECASE
)
_LEGACY: Final = getattr(sqlite3, "LEGACY_TRANSACTION_CONTROL", -1)
_SAVEPOINT: Final = '"governed_bound"'


def run_bounded(session: SqliteSession, plan: Plan, bound: int, act: Callable[[], int]) -> RunResult:
    """Run `act`, which sends the plan's text and counts, and undo it if it changed more than `bound` rows."""
    session.is_counting = True
    try:
        return _run(session, plan, bound, act)
    finally:
        session.is_counting = False


def _run(session: SqliteSession, plan: Plan, bound: int, act: Callable[[], int]) -> RunResult:
    real = session.real
    send = _sender(session)
    began = _begin(real, plan.text, send)
    before = real.total_changes
    send(f"SAVEPOINT {_SAVEPOINT}")
    try:
        rows = act()
    except BaseException:
        # A constraint with ON CONFLICT ROLLBACK has ended the transaction, and with it the savepoint.
        if real.in_transaction:
            _undo(session, send)
        raise
    # The driver counts nothing for a change that begins with WITH, and not what foreign keys take along.
    rows = real.total_changes - before if rows < 0 or _is_wide(plan) else rows
    if rows <= bound:
        send(f"RELEASE {_SAVEPOINT}")
        return RunResult(rows)
    session.undone += real.total_changes - before
    _undo(session, send)
    if began:
        send("ROLLBACK")
    return RunResult(rows, rolled_back=True)


def _is_wide(plan: Plan) -> bool:
    return plan.facts is not None and any(write.is_wide for write in plan.facts.writes)


def _begin(real: Any, text: str, send: Callable[[str], Any]) -> bool:
    level = real.isolation_level
    is_legacy = getattr(real, "autocommit", _LEGACY) == _LEGACY
    if real.in_transaction or level is None or not is_legacy or not _DRIVER_BEGINS.match(text):
        return False
    send(f"BEGIN {level}")
    return True


def _undo(session: SqliteSession, send: Callable[[str], Any]) -> None:
    """Back to the savepoint. If even that fails, because somebody interrupts, all of it must go."""
    try:
        send(f"ROLLBACK TO {_SAVEPOINT}")
        send(f"RELEASE {_SAVEPOINT}")
    except sqlite3.Error:
        session.abandon()
        raise


def _sender(session: SqliteSession) -> Callable[[str], Any]:
    cursor = sqlite3.Cursor(session.real)

    def send(text: str) -> None:
        session.inside(Own.CATALOG, cursor.execute, session.texts.own(text))

    return send
