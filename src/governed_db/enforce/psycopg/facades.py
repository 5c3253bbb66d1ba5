"""libpq's connection and result objects into stand-ins that tell their state and hand out no data.

psycopg's C code needs the real objects, and callers have good uses for their status; nobody but psycopg
needs what sends statements or reads values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from governed_db.drivers.psycopg import DRIVER
from governed_db.drivers.surface import Answer, Surface
from governed_db.drivers.surface.psycopg import PGCONN, PGRESULT
from governed_db.enforce.psycopg.single import Single

if TYPE_CHECKING:
    from psycopg.pq import ConninfoOption
    from psycopg.pq.abc import PGconn, PGresult

    from governed_db.core.plan import Plan

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
            raise DRIVER.refused_call(f"{self._title}.{name}", _HELP)
        return getattr(self._real, name)


class ConnectionFacade(_Facade):
    """What `connection.pgconn` is to everybody but psycopg."""

    __slots__ = ()
    _table = PGCONN
    _title = "pgconn"
    _real: PGconn

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
        return b"see the exception that was raised" if self._real.error_message else b""

    def get_error_message(self, encoding: str = "utf-8") -> str:
        return self.error_message.decode(encoding)


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
