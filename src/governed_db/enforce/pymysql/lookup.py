"""Statements of our own into their answers, on the caller's session and unnoticed by it.

Catalog queries open no transaction, whatever autocommit is (context/catalog/mysql_queries.py). What reads
rows of tables runs in a short transaction of its own, or not at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymysql.constants import COMMAND
from pymysql.err import MySQLError

from governed_db.core.aside import Aside
from governed_db.enforce.pymysql.results import OwnResult
from governed_db.enforce.pymysql.session import Session, session_of, wire_in

if TYPE_CHECKING:
    from governed_db.enforce.knowing import Loading

Rows = list[tuple[Any, ...]]


def look_up(connection: Any, loading: Loading) -> Any:
    """Drive a catalog loader."""
    session = session_of(connection)
    with session.turn:
        try:
            query = next(loading)
            while True:
                rows = _aside(session, query) if isinstance(query, Aside) else answer(session, query)
                query = loading.send(rows)  # type: ignore[arg-type]  # None only where an aside was asked
        except StopIteration as done:
            return done.value


def _aside(session: Session, question: str) -> Rows | None:
    """The rows, or None: it took too long, may not be asked, or the caller is in a transaction."""
    if session.in_transaction(ping(session)):
        return None
    try:
        command(session, "START TRANSACTION READ ONLY")
        try:
            return answer(session, question)
        finally:
            command(session, "ROLLBACK AND NO CHAIN NO RELEASE")
    except (MySQLError, UnicodeError):
        return None


def answer(session: Session, query: str) -> Rows:
    """The rows of a query of ours, all values as text."""
    result = OwnResult(_sent(session, COMMAND.COM_QUERY, query))
    result.read()
    return list(result.rows or ())


def command(session: Session, text: str) -> int:
    """Run a statement of ours that returns no rows; the session's status afterwards."""
    return status_after(session, _sent(session, COMMAND.COM_QUERY, text))


def ping(session: Session) -> int:
    """The session's status, asked of the server itself."""
    return status_after(session, _sent(session, COMMAND.COM_PING, ""))


def status_after(session: Session, wire: Any) -> int:
    """The server's word that it has done what it was sent."""
    session.status = wire._read_ok_packet().server_status
    return session.status


def _sent(session: Session, kind: int, text: str) -> Any:
    wire = wire_in(session)
    session.permit = text.encode(session.encoding)
    try:
        wire._execute_command(kind, session.permit)
    finally:
        session.permit = None
    return wire
