"""A bound on the rows that a statement may change into the commands around it that hold it to the bound.

Inside a transaction a savepoint is set, outside of one a transaction is begun; over the bound it is rolled
back and everything is as before. Kept changes end as the driver would have ended them: committed in
autocommit mode, in an open transaction else. Row counts are the driver's where the statement is one plain
change; for changes inside WITH they are the server's own counters, because the driver counts other rows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import attrs
import psycopg
from psycopg import pq

from governed_db.core.effects import RunResult
from governed_db.core.plan import Plan
from governed_db.enforce.psycopg.lookup import answer
from governed_db.enforce.psycopg.session import session_of
from governed_db.model.statement import WRITES

if TYPE_CHECKING:
    from psycopg.abc import PQGen

_IDLE, _INTRANS, _INERROR = (
    pq.TransactionStatus.IDLE,
    pq.TransactionStatus.INTRANS,
    pq.TransactionStatus.INERROR,
)

# Counted by the server since the transaction began, for all tables, triggers and cascades included.
_COUNTED = b"""SELECT pg_catalog.current_setting('track_counts'),
    (SELECT COALESCE(pg_catalog.sum(n_tup_ins + n_tup_upd + n_tup_del), 0)
     FROM pg_catalog.pg_stat_xact_all_tables WHERE schemaname <> 'pg_catalog')"""


@attrs.frozen
class Fence:
    """The point to go back to: the commands that go back, and those that keep what was done since.

    `ends`: the transaction is ours, and must not outlive the statement whatever happens.
    """

    undo: tuple[bytes, ...]
    keep: tuple[bytes, ...]
    ends: bool


def bounded(cursor: Any, plan: Plan, bound: int, once: Callable[[], PQGen[None]]) -> PQGen[RunResult]:
    """Run the statement; keep what it changed only when that is at most `bound` rows."""
    connection = cursor._conn
    fence = yield from set_fence(connection)
    if fence is None:
        yield from once()
        return RunResult(cursor._rowcount)
    try:
        before = yield from _counted(connection, plan)
        yield from once()
        after = yield from _counted(connection, plan)
    except psycopg.Error:
        yield from end(connection, fence)
        raise
    rows = cursor._rowcount if before is None or after is None else after - before
    is_over = yield from settle(connection, fence, rows, bound)
    if is_over:
        cursor._reset()
    return RunResult(rows, rolled_back=is_over)


def set_fence(connection: Any) -> PQGen[Fence | None]:
    """None in a failed transaction: the server refuses everything there by itself, and says so."""
    session = session_of(connection)
    status = session.pgconn.transaction_status
    if status == _INTRANS:
        session.savepoints += 1
        name = b'"governed_db_%d"' % session.savepoints
        yield from connection._exec_command(b"SAVEPOINT " + name)
        return Fence((b"ROLLBACK TO " + name, b"RELEASE " + name), (b"RELEASE " + name,), ends=False)
    if status != _IDLE:
        return None
    if connection._autocommit:
        yield from connection._exec_command(b"BEGIN")
        return Fence((b"ROLLBACK",), (b"COMMIT",), ends=True)
    yield from connection._exec_command(connection._get_tx_start_command())
    return Fence((b"ROLLBACK",), (), ends=False)


def settle(connection: Any, fence: Fence, rows: int, bound: int) -> PQGen[bool]:
    """Keep or undo; whether it was undone. An unknown number of rows is too many."""
    is_over = not 0 <= rows <= bound
    for command in fence.undo if is_over else fence.keep:
        yield from connection._exec_command(command)
    return is_over


def end(connection: Any, fence: Fence) -> PQGen[None]:
    """After a failure: nothing is kept; a failed transaction of the caller's is left to the caller."""
    status = session_of(connection).pgconn.transaction_status
    if status == _INTRANS or (fence.ends and status == _INERROR):
        for command in fence.undo:
            yield from connection._exec_command(command)


def is_wide(plan: Plan) -> bool:
    """Whether foreign keys or triggers change rows that the driver does not count."""
    return plan.facts is not None and any(write.is_wide for write in plan.facts.writes)


def _counted(connection: Any, plan: Plan) -> PQGen[int | None]:
    """Rows changed so far by this transaction; None where the driver's own count is right."""
    facts = plan.facts
    if facts is not None and facts.kind in WRITES and len(facts.writes) <= 1 and not is_wide(plan):
        return None
    result = yield from answer(session_of(connection).pgconn, _COUNTED)
    if result.get_value(0, 0) != b"on":
        raise psycopg.NotSupportedError(
            "GDB314 the rows that this statement changes cannot be counted"
            "\n  = help: track_counts is off on the server; write the change as a statement of its own"
        )
    return int(result.get_value(0, 1) or b"0")
