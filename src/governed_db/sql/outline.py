"""A text into its outline: words, groups in parentheses, and the clauses that a place stands in.

Read by words, since the parser keeps no places for most of an expression. What is found here is only
ever used to propose another text, which is analysed and decided like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import attrs

from governed_db.model.catalog import Dialect
from governed_db.sql.spans import lexemes_of

_OPENS: Final = frozenset({"(", "[", "CASE"})
_CLOSES: Final = frozenset({")", "]", "END"})
_BEGINS: Final = frozenset(
    """SELECT FROM WHERE GROUP HAVING WINDOW ORDER LIMIT OFFSET FETCH FOR LOCK INTO UNION EXCEPT INTERSECT
    RETURNING SET VALUES ON JOIN LEFT RIGHT INNER CROSS FULL NATURAL USING PARTITION ROWS RANGE GROUPS WITH
    UPDATE DELETE INSERT MERGE PROCEDURE""".split()
)


@attrs.frozen
class Word:
    """A word, or a group: characters `start` to `end`, `text` in upper case ("(" for a group)."""

    text: str
    kind: str
    start: int
    end: int
    inside: tuple[Word, ...] = ()


@attrs.frozen
class Clause:
    """A clause: `words` begin with its keyword, `level` is the query or group that it belongs to."""

    words: tuple[Word, ...]
    level: tuple[Word, ...]

    @property
    def keyword(self) -> str:
        return self.words[0].text

    @property
    def body(self) -> tuple[Word, ...]:
        """What follows the keyword, BY included in that."""
        return self.words[2:] if [word.text for word in self.words[1:2]] == ["BY"] else self.words[1:]


def outline(text: str, dialect: Dialect) -> tuple[Word, ...]:
    """The words of a text; groups hold theirs."""
    stack: list[tuple[str, int, list[Word]]] = [("", 0, [])]
    for kind, start, end in lexemes_of(text, dialect):
        word = text[start:end].upper() if kind in ("word", "other") else ""
        if word in _OPENS:
            stack.append((word, start, []))
        elif word in _CLOSES and len(stack) > 1 and (word == "END") == (stack[-1][0] == "CASE"):
            opened, begin, inside = stack.pop()
            stack[-1][2].append(Word(opened, "group", begin, end, tuple(inside)))
        else:
            stack[-1][2].append(Word(word or text[start:end], kind, start, end))
    return tuple(stack[0][2]) if len(stack) == 1 else ()


def levels(words: tuple[Word, ...], position: int) -> list[tuple[Word, ...]]:
    """What encloses a place: the words of the innermost group first, those of the text last."""
    found = [words]
    while True:
        group = next((w for w in found[0] if w.kind == "group" and w.start < position < w.end), None)
        if group is None:
            return found
        found.insert(0, group.inside)


def clauses(level: tuple[Word, ...]) -> list[Clause]:
    """The clauses of a level, in order; what comes before the first keyword is in none."""
    found: list[list[Word]] = []
    before = ""
    for word in level:
        is_keyword = word.kind == "word" and word.text in _BEGINS and not _is_part(word.text, before)
        if is_keyword:
            found.append([])
        if found:
            found[-1].append(word)
        before = word.text
    return [Clause(tuple(words), level) for words in found]


def _is_part(word: str, before: str) -> bool:
    """`IS DISTINCT FROM`, `WITHIN GROUP`, `DO UPDATE`, `AS "from"` and the like begin nothing."""
    pairs = {
        ("DISTINCT", "FROM"),
        ("WITHIN", "GROUP"),
        ("DO", "UPDATE"),
        ("FOR", "UPDATE"),
        ("DISTINCT", "ON"),
        ("WITH", "FOR"),
    }
    return (before, word) in pairs or before in (".", "AS")


def clause_at(level: tuple[Word, ...], position: int) -> Clause | None:
    """The clause of a level that a place stands in."""
    found = (one for one in clauses(level) if one.words[0].start <= position < one.words[-1].end)
    return next(found, None)


def split(words: Sequence[Word], *signs: str) -> list[tuple[Word, ...]]:
    """The parts between signs; the AND of a BETWEEN separates nothing."""
    parts: list[list[Word]] = [[]]
    is_between = False
    for word in words:
        is_sign = word.kind in ("word", "other") and word.text in signs
        if is_sign and not (is_between and word.text == "AND"):
            parts.append([])
            continue
        is_between = word.text == "BETWEEN" or (is_between and not is_sign)
        parts[-1].append(word)
    return [tuple(part) for part in parts]


def flat(words: Sequence[Word]) -> Iterator[Word]:
    """All words that are no groups."""
    for word in words:
        if word.kind == "group":
            yield from flat(word.inside)
        else:
            yield word
