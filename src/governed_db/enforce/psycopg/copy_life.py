"""A governed copy into two halves: until the server waits for its rows, and from the last of them on.

Between the two the caller reads or writes, as long as they like. What is measured, recorded and given back
at the end of a statement is so at the end of a copy, too: the generator that governs it waits meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import attrs
import psycopg

from governed_db.core.effects import RunResult
from governed_db.core.plan import Plan
from governed_db.enforce.psycopg.session import gate_of, session_of
from governed_db.enforce.psycopg.writes import end, set_fence, settle

if TYPE_CHECKING:
    from psycopg.abc import PQGen

_COPYING: Final = object()  # yielded once, between the halves


@attrs.frozen
class Ended:
    """How the copy ended: with so many rows, or with an error."""

    rows: int
    error: BaseException | None


def copied(cursor: Any, plan: Plan, bound: int | None, once: Callable[[], PQGen[None]]) -> PQGen[RunResult]:
    """Run a copy; rows that it brought are kept when there are at most `bound` of them."""
    connection = cursor._conn
    session = session_of(connection)
    fence = None if bound is None else (yield from set_fence(connection))
    try:
        yield from once()
    except psycopg.Error:
        if fence is not None:
            yield from end(connection, fence)
        raise
    session.is_fenced = fence is not None
    ended: Any = yield _COPYING  # type: ignore[misc]  # caught by `first_half`
    session.is_fenced = False
    if ended.error is not None:
        if fence is not None:
            yield from end(connection, fence)
        raise ended.error
    if fence is not None and bound is not None and (yield from settle(connection, fence, ended.rows, bound)):
        raise _too_much(connection, plan, ended.rows, bound)
    return RunResult(ended.rows)


def first_half(life: PQGen[Any]) -> PQGen[None]:
    """Until the copy has begun; what it raises before, is raised here."""
    wanted: Any = next(life)
    while wanted is not _COPYING:
        ready = yield wanted
        wanted = life.send(ready)


def second_half(life: PQGen[Any], ended: Ended, *, is_told: bool) -> PQGen[None]:
    """To the end of its life; `is_told`: the caller sees the error without us."""
    trace = ended.error.__traceback__ if ended.error is not None else None
    try:
        wanted = life.send(ended)  # type: ignore[arg-type]  # to where _COPYING was yielded
        while True:
            ready = yield wanted
            wanted = life.send(ready)
    except StopIteration:
        return
    except BaseException as raised:
        if not (is_told and raised is ended.error):
            raise
        raised.__traceback__ = trace


def _too_much(connection: Any, plan: Plan, rows: int, bound: int) -> Exception:
    return gate_of(connection).refuse(
        plan,
        "GDB311",
        f"this copy would change {rows} rows; {bound} are permitted at once",
        "nothing was changed; copy less rows, or use executemany(), for which a person can be asked",
    )
