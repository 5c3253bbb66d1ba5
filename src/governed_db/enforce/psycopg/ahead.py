"""The questions of a preview into answers of PostgreSQL, inside of a savepoint that is always undone.

What is asked, and the statement itself, go past the caller's cursor: its factories and loaders are shown no
row of it. Time and waiting for locks are bounded by settings that end with the savepoint.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import attrs
import psycopg
from psycopg import adapt, generators, pq

from governed_db.core.plan import Plan, Statement
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
from governed_db.enforce.psycopg.lookup import answer
from governed_db.enforce.psycopg.session import gate_of, session_of
from governed_db.enforce.psycopg.turning import sendable_parts
from governed_db.enforce.psycopg.writes import is_wide
from governed_db.model.preview import Preview
from governed_db.model.statement import WRITES

if TYPE_CHECKING:
    from psycopg.abc import PQGen
    from psycopg.pq.abc import PGresult

Rows = list[tuple[Any, ...]]

_OUTER: Final = b'"governed_db_preview"'
_INNER: Final = b'"governed_db_try"'
_LIMITS: Final = (
    b"SET LOCAL statement_timeout = %d" % round(SECONDS * 1000),
    b"SET LOCAL lock_timeout = %d" % round(LOCK_SECONDS * 1000),
)
_COUNTS: Final = b"""SELECT schemaname || '.' || relname, n_tup_ins, n_tup_upd, n_tup_del
    FROM pg_catalog.pg_stat_xact_all_tables
    WHERE schemaname <> 'pg_catalog' AND schemaname <> 'pg_toast'
        AND pg_catalog.current_setting('track_counts') = 'on' AND n_tup_ins + n_tup_upd + n_tup_del > 0"""

_IDLE, _INTRANS, _INERROR = (
    pq.TransactionStatus.IDLE,
    pq.TransactionStatus.INTRANS,
    pq.TransactionStatus.INERROR,
)


def ahead(cursor: Any, statement: Statement, plan: Plan, trial: Trial) -> PQGen[Preview]:
    """Drive a preview of the statement that a cursor is about to send."""
    return (yield from _Ahead(cursor, statement, plan).drive(trial))


class _Ahead:
    """One preview on one connection."""

    def __init__(self, cursor: Any, statement: Statement, plan: Plan) -> None:
        self._cursor = cursor
        self._connection = cursor._conn
        self._pgconn = session_of(cursor._conn).pgconn
        self._statement = statement
        self._plan = plan
        self._began = False
        self._is_open = False
        self._is_trying = False
        self._deadline = time.monotonic() + 2 * SECONDS

    def drive(self, trial: Trial) -> PQGen[Preview]:
        try:
            yield from self._open()
            preview = yield from self._driven(trial)
        except GeneratorExit:  # nobody waits for another answer of the server
            raise
        except BaseException:
            yield from self._close()
            raise
        yield from self._close()
        return preview

    def _driven(self, trial: Trial) -> PQGen[Preview]:
        try:
            step = next(trial)
            while True:
                step = trial.send((yield from self._answered(step)))
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]  # PEP 380: the generator's return value

    def _answered(self, step: Any) -> PQGen[Any]:
        match step:
            case Look(text):
                return (yield from self._asked(text))
            case Explain(prefix):
                return (yield from self._explained(prefix))
            case Wording():
                return None
            case Attempt():
                return (yield from self._tried(step))
            case Undo():
                yield from self._undo()
                return None

    # -- the place ---------------------------------------------------------------------------------

    def _open(self) -> PQGen[None]:
        """In a failed transaction nothing can be asked; then every question has no answer."""
        status = self._pgconn.transaction_status
        if status == _IDLE:
            starts = self._connection._autocommit
            command = b"BEGIN" if starts else self._connection._get_tx_start_command()
            yield from answer(self._pgconn, command)
            self._began = True
        elif status != _INTRANS:
            return
        self._is_open = True
        yield from answer(self._pgconn, b"SAVEPOINT " + _OUTER)
        yield from self._limit()

    def _limit(self) -> PQGen[None]:
        for command in _LIMITS:
            yield from answer(self._pgconn, command)

    def _recover(self) -> PQGen[None]:
        """After an error of ours: back to the last point at which all was well."""
        if self._pgconn.transaction_status == _INERROR:
            self._is_trying = False
            yield from answer(self._pgconn, b"ROLLBACK TO " + _OUTER)
            yield from self._limit()

    def _undo(self) -> PQGen[None]:
        if self._is_trying:
            self._is_trying = False
            yield from answer(self._pgconn, b"ROLLBACK TO " + _INNER)
            yield from answer(self._pgconn, b"RELEASE " + _INNER)

    def _close(self) -> PQGen[None]:
        if not self._is_open or self._pgconn.status != pq.ConnStatus.OK:
            return
        self._is_open = False
        if self._began:
            yield from answer(self._pgconn, b"ROLLBACK")
            return
        yield from answer(self._pgconn, b"ROLLBACK TO " + _OUTER)
        yield from answer(self._pgconn, b"RELEASE " + _OUTER)

    # -- questions -----------------------------------------------------------------------------------

    def _asked(self, text: str) -> PQGen[Rows | None]:
        if not self._is_open or time.monotonic() > self._deadline:
            return None
        try:
            self._pgconn.send_query(text.encode(self._pgconn._encoding))
            result = yield from self._result()
        except (psycopg.Error, UnicodeEncodeError):
            yield from self._recover()
            return None
        return _rows(result, self._pgconn._encoding)

    def _explained(self, prefix: str) -> PQGen[Rows | None]:
        if not self._is_open or self._statement.many or self._statement.copy:
            return None
        try:
            self._send(self._plan, prefix + self._plan.text)
            result = yield from self._result()
        except psycopg.Error:
            yield from self._recover()
            return None
        return _rows(result, self._pgconn._encoding)

    def _result(self) -> PQGen[PGresult]:
        results: list[PGresult] = yield from generators.execute(self._pgconn)
        for result in results:
            if result.status not in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
                raise psycopg.errors.error_from_result(result, encoding=self._pgconn._encoding)
        return results[-1]

    def _send(self, plan: Plan, text: str) -> None:
        """As the cursor would, with its own way of writing values; but not by it."""
        gate = gate_of(self._connection)
        transformer = adapt.Transformer(self._cursor)
        query, params, types, formats = sendable_parts(
            self._cursor, gate, plan, text, self._statement.parameters, transformer
        )
        if params is None:
            self._pgconn.send_query(query)
        else:
            self._pgconn.send_query_params(query, params, param_types=types, param_formats=formats)

    # -- the attempt ---------------------------------------------------------------------------------

    def _tried(self, attempt: Attempt) -> PQGen[Tried]:
        if not self._is_open:
            return Tried(problem="the transaction has failed")
        if self._statement.many or self._statement.copy:
            return Tried(problem="it runs for many rows of values")
        plan = self._plan if attempt.text is None else attrs.evolve(self._plan, text=attempt.text)
        try:
            yield from answer(self._pgconn, b"SAVEPOINT " + _INNER)
            self._is_trying = True
            before = yield from self._counts()
            started = time.perf_counter()
            self._send(plan, plan.text)
            result = yield from self._result()
            seconds = time.perf_counter() - started
            after = yield from self._counts()
        except psycopg.Error as error:
            problem = _problem(error)
            yield from self._recover()
            return Tried(problem=problem)
        counts = {
            name: tuple(now - then for now, then in zip(found, before.get(name, (0, 0, 0)), strict=True))
            for name, found in after.items()
        }
        wide = sum(sum(found) for found in counts.values())
        width = attempt.width
        rows = [row[-width:] for row in _rows(result, self._pgconn._encoding)] if width else []
        return Tried(
            rows=wide if self._is_wide() else (result.command_tuples or 0),
            returned=rows,
            seconds=seconds,
            counts={name: (one[0], one[1], one[2]) for name, one in counts.items() if any(one)},
            wide_rows=wide,
        )

    def _is_wide(self) -> bool:
        """Counted as writes.py counts, so that what is measured now is what is compared later."""
        facts = self._plan.facts
        return not (
            facts is not None and facts.kind in WRITES and len(facts.writes) <= 1 and not is_wide(self._plan)
        )

    def _counts(self) -> PQGen[dict[str, Sequence[int]]]:
        result = yield from answer(self._pgconn, _COUNTS)
        return {
            str(name): [int(value) for value in counts]
            for name, *counts in _rows(result, self._pgconn._encoding)
        }


def _problem(error: psycopg.Error) -> str:
    """Without values: class and SQLSTATE."""
    if isinstance(error, (psycopg.errors.QueryCanceled, psycopg.errors.LockNotAvailable)):
        return f"it takes longer than {SECONDS:g} s, or waits for others"
    return f"{type(error).__name__} ({error.sqlstate})" if error.sqlstate else type(error).__name__


def _rows(result: PGresult, encoding: str) -> Rows:
    codec = "utf-8" if encoding == "ascii" else encoding
    return [
        tuple(
            None if (value := result.get_value(row, field)) is None else bytes(value).decode(codec, "replace")
            for field in range(result.nfields)
        )
        for row in range(result.ntuples)
    ]
