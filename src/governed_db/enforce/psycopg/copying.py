"""psycopg's Copy objects into ones that count the rows which leave and come, and stop when policy says so."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import generators
from psycopg._copy_base import BaseCopy
from psycopg.pq import TransactionStatus

from governed_db.drivers.psycopg import DRIVER
from governed_db.enforce.psycopg.contents import scan_octets
from governed_db.enforce.psycopg.deadlines import within
from governed_db.enforce.psycopg.rows import count
from governed_db.enforce.psycopg.seat import seat_of
from governed_db.enforce.psycopg.session import gate_of, session_of, ungoverned
from governed_db.enforce.psycopg.writes import end, settle

if TYPE_CHECKING:
    from psycopg.abc import Buffer, PQGen

    from governed_db.core.plan import Plan


class GovernedCopy(BaseCopy[Any]):
    """What the mixins over Copy and AsyncCopy share."""

    __slots__ = ()

    def _read_gen(self) -> PQGen[Buffer]:
        plan = seat_of(self.cursor)._plan
        if plan is None:
            raise ungoverned(self.connection)
        session_of(self.connection).current = plan
        self._count(plan, 0)
        block: Buffer = yield from within(plan, self.connection, super()._read_gen())
        refusal = self._refusal(plan, 1 if block else 0)
        if refusal is not None:
            yield from self._stop_gen()
            raise refusal
        return self._scanned(plan, block) if block and plan.scanned else block

    def _scanned(self, plan: Plan, block: Buffer) -> Buffer:
        """One row, in COPY's text form: placeholders need no escapes there."""
        return scan_octets(gate_of(self.connection), plan, block)

    def _refusal(self, plan: Plan, rows: int) -> Exception | None:
        """The server sends one message for each row."""
        try:
            self._count(plan, rows)
        except Exception as refusal:  # noqa: BLE001  # raised when the connection is at rest again
            return refusal
        return None

    def _count(self, plan: Plan, rows: int) -> None:
        count(seat_of(self.cursor), plan, rows, gate_of(self.connection))

    def _stop_gen(self) -> PQGen[None]:
        """Cancel the copy and read what is left of it, so that the connection can be used again."""
        session_of(self.connection).pgconn.get_cancel().cancel()
        driver: Any = super()
        while not self._finished:
            try:
                yield from driver._read_gen()
            except psycopg.errors.QueryCanceled:
                self._finished = True

    def _settle_gen(self, error: BaseException | None) -> PQGen[None]:
        """Keep the rows that were written, or go back to the fence."""
        seat = seat_of(self.cursor)
        fenced, seat._fence = seat._fence, None
        if fenced is None:
            return
        fence, bound = fenced
        session = session_of(self.connection)
        is_open = session.pgconn.transaction_status == TransactionStatus.ACTIVE
        if is_open:
            yield from self._abandon_gen()
        session.is_fenced = False
        if error is not None or is_open or seat._plan is None:
            yield from end(self.connection, fence)
            if is_open and error is None:
                raise DRIVER.refused_call(
                    "a writer that leaves its copy open", "let its finish() end the copy, as LibpqWriter does"
                )
            return
        results = self.cursor._results
        found = results[0].command_tuples if results else None
        rows = -1 if found is None else found
        if (yield from settle(self.connection, fence, rows, bound)):
            raise self._too_much(seat._plan, rows, bound)

    def _abandon_gen(self) -> PQGen[None]:
        """A writer of the caller's own can end a copy later, when nobody counts its rows any more."""
        pgconn = session_of(self.connection).pgconn
        try:
            yield from generators.copy_end(pgconn, b"not ended by its writer")
        except psycopg.errors.QueryCanceled:
            return  # so the server says that it was ended
        except psycopg.Error:
            pgconn.finish()
            raise

    def _too_much(self, plan: Plan, rows: int, bound: int) -> Exception:
        gate = gate_of(self.connection)
        refusal = gate.refuse(
            plan,
            "GDB311",
            f"this copy would change {rows} rows; {bound} are permitted at once",
            "nothing was changed; copy less rows, or use executemany(), for which a person can be asked",
        )
        gate.record_hit(plan, rows, perf_counter(), refusal)
        return refusal


class GovernedSyncCopy(GovernedCopy):
    """Mixin over Copy."""

    __slots__ = ()

    def finish(self, exc: BaseException | None) -> None:
        """As psycopg's; then what was written is counted."""
        failure = exc
        try:
            super().finish(exc)  # type: ignore[misc]  # psycopg's, by the MRO
        except BaseException as error:
            failure = error
            raise
        finally:
            self.connection.wait(self._settle_gen(failure))


class GovernedAsyncCopy(GovernedCopy):
    """Mixin over AsyncCopy."""

    __slots__ = ()

    async def finish(self, exc: BaseException | None) -> None:
        """As psycopg's; then what was written is counted."""
        failure = exc
        try:
            await super().finish(exc)  # type: ignore[misc]  # psycopg's, by the MRO
        except BaseException as error:
            failure = error
            raise
        finally:
            await self.connection.wait(self._settle_gen(failure))
