"""Calls of one connection from any thread, and from inside of each other, into one at a time."""

from __future__ import annotations

import threading

from governed_db.drivers.pymysql import DRIVER


class Turn:
    """Whose turn it is to use the socket."""

    __slots__ = ("_lock", "_owner", "whole")

    def __init__(self) -> None:
        self.whole = threading.RLock()  # held by who has several turns that nobody may come between
        self._lock = threading.Lock()
        self._owner: int | None = None

    @property
    def is_mine(self) -> bool:
        return self._owner == threading.get_ident()

    def take(self) -> None:
        """Converters, encoders and cursors of the application run inside of statements: they may not send."""
        me = threading.get_ident()
        if self._owner == me:
            raise DRIVER.refused_call("sending inside of another statement", "wait until that one is done")
        self.whole.acquire()
        self._lock.acquire()
        self._owner = me

    def give(self) -> None:
        self._owner = None
        self._lock.release()
        self.whole.release()

    def __enter__(self) -> None:
        self.take()

    def __exit__(self, *_: object) -> None:
        self.give()
