"""Calls that were suspended into the requests that they wait for, for whatever process calls them again."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from governed_db.remote.state_file import StateFile

_SCHEMA = "CREATE TABLE calls (call TEXT PRIMARY KEY, request TEXT NOT NULL) STRICT;"


class Suspended:
    """A framework runs a suspended tool again from its top: it goes on with its request."""

    def __init__(self, folder: Path) -> None:
        self._file = StateFile(folder / "suspended.sqlite", "store of suspended calls", _SCHEMA, 1)
        self._file.prepare()

    def request(self, call: str) -> str | None:
        """What the call waits for."""
        with self._file.step() as store:
            found = store.execute("SELECT request FROM calls WHERE call = ?", [call]).fetchone()
            store.execute("COMMIT")
        return None if found is None else str(found[0])

    def keep(self, call: str, request: str) -> None:
        with self._file.step() as store:
            store.execute("INSERT OR REPLACE INTO calls VALUES (?, ?)", [call, request])
            store.execute("COMMIT")

    def forget(self, call: str) -> None:
        with self._file.step() as store:
            store.execute("DELETE FROM calls WHERE call = ?", [call])
            store.execute("COMMIT")


def call_key(*parts: str | None) -> str:
    """One call of one conversation, told by nothing that could be read in it."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
