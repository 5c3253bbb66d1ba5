"""psycopg's Copy objects into ones that count the rows which leave, and stop when policy says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg._copy_base import BaseCopy

from governed_db.enforce.psycopg.deadlines import within
from governed_db.enforce.psycopg.rows import too_many_rows
from governed_db.enforce.psycopg.seat import seat_of
from governed_db.enforce.psycopg.session import gate_of, session_of, ungoverned

if TYPE_CHECKING:
    from psycopg.abc import Buffer, PQGen


class GovernedCopy(BaseCopy[Any]):
    """Mixin over Copy and AsyncCopy."""

    __slots__ = ()

    def _read_gen(self) -> PQGen[Buffer]:
        seat = seat_of(self.cursor)
        plan = seat.plan
        if plan is None:
            raise ungoverned(self.connection)
        session_of(self.connection).current = plan
        block: Buffer = yield from within(plan, self.connection, super()._read_gen())
        # The server sends one message for each row.
        seat.rows += 1 if block else 0
        if plan.row_limit is not None and seat.rows > plan.row_limit:
            raise too_many_rows(plan, gate_of(self.connection))
        return block
