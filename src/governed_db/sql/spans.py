"""Replacements of character spans into a changed text; SQL is never regenerated."""

from __future__ import annotations

from governed_db.model.catalog import Dialect

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
