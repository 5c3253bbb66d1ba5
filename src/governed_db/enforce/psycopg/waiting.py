"""A delay into sleep between two statements, as a part of a generator of psycopg's protocol."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import pq, waiting

from governed_db.enforce.psycopg.session import session_of
from governed_db.enforce.waiting import Pause

if TYPE_CHECKING:
    from psycopg.abc import PQGen


def is_idle(connection: Any) -> bool:
    """Outside of any transaction and pipeline."""
    status = session_of(connection).pgconn.transaction_status
    return connection._pipeline is None and status == pq.TransactionStatus.IDLE


def pause_of(connection: Any) -> Pause:
    """How this connection waits for people."""
    is_async = isinstance(connection, psycopg.AsyncConnection)
    sleep = partial(_asleep_in_a_loop, connection) if is_async else _asleep
    return Pause(partial(is_idle, connection), sleep, is_async)


def _asleep(seconds: float) -> PQGen[None]:
    """The thread sleeps. (psycopg's sync `wait` does not see what a generator wants after no news.)"""
    time.sleep(seconds)
    yield from ()


def _asleep_in_a_loop(connection: Any, seconds: float) -> PQGen[None]:
    """The event loop goes on; psycopg comes back every tenth of a second, or when the server says something.

    What it says is taken in: a server that has gone is an error now, not at the end.
    """
    pgconn = session_of(connection).pgconn
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        ready = yield waiting.WAIT_R
        if ready:
            pgconn.consume_input()
