"""Statements of our own into their answers, on the caller's session and unnoticed by it.

Catalog queries open no transaction, whatever autocommit is (context/catalog/mysql_queries.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymysql.constants import COMMAND

from governed_db.enforce.pymysql.results import OwnResult
from governed_db.enforce.pymysql.session import session_of

if TYPE_CHECKING:
    from governed_db.enforce.gate import Loading

Rows = list[tuple[Any, ...]]


def look_up(connection: Any, loading: Loading) -> Any:
    """Drive a catalog loader."""
    try:
        query = next(loading)
        while True:
            query = loading.send(answer(connection, query))
    except StopIteration as done:
        return done.value


def answer(connection: Any, query: str) -> Rows:
    """The rows of a query of ours, all values as text."""
    _send(connection, query)
    result = OwnResult(connection)
    result.read()
    return list(result.rows or ())


def command(connection: Any, text: str) -> int:
    """Run a statement of ours that returns no rows; the session's status afterwards."""
    _send(connection, text)
    return status_after(connection)


def ping(connection: Any) -> int:
    """The session's status, asked of the server itself."""
    connection._execute_command(COMMAND.COM_PING, "")
    return status_after(connection)


def status_after(connection: Any) -> int:
    status: int = connection._read_ok_packet().server_status
    return status


def _send(connection: Any, text: str) -> None:
    session = session_of(connection)
    session.permit = text.encode("ascii")
    try:
        connection._execute_command(COMMAND.COM_QUERY, session.permit)
    finally:
        session.permit = None
