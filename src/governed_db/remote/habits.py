"""Statements of principals into counts of what is usual for each; nothing of a statement is kept.

One small file of the state folder. A process adds up in memory and writes every few seconds; what it had not
written when it ended is forgotten, which makes nobody less unusual than he is.
"""

from __future__ import annotations

import sqlite3
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import attrs

from governed_db.core import forks
from governed_db.errors import ConfigurationError
from governed_db.model.risk import Habits
from governed_db.remote.state_file import StateFile

NAME: Final = "habits.sqlite"
_VERSION: Final = 1
_SCHEMA: Final = """
CREATE TABLE counted (
    owner TEXT NOT NULL, what TEXT NOT NULL, count INTEGER NOT NULL, last REAL NOT NULL,
    PRIMARY KEY (owner, what)
) STRICT, WITHOUT ROWID
"""
_FLUSH_SECONDS: Final = 5.0
_FLUSH_COUNT: Final = 500
_HOUR: Final = 3600
_MOST_TABLES: Final = 500  # of one principal; the one not seen for longest goes first
_KEPT: Final = 1024  # principals of this process
_FORGOTTEN: Final = 90 * 86400


@attrs.define
class _Known:
    """What the file said when it was read, and what this process has added since."""

    read: float
    counts: Counter[str]
    added: Counter[str] = attrs.field(factory=Counter)


class HabitStore:
    """Counts of all principals of a state folder. `clock`: seconds since the epoch."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._file = StateFile(path, "store of habits", _SCHEMA, _VERSION, synchronous="off")
        self._clock = clock
        self._lock = forks.lock()
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._is_prepared = False

    def of(self, owner: str) -> Habits:
        """What is usual for a principal, at most a few seconds old."""
        with self._lock:
            known = self._fresh(owner)
            counts = known.counts + known.added
        hour = int(self._clock() // _HOUR)
        return Habits(
            statements=counts["statements"],
            tables=frozenset(what[6:] for what in counts if what.startswith("table ")),
            hours=tuple(counts[f"hour {hour}"] for hour in range(24)),
            rows=counts["rows"],
            busy_hours=counts["busy hours"],
            rows_now=counts[f"rows in {hour}"],
            denials_now=counts[f"denials in {hour}"] + counts[f"denials in {hour - 1}"],
        )

    def ran(self, owner: str, tables: Iterable[str], rows: int) -> None:
        """Count a statement that ran."""
        now = self._clock()
        hour = int(now // _HOUR)
        with self._lock:
            known = self._fresh(owner)
            if not known.counts[f"rows in {hour}"] + known.added[f"rows in {hour}"]:
                known.added["busy hours"] += rows > 0
            known.added.update(("statements", f"hour {hour % 24}", *(f"table {name}" for name in tables)))
            known.added["rows"] += max(rows, 0)
            known.added[f"rows in {hour}"] += max(rows, 0)
            self._written(owner, known, now)

    def denied(self, owner: str) -> None:
        """Count a statement that was refused; written at once, so that every process knows."""
        now = self._clock()
        with self._lock:
            known = self._fresh(owner)
            known.added[f"denials in {int(now // _HOUR)}"] += 1
            self._written(owner, known, now, at_once=True)

    def _fresh(self, owner: str) -> _Known:
        now = self._clock()
        known = self._known.get(owner)
        if known is None or not 0 <= now - known.read < _FLUSH_SECONDS:
            added = known.added if known is not None else Counter[str]()
            known = _Known(now, Counter(), added)
            self._written(owner, known, now, at_once=True)
            self._known[owner] = known  # not before: without a file nothing is usual, and nothing unusual
        self._known.move_to_end(owner)
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return known

    def _written(self, owner: str, known: _Known, now: float, *, at_once: bool = False) -> None:
        """Add what this process has counted, and read what all have."""
        if not at_once and known.added["statements"] < _FLUSH_COUNT:
            return
        try:
            if not self._is_prepared:
                self._file.prepare()
                self._is_prepared = True
            with self._file.step() as store:
                if known.added:
                    _add(store, owner, known.added, now)
                read = store.execute("SELECT what, count FROM counted WHERE owner = ?", [owner]).fetchall()
                store.execute("COMMIT")
        except sqlite3.Error as error:
            self._is_prepared = False
            raise ConfigurationError(
                f"store of habits cannot be used: {error}",
                code="GDB504",
                help=f"policy reads risk, which needs it: delete {NAME} to begin to learn anew",
            ) from error
        known.counts, known.added, known.read = Counter(dict(read)), Counter(), now


def _add(store: sqlite3.Connection, owner: str, added: Counter[str], now: float) -> None:
    store.executemany(
        "INSERT INTO counted VALUES (?, ?, ?, ?) ON CONFLICT (owner, what) DO UPDATE SET"
        " count = count + excluded.count, last = excluded.last",
        [(owner, what, count, now) for what, count in added.items() if count],
    )
    hour = int(now // _HOUR)
    store.execute(
        "DELETE FROM counted WHERE owner = ? AND (last < ? OR ((what LIKE 'rows in %' OR what LIKE"
        " 'denials in %') AND last < ?))",
        [owner, now - _FORGOTTEN, (hour - 1) * _HOUR],
    )
    store.execute(
        "DELETE FROM counted WHERE owner = ?1 AND what LIKE 'table %' AND what NOT IN"
        " (SELECT what FROM counted WHERE owner = ?1 AND what LIKE 'table %' ORDER BY last DESC LIMIT ?2)",
        [owner, _MOST_TABLES],
    )
