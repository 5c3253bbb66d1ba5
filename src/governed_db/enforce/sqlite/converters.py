"""The name of a declared type into whether values of it would be shown to code of the caller's."""

from __future__ import annotations

import sqlite3
from typing import Final

# The driver's own as they were before anybody could register one.
_DRIVERS_OWN: Final = tuple(
    one for one in sqlite3.converters.values() if getattr(one, "__module__", "") == "sqlite3.dbapi2"
)


def is_foreign_converter(type_name: str, trusted: tuple[object, ...] = ()) -> bool:
    """Whether values of this declared type would be shown to code of the caller's."""
    converter = sqlite3.converters.get(type_name.upper())
    return converter is not None and not any(converter is own for own in (*_DRIVERS_OWN, *trusted))


def converters_of(module: str) -> tuple[object, ...]:
    """What a library has registered."""
    return tuple(one for one in sqlite3.converters.values() if getattr(one, "__module__", "") == module)


def comparisons(type_name: str) -> tuple[object, ...]:
    """What is registered for a declared type, if it is a comparison with given bytes: they keep nothing."""
    found = sqlite3.converters.get(type_name.upper())
    is_ours = type(found) is type(b"".__eq__) and type(getattr(found, "__self__", None)) is bytes
    return (found,) if is_ours else ()
