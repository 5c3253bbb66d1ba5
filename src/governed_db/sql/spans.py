"""Replacements of character spans into a changed text; SQL is never regenerated."""

from __future__ import annotations

from collections.abc import Sequence

from governed_db.model.catalog import Dialect
from governed_db.sql.text import Lexeme, lex

Edit = tuple[int, int, str]
"""Start, end (exclusive) and what comes there; start equals end where something is put in."""


def apply(text: str, edits: tuple[Edit, ...]) -> str:
    """The text with all replacements made, which are in order and do not overlap."""
    pieces, last = [], 0
    for start, end, new in edits:
        if start < last:
            raise ValueError("replacements overlap")
        pieces += [text[last:start], new]
        last = end
    return "".join([*pieces, text[last:]])


def quoted(name: str, dialect: Dialect) -> str:
    """A name as it is, whatever it is made of."""
    mark = "`" if dialect is Dialect.MYSQL else '"'
    return mark + name.replace(mark, mark * 2) + mark


def lexemes_of(text: str, dialect: Dialect) -> list[Lexeme]:
    """The lexemes without spaces and comments. A parameter ends where the next lexeme begins or spaces end.

    Where it stands the driver's text can have a longer placeholder, as in `%(name)s`.
    """
    found: list[Lexeme] = []
    last_is_parameter = False
    for lexeme in lex(text, dialect):
        if lexeme.kind == "space" and last_is_parameter:
            found[-1] = found[-1]._replace(end=lexeme.end)
        if lexeme.kind not in ("space", "comment"):
            found.append(lexeme)
        last_is_parameter = lexeme.kind == "parameter"
    return found


def end_of(text: str, dialect: Dialect) -> int:
    """Where a statement ends, before closing semicolons and comments: nothing put there is in a comment."""
    found: Sequence[Lexeme] = lexemes_of(text, dialect)
    while found and text[found[-1].start : found[-1].end] == ";":
        found = found[:-1]
    return found[-1].end if found else 0


def stand_free(text: str, edits: Sequence[Edit], dialect: Dialect) -> bool:
    """Whether nothing that was put into the changed `text` is inside of a comment, a string or a name.

    A filter in a comment would leave everything as it was.
    """
    borders: set[int] = set()
    shift = 0
    for start, end, new in edits:
        borders |= {start + shift, start + shift + len(new)}
        shift += len(new) - (end - start)
    pieces = (one for one in lex(text, dialect) if one.kind != "space")
    return not any(one.start < border < one.end for one in pieces for border in _between(borders, one))


def _between(borders: set[int], lexeme: Lexeme) -> set[int]:
    if lexeme.end - lexeme.start < len(borders):
        return borders.intersection(range(lexeme.start, lexeme.end))
    return borders
