"""SQLite's run-time limits, as the caller sets them, into limits that leave room for what we send ourselves.

Our texts begin with a comment, and catalog queries are long: a limit that is small, as tests and careful
applications set it, is meant for the caller's statements and not for these.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

_ROOM: Final = 96  # more than the longest comment
_TEXT: Final = sqlite3.SQLITE_LIMIT_SQL_LENGTH
_HIGHEST: Final = 2**31 - 1  # SQLite takes the highest that it was built for


class Limits:
    """The limits that a caller has set on one connection."""

    __slots__ = ("_set",)

    def __init__(self) -> None:
        self._set: dict[int, int] = {}

    def told(self, category: int, real: int) -> int:
        """The limit as the caller knows it."""
        return self._set.get(category, real) if category == _TEXT else real

    def set(self, connection: Any, category: int, limit: int) -> int:
        """As setlimit of the driver, whose complaints about a wrong category it has too."""
        room = _ROOM if category == _TEXT and 0 <= limit < _HIGHEST - _ROOM else 0
        before = sqlite3.Connection.setlimit(connection, category, limit + room)
        told = self.told(category, before)
        if limit >= 0:
            reached = sqlite3.Connection.getlimit(connection, category)
            self._set[category] = min(limit, reached)
        return told

    def check(self, text: str) -> None:
        """What the driver says of a text that is longer than the caller allows."""
        allowed = self._set.get(_TEXT)
        if allowed is not None and len(text.encode("utf-8", "surrogatepass")) > allowed:
            raise sqlite3.DataError("query string is too large")

    @contextmanager
    def lifted(self, connection: Any) -> Iterator[None]:
        """For queries of ours."""
        if not self._set:
            yield
            return
        set_limit = sqlite3.Connection.setlimit
        before = {category: set_limit(connection, category, _HIGHEST) for category in self._set}
        try:
            yield
        finally:
            for category, limit in before.items():
                set_limit(connection, category, limit)
