"""What an attacker of an async driver holds: the same, with attempts that are waited for."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable
from typing import Any

import attrs

from tests.attacks.drivers.held import Held


@attrs.define(eq=False)
class AsyncHeld(Held):
    """`open` gives an awaitable; `url` is where its connections go."""

    url: str = attrs.field(kw_only=True)

    async def wait_for(self, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Do it, and wait for what it gives, whatever becomes of it; iterators are read to their end."""
        try:
            found = call(*args, **kwargs)
            if inspect.isawaitable(found):
                found = await found
            if isinstance(found, AsyncIterator):
                self.saw(*[one async for one in found])
            self.saw(found)
        except Exception as error:  # noqa: BLE001 - attacks raise anything; what they raise is judged
            self.caught(error)
            return None
        return found
