"""Values that drivers and frameworks wrap into what they are made of, as builtin types.

A class is known by its place in the module that defines it, so that nothing is imported that is not in use;
subclasses are not known, because what they give a driver is theirs to say.
"""

from __future__ import annotations

import enum
import json
import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

Parts = tuple[object, ...]


def unwrapped(value: Any) -> Parts | None:
    """What the value is made of; None for a class that is not known."""
    kind = type(value)
    take = _KNOWN.get((kind.__module__, kind.__qualname__))
    if take is not None and getattr(sys.modules.get(kind.__module__), kind.__qualname__, None) is kind:
        return take(value)
    if isinstance(value, enum.Enum) and _is_plain(kind):
        return kind.__module__, value._name_, value._value_
    return None


def _is_plain(kind: type[enum.Enum]) -> bool:
    """Whether an enum is nothing else, and says of itself what all enums say."""
    own, base = kind.__mro__[:-2], kind.__mro__[-2:]
    said = any(_SAID & vars(one).keys() for one in own)
    return type(kind) is enum.EnumMeta and base == (enum.Enum, object) and not said


def _json(value: Any) -> Parts | None:
    """With a writer of the caller's own a document is what that writer says."""
    return (value.obj,) if value.dumps is None or value.dumps is json.dumps else None


def _number(value: int | float) -> Parts:
    return ((int if isinstance(value, int) else float).__repr__(value),)


def _range(value: Any) -> Parts:
    return value.lower, value.upper, value.bounds


def _ranges(value: Any) -> Parts:
    return tuple(value)


def _object(value: Any) -> Parts:
    return (value.obj,)


def _text(value: str) -> Parts:
    return (str.__str__(value),)


_SAID: Final = frozenset(
    "name value _name_ _value_ __str__ __repr__ __format__ __conform__ __getattribute__ __getattr__".split()
)
_NUMBERS: Final = ("Int2", "Int4", "Int8", "IntNumeric", "Oid", "Float4", "Float8")
_KNOWN: Final[Mapping[tuple[str, str], Callable[[Any], Parts | None]]] = MappingProxyType(
    {
        ("psycopg.types.json", "Json"): _json,
        ("psycopg.types.json", "Jsonb"): _json,
        ("psycopg.types.range", "Range"): _range,
        ("psycopg.types.multirange", "Multirange"): _ranges,
        ("psycopg.dbapi20", "Binary"): _object,
        ("django.utils.safestring", "SafeString"): _text,
        **{("psycopg.types.numeric", name): _number for name in _NUMBERS},
    }
)
