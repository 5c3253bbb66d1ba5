"""The outermost list of outputs of a text into the places of its items.

Found by words, since the parser keeps no places for most of an expression. What is found is only used
where it has as many items as the parser found; and the text that comes of it is analysed again.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from governed_db.model.catalog import Dialect
from governed_db.sql.spans import lexemes_of
from governed_db.sql.text import Lexeme

_SKIPPED = frozenset(
    """ALL STRAIGHT_JOIN SQL_SMALL_RESULT SQL_BIG_RESULT SQL_BUFFER_RESULT SQL_NO_CACHE SQL_CACHE
    SQL_CALC_FOUND_ROWS HIGH_PRIORITY""".split()
)
_ENDS = frozenset(
    """FROM INTO WHERE GROUP HAVING WINDOW UNION EXCEPT INTERSECT ORDER LIMIT OFFSET FETCH FOR PROCEDURE
    LOCK""".split()
)


@attrs.frozen
class Span:
    """An item: characters `start` to `end`; its expression ends at `body`, before any alias."""

    start: int
    end: int
    body: int


def item_spans(text: str, dialect: Dialect, keyword: str, aliased: Sequence[bool]) -> list[Span] | None:
    """The items after `keyword` (SELECT, RETURNING), of which some have an alias; None if they differ."""
    pieces = _split(text, lexemes_of(text, dialect), keyword)
    if pieces is None or len(pieces) != len(aliased) or not all(pieces):
        return None
    return [_span(text, piece, has_alias=alias) for piece, alias in zip(pieces, aliased, strict=True)]


def _split(text: str, lexemes: Sequence[Lexeme], keyword: str) -> list[list[Lexeme]] | None:
    pieces: list[list[Lexeme]] | None = None
    depth, before = 0, ""
    for lexeme in lexemes:
        word = text[lexeme.start : lexeme.end].upper() if lexeme.kind in ("word", "other") else ""
        if pieces is None:
            if depth == 0 and word == keyword:
                pieces = [[]]
        elif depth == 0 and _ends(word, before, keyword):
            break
        elif depth == 0 and word == ",":
            pieces.append([])
        elif not (word in _SKIPPED and pieces == [[]]):
            pieces[-1].append(lexeme)
        depth += (word in ("(", "[")) - (word in (")", "]"))
        if depth < 0:
            return None
        before = word
    return pieces


def _ends(word: str, before: str, keyword: str) -> bool:
    if word == ";":
        return True
    if keyword == "RETURNING" or word not in _ENDS or before in ("AS", "."):
        return False
    return not (word == "FROM" and before == "DISTINCT") and not (word == "GROUP" and before == "WITHIN")


def _span(text: str, piece: Sequence[Lexeme], *, has_alias: bool) -> Span:
    start, end = piece[0].start, piece[-1].end
    if not has_alias or len(piece) < 2:
        return Span(start, end, end)
    is_as = text[piece[-2].start : piece[-2].end].upper() == "AS" and piece[-2].kind == "word"
    last = piece[-3] if is_as and len(piece) > 2 else piece[-2]
    return Span(start, end, last.end)
