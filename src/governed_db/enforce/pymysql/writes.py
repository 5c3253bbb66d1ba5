"""A bound on the rows that a statement may change into the commands around it that hold it to the bound.

What the session's state is, is asked of the server: the driver's own attribute can be set by anybody, and
is not told by results with rows. Inside a transaction a savepoint is set; in autocommit mode a transaction
is begun around just this statement; else the server begins one with the statement, as ever.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Final

import attrs
import pymysql
from pymysql.constants import SERVER_STATUS

from governed_db.core.effects import RunResult
from governed_db.core.plan import Plan
from governed_db.enforce.pymysql.lookup import answer, command, ping
from governed_db.enforce.pymysql.session import Session
from governed_db.model.statement import ColumnRef, Kind

_SAVEPOINT: Final = "`governed_db_bound`"
Commands = tuple[str, ...]


@attrs.frozen
class _Fence:
    """Commands: before the statement, after it is kept, after it is too large, after it failed."""

    before: Commands
    keep: Commands
    undo: Commands
    failed: Commands


_INSIDE: Final = _Fence(
    (f"SAVEPOINT {_SAVEPOINT}",),
    (),  # the next one takes its place: releasing it would change ROW_COUNT() and the warnings
    (f"ROLLBACK TO SAVEPOINT {_SAVEPOINT}", f"RELEASE SAVEPOINT {_SAVEPOINT}"),
    (),
)
_AROUND: Final = _Fence(("START TRANSACTION",), ("COMMIT",), ("ROLLBACK",), ("ROLLBACK",))
_BEGUN: Final = _Fence((), (), ("ROLLBACK",), ())


def bounded(session: Session, plan: Plan, bound: int, once: Callable[[], int]) -> RunResult:
    """Run the statement; keep what it changed only when that is at most `bound` rows.

    Rows that foreign keys take along are counted in their tables before and after it.
    """
    fence = _fence(session)
    _run(session, fence.before)
    try:
        before = referring(session, plan)
        rows = once()
        rows += before - referring(session, plan) if rows >= 0 else 0
    except BaseException:
        # The server has undone the statement itself; after a deadlock, the savepoint too.
        with contextlib.suppress(pymysql.err.Error):
            _run(session, fence.failed)
        raise
    is_over = not 0 <= rows <= bound
    _run(session, fence.undo if is_over else fence.keep)
    return RunResult(rows, rolled_back=is_over)


def is_idle(session: Session) -> bool:
    """Outside of any transaction, as the server says."""
    with session.turn:
        return not session.in_transaction(ping(session))


def referring(session: Session, plan: Plan) -> int:
    """How many rows of other tables refer to ones that can be deleted; afterwards they are fewer."""
    writes = plan.facts.writes if plan.facts is not None else ()
    columns = {column for write in writes if write.kind is not Kind.UPDATE for column in write.takes_along}
    return sum(_count(session, column) for column in sorted(columns))


def _count(session: Session, column: ColumnRef) -> int:
    schema, relation, name = (
        "`" + part.replace("`", "``") + "`" for part in (column.schema, column.relation, column.column)
    )
    return int(answer(session, f"SELECT COUNT({name}) FROM {schema}.{relation}")[0][0])


def _fence(session: Session) -> _Fence:
    status = ping(session)
    if session.in_transaction(status):
        return _INSIDE
    return _AROUND if status & SERVER_STATUS.SERVER_STATUS_AUTOCOMMIT else _BEGUN


def _run(session: Session, commands: Commands) -> None:
    for text in commands:
        command(session, text)
