"""What the server answers into a result that may be handed out: checked, masked, counted.

Cursors take rows, fields and counts from the result object that the connection made. It is one of ours,
so that no cursor, of whatever class, and no attribute holds more than the caller may see.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from governed_db.drivers.pymysql import DRIVER
from governed_db.enforce.pymysql.raw import MySQLResult
from governed_db.enforce.pymysql.session import Session, gate_in, session_of

if TYPE_CHECKING:
    from governed_db.core.plan import Plan

UNKNOWN: Final = 18446744073709551615  # the driver's row count for a result that is read row by row


class GovernedResult(MySQLResult):  # type: ignore[misc]  # see raw.py
    """The answer to the statement of one plan."""

    rows: Any
    connection: Any
    affected_rows: int | None
    insert_id: int | None
    _governed_objection: Exception | None = None
    _governed_kept: Iterator[Any] | None = None
    _governed_rows = 0

    def __init__(self, connection: Any, session: Session, plan: Plan | None) -> None:
        super().__init__(connection)
        self._governed_session = session
        self._governed_plan = plan

    # -- reading whole -------------------------------------------------------------------------------

    def read(self) -> None:
        super().read()
        if self._governed_objection is not None:
            self._governed_admit()
        plan = self._governed_plan
        if plan is not None and plan.row_limit is not None and len(self.rows or ()) > plan.row_limit:
            self.rows = ()
            raise self._governed_too_many(plan)

    def _get_descriptions(self) -> None:
        super()._get_descriptions()
        plan = self._governed_plan
        seam = self._governed_session.seam(plan) if plan is not None else None
        self._governed_objection = seam.objection(self.fields) if seam is not None else DRIVER.ungoverned()
        if self._governed_objection is not None:
            self.converters: Any = []  # the rows are still to be read off the wire: as nothing
        elif seam is not None and seam.masks:
            seam.mask(self.fields, self.converters)

    def _governed_admit(self) -> None:
        """Nothing of a result is handed out that there is an objection to."""
        if self._governed_objection is not None:
            self.rows = ()
            raise self._governed_objection

    def _governed_too_many(self, plan: Plan) -> Exception:
        return gate_in(self._governed_session).refuse(
            plan,
            "GDB320",
            f"the result has more than {plan.row_limit} rows, the most that may be returned at once",
            "add a WHERE clause, or LIMIT and a key to go on from",
        )

    def _read_load_local_packet(self, first_packet: Any) -> None:  # noqa: ARG002  # the driver's signature
        """The server asks for a file of this machine."""
        connection = self.connection
        if connection is not None:
            connection._force_close()
        raise DRIVER.ungoverned()

    # -- reading row by row --------------------------------------------------------------------------

    def init_unbuffered_query(self) -> None:
        super().init_unbuffered_query()
        if self._governed_objection is not None:
            self._finish_unbuffered_query()
            self._governed_admit()

    def _read_rowdata_packet_unbuffered(self) -> Any:
        if self._governed_kept is not None:
            return next(self._governed_kept, None)
        failure: BaseException | None = None
        row = None
        try:
            row = super()._read_rowdata_packet_unbuffered()
        except Exception as error:  # noqa: BLE001  # any: converters of the application run in here
            failure = error
        if failure is not None:
            raise self._governed_told(failure)
        plan = self._governed_plan
        if row is not None and plan is not None and plan.row_limit is not None:
            self._governed_rows += 1
            if self._governed_rows > plan.row_limit:
                self.rows = None
                self._finish_unbuffered_query()
                raise self._governed_too_many(plan)
        return row

    def _finish_unbuffered_query(self) -> None:
        failure: BaseException | None = None
        try:
            super()._finish_unbuffered_query()
        except Exception as error:  # noqa: BLE001  # told again below
            failure = error
        if failure is not None:
            raise self._governed_told(failure)

    def _governed_told(self, error: BaseException) -> BaseException:
        plan = self._governed_plan
        return error if plan is None else self._governed_session.told(error, plan)


def one_by_one(result: Any) -> None:
    """Rows that had to be read whole, for a cursor that asks for them row by row."""
    if isinstance(result, GovernedResult) and result.description is not None:
        result._governed_kept = iter(result.rows or ())
        result.rows = None


def done(connection: Any, session: Session) -> GovernedResult:
    """The result of a command that returns nothing, for a cursor to take."""
    result = GovernedResult(connection, session, session.answering)
    result.connection = None
    result.affected_rows = result.insert_id = 0
    result.server_status = session.status
    return result


class Discarded(MySQLResult):  # type: ignore[misc]  # see raw.py
    """A result that is read off the wire and of which nothing is kept."""

    def _get_descriptions(self) -> None:
        super()._get_descriptions()
        self.converters: Any = []


def discard_rest(connection: Any, result: Any) -> None:
    """Read what the server still sends after a result, so that the connection can be used again."""
    while result.has_next:
        result = Discarded(connection)
        result.read()


class OwnResult(MySQLResult):  # type: ignore[misc]  # see raw.py
    """The answer to a query of ours: texts, whatever decoders the application gave the connection."""

    def _get_descriptions(self) -> None:
        super()._get_descriptions()
        encoding = session_of(self.connection).encoding
        self.converters: Any = [(encoding, None) for _ in self.fields]
