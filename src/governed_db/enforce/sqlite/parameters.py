"""What a caller passes as parameters into values that are the same whenever they are looked at.

What is decided on and approved must be what is bound: objects of the caller's are asked once, here.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

_PLAIN: Final = frozenset({int, float, str, bytes, type(None)})
_NAMED: Final = re.compile(r"[:@$](\w+)")


def settled(parameters: Any, text: str) -> Any:
    """The parameters of one run. What cannot be parameters is left for the driver to complain of."""
    if type(parameters) is tuple and _PLAIN.issuperset(map(type, parameters)):
        return parameters
    if isinstance(parameters, (dict, Mapping)):
        return dict(_named(parameters, text))
    if hasattr(type(parameters), "__len__") and hasattr(type(parameters), "__getitem__"):
        return tuple([_bound(parameters[number]) for number in range(len(parameters))])
    return parameters


def _named(parameters: Any, text: str) -> Iterator[tuple[str, Any]]:
    """A mapping may make values up: it is asked for every name that the text can have."""
    for name in dict.fromkeys(_NAMED.findall(text)):
        try:
            value = parameters[name]
        except LookupError:
            continue
        yield name, _bound(value)


def _bound(value: Any) -> Any:
    """The value as the driver would bind it, of one of SQLite's own types where it has one."""
    if type(value) in _PLAIN:
        return value
    adapted = sqlite3.adapt(value, sqlite3.PrepareProtocol, value)
    if isinstance(adapted, int):
        return int.__int__(adapted)
    if isinstance(adapted, float):
        return float.__float__(adapted)
    if isinstance(adapted, str):
        return str.__str__(adapted)
    is_whole = isinstance(adapted, memoryview) and adapted.c_contiguous
    return bytes(adapted) if is_whole or isinstance(adapted, (bytes, bytearray)) else adapted


class Kept:
    """The parameters of many runs, kept while they are read: an approved write runs again."""

    def __init__(self, source: Iterable[Any], text: str) -> None:
        self._source = iter(source)
        self._text = text
        self._seen: list[Any] = []

    def __iter__(self) -> Iterator[Any]:
        yield from self._seen
        for item in self._source:
            self._seen.append(settled(item, self._text))
            yield self._seen[-1]

    def __repr__(self) -> str:
        return repr(list(self))
