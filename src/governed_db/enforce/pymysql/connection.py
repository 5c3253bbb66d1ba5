"""PyMySQL's connection with a gate in it: there is no other connection behind it to be found.

Rules of this file:

* The backstop is `_execute_command`, through which every command leaves, and below it `_write_bytes`.
  What leaves is what the session permits, or one of the few commands that a driver must be free to send.
* Attributes that anybody can set decide nothing: encoding, status and place are the session's own.
"""

from __future__ import annotations

import struct
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar, Final

import attrs
from pymysql.constants import CLIENT, COMMAND
from pymysql.cursors import Cursor

from governed_db import errors
from governed_db.core.plan import Plan
from governed_db.drivers.pymysql import DRIVER, WITHHELD
from governed_db.drivers.surface.pymysql import CONNECTION
from governed_db.enforce.compose import close_doors, compose, disguise
from governed_db.enforce.explain import understood
from governed_db.enforce.gate import Gate
from governed_db.enforce.pymysql.cursor import GovernedCursor
from governed_db.enforce.pymysql.line import governed, knowledge, permitted, proven, statement_of
from governed_db.enforce.pymysql.lookup import answer, command
from governed_db.enforce.pymysql.opening import Place, is_safe_charset, sendable, setup_texts
from governed_db.enforce.pymysql.raw import Connection as Raw
from governed_db.enforce.pymysql.results import GovernedResult, discard_rest, done, one_by_one
from governed_db.enforce.pymysql.session import UNKNOWN_NAME, Session, gate_in, ungoverned
from governed_db.enforce.pymysql.text import Form, bound, exact, formed, in_full, written

_FREE: Final = frozenset({b"BEGIN", b"COMMIT", b"ROLLBACK", b"SET AUTOCOMMIT = 0", b"SET AUTOCOMMIT = 1"})
_QUIT: Final = struct.pack("<iB", 1, COMMAND.COM_QUIT)
_FORBIDDEN_FLAGS: Final = CLIENT.MULTI_STATEMENTS | CLIENT.LOCAL_FILES


class GovernedConnection(Raw):  # type: ignore[misc]  # see raw.py
    """A PyMySQL connection each of whose statements goes down the line. Opened by governed_db.pymysql."""

    _governed_open: ClassVar[staticmethod[[Any, Mapping[str, Any]], Gate]]
    _governed: Session
    _result: Any

    def __init__(self, **kwargs: Any) -> None:
        options = {name: kwargs.pop(name) for name in list(kwargs) if name.startswith("governed_")}
        session = self._governed = Session(is_opening=True)
        session.takes_sockets = bool(kwargs.get("defer_connect"))
        session.writes_itself = _overrides(type(self), "escape", "_escape_string")
        self._governed_options = options
        kwargs["password"] = sendable(kwargs.get("password") or kwargs.pop("passwd", None))
        kwargs["local_infile"] = False
        kwargs["client_flag"] = kwargs.get("client_flag", 0) & ~_FORBIDDEN_FLAGS
        try:
            super().__init__(**kwargs)
        finally:
            session.is_opening = False

    # -- opening -------------------------------------------------------------------------------------

    def connect(self, sock: Any = None) -> None:
        """Also called to connect anew; then to the same place, as the same user."""
        session = self._governed
        if sock is not None and not session.takes_sockets:
            self._governed_check("Connection.connect(sock)", "open the connection with defer_connect=True")
        if session.gate is None:
            session.place = Place.of(self)
            session.gate = type(self)._governed_open(self, self._governed_options)
        elif session.place is not None:
            session.place.restore(self)
        self.client_flag &= ~_FORBIDDEN_FLAGS
        self._local_infile = False
        self._governed_check_charset(self.charset, self.collation)
        session.forget()
        session.limit = None
        session.setup = setup_texts(self)
        try:
            super().connect(sock)
        finally:
            session.setup = frozenset()

    def _request_authentication(self) -> None:
        session = self._governed
        session.encoding = self.encoding
        before, session.is_opening = session.is_opening, True
        try:
            super()._request_authentication()
        finally:
            session.is_opening = before

    def _get_server_information(self) -> None:
        super()._get_server_information()
        self._governed.status = self.server_status

    def set_character_set(self, charset: str, collation: str | None = None) -> None:
        self._governed_check_charset(charset, collation)
        session = self._governed
        more = f" COLLATE {collation}" if collation else ""
        session.permit = f"SET NAMES {charset}{more}".encode("ascii")
        try:
            super().set_character_set(charset, collation)
        finally:
            session.permit = None
        session.encoding = self.encoding
        session.forget()

    def _governed_check_charset(self, charset: Any, collation: Any) -> None:
        if not is_safe_charset(charset, collation):
            self._governed_check(f"the character set {charset}", "use utf8mb4: others can hide quotes")

    # -- statements ----------------------------------------------------------------------------------

    def query(self, sql: Any, unbuffered: bool = False) -> int:  # noqa: FBT001, FBT002  # PyMySQL's signature
        session = self._governed
        offered, session.offered = session.offered, None
        self.encoding = session.encoding
        send = super().query
        if offered is None or offered.text is not sql:
            offered = written(exact(sql, session.encoding))
        if isinstance(offered, Form):
            if offered.text in session.setup:
                self._governed_set_up(offered.text)
            else:
                governed(self, offered, send, unbuffered=unbuffered)
        else:
            is_streamed = unbuffered and not offered.is_counted
            permitted(self, offered.plan, offered.text, send, unbuffered=is_streamed)
            if unbuffered and not is_streamed:
                one_by_one(self._result)
        return int(self._affected_rows)

    def _governed_set_up(self, text: str) -> None:
        """What the connection was opened with; sent while it is opened."""
        session = self._governed
        command(self, text)
        session.forget()
        self._result = done(self, session)

    def select_db(self, db: Any) -> None:
        """The statement USE, by another command."""
        name = exact(db, self._governed.encoding)

        def send(permit: bytes, unbuffered: bool) -> None:  # noqa: ARG001, FBT001  # as `query` takes them
            self._governed.permit = _init_db(name.encode(self._governed.encoding))
            Raw.select_db(self, name)
            self._affected_rows = 0

        governed(self, written("USE `{}`".format(name.replace("`", "``"))), send, unbuffered=False)

    def show_warnings(self) -> Any:
        """Without texts when they can be about protected data."""
        session = self._governed
        if not session.quotes:
            session.permit = b"SHOW WARNINGS"
            try:
                return super().show_warnings()
            finally:
                session.permit = None
        return tuple((level, int(number), WITHHELD) for level, number, _ in answer(self, "SHOW WARNINGS"))

    def _governed_plan(self, sql: Any, params: Any) -> Plan:
        """What would happen, for governed_db.explain."""
        session = self._governed
        text = exact(sql, session.encoding)
        form = written(text) if params is None else formed(session, self, text, params)
        known = knowledge(self)
        if form.has_numbers and not proven(self, statement_of(self, form)):
            form = in_full(form.text)
        plan = understood(gate_in(session), statement_of(self, form), known)
        return plan if params is not None else attrs.evolve(plan, text=bound(plan.text, ()))

    # -- the backstop --------------------------------------------------------------------------------

    def _execute_command(self, command: int, sql: Any) -> None:
        session = self._governed
        if type(sql) is str:
            sql = sql.encode("utf-8", "replace")
        if type(sql) is not bytes or type(command) is not int:
            raise ungoverned(session)
        permit, session.permit = session.permit, None
        if command == COMMAND.COM_QUERY:
            is_permitted = sql == permit or sql in _FREE
        else:
            is_change = command == COMMAND.COM_INIT_DB and _init_db(sql) == permit
            is_permitted = is_change or command == COMMAND.COM_PING
        if not is_permitted:
            raise ungoverned(session)
        if self._result is not None:
            self._governed_discard()
        session.is_sending = True
        try:
            super()._execute_command(command, sql)
        finally:
            session.is_sending = False

    def _governed_discard(self) -> None:
        """What is left of the last answer, as the driver does it; nobody gets to see it."""
        result, self._result = self._result, None
        if result.unbuffered_active:
            warnings.warn("Previous unbuffered result was left incomplete", stacklevel=2)
            result._finish_unbuffered_query()
        if result.has_next:
            self._governed_told(result, partial(discard_rest, self, result))

    def next_result(self, unbuffered: bool = False) -> int:  # noqa: FBT001, FBT002  # PyMySQL's signature
        read = super().next_result
        return int(self._governed_told(self._result, partial(read, unbuffered)))

    def _governed_told(self, result: Any, read: Callable[[], Any]) -> Any:
        """Errors of a further result, as those of the first."""
        plan = result._governed_plan if isinstance(result, GovernedResult) else None
        try:
            return read()
        except Exception as error:  # noqa: BLE001  # any: decoders of the application run in here
            failure = self._governed.told(error, plan) if plan is not None else error
        raise failure

    def _write_bytes(self, data: bytes) -> None:
        session = self._governed
        if not (session.is_sending or session.is_opening or data == _QUIT):
            raise ungoverned(session)
        super()._write_bytes(data)

    # -- answers -------------------------------------------------------------------------------------

    def _read_query_result(self, unbuffered: bool = False) -> int:  # noqa: FBT001, FBT002  # PyMySQL's signature
        session = self._governed
        before: Any = self._result
        # Further results of a CALL belong to its plan, also when they are read on behalf of a later one.
        plan = before._governed_plan if isinstance(before, GovernedResult) else session.answering
        self._result = None
        result: Any = GovernedResult(self, session, plan)
        try:
            result.init_unbuffered_query() if unbuffered else result.read()
        except errors.StatementDenied:
            discard_rest(self, result)
            raise
        self._result = result
        if result.server_status is not None:
            self.server_status = session.status = result.server_status
        affected: int = result.affected_rows
        return affected

    def _read_ok_packet(self) -> Any:
        packet = super()._read_ok_packet()
        self._governed.status = packet.server_status
        return packet

    # -- cursors -------------------------------------------------------------------------------------

    def cursor(self, cursor: Any = None) -> Any:
        wanted = cursor or self.cursorclass
        if isinstance(wanted, type) and issubclass(wanted, Cursor):
            return compose(wanted, GovernedCursor)(self)
        made = wanted(self)
        if isinstance(made, Cursor) and not isinstance(made, GovernedCursor):
            made.__class__ = compose(type(made), GovernedCursor)
        return made

    # -- what the caller need not see ----------------------------------------------------------------

    @property
    def password(self) -> Any:
        if not self._governed.is_opening:
            self._governed_check("Connection.password", "the connection is open: nobody needs it any more")
        return self._governed.secret

    @password.setter
    def password(self, password: Any) -> None:
        self._governed.secret = password

    def _governed_check(self, name: str, help: str) -> None:
        """Refuse a call, or only record it where policy observes."""
        session = self._governed
        if session.gate is None:
            raise DRIVER.refused_call(name, help)
        session.gate.check_call(name, help)


def _init_db(name: bytes) -> bytes:
    """The permit for a change of database: no statement begins with this byte."""
    return bytes([COMMAND.COM_INIT_DB]) + name


def _overrides(connection: type, *names: str) -> bool:
    return any(getattr(connection, name) is not getattr(Raw, name) for name in names)


def _refuse_unlisted(connection: GovernedConnection, name: str) -> Any:
    connection._governed_check(f"Connection.{name}", UNKNOWN_NAME)
    return getattr(Raw, name).__get__(connection)


disguise(GovernedConnection, Raw)
close_doors(GovernedConnection, Raw, CONNECTION, _refuse_unlisted)
