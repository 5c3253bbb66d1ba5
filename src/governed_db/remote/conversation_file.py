"""A state folder into the one file that says what conversations and principals have taken.

A second, tiny file stands beside it: it grows by a byte whenever something is locked or reset, so that every
process sees at the cost of one system call that it must look again. And it tells that there has been a file,
so that one that was deleted is not taken for one that was never there.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from governed_db.errors import ConfigurationError
from governed_db.remote.folders import private_directory, unusable
from governed_db.remote.state_file import StateFile

NAME: Final = "conversations.sqlite"
_VERSION: Final = 1
_SCHEMA: Final = """
CREATE TABLE taken (
    account TEXT NOT NULL, measure TEXT NOT NULL, about TEXT NOT NULL, span REAL NOT NULL,
    slot INTEGER NOT NULL, amount INTEGER NOT NULL, most INTEGER NOT NULL, until REAL NOT NULL,
    PRIMARY KEY (account, measure, about, span, slot)
) STRICT, WITHOUT ROWID;
CREATE INDEX taken_until ON taken (until);
CREATE TABLE seen (
    account TEXT NOT NULL, span REAL NOT NULL, subject TEXT NOT NULL, most INTEGER NOT NULL,
    until REAL NOT NULL, PRIMARY KEY (account, span, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX seen_until ON seen (until);
CREATE TABLE locked (
    account TEXT PRIMARY KEY, why TEXT NOT NULL, since REAL NOT NULL, until REAL
) STRICT, WITHOUT ROWID
"""


class ConversationFile:
    """`path` and the file of changes beside it. Raises ConfigurationError for what cannot be counted on."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = StateFile(path, "conversation store", _SCHEMA, _VERSION, synchronous="off")
        self._changes = path.with_suffix(".changes")
        self._is_prepared = False

    @contextlib.contextmanager
    def step(self) -> Iterator[sqlite3.Connection]:
        """One transaction, committed at the end."""
        self._prepare()
        try:
            with self._file.step() as store:
                yield store
                store.execute("COMMIT")
        except sqlite3.Error as error:
            raise self._lost(str(error)) from error

    def generation(self) -> int:
        """Another number than before when something was locked or reset."""
        self._prepare()
        try:
            return os.stat(self._changes).st_size  # noqa: PTH116  # asked before every statement
        except OSError as error:
            raise self._lost(f"{self._changes.name} is gone") from error

    def changed(self) -> None:
        """Tell all processes that something was locked or reset."""
        try:
            with self._changes.open("ab") as file:
                file.write(b".")
        except OSError as error:
            raise unusable(self._changes, error) from error

    def start_anew(self) -> None:
        """Forget everything, and that there ever was something."""
        for path in (self.path, *(self.path.with_name(self.path.name + end) for end in ("-wal", "-shm"))):
            path.unlink(missing_ok=True)
        self._changes.unlink(missing_ok=True)
        self._is_prepared = False
        self._prepare()

    def _prepare(self) -> None:
        if self._is_prepared:
            return
        private_directory(self.path.parent)
        if self._changes.exists() and not self._has_tables():
            raise self._lost("it is gone, and there has been one")
        self._file.prepare()
        if not self._changes.exists():
            self.changed()
        self._is_prepared = True

    def _has_tables(self) -> bool:
        if not self.path.exists():
            return False
        try:
            with contextlib.closing(sqlite3.Connection(str(self.path))) as store:
                return bool(store.execute("PRAGMA user_version").fetchone()[0])
        except sqlite3.Error as error:
            raise self._lost(str(error)) from error

    def _lost(self, why: str) -> ConfigurationError:
        return ConfigurationError(
            f"conversation store cannot be used: {self.path}: {why}",
            code="GDB504",
            help="nothing that is counted runs: put it back, or begin to count anew with"
            " `governed-db conversations reset --all`",
        )
