"""psycopg's connections into governed ones, sync and async.

No other object stands before the driver's connection: it *is* the driver's connection, of a class
composed from this mixin and psycopg's or the caller's class. What a statement passes through is in
cursor.py; here is what belongs to the connection: its libpq object, what psycopg sends by itself, errors.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final, Protocol

import psycopg
from psycopg import pq, sql, waiting
from psycopg.crdb import CrdbConnection
from psycopg.transaction import BaseTransaction

from governed_db.drivers.psycopg import DRIVER, cleaned
from governed_db.drivers.surface.psycopg import CONNECTION, INFO
from governed_db.enforce.explain import understood
from governed_db.enforce.psycopg.changing import PostgresChange
from governed_db.enforce.psycopg.commands import may_pass, portal_of, rolls_back
from governed_db.enforce.psycopg.compose import adopt, compose, governed_cursor
from governed_db.enforce.psycopg.facades import ConnectionFacade, ResultFacade
from governed_db.enforce.psycopg.frames import is_driver
from governed_db.enforce.psycopg.interrupted import Interrupted
from governed_db.enforce.psycopg.line import forget
from governed_db.enforce.psycopg.lookup import look_up
from governed_db.enforce.psycopg.onlookers import refuse_onlookers
from governed_db.enforce.psycopg.pipelines import outside
from governed_db.enforce.psycopg.session import Session, gate_of, session_of, ungoverned
from governed_db.enforce.psycopg.single import Single
from governed_db.enforce.psycopg.text import sendable

if TYPE_CHECKING:
    from psycopg.abc import PQGen
    from psycopg.pq.abc import PGconn, PGresult

    from governed_db.core.plan import Plan
    from governed_db.enforce.gate import Gate
    from governed_db.enforce.knowing import Loading

Options = Mapping[str, Any]

_FACTORIES: Final = frozenset(
    (psycopg.Cursor, psycopg.ServerCursor, psycopg.AsyncCursor, psycopg.AsyncServerCursor)
)
_INTERVAL: Final = 0.1  # psycopg's: how often a wait looks for interruptions


class Opener(Protocol):
    """The composition root, as far as a connection needs it."""

    def split(self, arguments: Options) -> tuple[dict[str, Any], dict[str, Any]]:
        """Keyword arguments of `connect`: ours, and the driver's."""

    def open(self, database: str, target_key: str, options: Options) -> Gate:
        """The gate of a new connection."""


# psycopg's own code that would put the libpq object into a public attribute again.
_TO_STAND_IN: Final = frozenset(
    id(function.__code__)
    for function in (
        psycopg.BaseConnection.info.fget,  # type: ignore[attr-defined]  # a property's function
        CrdbConnection.info.fget,  # type: ignore[attr-defined]  # as above
        BaseTransaction.__init__,
        # They call what callers gave: a function written in C would read with psycopg's eyes.
        psycopg.Cursor.row_factory.fset,  # type: ignore[attr-defined]  # as above
        psycopg.AsyncCursor.row_factory.fset,  # type: ignore[attr-defined]  # as above
        psycopg.Cursor._make_row_maker,
        psycopg.AsyncCursor._make_row_maker,
    )
)


class GovernedConnection(Single, psycopg.BaseConnection[Any]):
    """What the mixins over Connection and AsyncConnection share."""

    _governed: Session
    _governed_opener: Opener

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        refuse_onlookers(cls)

    def __init__(self, pgconn: PGconn, *arguments: Any, **more: Any) -> None:
        super().__init__(pgconn, *arguments, **more)
        pgconn.notice_handler = partial(_on_notice, weakref.ref(self))

    # -- libpq -------------------------------------------------------------------------------------

    @property
    def pgconn(self) -> PGconn:
        """For psycopg the libpq connection; for everybody else its status."""
        frame = sys._getframe(1)
        if is_driver(frame) and id(frame.f_code) not in _TO_STAND_IN:
            adopt(frame)
            return self._governed.pgconn
        session = self._governed
        return ConnectionFacade(session.pgconn, session)  # type: ignore[return-value]  # same names, refusing what sends

    @pgconn.setter
    def pgconn(self, pgconn: PGconn) -> None:
        if hasattr(self, "_governed"):
            raise DRIVER.refused_call("connection.pgconn", "open another connection")
        self._governed = Session(pgconn)

    @property
    def info(self) -> Any:
        """psycopg's ConnectionInfo, without the password."""
        told = super().info
        told.__class__ = governed_info(type(told))  # type: ignore[arg-type]  # classes are hashable
        return told

    # -- what leaves -------------------------------------------------------------------------------

    def _start_query(self) -> PQGen[None]:
        """Where every cursor begins, of whatever class: a statement that no plan permits ends here."""
        session = self._governed
        if session.permit is None:
            raise ungoverned(self)
        if not self._autocommit and session.pgconn.transaction_status == pq.TransactionStatus.IDLE:
            yield from super()._start_query()

    def _exec_command(self, command: Any, result_format: Any = pq.Format.TEXT) -> PQGen[Any]:
        """What psycopg sends by itself; rendered once, so that what is looked at is what is sent.

        Rows come only from portals that went the line, and behind a stand-in where they are masked.
        """
        session = self._governed
        if session.is_fenced:
            raise session.inside()
        encoding = session.pgconn._encoding
        text = _bytes_of(self, command, encoding)
        plan = None
        if not may_pass(text):
            plan = session.portals.get(portal_of(text, encoding) or "")
            if plan is None:
                raise ungoverned(self)
        if text.startswith(b"BEGIN"):
            yield from self._meet()
        result: PGresult | None = yield from super()._exec_command(text, result_format)
        if session.changed and rolls_back(text):
            forget(self)
        if result is not None and plan is not None and plan.row_mask is not None:
            return ResultFacade(result, plan)
        return result

    def _meet(self) -> PQGen[None]:
        """Look at the database before `transaction()` begins one: within, values are not looked at."""
        session = self._governed
        is_idle = session.pgconn.transaction_status == pq.TransactionStatus.IDLE
        if is_idle and self._pipeline is None:
            with suppress(psycopg.Error):  # the first statement of the transaction tells
                yield from gate_of(self).gknowledge(lambda loading: look_up(self, loading))

    # -- explanation -------------------------------------------------------------------------------

    def _governed_change(self) -> PostgresChange:
        """The statements of a change on this connection, for governed_db.change."""
        return PostgresChange(self)

    def _governed_plan(self, query: Any, params: Any = None) -> Plan:
        """What would happen with a statement; only the catalog is read. For enforce/explain.py."""
        return plan_now(self, query, params)


class GovernedSyncConnection(GovernedConnection):
    """Mixin over psycopg.Connection."""

    @classmethod
    def connect(cls, conninfo: str = "", **arguments: Any) -> Any:
        """As psycopg's, with `governed_policy`, `governed_principal` and the like."""
        ours, theirs = cls._governed_opener.split(arguments)
        with _no_libpq_in_errors():
            connection = super().connect(conninfo, **theirs)  # type: ignore[misc]  # psycopg's, by the MRO
        _open_gate(connection, ours)
        _take_factories(connection)
        return connection

    def wait(self, gen: PQGen[Any], interval: float = _INTERVAL, timeout: float | None = None) -> Any:
        """Through here goes everything that the server answers: the place where errors are rebuilt."""
        session = self._governed
        if not session.busy.acquire(blocking=False):
            raise session.inside()
        try:
            session.enter(gen)
            answer = waiting.wait(gen, session.pgconn.socket, interval, timeout)
        except Exception as error:  # noqa: BLE001  # raised below
            told = session.failed(error, is_pipelined=self._pipeline is not None)
        except BaseException as error:  # noqa: BLE001  # given to psycopg, which raises it again
            try:
                return super().wait(Interrupted(gen, error), interval, timeout)  # type: ignore[misc]  # by MRO
            finally:
                session.failed(error, is_pipelined=False)
        else:
            if session.hit is not None:
                session.done()
            return answer
        finally:
            session.busy.release()
        raise told  # outside of `except`: with the original as context nothing would be hidden


class GovernedAsyncConnection(GovernedConnection):
    """Mixin over psycopg.AsyncConnection."""

    @classmethod
    async def connect(cls, conninfo: str = "", **arguments: Any) -> Any:
        """As psycopg's, with `governed_policy`, `governed_principal` and the like."""
        ours, theirs = cls._governed_opener.split(arguments)
        with _no_libpq_in_errors():
            connection = await super().connect(conninfo, **theirs)  # type: ignore[misc]  # by the MRO
        _open_gate(connection, ours)
        _take_factories(connection)
        return connection

    async def wait(
        self,
        gen: PQGen[Any],
        interval: float = _INTERVAL,
        timeout: float | None = None,  # noqa: ASYNC109  # psycopg's signature
    ) -> Any:
        """The async twin."""
        session = self._governed
        if not session.busy.acquire(blocking=False):
            raise session.inside()
        try:
            session.enter(gen)
            answer = await waiting.wait_async(gen, session.pgconn.socket, interval, timeout)
        except Exception as error:  # noqa: BLE001  # raised below
            told = session.failed(error, is_pipelined=self._pipeline is not None)
        except BaseException as error:  # noqa: BLE001  # given to psycopg, which raises it again
            try:
                return await super().wait(Interrupted(gen, error), interval, timeout)  # type: ignore[misc]
            finally:
                session.failed(error, is_pipelined=False)
        else:
            if session.hit is not None:
                session.done()
            return answer
        finally:
            session.busy.release()
        raise told


@cache
def governed_connection(base: Any, opener: Opener) -> Any:
    """The governed class of a connection class."""
    is_async = issubclass(base, psycopg.AsyncConnection)
    mixin = GovernedAsyncConnection if is_async else GovernedSyncConnection
    return compose(base, mixin, CONNECTION, _governed_opener=opener)


@cache
def governed_info(base: Any) -> type:
    """The class of `connection.info`, without what must not be told."""
    return compose(base, GovernedInfo, INFO)


class GovernedInfo(psycopg.ConnectionInfo):
    """Mixin over ConnectionInfo; the table of names does the work."""

    __slots__ = ()


@contextmanager
def _no_libpq_in_errors() -> Iterator[None]:
    """A failed connection leaves what is left of its libpq object in the error, password included."""
    try:
        yield
    except psycopg.Error as error:
        left: Any = error._pgconn
        error._pgconn = None if left is None else ConnectionFacade(left)  # type: ignore[assignment]  # same names
        raise


def _open_gate(connection: Any, options: Options) -> None:
    session = session_of(connection)
    pgconn = session.pgconn
    place = [part.decode() for part in (pgconn.user, pgconn.host, pgconn.port, pgconn.db)]
    try:
        session.gate = connection._governed_opener.open(place[-1], "postgresql/" + "/".join(place), options)
    except BaseException:
        pgconn.finish()
        raise


def _take_factories(connection: Any) -> None:
    """psycopg's own cursor classes, as our module has them under their names."""
    for name in ("cursor_factory", "server_cursor_factory"):
        factory = getattr(connection, name)
        if factory in _FACTORIES:
            setattr(connection, name, governed_cursor(factory))


def plan_now(connection: Any, query: Any, params: Any) -> Plan:
    """The plan of a statement that is not run; waits without an event loop, for the catalog only."""
    gate, session = gate_of(connection), session_of(connection)
    cursor = connection.cursor()
    text, params = sendable(cursor, cursor._governed_style, query, params)
    statement = cursor._governed_statement(text, params)

    def introspect(loading: Loading) -> Any:
        work = outside(connection, look_up(connection, loading))
        learned = waiting.wait(work, session.pgconn.socket, _INTERVAL)
        if learned is None:
            raise psycopg.errors.InFailedSqlTransaction("the transaction has failed: roll it back first")
        return learned

    if connection.lock.locked() or not session.busy.acquire(blocking=False):
        raise psycopg.InterfaceError("the connection is in use: explain a statement when it is not")
    try:
        return understood(gate, statement, gate.knowledge(introspect))
    finally:
        session.busy.release()


def _on_notice(connection: weakref.ref[Any], result: Any) -> None:
    """Notices are for the caller's handlers; about protected rows they get codes and names only."""
    known = connection()
    if known is None:
        return
    plan = known._governed.speaker(is_pipelined=known._pipeline is not None)
    if plan is not None and plan.protected:
        encoding = known._governed.pgconn._encoding
        result = cleaned(psycopg.errors.Diagnostic(result, encoding), encoding)
    psycopg.BaseConnection._notice_handler(connection, result)


def _bytes_of(connection: Any, command: Any, encoding: str) -> bytes:
    if isinstance(command, sql.Composable):
        return bytes(command.as_bytes(connection))
    return command.encode(encoding) if isinstance(command, str) else bytes(command)
