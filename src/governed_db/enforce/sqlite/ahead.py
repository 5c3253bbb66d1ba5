"""The questions of a preview into answers of SQLite, inside of a savepoint that is always undone.

Everything is asked of the real connection on a cursor of ours: no class, factory, converter or callback of
the caller's is shown a row.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import attrs

from governed_db.core.plan import Plan
from governed_db.core.previewing import SECONDS, Attempt, Explain, Look, Trial, Tried, Undo, Wording
from governed_db.enforce.sqlite.lookup import look_at_constraints, read
from governed_db.enforce.sqlite.session import Own, SqliteSession
from governed_db.enforce.sqlite.turning import Turn, turn_of
from governed_db.model.preview import Preview
from governed_db.model.statement import ColumnRef

Act = Callable[[sqlite3.Cursor, str, Turn | None], Any]

_SAVEPOINT: Final = '"governed_preview"'
_in_transaction = sqlite3.Connection.in_transaction.__get__
_total_changes = sqlite3.Connection.total_changes.__get__
_text_factory: Any = sqlite3.Connection.text_factory


def ahead(session: SqliteSession, act: Act, plan: Plan, trial: Trial) -> Preview:
    """Drive a preview of the statement that `act` sends."""
    with session.turn:
        session.check_turn()
        before = session.deadline
        session.is_counting = True
        session.deadline = time.monotonic() + SECONDS
        try:
            return _Ahead(session, act, plan).drive(trial)
        finally:
            session.deadline = before
            session.is_counting = False


class _Ahead:
    """One preview on one connection."""

    def __init__(self, session: SqliteSession, act: Act, plan: Plan) -> None:
        self._session = session
        self._act = act
        self._plan = plan
        self._cursor = sqlite3.Cursor(session.real)
        self._is_trying = False
        self._began = False

    def drive(self, trial: Trial) -> Preview:
        try:
            step = next(trial)
            while True:
                step = trial.send(self._answer(step))
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]  # PEP 380: the generator's return value
        finally:
            self._undo()
            sqlite3.Cursor.close(self._cursor)

    def _answer(self, step: Any) -> Any:
        match step:
            case Look(text):
                return self._asked(self._session.texts.own(text), None)
            case Explain(prefix):
                text, _ = self._session.texts.of(self._plan)
                return self._asked(self._session.texts.own(prefix + text), self._act)
            case Wording():
                return None
            case Attempt():
                return self._tried(step)
            case Undo():
                return self._undo()

    def _asked(self, text: str, act: Act | None) -> Any:
        """Rows of our own question. Values are read as they are stored: nobody's text_factory is asked."""
        turn = turn_of(self._session.gate, self._plan) if act is not None else None
        try:
            if act is None:
                return self._session.inside(Own.CATALOG, read, self._session, self._cursor, text)
            self._session.inside(Own.CATALOG, act, self._cursor, text, turn)
            return self._cursor.fetchall()
        except sqlite3.Error:
            return None

    # -- the attempt ---------------------------------------------------------------------------------

    def _tried(self, attempt: Attempt) -> Tried:
        session = self._session
        try:
            self._begin()
            plan = _tried_plan(self._plan, attempt)
            before, started = _total_changes(session.real), time.perf_counter()
            returned = session.inside(plan, partial(self._sent, plan, attempt))
        except sqlite3.Error as error:
            return Tried(problem=type(error).__name__)
        wide = _total_changes(session.real) - before
        rows = self._cursor.rowcount
        is_wide = plan.facts is not None and any(write.is_wide for write in plan.facts.writes)
        return Tried(
            rows=wide if rows < 0 or is_wide else rows,
            returned=returned,
            seconds=time.perf_counter() - started,
            wide_rows=wide,
        )

    def _sent(self, plan: Plan, attempt: Attempt) -> list[tuple[Any, ...]]:
        session = self._session
        text, _ = session.texts.of(plan)
        before = _text_factory.__get__(session.real)
        _text_factory.__set__(session.real, _decoded)
        try:
            look_at_constraints(session, plan)
            self._act(self._cursor, text, turn_of(session.gate, plan))
            if self._cursor.description is None:
                return []
            rows = self._cursor.fetchall()
            return [row[-attempt.width :] for row in rows] if attempt.width else []
        finally:
            _text_factory.__set__(session.real, before)
            session.texts.drop(plan)

    def _begin(self) -> None:
        real = self._session.real
        self._began = not _in_transaction(real)
        if self._began:
            self._send("BEGIN")
        self._send(f"SAVEPOINT {_SAVEPOINT}")
        self._is_trying = True
        self._changes = _total_changes(real)

    def _undo(self) -> None:
        """Back to where it was; if even that fails, all of it must go."""
        if not self._is_trying:
            if self._began and _in_transaction(self._session.real):
                self._send("ROLLBACK")
                self._began = False
            return
        self._is_trying = False
        session = self._session
        session.undone += _total_changes(session.real) - self._changes
        session.deadline = None  # going back must not be stopped half-way
        if not _in_transaction(session.real):
            return  # ON CONFLICT ROLLBACK has ended it
        try:
            self._send(f"ROLLBACK TO {_SAVEPOINT}")
            self._send(f"RELEASE {_SAVEPOINT}")
            if self._began:
                self._send("ROLLBACK")
                self._began = False
        except sqlite3.Error:
            session.abandon()
            raise
        session.deadline = time.monotonic() + SECONDS

    def _send(self, text: str) -> None:
        self._session.inside(Own.CATALOG, self._cursor.execute, self._session.texts.own(text))


def _tried_plan(plan: Plan, attempt: Attempt) -> Plan:
    """The plan of what is sent: with the key's columns among what it reads, and without masks: it is ours."""
    if attempt.text is None or plan.facts is None:
        return attrs.evolve(plan, row_mask=None, masked=())
    (write,) = plan.facts.writes
    keys = {ColumnRef(write.relation.schema, write.relation.name, name) for name in attempt.key}
    facts = attrs.evolve(plan.facts, columns=plan.facts.columns | keys)
    return attrs.evolve(plan, text=attempt.text, facts=facts, row_mask=None, masked=())


def _decoded(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
