"""Every public name of every driver class into what governed_db answers when it is used.

A name of the installed driver that no table lists is refused: a new version of a driver fails a test
rather than opens a door. Names of older or newer versions of a driver may be listed too.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from types import MappingProxyType


class Answer(enum.Enum):
    """GOVERNED: goes the whole line. WRAPPED: ours around the driver's. DELEGATED: the driver's own."""

    GOVERNED = "governed"
    DELEGATED = "delegated"
    WRAPPED = "wrapped"
    REFUSED = "refused"


Surface = Mapping[str, Answer]


def surface(*, governed: str = "", delegated: str = "", wrapped: str = "", refused: str = "") -> Surface:
    """A table from names written in words; each name stands once."""
    table: dict[str, Answer] = {}
    for answer, names in zip(Answer, (governed, delegated, wrapped, refused), strict=True):
        for name in names.split():
            if name in table:
                raise ValueError(f"{name} is listed twice")
            table[name] = answer
    return MappingProxyType(table)


def public_names(thing: object) -> frozenset[str]:
    """What callers of a class or module may use: no leading underscore, or a protocol's dunder name."""
    return frozenset(name for name in dir(thing) if not name.startswith("_"))


def unlisted(thing: object, table: Surface) -> Iterator[str]:
    """Public names that the table has no answer for."""
    return (name for name in sorted(public_names(thing)) if name not in table)


def refused(table: Surface) -> Iterator[str]:
    return (name for name, answer in table.items() if answer is Answer.REFUSED)
