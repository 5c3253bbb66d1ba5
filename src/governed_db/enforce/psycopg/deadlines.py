"""A generator of psycopg's protocol into one that cancels its statement when it has run too long.

psycopg wakes its generators every tenth of a second while they wait for the server, so the time is kept
without a thread, and without the round trips and the session state that statement_timeout would take.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import psycopg

from governed_db.core.plan import Plan
from governed_db.enforce.psycopg.session import Session, gate_of, session_of

if TYPE_CHECKING:
    from psycopg.abc import PQGen


def within(plan: Plan, connection: Any, work: PQGen[Any]) -> PQGen[Any]:
    """The same work, for at most as long as the plan says."""
    if plan.timeout is None:
        return (yield from work)
    session = session_of(connection)
    watch = _Watch(session, plan, time.monotonic() + plan.timeout)
    try:
        return (yield from _watched(work, watch))
    except psycopg.errors.QueryCanceled:
        # Of a COPY the server tells only to the next read that it was cancelled.
        if session.stopped is not plan:
            raise
    raise gate_of(connection).refuse(
        plan, "GDB331", f"the statement ran longer than {plan.timeout:g} seconds", "narrow it down"
    )


class _Watch:
    """Cancels once, when the time is up."""

    __slots__ = ("_deadline", "_plan", "_session")

    def __init__(self, session: Session, plan: Plan, deadline: float) -> None:
        self._session = session
        self._plan = plan
        self._deadline = deadline

    def look(self) -> None:
        if self._session.stopped is self._plan or time.monotonic() < self._deadline:
            return
        self._session.stopped = self._plan
        try:
            self._session.pgconn.get_cancel().cancel()
        except psycopg.Error:
            # What cannot be stopped must at least not be answered.
            self._session.pgconn.finish()
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
