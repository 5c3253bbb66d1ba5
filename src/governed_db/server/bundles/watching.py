"""Clients that wait for a newer bundle into one question to the database every half second.

Processes of a server know nothing of each other: what is published through one is found in the table by all.
Waiting holds no thread: who waits sleeps in the event loop, and one of them asks for all of a tenant's name.
A server that is stopped answers all of them at once: nobody waits for it, and it waits for nobody.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import anyio
import attrs
from anyio import to_thread

MOST_SECONDS: Final = 30.0
EVERY_SECONDS: Final = 0.5
_KEPT: Final = 10_000

Key = tuple[str, str]  # tenant, name
Look = Callable[[], str]


@attrs.define
class _Seen:
    etag: str | None
    at: float
    is_asked: bool = False


class Watch:
    """What is newest, as each process has seen it last. For one event loop."""

    def __init__(self, *, every: float = EVERY_SECONDS) -> None:
        self._every = every
        self._seen: dict[Key, _Seen] = {}
        self._ending: anyio.Event | None = None  # made where it is waited for: it belongs to an event loop
        self._is_ended = False

    def end(self) -> None:
        """Let nobody wait any more. To be called in the event loop."""
        self._is_ended = True
        if self._ending is not None:
            self._ending.set()

    async def other_than(self, key: Key, etag: str, look: Look, seconds: float) -> None:
        """Return when there is another than this, or after so many seconds, or when the server ends."""
        end = time.monotonic() + min(seconds, MOST_SECONDS)
        self._ending = ending = self._ending or anyio.Event()
        while (left := end - time.monotonic()) > 0 and not self._is_ended:
            newest = await self._newest(key, look)
            if newest is not None and newest != etag:
                return
            with anyio.move_on_after(min(self._every, left)):
                await ending.wait()

    async def _newest(self, key: Key, look: Look) -> str | None:
        """None: another is asking just now for the first time."""
        seen = self._seen.get(key)
        if seen is not None and (seen.is_asked or time.monotonic() - seen.at < self._every):
            return seen.etag
        if seen is None:
            if len(self._seen) >= _KEPT:
                self._seen.clear()
            seen = self._seen[key] = _Seen(None, 0.0)
        seen.is_asked = True
        try:
            seen.etag = await to_thread.run_sync(look)
            seen.at = time.monotonic()
        finally:
            seen.is_asked = False
        return seen.etag
