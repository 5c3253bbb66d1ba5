"""SQL text into its frame and its literals, and a tree into the literals of which no fact depends.

Two texts with the same frame, the same kinds of literals and the same literals wherever one matters mean
the same to analysis. Rules of this file:

* Cutting is done by one regular expression, which knows strings without backslashes, plain numbers and
  double-quoted names. A text in which anything else could begin a string or a comment is not cut, nor
  one with anything that a mask may have made: those literals are looked at one by one.
* Where the expression cuts, the lexer (text.py) must see a literal or a name: that is asked once for
  each frame. It then holds for every text with this frame, since all that stands between the cuts, where
  the lexer could go astray, is the same.
* A literal does not matter where it is compared with something that reads a column, or is written into
  one: only the server looks at its content. All others (LIMIT, JSON paths, arguments) are kept.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from sqlglot import exp

from governed_db.model.catalog import Dialect
from governed_db.sql.text import lex

MAX_CHARACTERS: Final = 8_000
_PIECE: Final = re.compile(r"""((?<![\w.$?:@&'"])(?:'(?:[^']|'')*'|\d+(?:\.\d+)?(?![\w.'"]))|"[^"]*\")""")
_MADE: Final = re.compile(r"\*\*\*|tok_|hash_", re.IGNORECASE)
_UNCUT: Final = {
    Dialect.POSTGRES: ("\\", "$", "#", "`", "\0", "--", "/*"),
    Dialect.MYSQL: ("\\", "$", "#", "`", "\0", "--", "/*", '"'),
    Dialect.SQLITE: ("\\", "$", "#", "`", "\0", "--", "/*", "["),
}
_COMPARISONS: Final = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)


class Cut(NamedTuple):
    """`frame`: what stands between the pieces, then a letter for the kind of each (' " . 0)."""

    frame: str
    pieces: list[str]


def cut(text: str, dialect: Dialect) -> Cut | None:
    """The text in pieces; None if it cannot be cut, or holds no literal."""
    for mark in _UNCUT[dialect]:
        if mark in text:
            return None
    parts = _PIECE.split(text)
    pieces = parts[1::2]
    if not pieces or len(text) > MAX_CHARACTERS:
        return None
    frame = "\0".join(parts[::2])
    if "'" in frame or '"' in frame:
        return None
    for piece in pieces:
        frame += piece[0] if piece[0] in "'\"" else "." if "." in piece else "0"
        if ("_" in piece or "*" in piece) and _MADE.search(piece) is not None:
            return None
    return Cut(frame, pieces)


def movable(text: str, dialect: Dialect, given: frozenset[int]) -> tuple[bool, ...] | None:
    """For each piece whether it may be another; None when the lexer does not see these pieces.

    `given`: where the literals stand that do not matter (Facts.given).
    """
    spans = {(start, end) for kind, start, end in lex(text, dialect) if kind in ("string", "number", "name")}
    found = [match.span() for match in _PIECE.finditer(text)]
    if not spans.issuperset(found):
        return None
    return tuple(start in given for start, _ in found)


def given(root: exp.Expr) -> frozenset[int]:
    """Where literals begin of which no fact depends."""
    found = (literal for literal in root.find_all(exp.Literal) if "start" in literal.meta)
    return frozenset(literal.meta["start"] for literal in found if _is_given(literal))


def _is_given(literal: exp.Expr) -> bool:
    node = literal.parent if isinstance(literal.parent, exp.Neg) else literal
    match node.parent:
        case exp.In() | exp.Between() as test:
            return test.this is not node and _reads_column(test.this)
        case exp.Tuple() as row:
            return isinstance(row.parent, exp.Values) and isinstance(row.parent.parent, exp.Insert)
        case comparison if isinstance(comparison, _COMPARISONS):
            other = comparison.expression if comparison.this is node else comparison.this
            return _reads_column(other)
        case _:
            return False


def _reads_column(node: exp.Expr) -> bool:
    """Whether it is no constant; in a row of fields and in a query more than one thing is compared."""
    return not isinstance(node, (exp.Tuple, exp.Query)) and node.find(exp.Column) is not None
