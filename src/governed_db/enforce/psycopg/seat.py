"""The place where a cursor keeps its plan.

A cursor becomes a governed one by a change of class, which must not change its layout: psycopg's cursors
have slots, so there is no room for an attribute. Its own map of adapters is an ordinary object that is
made with the cursor and lives as long: it becomes a Seat.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from psycopg.adapt import AdaptersMap

from governed_db.core.plan import Plan

if TYPE_CHECKING:
    from psycopg.abc import PQGen
    from psycopg.pq.abc import PGresult


class Seat(AdaptersMap):
    """A cursor's adapters, which know the plan of what the cursor runs.

    Callers can reach it as `cursor.adapters`, so its own names are private. `_rows` counts those handed out
    so far, where a result comes in pieces. `_copying` is the second half of a copy's life. `_turns` is the
    plan, if its statement was looked through for tokens. `_is_alone`: the next result is the only one of its
    statement. `_clean` is the result that was looked into and holds nothing to hide. `_written` are the
    values that a cursor which binds on the client side has written into the text. `_vouched`: the octets that
    approval was asked for.
    """

    _plan: Plan | None = None
    _rows: int = 0
    _copying: PQGen[Any] | None = None
    _turns: Plan | None = None
    _is_alone: bool = False
    _clean: PGresult | None = None
    _written: Any = None
    _vouched: Iterator[bytes] | None = None

    @property
    def _holds_tokens(self) -> bool:
        """Whether the text that is about to be sent will have values in place of tokens."""
        return self._turns is not None and bool(self._turns.tokens)


def seat_of(cursor: Any) -> Seat:
    """The seat of a cursor; taken when it is first asked for."""
    adapters = cursor._adapters
    if type(adapters) is not Seat:
        adapters.__class__ = Seat
    taken: Seat = adapters
    return taken


def plan_of(cursor: Any) -> Plan | None:
    """The plan of what the cursor runs or has run."""
    return seat_of(cursor)._plan
