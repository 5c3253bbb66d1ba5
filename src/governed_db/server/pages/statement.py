"""A statement into lines of coloured pieces that a person can read.

Only the white space between words changes: no word is added, left out or put elsewhere, and a test compares.
Text that our own lexer refuses is shown as it came.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from markupsafe import Markup, escape

from governed_db.errors import AnalysisError
from governed_db.model.catalog import Dialect
from governed_db.server.pages.seen_text import seen
from governed_db.sql.text import lex

_LONG: Final = 20_000  # characters; more is shown plainly
_WIDE: Final = 68

_KEYWORDS: Final = frozenset(
    """ADD ALL ALTER AND ANY AS ASC BEGIN BETWEEN BY CASCADE CASE CAST CHECK COLUMN COMMIT CONFLICT CONSTRAINT
    CREATE CROSS CURRENT DEFAULT DELETE DESC DISTINCT DO DROP ELSE END EXCEPT EXISTS EXPLAIN FALSE FETCH FOR
    FOREIGN FROM FULL GRANT GROUP HAVING IF ILIKE IN INDEX INNER INSERT INTERSECT INTO IS ISNULL JOIN KEY
    LATERAL LEFT LIKE LIMIT MATERIALIZED MERGE NATURAL NOT NOTHING NOTNULL NULL OFFSET ON OR ORDER OUTER OVER
    PARTITION PRIMARY RECURSIVE REFERENCES REGEXP REPLACE RESTRICT RETURNING REVOKE RIGHT ROLLBACK SELECT SET
    SIMILAR TABLE THEN TO TRIGGER TRUE TRUNCATE UNION UNIQUE UPDATE USING VALUES VIEW WHEN WHERE WINDOW
    WITH""".split()
)
_CLAUSES: Final = frozenset(
    """SELECT FROM WHERE GROUP HAVING ORDER LIMIT OFFSET SET VALUES RETURNING UNION EXCEPT INTERSECT WINDOW
    JOIN LEFT RIGHT INNER CROSS FULL NATURAL""".split()
)
_JOINS: Final = frozenset("JOIN LEFT RIGHT INNER CROSS FULL NATURAL OUTER".split())
_LISTS: Final = frozenset("SELECT SET RETURNING".split())
_QUERIES: Final = frozenset("SELECT WITH VALUES INSERT UPDATE DELETE".split())


class Piece(NamedTuple):
    """A word of a statement. `kind`: keyword word string name parameter number comment other."""

    kind: str
    text: str
    is_spaced: bool  # white space stood before it

    @property
    def upper(self) -> str:
        return self.text.upper()


class Line(NamedTuple):
    indent: int
    pieces: tuple[Piece, ...]


def pieces(text: str) -> tuple[Piece, ...] | None:
    """The words of the statement, by the first dialect that can read it, or None."""
    # The sign is a comment in one dialect and an operator in another: lines end where they did, then.
    if len(text) > _LONG or ("#" in text and "\n" in text):
        return None
    for dialect in Dialect:
        try:
            return tuple(_pieces(text, dialect))
        except AnalysisError:
            continue
    return None


def _pieces(text: str, dialect: Dialect) -> Iterator[Piece]:
    is_spaced = False
    for kind, start, end in lex(text, dialect):
        if kind == "space":
            is_spaced = True
            continue
        yield Piece(_kind(kind, text[start:end]), text[start:end], is_spaced)
        is_spaced = False


def _kind(kind: str, said: str) -> str:
    if kind == "word" and said.upper() in _KEYWORDS:
        return "keyword"
    return "parameter" if said == "?" else kind


def laid_out(words: Sequence[Piece]) -> tuple[Line, ...]:
    """The words in lines: a clause a line, long lists an item a line, queries in parentheses set in."""
    return tuple(_Layout(words).lines())


def view(text: str) -> Markup:
    """The statement as markup for a <pre>."""
    words = pieces(text)
    if not words:
        return seen(text)
    return Markup("\n").join(_line(line) for line in laid_out(words))


def one_line(text: str, most: int = 160) -> Markup:
    """The statement's beginning in one coloured line, for tables."""
    short = " ".join(text.split())
    words = pieces(short)
    if words is None:
        return seen(short[:most] + ("…" if len(short) > most else ""))
    kept: list[Piece] = []
    length = 0
    for word in words:
        length += len(word.text) + word.is_spaced
        if length > most:
            return _joined(kept) + Markup(" …")
        kept.append(word)
    return _joined(kept)


def _line(line: Line) -> Markup:
    return escape("  " * line.indent) + _joined(line.pieces)


def _joined(words: Iterable[Piece]) -> Markup:
    made = []
    for index, word in enumerate(words):
        space = " " if word.is_spaced and index else ""
        made.append(Markup('{}<span class="q-{}">{}</span>').format(space, word.kind, seen(word.text)))
    return Markup("").join(made)


class _Layout:
    """Walks over the words once.

    `depths`: for each open parenthesis how far its query is set in, None where no query is in it.
    """

    def __init__(self, words: Sequence[Piece]) -> None:
        self._words = words
        self._depths: list[int | None] = []
        self._clauses: list[str] = []
        self._clause = ""
        self._between = False
        self._indent = 0
        self._is_query = bool(words) and words[0].upper in _QUERIES

    def lines(self) -> Iterator[Line]:
        line: list[Piece] = []
        for index, word in enumerate(self._words):
            step = self._break_before(index)
            if step is not None and line:
                yield Line(self._indent, tuple(line))
                line = []
                self._indent = self._base(word) + step
            line.append(word)
            self._enter(index)
        if line:
            yield Line(self._indent, tuple(line))

    def _base(self, word: Piece) -> int:
        depths = [depth for depth in self._depths if depth is not None]
        return max(0, (depths[-1] if depths else 0) - (word.text == ")"))

    def _closes_query(self) -> bool:
        return bool(self._depths) and self._depths[-1] is not None

    def _is_inline(self) -> bool:
        return bool(self._depths) and self._depths[-1] is None

    def _break_before(self, index: int) -> int | None:
        """How far a line that begins here is set in beyond its query; None: no line begins here."""
        if index == 0:
            return None
        word, before = self._words[index], self._words[index - 1]
        if before.kind == "comment" and not before.text.startswith("/*"):
            return 0
        if not self._is_query or self._is_inline():
            return None
        if word.text == ")" and self._closes_query():
            return 0
        if before.text == "(" and self._closes_query():
            return 0
        if word.kind == "keyword":
            return self._break_before_keyword(word.upper, before)
        return 1 if before.text == "," and self._is_long_list(index) else None

    def _break_before_keyword(self, word: str, before: Piece) -> int | None:
        if word == "ON" and self._clause == "VALUES":
            return 0
        if word in ("AND", "OR") and not (word == "AND" and self._between):
            return 1 if self._clause in ("WHERE", "HAVING", "ON") else None
        if word not in _CLAUSES or before.text in (".", ","):
            return 1 if before.text == "," and self._clause in _LISTS else None
        if word in _JOINS and before.upper in _JOINS:
            return None
        if word in ("LEFT", "RIGHT", "REPLACE") and before.upper in ("SELECT", "BY", "WHERE", "ON", "AND"):
            return None  # functions of these names
        is_part = (before.upper, word) in _PARTS
        return None if is_part else 0

    def _is_long_list(self, index: int) -> bool:
        return self._clause in _LISTS and self._list_length(index) > _WIDE

    def _list_length(self, index: int) -> int:
        """Characters of the list around the word, in its own query."""
        length = 0
        for step in (-1, 1):
            at = index
            depth = 0
            while 0 <= at < len(self._words) and length <= _WIDE:
                word = self._words[at]
                depth += {"(": step, ")": -step}.get(word.text, 0)
                if depth < 0 or (depth == 0 and word.kind == "keyword" and word.upper in _CLAUSES):
                    break
                length += len(word.text) + 1
                at += step
        return length

    def _enter(self, index: int) -> None:
        word = self._words[index]
        if word.text == "(":
            after = self._words[index + 1].upper if index + 1 < len(self._words) else ""
            opens = after in _QUERIES and after != "VALUES"
            self._depths.append(self._indent + 1 if opens else None)
            self._clauses.append(self._clause)
        elif word.text == ")" and self._depths:
            self._depths.pop()
            self._clause = self._clauses.pop()
        elif word.kind == "keyword":
            self._between = word.upper == "BETWEEN" or (self._between and word.upper != "AND")
            if not self._is_inline() and (word.upper in _CLAUSES or word.upper == "ON"):
                self._clause = word.upper


_PARTS: Final = frozenset(
    {
        ("DELETE", "FROM"),
        ("DISTINCT", "FROM"),
        ("UPDATE", "SET"),
        ("SELECT", "ALL"),
        ("DO", "UPDATE"),
        ("DEFAULT", "VALUES"),
        ("SET", "DEFAULT"),
        ("CHARACTER", "SET"),
        ("ON", "UPDATE"),
    }
)
