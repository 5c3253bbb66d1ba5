"""The driver's connection that has the socket: what it is permitted to send, into bytes; bytes into packets.

Applications never hold it. What they hold is of the driver's class too, but has no socket: methods of the
driver called unbound on it, functions set on it and classes given to it find nothing to send with or to
read from. Rules of this file:

* What leaves is the one text that is permitted now, or one of the few that a driver must be free to send.
* One statement at a time: others wait, and what is sent from inside of one is refused.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Mapping
from typing import Any, Final

import pymysql
from pymysql.constants import COMMAND

from governed_db.enforce.pymysql.raw import Connection as Raw
from governed_db.enforce.pymysql.results import discard_rest
from governed_db.enforce.pymysql.session import Session, ungoverned

FREE: Final = frozenset({b"BEGIN", b"COMMIT", b"ROLLBACK", b"SET AUTOCOMMIT = 0", b"SET AUTOCOMMIT = 1"})
# What the server tells of itself and of a connection, for the one that the application holds.
TOLD: Final = (
    *("host_info", "protocol_version", "server_version", "server_thread_id", "salt", "server_capabilities"),
    *("server_language", "server_charset", "_auth_plugin_name", "client_flag", "_secure"),
    *("user", "db"),
)


class Wire(Raw):  # type: ignore[misc]  # see raw.py
    """A connection of the driver's own, with nothing of the application's in it that is called."""

    _sock: Any = None
    _rfile: Any = None

    def __init__(self, session: Session, settings: Mapping[str, Any]) -> None:
        self._session = session
        self._result = None
        self._affected_rows = 0
        self.encoders: Any = {}
        self.decoders: Any = {}  # results put theirs in when masks are in their places
        self.__dict__.update(settings)

    def _execute_command(self, command: int, sql: Any) -> None:
        session = self._session
        if type(sql) is str:
            sql = sql.encode("utf-8", "replace")
        permit, session.permit = session.permit, None
        if command == COMMAND.COM_QUERY:
            is_permitted = sql == permit or self._is_free(sql)
        else:
            is_change = command == COMMAND.COM_INIT_DB and init_db(sql) == permit
            is_permitted = is_change or command == COMMAND.COM_PING
        if not is_permitted:
            raise ungoverned(session)
        if self._sock is not None:
            self._clear()
        super()._execute_command(command, sql)

    def _is_free(self, text: bytes) -> bool:
        """Whether it begins or ends a transaction, and so ends what was set in the one before."""
        if text not in FREE:
            return False
        self._session.has_savepoint = False
        return True

    def _clear(self) -> None:
        """What is left of the last answer, as the driver does it; nobody gets to see it."""
        session = self._session
        reader, session.reader, self._result = session.reader, None, None
        if reader is None:
            return
        if reader.unbuffered_active:
            warnings.warn("Previous unbuffered result was left incomplete", stacklevel=2)
            reader.finish()
        if reader.has_next:
            failure: BaseException | None = None
            try:
                discard_rest(self, reader)
            except pymysql.err.Error as error:
                failure = reader.told(error)
            if failure is not None:
                try:
                    raise failure
                finally:
                    del failure  # it holds this frame

    def leave(self) -> None:
        """Close it, after QUIT where that still can be sent."""
        with contextlib.suppress(pymysql.err.Error):
            self.close()


def init_db(name: bytes) -> bytes:
    """The permit for a change of database: no statement begins with this byte."""
    return bytes([COMMAND.COM_INIT_DB]) + name
