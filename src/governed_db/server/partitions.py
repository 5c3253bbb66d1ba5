"""Months into partitions of what grows without end, and months that are over into nothing.

SQLite has no partitions: there old rows are deleted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection, text

from governed_db.server.store import Store
from governed_db.server.tables.events import COUNTS, EVENTS, RECORDS

GROWING: Final = (RECORDS, EVENTS)
_NAME: Final = re.compile(r"(records|events)_([0-9]{4})_([0-9]{2})")
_LOCK: Final = 0x676463
_DAY: Final = 86_400.0


def months(now: float) -> tuple[tuple[int, int], ...]:
    """This month and the next, for which there must be partitions."""
    moment = datetime.fromtimestamp(now, UTC)
    following = (moment.year + moment.month // 12, moment.month % 12 + 1)
    return (moment.year, moment.month), following


def ensure(store: Store, now: float) -> None:
    """Make the partitions of this month and the next."""
    if store.engine.dialect.name != "postgresql":
        return
    with store.engine.begin() as connection:
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        for year, month in months(now):
            for table in GROWING:
                _make(connection, table.name, year, month)


def _make(connection: Connection, table: str, year: int, month: int) -> None:
    start, end = _begin(year, month), _begin(year + month // 12, month % 12 + 1)
    connection.execute(
        text(
            f"CREATE TABLE IF NOT EXISTS {table}_{year:04d}_{month:02d} PARTITION OF {table} "
            f"FOR VALUES FROM ({start!r}) TO ({end!r})"
        )
    )


def _begin(year: int, month: int) -> float:
    return datetime(year, month, 1, tzinfo=UTC).timestamp()


def drop_older(store: Store, before: float) -> list[str]:
    """Let go of what was received before then; what was dropped. A month goes when all of it is older."""
    if store.engine.dialect.name != "postgresql":
        return _delete_older(store, before)
    with store.engine.begin() as connection:
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        old = [name for name, end in _partitions(connection) if end <= before]
        for name in old:
            connection.execute(text(f"DROP TABLE {name}"))
        connection.execute(COUNTS.delete().where(COUNTS.c.bucket < before))
    return old


def _partitions(connection: Connection) -> Iterator[tuple[str, float]]:
    query = (
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
        "WHERE i.inhparent IN ('records'::regclass, 'events'::regclass) ORDER BY c.relname"
    )
    for name in connection.execute(text(query)).scalars().all():
        if match := _NAME.fullmatch(name):
            year, month = int(match[2]), int(match[3])
            yield name, _begin(year + month // 12, month % 12 + 1)


def _delete_older(store: Store, before: float) -> list[str]:
    gone = []
    with store.engine.execution_options(governed_db_writes=True).begin() as connection:
        for table in GROWING:
            count = connection.execute(table.delete().where(table.c.received < before)).rowcount
            gone.extend([f"{table.name}: {count} rows"] if count else [])
        connection.execute(COUNTS.delete().where(COUNTS.c.bucket < before))
    return gone
