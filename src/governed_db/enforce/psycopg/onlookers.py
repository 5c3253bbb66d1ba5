"""A class of the caller's into a refusal, if it takes the place of an inner part of psycopg.

Such a class is given what callers must not see: results before they are masked, errors before their values
are taken out. It is refused when it is made, or when the first of its objects becomes a governed one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from governed_db.drivers.psycopg import DRIVER

# A class with these sees everything that psycopg stores in its instances; through `wait` comes every error.
_SEES_ALL: Final = frozenset({"__setattr__", "__getattribute__", "wait", "pgconn"})
_OWN: Final = f"{__package__}."


def refuse_onlookers(made: type) -> None:
    """Refuse the class if it, or one that it is derived from, is of such a kind."""
    parents = made.__mro__[:-1]
    inner = {name for parent in parents if is_drivers(parent) for name in _inner(parent)} | _SEES_ALL
    for parent in parents:
        own = set() if is_drivers(parent) or _is_ours(parent) else vars(parent).keys() & inner
        if own:
            raise DRIVER.refused_call(
                f"{made.__qualname__} with {min(own)}",
                "derive from psycopg's class without what is private to it",
            )


def is_drivers(parent: type) -> bool:
    """Whether the class is psycopg's own, or composed of one."""
    return parent.__module__.partition(".")[0] == "psycopg"


def _is_ours(parent: type) -> bool:
    return parent.__module__.startswith(_OWN)


def _inner(parent: type) -> Iterator[str]:
    """Names of methods and attributes that only psycopg itself uses, and where it keeps what it reads."""
    slots = vars(parent).get("__slots__", ())
    yield from (name for name in slots if name not in ("__weakref__", "arraysize", "format", "itersize"))
    yield from (name for name in vars(parent) if name.startswith("_") and not name.startswith("__"))
