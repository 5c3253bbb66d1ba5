"""PyMySQL's connection with a gate in it: there is no other connection behind it to be found."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar, Final

from pymysql import cursors
from pymysql.constants import CLIENT, COMMAND

from governed_db.core.effects import RunResult
from governed_db.core.plan import Plan
from governed_db.drivers.surface.pymysql import CONNECTION
from governed_db.enforce.compose import close_doors, compose, disguise
from governed_db.enforce.explain import understood
from governed_db.enforce.gate import Gate
from governed_db.enforce.pymysql.bounds import run_bounded
from governed_db.enforce.pymysql.cursor import GovernedCursor, statement
from governed_db.enforce.pymysql.raw import Connection as Raw
from governed_db.enforce.pymysql.result import GovernedResult, MaskedResult
from governed_db.enforce.pymysql.session import PyMySQLSession
from governed_db.enforce.pymysql.texts import Query, exact, is_template, timed

_NEVER: Final = CLIENT.MULTI_STATEMENTS | CLIENT.LOCAL_FILES
_WORD: Final = re.compile(r"\w+", re.ASCII)
_PLAIN_CHARSETS: Final = frozenset({"utf8mb4", "utf8mb3", "utf8", "latin1", "ascii"})
# Where the connection leads and how it is set up: a new connection to another place is another connection.
_PINNED: Final = (
    *("host", "port", "unix_socket", "bind_address", "user", "db", "ssl", "ctx", "charset", "collation"),
    *("sql_mode", "init_command", "server_public_key", "_auth_plugin_map"),
)


class GovernedConnection(Raw):  # type: ignore[misc]  # see raw.py
    """A PyMySQL connection each of whose statements goes down the line. Opened by governed_db.pymysql."""

    _governed_open: ClassVar[staticmethod[[Any, Mapping[str, Any]], Gate]]
    _governed: PyMySQLSession

    def __init__(self, **kwargs: Any) -> None:
        options = {name: kwargs.pop(name) for name in list(kwargs) if name.startswith("governed_")}
        is_deferred = kwargs.get("defer_connect", False)
        self._governed = PyMySQLSession()
        super().__init__(**(kwargs | {"defer_connect": True, "local_infile": False}))
        self._governed.gate = type(self)._governed_open(self, options)
        if not is_deferred:
            self.connect()

    # -- the way in ----------------------------------------------------------------------------------

    def connect(self, sock: Any = None) -> None:
        """Only the owner's first call may bring a socket or say where to: later ones go to the same place."""
        session = self._governed
        if session.pinned is not None and (sock is not None or session.pinned != self._governed_place()):
            raise session.gate.driver.refused_call(
                "connecting elsewhere", "open a new connection with governed_db"
            )
        self.client_flag &= ~_NEVER
        session.connecting = True
        session.gate.schema_changed()
        try:
            super().connect(sock)
        finally:
            session.connecting = False
        session.pinned = self._governed_place()

    def _governed_place(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name, None) for name in _PINNED)

    @property
    def password(self) -> Any:
        """For the driver while it connects, for nobody else."""
        if not self._governed.connecting:
            self._governed.gate.check_call("Connection.password", "the connection keeps it to itself")
        return self._governed.password

    @password.setter
    def password(self, password: Any) -> None:
        self._governed.password = password

    # -- cursors -------------------------------------------------------------------------------------

    def cursor(self, cursor: Any = None) -> Any:
        factory = cursor or self.cursorclass
        if isinstance(factory, type) and issubclass(factory, cursors.Cursor):
            return compose(factory, GovernedCursor)(self)
        made = factory(self)
        if not isinstance(made, GovernedCursor):
            raise self._governed.gate.driver.refused_call(
                "a factory that makes other cursors", "use a subclass of pymysql.cursors.Cursor"
            )
        return made

    # -- statements that come by no cursor of ours -------------------------------------------------------

    def query(self, sql: Any, unbuffered: Any = False) -> Any:  # noqa: FBT002  # the driver's signature
        """What a cursor of ours was permitted to send; anything else is governed as it stands."""
        session, sent = self._governed, sql.encode(self.encoding) if isinstance(sql, str) else bytes(sql)
        if session.permits(sent):
            return super().query(sent, unbuffered)
        if session.is_setup(sent):
            return session.send(None, sent, super().query, sent, unbuffered)
        text = exact(sql, self.encoding)
        asked = Query(text, cacheable="%" not in text)
        run = partial(self._governed_run, bool(unbuffered))
        session.gate.run(statement(session.gate, asked), partial(session.introspect, self), run)
        return self._affected_rows

    def _governed_run(self, unbuffered: bool, plan: Plan, bound: int | None) -> RunResult:  # noqa: FBT001
        session, sent = self._governed, timed(self, plan, plan.text).encode(self.encoding)

        def act() -> int:
            return int(session.send(plan, sent, self._governed_query, sent, unbuffered))

        if bound is None:
            return RunResult(session.guarded(plan, act))
        result: RunResult = session.guarded(plan, run_bounded, self, bound, act)
        return result

    def _governed_query(self, sql: Any, unbuffered: bool = False) -> Any:  # noqa: FBT001, FBT002
        return Raw.query(self, sql, unbuffered)

    def select_db(self, db: Any) -> None:
        """Another database is another schema: decided on as USE."""
        session = self._governed
        name = exact(db, self.encoding)

        def run(plan: Plan, _bound: int | None) -> RunResult:
            sent = name.encode(self.encoding)
            session.send(plan, sent, Raw.select_db, self, sent, command=COMMAND.COM_INIT_DB)
            session.gate.schema_changed()
            return RunResult(0)

        asked = Query("USE `{}`".format(name.replace("`", "``")), cacheable=False)
        session.gate.run(statement(session.gate, asked), partial(session.introspect, self), run)

    def set_character_set(self, charset: Any, collation: Any = None) -> None:
        """Names that the driver writes into SQL as they are: checked first."""
        session = self._governed
        names = [charset, *([collation] if collation else [])]
        if not all(isinstance(name, str) and _WORD.fullmatch(name) for name in names):
            raise session.gate.driver.refused_call(
                "this character set", "give the names that the server knows"
            )
        if not session.connecting and charset not in _PLAIN_CHARSETS:
            session.gate.check_call(f"the character set {charset}", "use utf8mb4")
        text = f"SET NAMES {charset}" + (f" COLLATE {collation}" if collation else "")
        session.send(None, text.encode(), super().set_character_set, charset, collation)
        session.gate.schema_changed()

    def show_warnings(self) -> Any:
        """Nothing after a statement about protected data: warnings quote values."""
        session = self._governed
        if session.plan is not None and session.plan.protected:
            return ()
        return session.send(session.plan, b"SHOW WARNINGS", super().show_warnings)

    # -- the backstop --------------------------------------------------------------------------------

    def _execute_command(self, command: int, sql: Any) -> None:
        session, sent = self._governed, sql.encode(self.encoding) if isinstance(sql, str) else bytes(sql)
        session.check_command(command, sent)
        session.sending = True
        try:
            super()._execute_command(command, sent)
        finally:
            session.sending = False

    def write_packet(self, payload: Any) -> None:
        self._governed.check_packet(bytes(payload))
        super().write_packet(payload)

    def _write_bytes(self, data: Any) -> None:
        self._governed.check_packet(data)
        super()._write_bytes(data)

    def _read_query_result(self, unbuffered: Any = False) -> Any:  # noqa: FBT002  # the driver's signature
        session = self._governed
        is_masked = session.plan is not None and session.plan.row_mask is not None
        self._result = None
        result = (MaskedResult if is_masked else GovernedResult)(self, session)
        if unbuffered and not session.measures:
            result.init_unbuffered_query()
        else:
            result.read()
            if unbuffered:
                result.keep()
        self._result = result
        if result.server_status is not None:
            self.server_status = result.server_status
        return result.affected_rows

    def _governed_plan(self, sql: str, parameters: Any) -> Plan:
        session = self._governed
        text = exact(sql, self.encoding)
        asked = Query(text, parameters, cacheable=parameters is not None or "%" not in text)
        if parameters is not None and not is_template(self, GovernedCursor, text, [parameters]):
            asked = Query(exact(self.cursor().mogrify(text, parameters), self.encoding), cacheable=False)
        known = session.gate.knowledge(partial(session.introspect, self))
        return understood(session.gate, statement(session.gate, asked), known)


def _refuse_unlisted(connection: GovernedConnection, name: str) -> Any:
    connection._governed.gate.check_call(f"Connection.{name}", "this release does not know it")
    method: Callable[..., Any] = getattr(Raw, name)
    return method.__get__(connection)


disguise(GovernedConnection, Raw)
close_doors(GovernedConnection, Raw, CONNECTION, _refuse_unlisted)
