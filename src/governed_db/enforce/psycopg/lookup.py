"""The queries of a catalog loader into their answers, on the caller's own session and unnoticed by it.

Outside of a transaction they are sent as they are: no BEGIN. Inside of one they run behind a savepoint,
so that a failure of ours does not break it. In a failed transaction nothing can be asked. What reads rows
of tables runs in a short transaction of its own, or not at all.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import generators, pq

from governed_db.core.aside import MILLISECONDS, Aside
from governed_db.enforce.psycopg.session import session_of

if TYPE_CHECKING:
    from psycopg.abc import PQGen
    from psycopg.pq.abc import PGconn, PGresult

    from governed_db.enforce.knowing import Loading

Rows = list[tuple[Any, ...]]

_SAVEPOINT = b"governed_db_look"
_ASIDE = (
    "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY; "
    f"SET LOCAL statement_timeout = {MILLISECONDS}; SET LOCAL lock_timeout = {MILLISECONDS}; "
)


def look_up(connection: Any, loading: Loading) -> PQGen[Any]:
    """Drive the loader; None when the session cannot be asked now."""
    session = session_of(connection)
    connection._check_connection_ok()
    with session.untraced():
        return (yield from _asked(session.pgconn, loading))


def _asked(pgconn: PGconn, loading: Loading) -> PQGen[Any]:
    match pq.TransactionStatus(pgconn.transaction_status):
        case pq.TransactionStatus.IDLE:
            return (yield from _drive(pgconn, loading))
        case pq.TransactionStatus.INTRANS:
            return (yield from _behind_savepoint(pgconn, loading))
        case _:
            return None


def _behind_savepoint(pgconn: PGconn, loading: Loading) -> PQGen[Any]:
    yield from answer(pgconn, b"SAVEPOINT " + _SAVEPOINT)
    try:
        learned = yield from _drive(pgconn, loading)
    except psycopg.Error:
        yield from answer(pgconn, b"ROLLBACK TO " + _SAVEPOINT)
        yield from answer(pgconn, b"RELEASE " + _SAVEPOINT)
        raise
    yield from answer(pgconn, b"RELEASE " + _SAVEPOINT)
    return learned


def _drive(pgconn: PGconn, loading: Loading) -> PQGen[Any]:
    try:
        query = next(loading)
        while True:
            if isinstance(query, Aside):
                query = loading.send((yield from _aside(pgconn, query)))
                continue
            result = yield from answer(pgconn, query.encode())
            query = loading.send(_rows(result, pgconn._encoding))
    except StopIteration as done:
        return done.value


def _aside(pgconn: PGconn, question: str) -> PQGen[Any]:
    """The rows, or None: it took too long, may not be asked, or the caller is in a transaction."""
    if pgconn.transaction_status != pq.TransactionStatus.IDLE:
        return None
    try:
        text = f"{_ASIDE}{question}; ROLLBACK".encode(pgconn._encoding)
    except UnicodeEncodeError:
        return None
    pgconn.send_query(text)
    results: list[PGresult] = yield from generators.execute(pgconn)
    if pgconn.transaction_status != pq.TransactionStatus.IDLE:
        yield from answer(pgconn, b"ROLLBACK")
        return None
    found = [one for one in results if one.status == pq.ExecStatus.TUPLES_OK]
    return _rows(found[0], pgconn._encoding) if len(found) == 1 else None


def answer(pgconn: PGconn, query: bytes) -> Generator[Any, Any, PGresult]:
    """Send one statement of our own making, by the simple protocol that every pooler understands."""
    pgconn.send_query(query)
    results: list[PGresult] = yield from generators.execute(pgconn)
    for result in results:
        if result.status not in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
            raise psycopg.errors.error_from_result(result, encoding=pgconn._encoding)
    return results[-1]


def _rows(result: PGresult, encoding: str) -> Rows:
    fields = range(result.nfields)
    return [
        tuple(_text(result.get_value(row, field), encoding) for field in fields)
        for row in range(result.ntuples)
    ]


def _text(value: bytes | None, encoding: str) -> str | None:
    # SQL_ASCII means that nobody knows; names are then nearly always UTF-8.
    codec = "utf-8" if encoding == "ascii" else encoding
    return None if value is None else bytes(value).decode(codec, "surrogateescape")
