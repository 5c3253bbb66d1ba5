"""A clock that stands still until a test moves it."""

from __future__ import annotations

import attrs


@attrs.define
class Clock:
    """Call it for the time, set `now` to move it."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now
