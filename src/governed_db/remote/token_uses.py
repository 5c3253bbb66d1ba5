"""Tokens that may be used once into whether this is their first use, for all processes of a state folder."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from governed_db.errors import IdentityError
from governed_db.remote.state_file import StateFile

_SCHEMA: Final = (
    "CREATE TABLE used (issuer TEXT NOT NULL, token TEXT NOT NULL, expires REAL NOT NULL,"
    " PRIMARY KEY (issuer, token)) STRICT, WITHOUT ROWID"
)
_SLACK: Final = 3600.0  # clocks of other processes of this folder


class TokenUses:
    """The ids of tokens that were used, until they have expired. Made when first asked."""

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        self._file = StateFile(path, "the list of used tokens", _SCHEMA, 1)
        self._now = now
        self._is_ready = False

    def __call__(self, issuer: str, token: str, expires: float) -> bool:
        """Whether it was not used before; it is from now on. What cannot be looked up is refused."""
        try:
            if not self._is_ready:
                self._file.prepare()
                self._is_ready = True
            with self._file.step() as store:
                store.execute("DELETE FROM used WHERE expires < ?", (self._now() - _SLACK,))
                taken = store.execute("INSERT OR IGNORE INTO used VALUES (?, ?, ?)", (issuer, token, expires))
                is_first = taken.rowcount == 1
                store.execute("COMMIT")
        except sqlite3.Error as error:
            said = str(error)
        else:
            return is_first
        raise IdentityError(
            f"nobody can tell whether the token was used before: {said}",
            code="GDB554",
            help="make the state folder readable and writable",
        )
