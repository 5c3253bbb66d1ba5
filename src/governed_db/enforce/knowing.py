"""Looks at a database into what is known of it, and for how long."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import Any

from governed_db.core.plan import Knowledge

EPOCH_SECONDS = 5.0  # how long a plan may be used before the schema epoch is asked for again

Loading = Generator[str, list[tuple[Any, ...]], Any]


class Knowing:
    """What one connection has learned last of its database. `look` makes a loader of the catalog."""

    __slots__ = ("_checked", "last", "look")

    def __init__(self, look: Callable[[], Loading]) -> None:
        self.look = look
        self.last: Knowledge | None = None
        self._checked = 0.0

    @property
    def until(self) -> float:
        """When it must be looked at again (time.monotonic)."""
        return self._checked + EPOCH_SECONDS

    def fresh(self) -> Knowledge | None:
        """What was learned last, if that is not too long ago."""
        return self.last if time.monotonic() - self._checked <= EPOCH_SECONDS else None

    def confirm(self) -> None:
        """What was learned last is so now."""
        self._checked = time.monotonic()

    def outdate(self) -> None:
        """It may have changed: somebody has to look before the next statement."""
        self._checked = 0.0

    def forget(self) -> None:
        """Nothing is known."""
        self.last, self._checked = None, 0.0
