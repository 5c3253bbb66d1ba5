"""psycopg's Copy objects into ones that count the rows which leave, and stop when policy says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
from psycopg._copy_base import BaseCopy

from governed_db.enforce.psycopg.deadlines import within
from governed_db.enforce.psycopg.rows import count
from governed_db.enforce.psycopg.seat import seat_of
from governed_db.enforce.psycopg.session import gate_of, session_of, ungoverned

if TYPE_CHECKING:
    from psycopg.abc import Buffer, PQGen

    from governed_db.core.plan import Plan


class GovernedCopy(BaseCopy[Any]):
    """Mixin over Copy and AsyncCopy."""

    __slots__ = ()

    def _read_gen(self) -> PQGen[Buffer]:
        plan = seat_of(self.cursor).plan
        if plan is None:
            raise ungoverned(self.connection)
        session_of(self.connection).current = plan
        self._count(plan, 0)
        block: Buffer = yield from within(plan, self.connection, super()._read_gen())
        refusal = self._refusal(plan, 1 if block else 0)
        if refusal is not None:
            yield from self._stop_gen()
            raise refusal
        return block

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
