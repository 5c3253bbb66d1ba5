"""sqlite3's connection with a gate in it.

What the driver's C methods see of it, when they are called past us, is an empty database in memory: nobody
can stop them, so there must be nothing to be had. Our methods work on the real connection (session.py).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any, ClassVar, Final

from governed_db.core.plan import Plan
from governed_db.drivers.surface import refused
from governed_db.drivers.surface.sqlite import CONNECTION
from governed_db.enforce.compose import close_doors, compose, disguise
from governed_db.enforce.explain import understood
from governed_db.enforce.gate import Gate
from governed_db.enforce.sqlite.changing import SqliteChange
from governed_db.enforce.sqlite.cursor import GovernedCursor
from governed_db.enforce.sqlite.lookup import look_up
from governed_db.enforce.sqlite.replacing import replace_database
from governed_db.enforce.sqlite.session import Own, RealConnection, SqliteSession, TextSeam, named

Raw = sqlite3.Connection

# Our own arguments on their way to `__init__`, past a caller's connection class that knows nothing of them.
_options: ContextVar[Mapping[str, Any]] = ContextVar("governed_db.sqlite.options")

_isolation_level: Any = Raw.isolation_level
_text_factory: Any = Raw.text_factory
_total_changes: Any = Raw.total_changes
_in_transaction: Any = Raw.in_transaction
_PROGRESS_STEPS: Final = 2000


class _NotOpened:
    """In place of a session: the driver has its own words for a connection that was never initialised."""

    def __get__(self, connection: Any, owner: type) -> Any:
        if connection is not None:
            _total_changes.__get__(connection)
        return None


class GovernedConnection(sqlite3.Connection):
    """A sqlite3 connection each of whose statements goes down the line. Opened by governed_db.sqlite3."""

    _governed_open: ClassVar[staticmethod[[Any, Mapping[str, Any]], Gate]]
    _governed: Any = _NotOpened()

    def __init__(self, database: Any, *args: Any, **kwargs: Any) -> None:
        options = dict(_options.get({}))
        options |= {name: kwargs.pop(name) for name in list(kwargs) if name.startswith("governed_")}
        self.__dict__.pop("_governed", None)
        detect_types = args[1] if len(args) > 1 else kwargs.get("detect_types", 0)
        uri = args[6] if len(args) > 6 else kwargs.get("uri", False)  # place in connect()
        gate: Gate = type(self)._governed_open(database, options | {"uri": uri})
        session = SqliteSession(gate, detect_types=detect_types)
        if session.observes:
            # Nothing is refused, so the driver's own methods must find the database.
            super().__init__(database, *args, **kwargs)
            session.real = self
        else:
            session.real = RealConnection(database, *args, **kwargs)
            session.real.session = session
            super().__init__(":memory:", *args, **kwargs | {"uri": False} if len(args) <= 6 else kwargs)
        self._governed = session
        Raw.set_authorizer(session.real, session.authorize)
        Raw.set_progress_handler(session.real, session.tick, _PROGRESS_STEPS)

    # -- cursors -------------------------------------------------------------------------------------

    def cursor(self, factory: Any = GovernedCursor) -> Any:
        if factory is GovernedCursor:
            return super().cursor(GovernedCursor)
        if isinstance(factory, type) and issubclass(factory, sqlite3.Cursor):
            factory = compose(factory, GovernedCursor)
        made = super().cursor(factory)
        if not isinstance(made, GovernedCursor):
            raise self._governed.gate.driver.refused_call(
                "a factory that makes other cursors", "pass a subclass of sqlite3.Cursor as factory="
            )
        return made

    def execute(self, sql: str, parameters: Any = (), /) -> Any:
        return self.cursor().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Any, /) -> Any:
        return self.cursor().executemany(sql, parameters)

    def executescript(self, sql_script: str, /) -> Any:
        return self.cursor().executescript(sql_script)

    # -- transactions --------------------------------------------------------------------------------

    def commit(self) -> None:
        session: SqliteSession = self._governed
        session.permitted(Own.TRANSACTION, Raw.commit, session.real)
        session.ended()

    def rollback(self) -> None:
        session: SqliteSession = self._governed
        session.permitted(Own.TRANSACTION, Raw.rollback, session.real)
        session.ended()

    def close(self) -> None:
        session: SqliteSession = self._governed
        session.permitted(Own.TRANSACTION, Raw.close, session.real)
        super().close()

    def __exit__(self, *error: Any) -> Any:
        session: SqliteSession = self._governed
        answer = session.permitted(Own.TRANSACTION, Raw.__exit__, session.real, *error)
        session.ended()
        return answer

    @property
    def isolation_level(self) -> Any:
        return _isolation_level.__get__(self._governed.real)

    @isolation_level.setter
    def isolation_level(self, level: Any) -> None:
        # Setting None commits.
        session: SqliteSession = self._governed
        session.permitted(Own.TRANSACTION, _isolation_level.__set__, session.real, level)

    @property
    def in_transaction(self) -> bool:
        return bool(_in_transaction.__get__(self._governed.real))

    @property
    def total_changes(self) -> int:
        session: SqliteSession = self._governed
        return int(_total_changes.__get__(session.real)) - session.undone

    def interrupt(self) -> None:
        Raw.interrupt(self._governed.real)

    def getlimit(self, category: int, /) -> int:
        session: SqliteSession = self._governed
        return session.limits.told(category, Raw.getlimit(session.real, category))

    def setlimit(self, category: int, limit: int, /) -> int:
        session: SqliteSession = self._governed
        session.texts.forget()
        return session.limits.set(session.real, category, limit)

    # -- callbacks -----------------------------------------------------------------------------------

    @property
    def text_factory(self) -> Any:
        return self._governed.text_factory

    @text_factory.setter
    def text_factory(self, factory: Any) -> None:
        session = self._governed
        is_trusted = any(factory is trusted for trusted in (str, bytes, bytearray))
        _text_factory.__set__(session.real, factory if is_trusted else TextSeam(factory, session))
        session.text_factory = factory

    def set_authorizer(self, authorizer_callback: Any) -> None:
        """Asked after ours has agreed."""
        session: SqliteSession = self._governed

        def authorize(*asked: Any) -> int:
            return session.authorize(*asked)

        Raw.set_authorizer(session.real, named(authorize, authorizer_callback))
        session.authorizer = authorizer_callback

    def set_progress_handler(self, progress_handler: Any, n: int) -> None:
        """Called beside ours; None takes only the caller's away."""
        session: SqliteSession = self._governed

        def tick() -> int:
            return session.tick()

        steps = n if progress_handler is not None else _PROGRESS_STEPS
        Raw.set_progress_handler(session.real, named(tick, progress_handler), steps)
        session.progress = progress_handler

    def set_trace_callback(self, trace_callback: Any) -> None:
        """Gets statements as their callers wrote them; ours are left out."""
        session = self._governed

        def trace(text: str) -> None:
            shown = session.shown(text)
            if shown is not None:
                session.unpermitted(trace_callback)(shown)

        seen = None if trace_callback is None else named(trace, trace_callback)
        Raw.set_trace_callback(session.real, seen)

    def create_function(self, name: str, narg: int, func: Any, **kwargs: Any) -> None:
        """Usable where policy permits the name; never in place of a built-in on protected data."""
        real = self._governed.real
        Raw.create_function(real, name, narg, self._governed_callback(name, func), **kwargs)

    def create_aggregate(self, name: str, n_arg: int, aggregate_class: Any, /) -> None:
        Raw.create_aggregate(self._governed.real, name, n_arg, self._governed_callback(name, aggregate_class))

    def create_window_function(self, name: str, num_params: int, aggregate_class: Any, /) -> None:
        real = self._governed.real
        Raw.create_window_function(real, name, num_params, self._governed_callback(name, aggregate_class))

    def _governed_callback(self, name: str, callback: Any) -> Any:
        if callback is None:
            return None
        self._governed.registered(str(name))
        session: SqliteSession = self._governed
        if isinstance(callback, type):
            return named(lambda: _Unpermitted(callback(), session), callback)
        return session.unpermitted(callback)

    # -- what would run without a plan -----------------------------------------------------------------

    def __call__(self, *args: Any) -> Any:
        """The driver calls its connection to prepare a text: what comes here came past us."""
        session: SqliteSession | None = self._governed
        if session is None or (len(args) == 1 and self._governed_may_prepare(session, args[0])):
            if session is not None and session.texts.is_foreign(args[0]):
                session.limits.check(args[0])
            return super().__call__(*args)
        _total_changes.__get__(self)  # complains if the connection is closed
        raise session.ungoverned()

    def _governed_may_prepare(self, session: SqliteSession, text: object) -> bool:
        return session.is_shape(text) or (session.real is self and session.is_permitted(text))

    def _governed_call(self, name: str, call: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        gate = self._governed.gate
        gate.check_call(name, _INSTEAD.get(name, _INSTEAD[""]))
        if name == "deserialize":
            session: SqliteSession = self._governed
            return session.permitted(Own.CATALOG, partial(replace_database, session), *args, **kwargs)
        return self._governed.permitted(Own.CATALOG, lambda: call(*args, **kwargs))

    def _governed_change(self) -> SqliteChange:
        """The statements of a change on this connection, for governed_db.change."""
        return SqliteChange(self, self._governed)

    def _governed_plan(self, sql: str, parameters: object) -> Plan:
        session = self._governed
        known = session.gate.knowledge(partial(look_up, session))
        return understood(session.gate, session.gate.statement(sql, parameters), known)


_INSTEAD: Final[Mapping[str, str]] = {
    "": "this release does not know it, or policy cannot be applied to it: use SQL statements",
    "backup": "it copies raw pages: ask the owner of the database for a copy",
    "create_collation": "it would see raw values: order by what SQLite offers",
    "serialize": "it copies raw pages: read rows with SELECT",
    "deserialize": "it replaces the whole database: change rows with statements",
    "blobopen": "it reads and writes beside all statements: use SELECT and UPDATE",
}


class _Unpermitted:
    """An aggregate of the caller's, whose methods run without our permits."""

    def __init__(self, aggregate: Any, session: SqliteSession) -> None:
        self._aggregate = aggregate
        self._session = session

    def __getattr__(self, name: str) -> Any:
        return self._session.unpermitted(getattr(self._aggregate, name))


@contextmanager
def passing(options: Mapping[str, Any]) -> Iterator[None]:
    """Connections opened in the block take these `governed_` arguments."""
    token = _options.set(options)
    try:
        yield
    finally:
        _options.reset(token)


def _refusing(name: str) -> Callable[..., Any]:
    def method(self: GovernedConnection, *args: Any, **kwargs: Any) -> Any:
        return self._governed_call(name, partial(getattr(Raw, name), self), *args, **kwargs)

    method.__name__ = name
    return method


def _refuse_unlisted(connection: GovernedConnection, name: str) -> Any:
    connection._governed.gate.check_call(f"Connection.{name}", _INSTEAD[""])
    return getattr(Raw, name).__get__(connection, type(connection))


for _name in refused(CONNECTION):
    if hasattr(Raw, _name):
        setattr(GovernedConnection, _name, _refusing(_name))
disguise(GovernedConnection, Raw)
close_doors(GovernedConnection, Raw, CONNECTION, _refuse_unlisted)
