"""PyMySQL's cursors into governed ones: a class below the caller's own and above the driver's.

A cursor only offers the form of its text, so that values count as parameters; the connection governs
what it is finally asked to send. So a cursor class that rewrites statements is governed on what it wrote.
"""

from __future__ import annotations

from typing import Any, Final

from governed_db.drivers.surface.pymysql import CURSOR
from governed_db.enforce.compose import close_doors, disguise
from governed_db.enforce.pymysql.many import call_of, run_call, run_many, sets_of_values
from governed_db.enforce.pymysql.raw import Cursor
from governed_db.enforce.pymysql.session import UNKNOWN_NAME, Session, gate_in, session_of
from governed_db.enforce.pymysql.text import Form, batched, exact, formed, in_full, written

_mogrify: Final = Cursor._mogrify


class GovernedCursor(Cursor):  # type: ignore[misc]  # see raw.py
    """A cursor of a governed connection."""

    def execute(self, query: Any, args: Any = None) -> int:
        connection = self._get_db()
        session: Session = connection._governed
        form = self._governed_form(connection, query, args)
        session.offered = form
        try:
            rows: int = super().execute(form.text)
            return rows
        finally:
            session.offered = None

    def _governed_form(self, connection: Any, query: Any, args: Any) -> Form:
        session = session_of(connection)
        text = exact(query, session.encoding)
        if args is None:
            return written(text)
        if type(self)._mogrify is _mogrify and isinstance(args, (dict, list, tuple)):
            return formed(session, connection, text, args)
        return in_full(str.__str__(self._mogrify(text, args)))

    def executemany(self, query: Any, args: Any) -> int | None:
        """One statement for all the values, as far as policy is concerned; sent in the driver's pieces."""
        if not args:
            return None
        connection = self._get_db()
        session = session_of(connection)
        text, rows = exact(query, session.encoding), sets_of_values(args)
        is_plain = type(self)._mogrify is _mogrify
        batch = batched(session, connection, text, rows) if is_plain else None
        if batch is None or not run_many(self, batch):
            self.rowcount = sum(self.execute(text, row) for row in rows)
        return int(self.rowcount)

    def callproc(self, procname: Any, args: Any = ()) -> Any:
        """The procedure is governed as CALL; its arguments travel in variables, as the driver does it."""
        connection = self._get_db()
        run_call(self, call_of(connection, exact(procname, "utf8"), args))
        return args

    def _governed_send(self, text: str) -> None:
        """A text that a plan permits, by the driver's own method."""
        self._query(text)
        self._executed = text

    def _governed_note(self, text: str, encoding: str) -> None:
        """The driver writes INSERTs of many rows as bytes, and so shows them afterwards."""
        self._executed = bytearray(text.encode(encoding))  # type: ignore[assignment]  # as the driver does


def _refuse_unlisted(cursor: Any, name: str) -> Any:
    gate_in(session_of(cursor._get_db())).check_call(f"Cursor.{name}", UNKNOWN_NAME)
    return getattr(Cursor, name).__get__(cursor)


disguise(GovernedCursor, Cursor)
close_doors(GovernedCursor, Cursor, CURSOR, _refuse_unlisted)
