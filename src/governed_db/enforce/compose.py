"""A class that the caller picked and a governed one into one class that is both.

The governed class comes between the caller's and the driver's: whatever the caller's methods finally
hand to the driver is what is governed, also when they rewrite it first.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

from governed_db.drivers.surface import Surface, unlisted


def compose(wanted: type, governed: type) -> type:
    """`wanted` with the governed class below it; `governed` itself where nothing more is wanted."""
    if issubclass(wanted, governed):
        return wanted
    if wanted in governed.__mro__:
        return governed
    return _composed(wanted, governed)  # type: ignore[arg-type]  # classes are hashable


@functools.lru_cache(maxsize=1024)
def _composed(wanted: type, governed: type) -> type:
    names = {"__module__": wanted.__module__, "__qualname__": wanted.__qualname__, "__doc__": wanted.__doc__}
    return type(wanted)(wanted.__name__, (wanted, governed), names)


def close_doors(governed: type, driver: type, table: Surface, refuse: Callable[[Any, str], Any]) -> None:
    """Names of the installed driver that no table lists raise when they are looked up."""
    for name in unlisted(driver, table):
        setattr(governed, name, property(functools.partial(_refuse, name, refuse)))


def _refuse(name: str, refuse: Callable[[Any, str], Any], self: Any) -> Any:
    return refuse(self, name)


def disguise(governed: type, driver: type, *, also: Iterable[str] = ()) -> None:
    """The names that the driver's class shows to people and to pickle."""
    for name in ("__name__", "__qualname__", "__module__", *also):
        setattr(governed, name, getattr(driver, name))
