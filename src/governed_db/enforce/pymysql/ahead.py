"""The questions of a preview into answers of MariaDB, in a transaction of its own that is always undone.

Inside a transaction of the caller's nothing is run: InnoDB keeps the locks of what is rolled back to a
savepoint until the whole transaction ends. There, and on MySQL, which stops no write that takes too long,
rows are counted in place of being changed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

import pymysql
from pymysql.constants import COMMAND

from governed_db.core.plan import Plan
from governed_db.core.previewing import (
    LOCK_SECONDS,
    SECONDS,
    Attempt,
    Explain,
    Look,
    Trial,
    Tried,
    Undo,
    Wording,
)
from governed_db.enforce.pymysql.lookup import command, ping
from governed_db.enforce.pymysql.results import OwnResult
from governed_db.enforce.pymysql.session import Session, gate_in, wire_in
from governed_db.enforce.pymysql.writes import referring
from governed_db.model.preview import Preview

_SAVEPOINT: Final = "`governed_db_preview`"
_HELD: Final = (
    f"SET STATEMENT max_statement_time={SECONDS:g}, innodb_lock_wait_timeout={round(LOCK_SECONDS)}"
    f", lock_wait_timeout={round(LOCK_SECONDS)} FOR "
)
Rows = list[tuple[Any, ...]]


def ahead(
    session: Session, wording: Callable[[Plan], str], plan: Plan, trial: Trial, *, is_ours: bool = False
) -> Preview:
    """Drive a preview of the statement whose text, with its values, `wording` gives.

    `is_ours`: the transaction that is open is one of ours, and is going to be undone.
    """
    session.turn.take()
    try:
        return _Ahead(session, wording(plan), plan, is_ours=is_ours).drive(trial)
    finally:
        session.turn.give()


class _Ahead:
    """One preview on one connection."""

    def __init__(self, session: Session, text: str, plan: Plan, *, is_ours: bool) -> None:
        self._may_run = is_ours
        self._deadline = time.monotonic() + 2 * SECONDS
        self._session = session
        self._text = text
        self._plan = plan
        self._is_own = False
        self._is_trying = False
        catalog = gate_in(session).catalog
        self._is_mariadb = catalog is not None and catalog.server.startswith("MariaDB")

    def drive(self, trial: Trial) -> Preview:
        if not self._session.in_transaction(ping(self._session)):
            command(self._session, "START TRANSACTION")
            self._is_own = self._may_run = True
        try:
            step = next(trial)
            while True:
                step = trial.send(self._answer(step))
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]  # PEP 380: the generator's return value
        finally:
            if self._is_own:
                command(self._session, "ROLLBACK AND NO CHAIN NO RELEASE")

    def _answer(self, step: Any) -> Any:
        match step:
            case Look(text):
                return self._asked(text)
            case Explain(prefix):
                return self._asked(prefix + self._text, is_timed=False)
            case Wording():
                return self._text
            case Attempt():
                return self._tried(step)
            case Undo():
                return self._undo()

    def _asked(self, text: str, *, is_timed: bool = True) -> Rows | None:
        try:
            left = self._deadline - time.monotonic()
            if left <= 0:
                return None
            timed = f"SET STATEMENT max_statement_time={min(left, SECONDS):.3f} FOR "
            return self._sent((timed if is_timed and self._is_mariadb else "") + text)[0]
        except (pymysql.err.MySQLError, UnicodeError):
            return None

    def _sent(self, text: str) -> tuple[Rows, int]:
        session = self._session
        wire = wire_in(session)
        session.permit = text.encode(session.encoding)
        try:
            wire._execute_command(COMMAND.COM_QUERY, session.permit)
        finally:
            session.permit = None
        result = OwnResult(wire)
        result.read()
        return list(result.rows or ()), int(result.affected_rows or 0)

    def _tried(self, attempt: Attempt) -> Tried:
        if not self._may_run:
            return Tried(problem="a transaction is open, which would keep the locks of a measured run")
        if not self._is_mariadb:
            return Tried(problem="this server stops no write that takes too long")
        session, text = self._session, self._text if attempt.text is None else attempt.text
        try:
            command(session, f"SAVEPOINT {_SAVEPOINT}")
            self._is_trying = True
            before, started = referring(session, self._plan), time.perf_counter()
            returned, rows = self._sent(_HELD + text)
            seconds = time.perf_counter() - started
            rows += before - referring(session, self._plan)
        except (pymysql.err.MySQLError, UnicodeError) as error:
            code = error.args[0] if error.args and isinstance(error.args[0], int) else "no code"
            return Tried(problem=f"{type(error).__name__} ({code})")
        width = attempt.width
        return Tried(rows=rows, returned=[row[-width:] for row in returned] if width else [], seconds=seconds)

    def _undo(self) -> None:
        if self._is_trying:
            self._is_trying = False
            command(self._session, f"ROLLBACK TO SAVEPOINT {_SAVEPOINT}")
