"""The placeholders of a template into whether literals in their places mean what parameters do.

Rules of this file:

* A placeholder in quotes or comments, or touching a word, could change how its neighbours are read.
* Numbers are no parameters where a number names a column: ORDER BY 2, also in parentheses.
* A list is as many values as it has: IN %s is read as IN (%s,%s).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import attrs
import pymysql

from governed_db.errors import AnalysisError
from governed_db.model.catalog import Dialect
from governed_db.sql.text import lex

SEQUENCES: Final = (tuple, list, set, frozenset)

_PLACEHOLDER: Final = re.compile(r"%(?:%|s|\((?P<name>[^()]*)\)s)?")
_BEFORE: Final = frozenset(" \t\n\r(,=<>+*")
_AFTER: Final = frozenset(" \t\n\r),=<>+*;-/")
# Words that make one literal with the next: _binary %s, DATE %s.
_INTRODUCED: Final = re.compile(r"(?<![\w`@$.])(?:_\w+|DATE|TIME|TIMESTAMP)\s+$", re.IGNORECASE | re.ASCII)
_UNQUOTED: Final = re.compile(r"""(?:[^'"`#\\/\-\0]|-(?!-)|/(?!\*))*""")
_PIECE: Final = re.compile(r"%%|%(?:\([^()]*\))?s|\w+|[()]", re.ASCII)
_QUOTED: Final = frozenset({"string", "name", "comment"})
_ENDS_ORDER: Final = frozenset({"LIMIT", "HAVING", "WINDOW", "FOR", "UNION", "EXCEPT", "INTERSECT", "SELECT"})


@attrs.frozen
class Shape:
    """How a template takes values. `is_free`: as literals; `counts`: a number may name a column in it."""

    is_free: bool
    counts: bool = False

    def takes(self, has_numbers: bool) -> bool:  # noqa: FBT001  # in front of every statement
        """Whether values count as parameters."""
        return self.is_free and not (has_numbers and self.counts)


def takes_no_other(text: str) -> bool:
    """Whether %s, %(name)s and %% are all that it has of placeholders."""
    return all(len(found.group()) > 1 for found in _PLACEHOLDER.finditer(text))


def shape_of(text: str) -> Shape:
    """How a template takes values, from its text alone."""
    found = [match for match in _PLACEHOLDER.finditer(text) if match.group() != "%%"]
    if any(len(match.group()) == 1 or not _stands_apart(text, match) for match in found):
        return Shape(is_free=False)
    if text.isascii() and _UNQUOTED.fullmatch(text):
        return scanned(text)
    try:
        return _read(text, [match.start() for match in found])
    except AnalysisError:
        return Shape(is_free=False)


def _stands_apart(text: str, match: re.Match[str]) -> bool:
    """It touches no word, quote or other placeholder: x%s would become x'41'."""
    before, after = text[: match.start()][-1:] or " ", text[match.end() :][:1] or " "
    return before in _BEFORE and after in _AFTER and not _INTRODUCED.search(text[: match.start()][-80:])


def _read(text: str, places: list[int]) -> Shape:
    """The places among the lexemes of the text, which has spaces there."""
    coming = iter([*places, len(text)])
    place = next(coming)
    counts = False
    orders = [False]  # by depth of parentheses: inside ORDER BY or GROUP BY
    blank = _PLACEHOLDER.sub(lambda match: " " * len(match.group()), text)
    for kind, start, end in lex(blank, Dialect.MYSQL):
        if place < end:
            if kind in _QUOTED:
                return Shape(is_free=False)
            counts = counts or any(orders)
            while place < end:
                place = next(coming)
        elif kind == "word":
            word = blank[start:end].upper()
            orders[-1] = word == "BY" or (orders[-1] and word not in _ENDS_ORDER)
        elif kind == "other":
            _parenthesis(blank[start:end], orders)
    return Shape(is_free=True, counts=counts)


def scanned(text: str) -> Shape:
    """What `_read` finds, for a text that has no quotes and no comments: ten times as fast."""
    counts = False
    orders = [False]
    for found in _PIECE.finditer(text):
        piece = found.group()
        if piece in "()":
            _parenthesis(piece, orders)
        elif piece[0] != "%":
            word = piece.upper()
            orders[-1] = word == "BY" or (orders[-1] and word not in _ENDS_ORDER)
        elif piece != "%%":
            counts = counts or any(orders)
    return Shape(is_free=True, counts=counts)


def _parenthesis(piece: str, orders: list[bool]) -> None:
    if piece == "(":
        orders.append(False)
    elif piece == ")" and len(orders) > 1:
        orders.pop()


def spread(text: str, args: Any) -> tuple[str, tuple[Any, ...]]:
    """A list among the arguments into as many placeholders as it has values: IN %s into IN (%s, %s)."""
    flat: list[Any] = []
    values = iter(() if isinstance(args, dict) else args)

    def places(value: Any) -> str:
        if type(value) in SEQUENCES:
            return f"({','.join(map(places, value))})"
        flat.append(value)
        return "%s"

    def place(match: re.Match[str]) -> str:
        piece = match.group()
        if piece == "%%" or len(piece) == 1:
            return piece
        return places(args[match["name"]] if match["name"] is not None else _next(values))

    spread = _PLACEHOLDER.sub(place, text)
    flat.extend(values)  # more than there are places for: told by `bound`
    return spread, tuple(flat)


def _next(values: Iterator[Any]) -> Any:
    for value in values:
        return value
    raise pymysql.err.ProgrammingError("not enough arguments for format string")
