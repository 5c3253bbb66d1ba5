"""A generator of psycopg's protocol into one that cancels its statement when it has run too long.

psycopg wakes its generators every tenth of a second while they wait for the server, so the time is kept
without a thread, and without the round trips and the session state that statement_timeout would take.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import psycopg

from governed_db.core.plan import Plan
from governed_db.enforce.psycopg.session import gate_of, session_of

if TYPE_CHECKING:
    from psycopg.abc import PQGen
    from psycopg.pq.abc import PGconn


def within(plan: Plan, connection: Any, work: PQGen[Any]) -> PQGen[Any]:
    """The same work, for at most as long as the plan says."""
    if plan.timeout is None:
        return (yield from work)
    watch = _Watch(session_of(connection).pgconn, time.monotonic() + plan.timeout)
    try:
        return (yield from _watched(work, watch))
    except psycopg.errors.QueryCanceled:
        if not watch.is_cancelled:
            raise
    raise gate_of(connection).refuse(
        plan, "GDB330", f"the statement ran longer than {plan.timeout:g} seconds", "narrow it down"
    )


class _Watch:
    """Cancels once, when the time is up."""

    __slots__ = ("_deadline", "_pgconn", "is_cancelled")

    def __init__(self, pgconn: PGconn, deadline: float) -> None:
        self._pgconn = pgconn
        self._deadline = deadline
        self.is_cancelled = False

    def look(self) -> None:
        if self.is_cancelled or time.monotonic() < self._deadline:
            return
        self.is_cancelled = True
        try:
            self._pgconn.get_cancel().cancel()
        except psycopg.Error:
            # What cannot be stopped must at least not be answered.
            self._pgconn.finish()
            raise


def _watched(work: PQGen[Any], watch: _Watch) -> PQGen[Any]:
    try:
        wanted = next(work)
        while True:
            ready = yield wanted
            watch.look()
            wanted = work.send(ready)
    except StopIteration as done:
        return done.value
