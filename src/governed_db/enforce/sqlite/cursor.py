"""sqlite3's cursor, each of whose statements goes down the line."""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Iterator
from functools import partial
from threading import get_ident
from typing import Any, Final

from governed_db.core.plan import Plan
from governed_db.drivers.surface.sqlite import CURSOR
from governed_db.enforce.compose import close_doors, disguise
from governed_db.enforce.sqlite.rows import END, GuardedRows, check_width, told, too_many_rows
from governed_db.enforce.sqlite.run import CursorRun, is_guarded
from governed_db.enforce.sqlite.script import script_mode, statements
from governed_db.enforce.sqlite.session import SqliteSession

_NO_LIMIT: Final = sys.maxsize
_next = sqlite3.Cursor.__next__
_raw_execute = sqlite3.Cursor.execute
_rowcount = sqlite3.Cursor.rowcount.__get__
_lastrowid = sqlite3.Cursor.lastrowid.__get__


class GovernedCursor(sqlite3.Cursor):
    """A cursor of a governed connection.

    A statement that touches protected data runs on a cursor of ours (rows.py); any other on
    this one, where the driver fetches it as fast as ever.
    """

    _governed_rows: GuardedRows | None = None
    _governed_left: int = _NO_LIMIT
    _governed_plan: Plan | None = None

    # -- statements ----------------------------------------------------------------------------------

    def execute(self, sql: str, parameters: Any = (), /) -> Any:
        session = session_of(self)
        if session is None or not isinstance(sql, str):
            return super().execute(sql, parameters)  # the driver's own complaint: nothing is sent
        text = str.__str__(sql)
        plan = session.gate.hit(text)
        if plan is None:
            CursorRun(self, session, partial(_execute, parameters)).long(text, parameters, many=False)
        else:
            self._governed_hit(session, plan, parameters)
        return self

    def executemany(self, sql: str, parameters: Any, /) -> Any:
        session = session_of(self)
        if session is None or not isinstance(sql, str):
            return super().executemany(sql, parameters)
        kept = parameters if isinstance(parameters, (list, tuple)) else Kept(parameters)
        CursorRun(self, session, partial(_executemany, kept)).long(str.__str__(sql), kept, many=True)
        return self

    def executescript(self, sql_script: str, /) -> Any:
        """Every statement of the script by itself; what ran before a refused one stays done."""
        session = session_of(self)
        if session is None or not isinstance(sql_script, str):
            return super().executescript(sql_script)
        self._governed_reset()
        super().fetchone()  # a closed cursor complains
        if "\0" in sql_script:
            return super().executescript(sql_script)  # so does such a text: nothing is sent
        with script_mode(self.connection, session):
            for text in statements(str.__str__(sql_script)):
                scratch = GovernedCursor(self.connection)
                CursorRun(scratch, session, partial(_execute, ())).long(text, (), many=False)
                for _ in scratch:  # the driver steps through every row too
                    pass
        return self

    def _governed_hit(self, session: SqliteSession, plan: Plan, parameters: Any) -> None:
        """The short path: what `long` does, without effects that a plain plan has no need of."""
        started = time.perf_counter()
        text = session.seen_text(plan)
        try:
            if text is None or is_guarded(plan):
                CursorRun(self, session, partial(_execute, parameters)).free(plan)
            else:
                self._governed_again(session, plan, text, parameters)
        except Exception as error:
            session.gate.record_hit(plan, -1, started, error)
            raise
        session.gate.record_hit(plan, self.rowcount, started)

    def _governed_again(self, session: SqliteSession, plan: Plan, text: str, parameters: Any) -> None:
        """What CursorRun.free does, for a text that SQLite has been asked about, on this cursor itself."""
        failure: BaseException
        self._governed_rows = None
        session.objection = None
        thread, permits = get_ident(), session.permits
        before = permits.get(thread)
        permits[thread] = plan
        try:
            _raw_execute(self, text, parameters)
            check_width(self.description, plan, session)
            self._governed_open(plan)
            return
        except Exception as error:  # noqa: BLE001  # any: adapters of callers run in here; told again below
            failure = told(error, plan, session)
        finally:
            if before is None:
                del permits[thread]
            else:
                permits[thread] = before
        raise failure

    def _governed_reset(self) -> None:
        self._governed_rows = None
        self._governed_left = _NO_LIMIT

    def _governed_open(self, plan: Plan) -> None:
        """What follows is fetched from this cursor itself; only counted."""
        self._governed_left = _NO_LIMIT if plan.row_limit is None else plan.row_limit
        self._governed_plan = plan

    # -- rows ----------------------------------------------------------------------------------------

    def fetchone(self) -> Any:
        rows = self._governed_rows
        if rows is None:
            row = super().fetchone()
            return row if row is None else self._governed_counted(row)
        row = rows.next()
        return None if row is END else self._governed_made(row)

    def fetchmany(self, size: int | None = None) -> list[Any]:
        size = self.arraysize if size is None else size
        rows = self._governed_rows
        if rows is None:
            return self._governed_all(super().fetchmany(size))
        return self._governed_made_all(rows.many(size if size > 0 else None))

    def fetchall(self) -> list[Any]:
        rows = self._governed_rows
        if rows is None:
            return self._governed_all(super().fetchall())
        return self._governed_made_all(rows.many(None))

    def __next__(self) -> Any:
        rows = self._governed_rows
        if rows is None:
            return self._governed_counted(super().__next__())
        row = rows.next()
        if row is END:
            raise StopIteration
        return self._governed_made(row)

    def __iter__(self) -> Any:
        if self._governed_rows is None and self._governed_left == _NO_LIMIT:
            return iter(partial(_next, self), END)  # the driver's own iterator, without a call of ours
        return self

    @property
    def rowcount(self) -> int:
        rows = self._governed_rows
        return _rowcount(self) if rows is None else rows.counts()[0]

    @property
    def lastrowid(self) -> int | None:
        rows = self._governed_rows
        return _lastrowid(self) if rows is None else rows.counts()[1]

    def close(self) -> None:
        self._governed_reset()
        super().close()

    def _governed_made(self, row: tuple[Any, ...]) -> Any:
        factory = self.row_factory
        return row if factory is None else factory(self, row)

    def _governed_made_all(self, rows: list[tuple[Any, ...]]) -> list[Any]:
        factory = self.row_factory
        return rows if factory is None else [factory(self, row) for row in rows]

    def _governed_counted(self, row: Any) -> Any:
        self._governed_left -= 1
        self._governed_check_left()
        return row

    def _governed_all(self, rows: list[Any]) -> list[Any]:
        self._governed_left -= len(rows)
        self._governed_check_left()
        return rows

    def _governed_check_left(self) -> None:
        if self._governed_left < 0 and self._governed_plan is not None:
            session = session_of(self)
            if session is not None:
                raise too_many_rows(session, self._governed_plan)


class Kept:
    """Parameters that can be read once only, kept while they are read: an approved write runs again."""

    def __init__(self, source: Any) -> None:
        self._source = iter(source)
        self._seen: list[Any] = []

    def __iter__(self) -> Iterator[Any]:
        yield from self._seen
        for item in self._source:
            self._seen.append(item)
            yield item

    def __repr__(self) -> str:
        return repr(list(self))


def session_of(cursor: sqlite3.Cursor) -> SqliteSession | None:
    """None for a cursor that was never initialised: the driver has its own words for that."""
    try:
        return cursor.connection._governed  # type: ignore[attr-defined, no-any-return]  # a governed one
    except AttributeError:
        pass
    if getattr(cursor, "connection", None) is not None:
        raise sqlite3.ProgrammingError("a governed cursor needs a governed connection")
    return None


def _execute(parameters: Any, cursor: sqlite3.Cursor, text: str) -> Any:
    return sqlite3.Cursor.execute(cursor, text, parameters)


def _executemany(parameters: Any, cursor: sqlite3.Cursor, text: str) -> Any:
    return sqlite3.Cursor.executemany(cursor, text, parameters)


def _refuse_unlisted(cursor: GovernedCursor, name: str) -> Any:
    session = session_of(cursor)
    if session is not None:
        session.gate.check_call(f"Cursor.{name}", "this release does not know it: use what it knows")
    return getattr(sqlite3.Cursor, name).__get__(cursor, type(cursor))


disguise(GovernedCursor, sqlite3.Cursor)
close_doors(GovernedCursor, sqlite3.Cursor, CURSOR, _refuse_unlisted)
