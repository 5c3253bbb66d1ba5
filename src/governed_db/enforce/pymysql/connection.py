"""PyMySQL's connection with a gate in it: what callers hold has no socket, the session's wire has.

Rules of this file:

* The backstop is the wire's `_execute_command`, through which every command leaves (wire.py). What this
  class has by the same name takes the few commands that the driver's methods send by themselves.
* Attributes that anybody can set decide nothing: encoding, status and place are the session's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, ClassVar, Final

import attrs
import pymysql
from pymysql.charset import charset_by_name
from pymysql.constants import CLIENT, COMMAND, CR
from pymysql.cursors import Cursor

from governed_db.core.plan import Plan
from governed_db.drivers.pymysql import WITHHELD
from governed_db.drivers.surface.pymysql import CONNECTION
from governed_db.enforce.compose import close_doors, compose, disguise
from governed_db.enforce.explain import understood
from governed_db.enforce.gate import Gate
from governed_db.enforce.pymysql.changing import MysqlChange, change_of
from governed_db.enforce.pymysql.cursor import GovernedCursor
from governed_db.enforce.pymysql.line import governed, knowledge, permitted, proven, statement_of
from governed_db.enforce.pymysql.lookup import answer, command
from governed_db.enforce.pymysql.opening import Place, is_safe_charset, sendable, setup_texts
from governed_db.enforce.pymysql.raw import Connection as Raw
from governed_db.enforce.pymysql.results import Kept, Reader, answer_of, done
from governed_db.enforce.pymysql.session import UNKNOWN_NAME, Session, gate_in, ungoverned, wire_in
from governed_db.enforce.pymysql.text import Form, bound, exact, formed, in_full, written
from governed_db.enforce.pymysql.wire import FREE, TOLD, Wire, init_db

_FORBIDDEN_FLAGS: Final = CLIENT.MULTI_STATEMENTS | CLIENT.LOCAL_FILES


class GovernedConnection(Raw):  # type: ignore[misc]  # see raw.py
    """A PyMySQL connection each of whose statements goes down the line. Opened by governed_db.pymysql."""

    _governed_open: ClassVar[staticmethod[[Any, Mapping[str, Any]], Gate]]
    _governed: Session
    _result: Any
    _affected_rows: Any
    _next_seq_id = 0  # what the driver's own methods look at, called unbound
    _current_timeout: Any = None

    def __init__(self, **kwargs: Any) -> None:
        options = {name: kwargs.pop(name) for name in list(kwargs) if name.startswith("governed_")}
        session = self._governed = Session(is_opening=True)
        session.takes_sockets = bool(kwargs.get("defer_connect"))
        session.writes_itself = _overrides(type(self), "escape", "_escape_string")
        self._governed_options = options
        kwargs["password"] = sendable(kwargs.get("password") or kwargs.pop("passwd", None))
        self._governed_wanted = bool(kwargs.get("local_infile")), kwargs.get("client_flag", 0)
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
        self._governed_limit_flags(session.gate)
        self._governed_check_charset(self.charset, self.collation)
        session.setup = setup_texts(self)
        try:
            with session.turn:
                self._governed_dial(sock)
            self._governed_prepare()
        except BaseException:
            self._force_close()
            raise
        finally:
            session.setup = frozenset()

    def _governed_limit_flags(self, gate: Gate) -> None:
        """Files of this machine, and several statements in one text, only where policy observes."""
        self.client_flag &= ~_FORBIDDEN_FLAGS
        self._local_infile = False
        if gate.ports.policy.observes:
            self._local_infile, wanted = self._governed_wanted
            self.client_flag |= wanted | (CLIENT.LOCAL_FILES if self._local_infile else 0)

    def _governed_dial(self, sock: Any) -> None:
        """A wire of its own for each time; the one before is let go of."""
        session = self._governed
        if session.wire is not None:
            session.wire._force_close()
        session.forget()
        session.limit = session.reader = None
        wire = session.wire = Wire(session, Place.settings(self, session.secret))
        session.encoding = wire.encoding
        session.permit = _set_names(self.charset, self.collation)
        self._governed_lend(wire)
        wire.connect(sock)
        self._closed = False
        for name in TOLD:
            if hasattr(wire, name):
                setattr(self, name, getattr(wire, name))
        session.status = wire.server_status

    def _governed_lend(self, wire: Any) -> None:
        """Where policy observes, a way to authenticate that somebody set on this very connection holds."""
        own = vars(self).get("_request_authentication")
        if own is not None and self._governed.observes:
            wire._request_authentication = own

    def _governed_prepare(self) -> None:
        """As the driver does it: what the application wants every connection to begin with."""
        texts = (f"SET sql_mode='{self.sql_mode}'" if self.sql_mode is not None else None, self.init_command)
        for text in texts:
            if text is not None:
                with self.cursor() as cursor:
                    cursor.execute(text)
        if self.autocommit_mode is not None:
            self.autocommit(self.autocommit_mode)

    def set_character_set(self, charset: str, collation: str | None = None) -> None:
        self._governed_check_charset(charset, collation)
        session = self._governed
        with session.turn:
            command(session, _set_names(charset, collation).decode("ascii"))
            wire = wire_in(session)
            self.charset = wire.charset = charset
            self.collation = wire.collation = collation
            self.encoding = wire.encoding = session.encoding = charset_by_name(charset).encoding
        session.forget()

    def _governed_check_charset(self, charset: Any, collation: Any) -> None:
        if not is_safe_charset(charset, collation):
            self._governed_check(f"the character set {charset}", "use utf8mb4: others can hide quotes")

    # -- statements ----------------------------------------------------------------------------------

    def query(self, sql: Any, unbuffered: bool = False) -> int:  # noqa: FBT001, FBT002  # PyMySQL's signature
        session = self._governed
        offered, session.offered = session.offered, None
        self.encoding = session.encoding
        send = self._governed_send
        if offered is None or offered.text is not sql:
            offered = written(exact(sql, session.encoding))
        if isinstance(offered, Form):
            if offered.text in session.setup:
                self._governed_set_up(offered.text)
            else:
                governed(self, offered, send, unbuffered=unbuffered)
        else:
            is_streamed = unbuffered and not offered.is_counted
            permitted(session, offered.plan, offered.sent, send, unbuffered=is_streamed)
            if unbuffered and not is_streamed:
                self._result = Kept(self._result)
        return int(self._affected_rows)

    def _governed_send(self, permit: bytes, unbuffered: bool) -> None:  # noqa: FBT001  # as Send has it
        session = self._governed
        wire = wire_in(session)
        wire._execute_command(COMMAND.COM_QUERY, permit)
        self._governed_receive(wire, session.answering, unbuffered=unbuffered)

    def _governed_receive(self, wire: Any, plan: Plan | None, *, unbuffered: bool) -> None:
        """The answer to the statement of a plan, or one more of its answers."""
        session = self._governed
        wire.use_unicode = self.use_unicode
        self._result = session.reader = None
        session.rows = None
        reader = Reader(wire, session, plan, self.decoders)
        wire._result = reader if unbuffered else None
        reader.take(unbuffered=unbuffered)
        session.reader, session.rows = reader, reader.affected_rows
        self._result = answer_of(reader)
        self._affected_rows = reader.affected_rows
        if reader.server_status is not None:
            session.status = reader.server_status

    def next_result(self, unbuffered: bool = False) -> int:  # noqa: FBT001, FBT002  # PyMySQL's signature
        """Further results of a CALL belong to its plan."""
        session = self._governed
        failure: BaseException | None = None
        with session.turn:
            reader, wire = session.reader, wire_in(session)
            if reader is None or not reader.has_next:
                raise pymysql.err.OperationalError(CR.CR_COMMANDS_OUT_OF_SYNC, "Commands Out of Sync")
            try:
                self._governed_receive(wire, reader.plan, unbuffered=unbuffered)
            except Exception as error:  # noqa: BLE001  # any: decoders of the application run in here
                failure = reader.told(error)
        if failure is not None:
            try:
                raise failure
            finally:
                del failure  # it holds this frame
        return int(self._affected_rows)

    def _governed_set_up(self, text: str) -> None:
        """What the connection was opened with; sent while it is opened."""
        session = self._governed
        with session.turn:
            command(session, text)
        session.forget()
        self._result = done(session)

    def select_db(self, db: Any) -> None:
        """The statement USE, by another command."""
        session = self._governed
        name = exact(db, session.encoding)

        def send(_: bytes, unbuffered: bool) -> None:  # noqa: ARG001, FBT001  # as Send has it
            encoded = name.encode(session.encoding)
            wire = wire_in(session)
            session.permit = init_db(encoded)
            wire._execute_command(COMMAND.COM_INIT_DB, encoded)
            session.status = wire._read_ok_packet().server_status
            self._affected_rows = session.rows = 0

        governed(self, written("USE `{}`".format(name.replace("`", "``"))), send, unbuffered=False)

    def show_warnings(self) -> Any:
        """Without texts when they can be about protected data."""
        session = self._governed
        with session.turn:
            rows = answer(session, "SHOW WARNINGS")
        return tuple(
            (level, int(number), WITHHELD if session.quotes else text) for level, number, text in rows
        )

    def _governed_change(self) -> MysqlChange:
        """The statements of a change on this connection, for governed_db.change."""
        return change_of(self, self.cursor(Cursor))

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

    # -- what the driver's own methods go through ----------------------------------------------------

    def _execute_command(self, command: int, sql: Any) -> None:
        """begin, commit, rollback, autocommit and ping; the answer is kept for `_read_ok_packet`."""
        session = self._governed
        session.accepted = None
        text = sql.encode("utf-8", "replace") if type(sql) is str else sql
        if type(text) is not bytes or type(command) is not int:
            raise ungoverned(session)
        if not (text in FREE if command == COMMAND.COM_QUERY else command == COMMAND.COM_PING):
            raise ungoverned(session)
        if text == b"BEGIN":  # within a transaction values are not looked at; its statements tell of failures
            with suppress(pymysql.err.MySQLError):
                knowledge(self)
        with session.turn:
            wire = wire_in(session)
            wire._execute_command(command, text)
            session.accepted = wire._read_ok_packet()
            self._result = None

    def _read_ok_packet(self) -> Any:
        session = self._governed
        packet, session.accepted = session.accepted, None
        if packet is None:
            raise ungoverned(session)
        session.status = packet.server_status
        return packet

    def _read_packet(self, *_: Any) -> Any:
        raise ungoverned(self._governed)

    _read_bytes = _write_bytes = _read_packet

    def close(self) -> None:
        if self._closed:
            raise pymysql.err.Error("Already closed")
        self._closed = True
        wire = self._governed.wire
        if wire is not None and wire._sock is not None:
            wire.close()

    @property
    def open(self) -> bool:
        """Return True if the connection is open."""
        wire = self._governed.wire
        return wire is not None and wire._sock is not None

    def _force_close(self) -> None:
        wire = self._governed.wire
        if wire is not None:
            wire._force_close()

    def __del__(self) -> None:
        """The wire sees to itself."""

    def _governed_own(self, name: str) -> Any:
        """Something to be compared with None; the driver's own where policy observes."""
        session = self._governed
        if not self.open or session.wire is None:
            return None
        return getattr(session.wire, name) if session.observes else Withheld(session)

    def _governed_not_set(self, _: Any) -> None:
        """The driver's own methods, called unbound, set it when they close."""

    _sock = property(lambda self: self._governed_own("_sock"), _governed_not_set)
    _rfile = property(lambda self: self._governed_own("_rfile"), _governed_not_set)

    @property
    def server_status(self) -> int:
        """As the server said last, whatever anybody says."""
        return self._governed.status

    @server_status.setter
    def server_status(self, _: int) -> None:
        """The driver's own methods set it too."""

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
        gate = self._governed.gate
        if gate is None:  # not connected yet: only the policy is asked for
            gate = type(self)._governed_open(self, self._governed_options)
        gate.check_call(name, help)


class Withheld:
    """In the place of a socket."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def __getattr__(self, name: str) -> Any:
        raise ungoverned(self._session)


def _set_names(charset: str, collation: str | None) -> bytes:
    return f"SET NAMES {charset}{f' COLLATE {collation}' if collation else ''}".encode("ascii")


def _overrides(connection: type, *names: str) -> bool:
    return any(getattr(connection, name) is not getattr(Raw, name) for name in names)


def _refuse_unlisted(connection: GovernedConnection, name: str) -> Any:
    connection._governed_check(f"Connection.{name}", UNKNOWN_NAME)
    return getattr(Raw, name).__get__(connection)


disguise(GovernedConnection, Raw)
close_doors(GovernedConnection, Raw, CONNECTION, _refuse_unlisted)
