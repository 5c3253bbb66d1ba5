"""A plan and one call of a cursor into a run of the driver.

The statement runs on a cursor of the real connection, whose rows the caller's cursor hands out (rows.py).
What goes wrong is told outside of any `except`, so that no original error hangs on what the caller gets.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from functools import partial
from threading import get_ident
from typing import TYPE_CHECKING, Any

from governed_db.core.effects import RunResult
from governed_db.core.plan import Plan
from governed_db.enforce.performing import run
from governed_db.enforce.sqlite.ahead import ahead
from governed_db.enforce.sqlite.bounds import run_bounded
from governed_db.enforce.sqlite.lookup import look_at_constraints, look_up
from governed_db.enforce.sqlite.rows import Rows, check_converters, check_width, told
from governed_db.enforce.sqlite.session import SqliteSession
from governed_db.enforce.sqlite.turning import Turn, turn_of

if TYPE_CHECKING:
    from governed_db.enforce.sqlite.cursor import GovernedCursor

Act = Callable[[sqlite3.Cursor, str, Turn | None], Any]


class CursorRun:
    """One call: `act` sends a text on a cursor by the driver's own method, its parameters turned back."""

    __slots__ = ("_act", "_cursor", "_inner", "_session")

    def __init__(self, cursor: GovernedCursor, session: SqliteSession, act: Act) -> None:
        self._cursor = cursor
        self._inner = cursor._governed_real(session)
        self._session = session
        self._act = act

    def long(self, text: str, parameters: object, *, many: bool) -> RunResult:
        """The whole line."""
        session = self._session
        statement = session.gate.statement(text, parameters, many=many)
        look = partial(ahead, session, self._act)
        return run(
            session.gate,
            statement,
            introspect=partial(look_up, session),
            act=self.run,
            idle=session.is_idle,
            ahead=look,
        )

    def run(self, plan: Plan, bound: int | None) -> RunResult:
        if bound is None:
            self.free(plan)
            return RunResult(self._inner.rowcount)
        return self._told(plan, self._bounded, plan, bound)  # type: ignore[no-any-return]

    def free(self, plan: Plan) -> None:
        self._told(plan, self._free, plan)

    # -- how -----------------------------------------------------------------------------------------

    def _told(self, plan: Plan, call: Callable[..., Any], *arguments: Any) -> Any:
        session = self._session
        failure: BaseException | None = None
        session.objection = None
        self._cursor._governed_rows = None
        before = session.deadline
        session.deadline = time.monotonic() + plan.timeout if plan.timeout is not None else before
        try:
            return session.permitted(plan, call, *arguments)
        except Exception as error:  # noqa: BLE001  # any: adapters of callers run in here; told again below
            failure = told(error, plan, session)
        finally:
            session.deadline = before
        try:
            raise failure
        finally:
            del failure  # it holds this frame

    def _free(self, plan: Plan) -> None:
        self._send(plan)
        if self._inner.description is not None:
            self._cursor._governed_rows = Rows(self._inner, plan, self._session)

    def _bounded(self, plan: Plan, bound: int) -> RunResult:
        """Rows of RETURNING are fetched inside the savepoint, and kept back until it is known to hold."""
        inner, session = self._inner, self._session
        found: list[tuple[Any, ...]] = []

        def act() -> int:
            self._send(plan)
            if inner.description is not None:
                found.extend(inner.fetchall())
            return inner.rowcount

        result = run_bounded(session, plan, bound, act)
        if inner.description is not None and not result.rolled_back:
            self._cursor._governed_rows = Rows(found, plan, session)
        return result

    def _send(self, plan: Plan) -> None:
        session, thread = self._session, get_ident()
        was_unmasked = thread in session.unmasked
        if plan.row_mask is not None:
            check_converters(plan, session)
            session.unmasked.add(thread)
        text, is_new = session.texts.of(plan)
        if is_new:
            look_at_constraints(session, plan)
        try:
            self._act(self._inner, text, turn_of(session.gate, plan))
        finally:
            if plan.tokens:
                session.texts.drop(plan)  # it holds what they stand for
            if not was_unmasked:
                session.unmasked.discard(thread)
        if plan.row_mask is not None:
            # The driver has picked its converters now; callers' code ran meanwhile, and could register some.
            check_converters(plan, session)
        check_width(self._inner.description, plan, session)
        if session.changed or not plan.is_plain:
            session.note_changes(plan)
