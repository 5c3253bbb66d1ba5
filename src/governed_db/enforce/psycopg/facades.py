"""libpq's connection and result objects into stand-ins that tell their state and hand out no data.

psycopg's C code needs the real objects, and callers have good uses for their status; nobody but psycopg
needs what sends statements or reads values.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from psycopg.pq import Trace

from governed_db.drivers.psycopg import DRIVER
from governed_db.drivers.surface import Answer, Surface
from governed_db.drivers.surface.psycopg import PGCONN, PGRESULT
from governed_db.enforce.psycopg.single import Single

if TYPE_CHECKING:
    from psycopg.pq import ConninfoOption
    from psycopg.pq.abc import PGconn, PGresult

    from governed_db.core.plan import Plan
    from governed_db.enforce.psycopg.session import Session

_HELP = "use the methods of the connection and of its cursors"


class _Facade(Single):
    """Passes on the names that the table delegates, and refuses every other one."""

    __slots__ = ("_real",)

    _table: Surface
    _title: str

    def __init__(self, real: Any) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if self._table.get(name) is not Answer.DELEGATED:
            self._refuse(name)
        return getattr(self._real, name)

    def _refuse(self, name: str) -> None:
        raise DRIVER.refused_call(f"{self._title}.{name}", _HELP)


class ConnectionFacade(_Facade):
    """What `connection.pgconn` is to everybody but psycopg; where policy observes, all of it, recorded."""

    __slots__ = ("_session",)
    _table = PGCONN
    _title = "pgconn"
    _real: PGconn

    def __init__(self, real: PGconn, session: Session | None = None) -> None:
        super().__init__(real)
        self._session = session

    def _refuse(self, name: str) -> None:
        gate = None if self._session is None else self._session.gate
        if gate is None:
            super()._refuse(name)
        else:
            gate.check_call(f"pgconn.{name}", _HELP)

    @property
    def _observes(self) -> bool:
        gate = None if self._session is None else self._session.gate
        return gate is not None and gate.ports.policy.observes

    def __getattr__(self, name: str) -> Any:
        found = super().__getattr__(name)
        if self._session is not None and name in _TRACING:
            return partial(_TRACING[name], self._session, found)
        return found

    @property
    def _encoding(self) -> str:
        # ConnectionInfo asks for it by this name.
        return self._real._encoding

    @property
    def info(self) -> list[ConninfoOption]:
        """The connection options, without the password."""
        return [_without_secret(option) for option in self._real.info]

    @property
    def error_message(self) -> bytes:
        """libpq keeps the text of the last error, which can quote values."""
        if self._observes:
            return self._real.error_message
        return b"see the exception that was raised" if self._real.error_message else b""

    def get_error_message(self, encoding: str = "utf-8") -> str:
        if self._observes:
            return self._real.get_error_message(encoding)
        return self.error_message.decode(encoding)


def _trace(session: Session, trace: Any, fileno: int) -> None:
    """Our own queries are left out of it: see `Session.untraced`."""
    trace(fileno)
    session.trace = fileno, Trace(0)


def _set_flags(session: Session, set_flags: Any, flags: Trace) -> None:
    set_flags(flags)
    if session.trace is not None:
        session.trace = session.trace[0], flags


def _untrace(session: Session, untrace: Any) -> None:
    untrace()
    session.trace = None


_TRACING: Final[Mapping[str, Any]] = MappingProxyType(
    {"trace": _trace, "set_trace_flags": _set_flags, "untrace": _untrace}
)


class ResultFacade(_Facade):
    """What stands for a result of which columns are masked: shape and status, no values.

    psycopg keeps it in the place of the result, from before anything else can look there; only a
    transformer with the masks of the same plan takes the result out of it. psycopg asks for status and
    size at every row, so these are attributes of its own.
    """

    __slots__ = ("_plan", "command_status", "nfields", "ntuples", "status")
    _table = PGRESULT
    _title = "pgresult"
    _real: PGresult

    def __init__(self, real: PGresult, plan: Plan) -> None:
        self._real, self._plan = real, plan
        self.status, self.ntuples, self.nfields = real.status, real.ntuples, real.nfields
        self.command_status = real.command_status


def hide(results: list[Any], plan: Plan | None) -> None:
    """Put stand-ins into the list where the plan masks columns."""
    if plan is not None and plan.row_mask is not None:
        for index, result in enumerate(results):
            results[index] = ResultFacade(result, plan)


def _without_secret(option: ConninfoOption) -> ConninfoOption:
    """By libpq's own mark: what a dialog would show as "*"."""
    is_secret = option.dispchar == b"*" or b"password" in option.keyword
    return option._replace(val=None, compiled=None) if is_secret else option
