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
from governed_db.enforce.pymysql.lookup import command, ping
from governed_db.enforce.pymysql.session import Session

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


def bounded(session: Session, bound: int, once: Callable[[], int]) -> RunResult:
    """Run the statement; keep what it changed only when that is at most `bound` rows."""
    fence = _fence(ping(session))
    _run(session, fence.before)
    try:
        rows = once()
    except BaseException:
        # The server has undone the statement itself; after a deadlock, the savepoint too.
        with contextlib.suppress(pymysql.err.Error):
            _run(session, fence.failed)
        raise
    is_over = not 0 <= rows <= bound
    _run(session, fence.undo if is_over else fence.keep)
    return RunResult(rows, rolled_back=is_over)


def _fence(status: int) -> _Fence:
    if status & SERVER_STATUS.SERVER_STATUS_IN_TRANS:
        return _INSIDE
    return _AROUND if status & SERVER_STATUS.SERVER_STATUS_AUTOCOMMIT else _BEGUN


def _run(session: Session, commands: Commands) -> None:
    for text in commands:
        command(session, text)
