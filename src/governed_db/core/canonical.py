"""Parameters into bytes that are equal when the values are, for the digest that an approval is bound to.

Only types whose content nobody can misrepresent count by content. Anything else is like nothing but itself:
what is approved with it in it can never be run.
"""

from __future__ import annotations

import datetime as dt
import decimal
import hashlib
import ipaddress
import secrets
import uuid
import zoneinfo
from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Mapping, Set
from typing import Final

from governed_db.core.wrappers import unwrapped

_PLAIN: Final = frozenset(
    {
        *(bool, int, float, complex, str, bytes, type(None), decimal.Decimal, uuid.UUID),
        *(dt.date, dt.time, dt.datetime, dt.timedelta),
        *(ipaddress.IPv4Address, ipaddress.IPv6Address, ipaddress.IPv4Network, ipaddress.IPv6Network),
        *(ipaddress.IPv4Interface, ipaddress.IPv6Interface),
    }
)
_ZONES: Final = frozenset({type(None), dt.timezone, zoneinfo.ZoneInfo})
_BUFFERS: Final = (bytearray, memoryview)
_DICTIONARIES: Final = (dict, OrderedDict, defaultdict)
_DEPTH: Final = 32


def canonical(parameters: object) -> bytes:
    """32 bytes."""
    digest = hashlib.sha256()
    for piece in _pieces(parameters, 0):
        digest.update(len(piece).to_bytes(8, "big"))
        digest.update(piece)
    return digest.digest()


def _pieces(value: object, depth: int) -> Iterator[bytes]:
    kind = type(value)
    if isinstance(value, (dt.datetime, dt.time)) and type(value.tzinfo) not in _ZONES:
        kind = object  # a time zone of the caller's own says what it likes
    yield kind.__qualname__.encode("utf-8", "surrogatepass")
    if kind in _PLAIN:
        yield repr(value).encode("utf-8", "surrogatepass")
    elif kind in _BUFFERS:
        yield bytes(value)  # type: ignore[call-overload]  # it is one
    elif depth < _DEPTH and kind in (list, tuple) and isinstance(value, (list, tuple)):
        yield str(len(value)).encode()
        for item in value:
            yield from _pieces(item, depth + 1)
    elif depth < _DEPTH and kind in _DICTIONARIES and isinstance(value, Mapping):
        yield from _unordered((key, item) for key, item in value.items())
    elif depth < _DEPTH and kind in (set, frozenset) and isinstance(value, Set):
        yield from _unordered(value)
    elif depth < _DEPTH and (parts := unwrapped(value)) is not None:
        yield from _pieces(parts, depth + 1)
    else:
        yield secrets.token_bytes(32)


def _unordered(items: Iterator[object] | Set[object]) -> Iterator[bytes]:
    yield from sorted(canonical(item) for item in items)
