"""Generators that yield what is to be done into their results, in three kinds of world.

What goes wrong is thrown into the generator, at the place that asked for it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from typing import Any, TypeVar

Asked = TypeVar("Asked")
T = TypeVar("T")
Steps = Generator[Asked, Any, T]


def drive(steps: Steps[Asked, T], perform: Callable[[Asked], Any]) -> T:
    """Run the steps in a world that answers at once."""
    try:
        asked = next(steps)
        while True:
            try:
                answer = perform(asked)
            except BaseException as error:  # noqa: BLE001 - handed to the steps, which raise it again
                asked = steps.throw(error)
            else:
                asked = steps.send(answer)
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]  # PEP 380: the generator's return value


async def adrive(steps: Steps[Asked, T], perform: Callable[[Asked], Awaitable[Any]]) -> T:
    """Run the steps in a world that answers in its own time."""
    try:
        asked = next(steps)
        while True:
            try:
                answer = await perform(asked)
            except BaseException as error:  # noqa: BLE001 - handed to the steps, which raise it again
                asked = steps.throw(error)
            else:
                asked = steps.send(answer)
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]  # PEP 380: the generator's return value


def gdrive(
    steps: Steps[Asked, T], perform: Callable[[Asked], Generator[Any, Any, Any]]
) -> Generator[Any, Any, T]:
    """Run the steps in a world that is itself a generator (psycopg's protocol is: sync and async at once)."""
    try:
        asked = next(steps)
        while True:
            try:
                answer = yield from perform(asked)
            except BaseException as error:  # noqa: BLE001 - handed to the steps, which raise it again
                asked = steps.throw(error)
            else:
                asked = steps.send(answer)
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]  # PEP 380: the generator's return value
