"""What the server answers into a result that may be handed out: checked, masked, counted.

A reader takes an answer off the wire. What cursors and callers get is another object, with only what the
reader let through: setting attributes of it, or its class, changes nothing of how rows are read.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import pymysql

from governed_db.drivers.pymysql import DRIVER, StatementDenied
from governed_db.enforce.pymysql.raw import MySQLResult
from governed_db.enforce.pymysql.seam import Undecoded

if TYPE_CHECKING:
    from governed_db.core.plan import Plan
    from governed_db.enforce.pymysql.session import Session

UNKNOWN: Final = 18446744073709551615  # the driver's row count for a result that is read row by row


class _Reads(MySQLResult):  # type: ignore[misc]  # see raw.py
    """A result whose end is nobody's to see to but the session's."""

    connection: Any
    rows: Any
    affected_rows: int | None
    has_next: bool | None

    def __del__(self) -> None:
        """The driver reads on when a result is collected, at any moment and in any thread."""


class Reader(_Reads):
    """Takes the answer to the statement of one plan off the wire."""

    def __init__(self, wire: Any, session: Session, plan: Plan | None, decoders: Any) -> None:
        super().__init__(wire)
        self._wire = wire
        self._session = session
        self._decoders = decoders
        self._failure: BaseException | None = None
        self._count = 0
        self.plan = plan
        self.is_streaming = False

    # -- reading whole -------------------------------------------------------------------------------

    def take(self, *, unbuffered: bool) -> None:
        """Read it, or as far as to its first row."""
        try:
            self.init_unbuffered_query() if unbuffered else self.read()
        except (pymysql.err.MySQLError, StatementDenied):
            raise
        except BaseException:
            self._wire._force_close()  # nobody knows where in the answer
            raise
        self.is_streaming = bool(self.unbuffered_active)
        if self._failure is not None:
            self.rows = ()
            self.finish()
            discard_rest(self._wire, self)
            raise self._failure
        plan = self.plan
        if plan is not None and plan.row_limit is not None and len(self.rows or ()) > plan.row_limit:
            self.rows = ()
            discard_rest(self._wire, self)
            raise self._too_many(plan)
        scan = self._session.scan(plan)
        if scan is not None and self.rows:
            found, self.rows = self.rows, ()  # what may not be handed out any more is not kept
            self.rows = tuple(scan.rows(found))

    def _get_descriptions(self) -> None:
        super()._get_descriptions()
        try:
            self._failure = self._prepare()
        except Exception as error:  # noqa: BLE001  # any: mappings of the application are looked into
            self._failure = error
        if self._failure is not None:
            self.converters: Any = []  # the rows are still to be read off the wire: as nothing

    def _prepare(self) -> Exception | None:
        """Masks, and after them the application's decoders, in the places of converters."""
        plan = self.plan
        if plan is None:
            return DRIVER.ungoverned()
        seam = self._session.seam(plan)
        objection = seam.objection(self.fields)
        if objection is not None:
            return objection
        self.converters = seam.converters(self.fields, self.converters, self._decoders)
        return None

    def _read_rowdata_packet(self) -> None:
        try:
            super()._read_rowdata_packet()
        except pymysql.err.MySQLError:
            raise
        except Exception as error:  # noqa: BLE001  # any: decoders of the application run in here
            self._failure = _decoders_own(error)
            self.converters = []
            self.connection = self._wire
            super()._read_rowdata_packet()

    def _too_many(self, plan: Plan) -> Exception:
        return self._session.refusal(
            plan,
            "GDB320",
            f"the result has more than {plan.row_limit} rows, the most that may be returned at once",
            "add a WHERE clause, or LIMIT and a key to go on from",
        )

    def _read_load_local_packet(self, first_packet: Any) -> None:
        """The server asks for a file of this machine."""
        if self._wire._local_infile and self._session.observes:
            super()._read_load_local_packet(first_packet)
            return
        self._wire._force_close()
        raise DRIVER.ungoverned()

    # -- reading row by row --------------------------------------------------------------------------

    def row(self) -> Any:
        """The next row; None after the last."""
        failure: BaseException | None = None
        row = None
        try:
            row = self._read_rowdata_packet_unbuffered()
        except Exception as error:  # noqa: BLE001  # any: converters of the application run in here
            failure = error
        if failure is not None:
            try:
                raise self.told(_decoders_own(failure))
            finally:
                del failure  # it holds this frame
        plan = self.plan
        if row is not None and plan is not None and plan.row_limit is not None:
            self._count += 1
            if self._count > plan.row_limit:
                self.rows = None
                self.finish()
                raise self._too_many(plan)
        scan = self._session.scan(plan)
        return row if scan is None or row is None else scan.row(row)

    def finish(self) -> None:
        """Read to the end, and keep nothing."""
        failure: BaseException | None = None
        try:
            self._finish_unbuffered_query()
        except Exception as error:  # noqa: BLE001  # told again below
            failure = error
            self.unbuffered_active = False
        if failure is not None:
            try:
                raise self.told(failure)
            finally:
                del failure  # it holds this frame

    def told(self, error: BaseException) -> BaseException:
        """An error as the caller may see it."""
        return error if self.plan is None else self._session.told(error, self.plan)


def _decoders_own(error: BaseException) -> BaseException:
    """What a decoder of the application raised, as it was."""
    return error.__cause__ or error if isinstance(error, Undecoded) else error


class Answer(_Reads):
    """What callers get of a reader that has read everything."""

    unbuffered_active = False

    def __init__(self, reader: Reader) -> None:
        self.connection = None
        self.rows = reader.rows
        self.has_next = reader.has_next
        self.description = reader.description
        self.affected_rows = reader.affected_rows
        self.insert_id = reader.insert_id
        self.server_status = reader.server_status
        self.warning_count = reader.warning_count
        self.message = reader.message
        self.field_count = reader.field_count
        if reader.description is not None:
            self.fields = reader.fields

    def _read_rowdata_packet_unbuffered(self) -> Any:
        return None

    def _finish_unbuffered_query(self) -> None:
        """There is nothing left."""


class Kept(Answer):
    """Rows that had to be read whole, for a cursor that asks for them row by row."""

    def __init__(self, reader: Reader) -> None:
        super().__init__(reader)
        self._governed_rows: Iterator[Any] = iter(reader.rows or ())
        self.rows = None

    def _read_rowdata_packet_unbuffered(self) -> Any:
        return next(self._governed_rows, None)


class Stream(Answer):
    """What callers get of a reader that gives row by row."""

    def __init__(self, reader: Reader) -> None:
        self._governed_reader = reader
        super().__init__(reader)

    @property
    def unbuffered_active(self) -> bool:  # type: ignore[override]  # of a reader, not of this object
        return bool(self._governed_reader.unbuffered_active)

    def _read_rowdata_packet_unbuffered(self) -> Any:
        reader = self._governed_reader
        turn = reader._session.turn
        turn.take()
        try:
            row = reader.row()
        finally:
            turn.give()
        if row is None:
            self._governed_end()
        else:
            self.affected_rows, self.rows = 1, (row,)
        return row

    def _finish_unbuffered_query(self) -> None:
        reader = self._governed_reader
        turn = reader._session.turn
        if turn.is_mine:  # collected inside of a statement, which has seen to it
            return
        with turn:
            reader.finish()
        self._governed_end()

    def _governed_end(self) -> None:
        reader = self._governed_reader
        self.rows, self.has_next, self.warning_count = None, reader.has_next, reader.warning_count

    def __del__(self) -> None:
        """As the driver does it, so that the next statement finds the wire empty without a warning."""
        with contextlib.suppress(Exception):
            if self.unbuffered_active:
                self._finish_unbuffered_query()


def answer_of(reader: Reader) -> Answer:
    """What is handed out."""
    return Stream(reader) if reader.is_streaming else Answer(reader)


def done(session: Session) -> Answer:
    """The result of a command that returns nothing, for a cursor to take."""
    reader = Reader(None, session, None, {})
    reader.affected_rows = reader.insert_id = 0
    reader.server_status = session.status
    return Answer(reader)


class Discarded(_Reads):
    """A result that is read off the wire and of which nothing is kept."""

    def _get_descriptions(self) -> None:
        super()._get_descriptions()
        self.converters: Any = []


def discard_rest(wire: Any, result: Any) -> None:
    """Read what the server still sends after a result, so that the connection can be used again."""
    while result.has_next:
        result = Discarded(wire)
        result.read()


class OwnResult(_Reads):
    """The answer to a query of ours: texts, whatever the application would make of them."""

    def _get_descriptions(self) -> None:
        super()._get_descriptions()
        encoding = self.connection.encoding
        self.converters: Any = [(encoding, None) for _ in self.fields]
