"""sqlite3's cursor, each of whose statements goes down the line."""

from __future__ import annotations

import sqlite3
import time
from functools import partial
from threading import get_ident
from typing import Any

from governed_db.core.plan import Plan
from governed_db.core.tokens import is_suspect
from governed_db.drivers.surface.sqlite import CURSOR
from governed_db.enforce.compose import close_doors, disguise
from governed_db.enforce.sqlite.parameters import Kept, settled
from governed_db.enforce.sqlite.rows import END, Rows, check_width, describe, told
from governed_db.enforce.sqlite.run import CursorRun
from governed_db.enforce.sqlite.script import script_mode, statements
from governed_db.enforce.sqlite.session import SqliteSession
from governed_db.enforce.sqlite.turning import Turn

_raw_execute = sqlite3.Cursor.execute
_connection: Any = sqlite3.Cursor.connection.__get__  # no class of the caller's hides it
_description = sqlite3.Cursor.description.__get__
_rowcount = sqlite3.Cursor.rowcount.__get__
_lastrowid = sqlite3.Cursor.lastrowid.__get__


class GovernedCursor(sqlite3.Cursor):
    """A cursor of a governed connection.

    What it runs, it runs on a cursor of the real connection; the driver's own part of it holds no rows.
    """

    _governed_inner: sqlite3.Cursor | None = None
    _governed_rows: Rows | None = None

    def __init__(self, *args: Any) -> None:
        inner = self._governed_inner
        if inner is not None and self.connection is not None:
            sqlite3.Cursor.__init__(inner, _connection(inner))  # complains if it is being read
            self._governed_rows = self._governed_inner = None
        super().__init__(*args)

    # -- statements ----------------------------------------------------------------------------------

    def execute(self, sql: str, parameters: Any = (), /) -> Any:
        session = session_of(self)
        if session is None or not isinstance(sql, str):
            return super().execute(sql, parameters)  # the driver's own complaint: nothing is sent
        text = str.__str__(sql)
        plan = session.gate.hit(text)
        if plan is None or (plan.watched and is_suspect(plan.watched, parameters)):
            parameters = settled(parameters, text)
            CursorRun(self, session, partial(_execute, parameters)).long(text, parameters, many=False)
        else:
            self._governed_hit(session, plan, parameters)
        return self

    def executemany(self, sql: str, parameters: Any, /) -> Any:
        session = session_of(self)
        if session is None or not isinstance(sql, str):
            return super().executemany(sql, parameters)
        text = str.__str__(sql)
        kept = Kept(parameters, text)
        CursorRun(self, session, partial(_executemany, kept)).long(text, kept, many=True)
        return self

    def executescript(self, sql_script: str, /) -> Any:
        """Every statement of the script by itself; what ran before a refused one stays done."""
        session = session_of(self)
        if session is None or not isinstance(sql_script, str):
            return super().executescript(sql_script)
        self._governed_rows = None
        super().fetchone()  # a closed cursor complains
        if "\0" in sql_script:
            return super().executescript(sql_script)  # so does such a text: nothing is sent
        session.limits.check(sql_script)
        with script_mode(session):
            for text in statements(str.__str__(sql_script)):
                scratch = GovernedCursor(_connection(self))
                CursorRun(scratch, session, partial(_execute, ())).long(text, (), many=False)
                for _ in scratch:  # the driver steps through every row too
                    pass
        return self

    def _governed_real(self, session: SqliteSession) -> sqlite3.Cursor:
        """The cursor of the real connection; made when it is first needed."""
        if self._governed_inner is None:
            super().fetchone()  # a closed cursor complains
            self._governed_inner = sqlite3.Cursor(session.real)
            session.inner.add(self._governed_inner)
        return self._governed_inner

    def _governed_hit(self, session: SqliteSession, plan: Plan, parameters: Any) -> None:
        """The short path: what `long` does, without effects that a plain plan has no need of."""
        started = time.perf_counter()
        text = session.texts.seen(plan)
        try:
            if (
                text is None
                or plan.timeout is not None
                or (plan.row_mask is not None and session.detect_types)
            ):
                CursorRun(self, session, partial(_execute, parameters)).free(plan)
            else:
                self._governed_again(session, plan, text, parameters)
        except Exception as error:
            session.gate.record_hit(plan, -1, started, error)
            raise
        session.gate.record_hit(plan, self.rowcount, started)

    def _governed_again(self, session: SqliteSession, plan: Plan, text: str, parameters: Any) -> None:
        """What CursorRun.free does, in one frame, for a text that SQLite has been asked about."""
        failure: BaseException
        self._governed_rows = None
        session.objection = None
        inner = self._governed_inner or self._governed_real(session)
        permits, thread = session.permits, get_ident()
        masks = plan.row_mask is not None and thread not in session.unmasked
        try:
            with session.turn:
                if session.is_counting:
                    session.check_turn()
                before = permits.get(thread)
                permits[thread] = plan
                if masks:
                    session.unmasked.add(thread)
                try:
                    _raw_execute(inner, text, parameters)
                finally:
                    if masks:
                        session.unmasked.discard(thread)
                    if before is None:
                        del permits[thread]
                    else:
                        permits[thread] = before
            description = inner.description
            check_width(description, plan, session)
            if description is not None:
                self._governed_rows = Rows(inner, plan, session)
            return
        except Exception as error:  # noqa: BLE001  # any: adapters of callers run in here; told again below
            failure = told(error, plan, session)
        try:
            raise failure
        finally:
            del failure  # it holds this frame

    # -- rows ----------------------------------------------------------------------------------------

    def fetchone(self) -> Any:
        rows = self._governed_rows
        if rows is None:
            return super().fetchone()
        row = rows.next()
        return None if row is END else self._governed_made(rows, row)

    def fetchmany(self, size: int | None = None) -> list[Any]:
        size = self.arraysize if size is None else size
        rows = self._governed_rows
        if rows is None:
            return super().fetchmany(size)
        return self._governed_made_all(rows, rows.many(size if size > 0 else None))

    def fetchall(self) -> list[Any]:
        rows = self._governed_rows
        if rows is None:
            return super().fetchall()
        return self._governed_made_all(rows, rows.many(None))

    def __next__(self) -> Any:
        rows = self._governed_rows
        if rows is None:
            return super().__next__()
        row = rows.next()
        if row is END:
            raise StopIteration
        return self._governed_made(rows, row)

    def __iter__(self) -> Any:
        rows = self._governed_rows
        is_plain = rows is not None and self.row_factory is None and type(self) is GovernedCursor
        return rows.each() if rows is not None and is_plain and rows.is_plain else self

    @property
    def description(self) -> Any:
        inner = self._governed_inner
        return _description(self) if inner is None else inner.description

    @property
    def rowcount(self) -> int:
        inner = self._governed_inner
        return _rowcount(self) if inner is None else inner.rowcount

    @property
    def lastrowid(self) -> int | None:
        inner = self._governed_inner
        return _lastrowid(self) if inner is None else inner.lastrowid

    def close(self) -> None:
        self._governed_rows = None
        super().close()
        if self._governed_inner is not None:
            self._governed_inner.close()

    def _governed_made(self, rows: Rows, row: tuple[Any, ...]) -> Any:
        factory = self.row_factory
        if factory is None:
            return row
        self._governed_describe(rows)
        return factory(self, row)

    def _governed_made_all(self, rows: Rows, found: list[tuple[Any, ...]]) -> list[Any]:
        factory = self.row_factory
        if factory is None or not found:
            return found
        self._governed_describe(rows)
        return [factory(self, row) for row in found]

    def _governed_describe(self, rows: Rows) -> None:
        """sqlite3.Row reads the description where no property of ours stands."""
        session = session_of(self)
        if not rows.is_described and session is not None and self._governed_inner is not None:
            rows.is_described = True
            describe(self, rows.plan, self._governed_inner.description, session)


def session_of(cursor: sqlite3.Cursor) -> SqliteSession | None:
    """None for a cursor that was never initialised: the driver has its own words for that."""
    try:
        return _connection(cursor)._governed  # type: ignore[no-any-return]  # a governed one
    except AttributeError:
        pass
    if _connection(cursor) is not None:
        raise sqlite3.ProgrammingError("a governed cursor needs a governed connection")
    return None


def sender_of(parameters: Any) -> Any:
    """What sends a text with these parameters, as `execute` does."""
    return partial(_execute, parameters)


def _execute(parameters: Any, cursor: sqlite3.Cursor, text: str, turn: Turn | None) -> Any:
    return sqlite3.Cursor.execute(cursor, text, parameters if turn is None else turn(parameters))


def _executemany(parameters: Any, cursor: sqlite3.Cursor, text: str, turn: Turn | None) -> Any:
    return sqlite3.Cursor.executemany(cursor, text, parameters if turn is None else map(turn, parameters))


def _refuse_unlisted(cursor: GovernedCursor, name: str) -> Any:
    session = session_of(cursor)
    if session is not None:
        session.gate.check_call(f"Cursor.{name}", "this release does not know it: use what it knows")
    return getattr(sqlite3.Cursor, name).__get__(cursor, type(cursor))


disguise(GovernedCursor, sqlite3.Cursor)
close_doors(GovernedCursor, sqlite3.Cursor, CURSOR, _refuse_unlisted)
