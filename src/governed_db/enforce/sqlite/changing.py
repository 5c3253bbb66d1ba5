"""A change of several statements into SQLite's savepoint around all of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from governed_db.core.driving import drive
from governed_db.core.effects import RunResult
from governed_db.core.plan import Statement
from governed_db.enforce import changing, moves
from governed_db.enforce.explain import understood
from governed_db.enforce.sqlite.ahead import Act, ahead
from governed_db.enforce.sqlite.cursor import GovernedCursor, sender_of
from governed_db.enforce.sqlite.lookup import look_up
from governed_db.enforce.sqlite.parameters import settled
from governed_db.enforce.sqlite.run import CursorRun
from governed_db.enforce.sqlite.session import Own, SqliteSession

_SAVEPOINT: Final = '"governed_change"'
_in_transaction = sqlite3.Connection.in_transaction.__get__
_LEGACY: Final = getattr(sqlite3, "LEGACY_TRANSACTION_CONTROL", -1)


class SqliteChange:
    """The statements of a change on one connection."""

    def __init__(self, connection: Any, session: SqliteSession) -> None:
        self._connection = connection
        self._session = session
        self._acts: list[Act] = []
        self._statements: list[Statement] = []
        self._texts: list[tuple[str, Any]] = []
        self._commits = False
        self._began = False

    def add(self, sql: Any, parameters: Any) -> None:
        """Take a statement as it is now: nothing of the caller's is asked again when it runs."""
        if not isinstance(sql, str):
            raise TypeError(f"a statement is a string, not {type(sql).__qualname__}")
        text = str.__str__(sql)
        parameters = settled(() if parameters is None else parameters, text)
        self._texts.append((text, parameters))
        self._acts.append(sender_of(parameters))

    def run(self, reason: str) -> Sequence[RunResult]:
        """All of it, or nothing."""
        with self._session.turn:
            self._session.check_turn()
            gate = self._session.gate
            # Made now: who acts, and under what policy, is seen anew.
            self._statements = [gate.statement(text, parameters) for text, parameters in self._texts]
            return drive(changing.steps(gate, self._statements, reason), self._do)

    def _do(self, move: moves.Move) -> Any:
        session = self._session
        match move:
            case moves.Understand(number):
                return understood(
                    session.gate, self._statements[number], session.gate.knowledge(partial(look_up, session))
                )
            case moves.Open():
                return self._open()
            case moves.Undo():
                return self._undo()
            case moves.Keep():
                return self._keep()
            case moves.RunPart(number):
                text, parameters = self._texts[number]
                cursor = GovernedCursor(self._connection)
                return CursorRun(cursor, session, self._acts[number]).long(text, parameters, many=False)
            case moves.Measure(number, plan, trial):
                return ahead(session, self._acts[number], plan, trial)

    # -- around them -----------------------------------------------------------------------------------

    def _open(self) -> None:
        """The transaction is begun as the driver would: where it begins none, ours ends with the change."""
        real = self._session.real
        is_legacy = getattr(real, "autocommit", _LEGACY) == _LEGACY
        self._began = not _in_transaction(real)
        self._commits = self._began and is_legacy and real.isolation_level is None
        if self._began:
            self._send("BEGIN" if self._commits else f"BEGIN {real.isolation_level or ''}")
        self._send(f"SAVEPOINT {_SAVEPOINT}")

    def _undo(self) -> None:
        real = self._session.real
        if not _in_transaction(real):
            return  # ON CONFLICT ROLLBACK has ended it
        try:
            self._send(f"ROLLBACK TO {_SAVEPOINT}")
            self._send(f"RELEASE {_SAVEPOINT}")
            if self._began:
                self._send("ROLLBACK")
        except sqlite3.Error:
            self._session.abandon()
            raise

    def _keep(self) -> None:
        self._send(f"RELEASE {_SAVEPOINT}")
        if self._commits:
            self._send("COMMIT")

    def _send(self, text: str) -> None:
        session = self._session
        cursor = sqlite3.Cursor(session.real)
        session.inside(Own.CATALOG, partial(cursor.execute, session.texts.own(text)))
