"""A plan and one call of a cursor into a run of the driver.

The statement runs where its rows can be kept from the caller: on a cursor of ours if it touches
protected data or must not run too long, else on the caller's own. What goes wrong is told outside of
any `except`, so that no original error hangs on what the caller gets.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from functools import partial
from threading import get_ident
from typing import TYPE_CHECKING, Any, Final

from governed_db.core.effects import RunResult
from governed_db.core.plan import Plan
from governed_db.enforce.sqlite.bounds import run_bounded
from governed_db.enforce.sqlite.rows import (
    GuardedRows,
    check_converters,
    check_text_factory,
    check_width,
    describe,
    told,
)
from governed_db.enforce.sqlite.session import SqliteSession
from governed_db.model.statement import WRITES, Kind

if TYPE_CHECKING:
    from governed_db.enforce.sqlite.cursor import GovernedCursor

Act = Callable[[sqlite3.Cursor, str], Any]

_ALWAYS_ASKED: Final = WRITES | {Kind.SELECT}


class CursorRun:
    """One call: `act` sends a text on a cursor by the driver's own method."""

    __slots__ = ("_act", "_connection", "_cursor", "_session")

    def __init__(self, cursor: GovernedCursor, session: SqliteSession, act: Act) -> None:
        self._cursor = cursor
        self._connection = cursor.connection
        self._session = session
        self._act = act

    def long(self, text: str, parameters: object, *, many: bool) -> RunResult:
        """The whole line."""
        session = self._session
        statement = session.gate.statement(text, parameters, many=many)
        return session.gate.run(statement, partial(session.introspect, self._connection), self.run)

    def run(self, plan: Plan, bound: int | None) -> RunResult:
        if bound is None:
            self.free(plan)
            return RunResult(self._cursor.rowcount)
        return self._told(plan, self._bounded, plan, bound)  # type: ignore[no-any-return]

    def free(self, plan: Plan) -> None:
        self._told(plan, self._free, plan)

    # -- how -----------------------------------------------------------------------------------------

    def _told(self, plan: Plan, call: Callable[..., Any], *arguments: Any) -> Any:
        session = self._session
        failure: BaseException | None = None
        session.objection = None
        session.deadline = time.monotonic() + plan.timeout if plan.timeout is not None else None
        try:
            return session.permitted(plan, call, *arguments)
        except Exception as error:  # noqa: BLE001  # any: adapters of callers run in here; told again below
            failure = told(error, plan, session)
        finally:
            session.deadline = None
        self._cursor._governed_reset()
        raise failure

    def _free(self, plan: Plan) -> None:
        cursor = self._cursor
        cursor._governed_reset()
        if not is_guarded(plan):
            self._send(cursor, plan)
            cursor._governed_open(plan)
            return
        inner = sqlite3.Cursor(self._connection)
        self._send(inner, plan)
        describe(cursor, plan, inner.description, self._session)
        cursor._governed_rows = self._rows(inner, plan, lambda: (inner.rowcount, inner.lastrowid))

    def _bounded(self, plan: Plan, bound: int) -> RunResult:
        """Rows of RETURNING are fetched inside the savepoint, and kept back until it is known to hold."""
        cursor, session = self._cursor, self._session
        cursor._governed_reset()
        returns = plan.facts is not None and plan.facts.returns_rows
        inner = sqlite3.Cursor(self._connection) if returns else cursor
        found: list[tuple[Any, ...]] = []

        def act() -> sqlite3.Cursor:
            self._send(inner, plan)
            if returns:
                found.extend(sqlite3.Cursor.fetchall(inner))
            return inner

        result = run_bounded(self._connection, session, plan.text, bound, act)
        if returns and not result.rolled_back:
            counts = (inner.rowcount, inner.lastrowid)
            describe(cursor, plan, inner.description, session)
            cursor._governed_rows = self._rows(found, plan, lambda: counts)
        return result

    def _send(self, cursor: sqlite3.Cursor, plan: Plan) -> None:
        session, thread = self._session, get_ident()
        if plan.row_mask is not None:
            check_converters(plan, session)
            check_text_factory(self._connection, session, plan)
            session.unmasked.add(thread)
        text, is_new = session.text_of(plan)
        if is_new:
            session.look_at_constraints(self._connection, plan)
        asked = session.asked
        try:
            self._act(cursor, text)
        finally:
            session.unmasked.discard(thread)
        is_unwatched = is_new and session.asked == asked and not session.observes
        if is_unwatched and plan.facts is not None and plan.facts.kind in _ALWAYS_ASKED:
            raise session.gate.driver.ungoverned()  # somebody took the authorizer away
        check_width(cursor.description, plan, session)

    def _rows(self, source: Any, plan: Plan, counts: Callable[[], tuple[int, int | None]]) -> GuardedRows:
        return GuardedRows(source, plan, self._session, self._connection, counts)


def is_guarded(plan: Plan) -> bool:
    """Whether rows, or the errors of fetching them, are kept from the caller's own cursor."""
    if plan.facts is None or not plan.facts.returns_rows:
        return False
    return plan.protected or plan.row_mask is not None or plan.timeout is not None
