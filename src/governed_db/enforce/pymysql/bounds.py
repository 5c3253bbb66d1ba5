"""A write and a bound into a write that changed no more rows than that, or nothing.

Inside a transaction, or where one begins by itself (autocommit off), it runs in a savepoint; in
autocommit mode in a transaction of its own. Afterwards the transaction state is what it would be
without us; after a refusal, what it was before.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from pymysql import err
from pymysql.constants import SERVER_STATUS

from governed_db.core.effects import RunResult

if TYPE_CHECKING:
    from governed_db.enforce.pymysql.connection import GovernedConnection

_SAVEPOINT: Final = "governed_bound"


def run_bounded(connection: GovernedConnection, bound: int, act: Callable[[], int]) -> RunResult:
    """Run `act`, which gives a number of rows, and undo it if that is more than `bound`."""
    was_open = bool(connection.server_status & SERVER_STATUS.SERVER_STATUS_IN_TRANS)
    if was_open or not connection.get_autocommit():
        begin, keep = f"SAVEPOINT {_SAVEPOINT}", f"RELEASE SAVEPOINT {_SAVEPOINT}"
        undo = [f"ROLLBACK TO SAVEPOINT {_SAVEPOINT}", keep] if was_open else ["ROLLBACK"]
    else:
        begin, keep, undo = "BEGIN", "COMMIT", ["ROLLBACK"]
    send = _sender(connection)
    send(begin)
    session = connection._governed
    session.measures = True
    try:
        rows = act()
    except BaseException:
        # The server undoes a failed statement itself; a deadlock has ended the whole transaction.
        with suppress(err.MySQLError):
            send(keep if begin != "BEGIN" else "ROLLBACK")
        raise
    finally:
        session.measures = False
    result = connection._result
    if rows <= bound:
        send(keep)
        connection._result = result
        return RunResult(rows)
    for text in undo:
        send(text)
    return RunResult(rows, rolled_back=True)


def _sender(connection: GovernedConnection) -> Callable[[str], Any]:
    return lambda text: connection._governed.own(connection, text)
