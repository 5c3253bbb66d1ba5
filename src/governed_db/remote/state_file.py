"""A path and a schema into one SQLite file that all processes of a state folder share.

Each step is one IMMEDIATE transaction on a connection of its own: no lock is held between steps, and
nothing is shared across threads or a fork.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import attrs

from governed_db.errors import ConfigurationError
from governed_db.remote.folders import private_directory, unusable

BUSY_SECONDS = 10.0


@attrs.frozen
class StateFile:
    """`what`: the file's name for people. `schema`: statements, separated by semicolons.

    `upgrades`: by version, the statements that make a file of it one of the next version.
    `synchronous`: "full" where what was written must outlive a power cut, "off" where it need not.
    """

    path: Path
    what: str
    schema: str
    version: int
    synchronous: str = "full"
    upgrades: Mapping[int, str] = attrs.field(factory=dict)

    def prepare(self) -> None:
        """Make the file or check that it is of this release. Raises ConfigurationError."""
        private_directory(self.path.parent)
        try:
            # Made by us first: SQLite would make it readable by others, and its -wal copies the mode.
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            with contextlib.closing(self._open()) as store:
                self._upgrade(store)
        except OSError as error:
            raise unusable(self.path, error) from error
        except sqlite3.Error as error:
            raise ConfigurationError(
                f"{self.what} cannot be used: {self.path}: {error}",
                code="GDB504",
                help="move the file away to start with an empty one: what it held is forgotten",
            ) from error

    @contextlib.contextmanager
    def step(self) -> Iterator[sqlite3.Connection]:
        """One transaction, which the caller ends with COMMIT; anything else rolls it back."""
        with contextlib.closing(self._open()) as store:
            store.execute("BEGIN IMMEDIATE")
            yield store

    def _upgrade(self, store: sqlite3.Connection) -> None:
        # Two processes that switch to WAL at once: the loser is told "locked" without waiting.
        if store.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            _until_free(lambda: store.execute("PRAGMA journal_mode = wal"))
        store.execute("BEGIN IMMEDIATE")
        version = store.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, self.version, *self.upgrades):
            raise ConfigurationError(
                f"{self.what} {self.path} has version {version}, this release knows {self.version}",
                code="GDB504",
                help="upgrade governed_db on this host, or give it a state folder of its own",
            )
        if version != self.version:
            steps = [self.upgrades[one] for one in range(version, self.version)] if version else [self.schema]
            for statement in ";".join(steps).split(";"):
                store.execute(statement)
            store.execute(f"PRAGMA user_version = {self.version}")
        store.execute("COMMIT")

    def _open(self) -> sqlite3.Connection:
        # Not sqlite3.connect: applications may have that governed, and this file is part of what governs.
        store = _Store(str(self.path), timeout=BUSY_SECONDS, isolation_level=None)
        try:
            store.execute("PRAGMA foreign_keys = on")
            store.execute(f"PRAGMA synchronous = {self.synchronous}")
        except sqlite3.Error:
            store.close()
            raise
        return store


class _Store(sqlite3.Connection):
    """Told apart by its class from connections of the program's own (enforce/opened.py)."""


def _until_free(act: Callable[[], object]) -> None:
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            act()
        except sqlite3.OperationalError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(0.01)
        else:
            return
