"""psycopg's Copy objects into ones that count the rows which leave and come, and stop when policy says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import generators, pq
from psycopg._copy_base import BaseCopy

from governed_db.drivers.psycopg import DRIVER
from governed_db.enforce.psycopg.contents import scan_octets
from governed_db.enforce.psycopg.copied_rows import screen, screen_row
from governed_db.enforce.psycopg.copy_life import Ended, second_half
from governed_db.enforce.psycopg.deadlines import within
from governed_db.enforce.psycopg.rows import count
from governed_db.enforce.psycopg.seat import seat_of
from governed_db.enforce.psycopg.session import gate_of, session_of, ungoverned

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

    def _settle_gen(self, failure: BaseException | None) -> PQGen[None]:
        """The second half of the copy's life; `failure` is what the caller is told of its end anyway."""
        seat = seat_of(self.cursor)
        life, seat._copying = seat._copying, None
        if life is None:
            return
        rows, error = seat._rows, failure
        if self._direction == pq.ExecStatus.COPY_IN:
            rows = _brought(self.cursor)
            if session_of(self.connection).pgconn.transaction_status == pq.TransactionStatus.ACTIVE:
                yield from self._abandon_gen()
                error = error or DRIVER.refused_call(
                    "a writer that leaves its copy open", "let its finish() end the copy, as LibpqWriter does"
                )
        yield from second_half(life, Ended(rows, error), is_told=error is failure)

    def _settle_unconnected(self, failure: BaseException | None) -> bool:
        """Settle what needs no connection, and say whether that was all."""
        if seat_of(self.cursor)._copying is None:
            return True
        if session_of(self.connection).pgconn.status != pq.ConnStatus.BAD:
            return False
        for _ in self._settle_gen(failure or psycopg.OperationalError("the connection is lost")):
            break
        return True

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


def _brought(cursor: Any) -> int:
    """The rows that the server has taken; -1 if that is not known."""
    found = cursor._results[0].command_tuples if cursor._results else None
    return -1 if found is None else found


class GovernedSyncCopy(GovernedCopy):
    """Mixin over Copy."""

    __slots__ = ()

    def write(self, buffer: Any) -> None:
        """As psycopg's, but for what a mask made."""
        screen(self, buffer)
        super().write(buffer)  # type: ignore[misc]  # psycopg's, by the MRO

    def write_row(self, row: Any) -> None:
        """As psycopg's, but for what a mask made."""
        screen_row(self, row)
        super().write_row(row)  # type: ignore[misc]  # psycopg's, by the MRO

    def finish(self, exc: BaseException | None) -> None:
        """As psycopg's; then what was written is counted."""
        failure = exc
        try:
            super().finish(exc)  # type: ignore[misc]  # psycopg's, by the MRO
        except BaseException as error:
            failure = error
            raise
        finally:
            if not self._settle_unconnected(failure):
                self.connection.wait(self._settle_gen(failure))


class GovernedAsyncCopy(GovernedCopy):
    """Mixin over AsyncCopy."""

    __slots__ = ()

    async def write(self, buffer: Any) -> None:
        """As psycopg's, but for what a mask made."""
        screen(self, buffer)
        await super().write(buffer)  # type: ignore[misc]  # psycopg's, by the MRO

    async def write_row(self, row: Any) -> None:
        """As psycopg's, but for what a mask made."""
        screen_row(self, row)
        await super().write_row(row)  # type: ignore[misc]  # psycopg's, by the MRO

    async def finish(self, exc: BaseException | None) -> None:
        """As psycopg's; then what was written is counted."""
        failure = exc
        try:
            await super().finish(exc)  # type: ignore[misc]  # psycopg's, by the MRO
        except BaseException as error:
            failure = error
            raise
        finally:
            if not self._settle_unconnected(failure):
                await self.connection.wait(self._settle_gen(failure))
