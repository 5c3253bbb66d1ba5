"""A driver into the few things in which its tests differ from another driver's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import attrs

Cursors = Mapping[str, Callable[[Any], Any]]


@attrs.frozen
class Adapter:
    """`cursors`: ways of getting rows, by name; `as_tuple` turns any row into a tuple.

    `connect(url, **options)` gives a connection with the DB-API's methods, `raw(url)` one outside all
    governance. `in_transaction` and `set_autocommit` as the driver itself tells and does it.
    """

    name: str
    dialect: str
    mark: str
    error: type[Exception]
    integrity_error: type[Exception]
    connect: Callable[..., Any]
    raw: Callable[[str], Any]
    cursors: Cursors
    in_transaction: Callable[[Any], bool]
    set_autocommit: Callable[[Any, bool], None]
    close: Callable[[Any], None] = lambda connection: connection.close()

    def sql(self, text: str) -> str:
        """A text with ? as placeholders, in the driver's own style."""
        return text.replace("?", self.mark)


def as_tuple(row: Any) -> tuple[Any, ...]:
    """The values of a row of any kind."""
    return tuple(row.values()) if isinstance(row, Mapping) else tuple(row)


class Synchronous:
    """An async connection or cursor with the methods of a sync one, each run to its end on a loop."""

    def __init__(self, target: Any, loop: asyncio.AbstractEventLoop) -> None:
        self.target = target
        self._loop = loop

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.target, name)
        if not callable(found) or isinstance(found, type):
            return found
        return lambda *args, **kwargs: self.finish(found(*args, **kwargs))

    def __iter__(self) -> Any:
        async def collect() -> list[Any]:
            return [row async for row in self.target]

        return iter(self._loop.run_until_complete(collect()))

    def shut(self) -> None:
        """Close the connection, and the loop that it lived on."""
        self._loop.run_until_complete(self.target.close())
        self._loop.close()

    def finish(self, answer: Any) -> Any:
        """What an awaitable comes to, as something that is used without await."""
        if asyncio.iscoroutine(answer):
            answer = self._loop.run_until_complete(answer)
        if answer is self.target:
            return self
        is_wrapped = hasattr(answer, "fetchone") or hasattr(answer, "cursor")
        return Synchronous(answer, self._loop) if is_wrapped else answer
