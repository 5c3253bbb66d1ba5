"""A statement's text into marks of injected SQL in its literals, by name; never a literal.

Ordinary texts hold a semicolon or two dashes. So each mark wants more than that: what follows them in an
injected literal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from governed_db.errors import AnalysisError
from governed_db.model.catalog import Dialect
from governed_db.sql.text import lex

_MOST: Final = 20_000  # characters of literals that are looked at
_VERBS: Final = r"(?:select|insert|update|delete|drop|alter|create|truncate|grant|exec|call|copy|attach)"
_SPACE: Final = r"\s{1,8}"  # without bounds, long runs of spaces take quadratic time
_GAP: Final = r"\s{0,8}"
_MARKS: Final[Mapping[str, re.Pattern[str]]] = {
    name: re.compile(pattern, re.IGNORECASE | re.MULTILINE)
    for name, pattern in {
        "stacked-statement": f";{_GAP}{_VERBS}" + r"\b",
        "comment-in-literal": rf"(?:--|/\*){_GAP}$|['\")]{_GAP}(?:--|/\*|\#)",
        "tautology-in-literal": r"\bor" + _SPACE + r"(['\"]?)\w{0,40}\1" + _GAP + r"(?:=|<>|!=|like)"
        r"|\bor" + _SPACE + r"(?:1|true)\b",
        "union-in-literal": rf"\bunion{_SPACE}(?:all{_SPACE})?select\b",
        "delay-in-literal": rf"\b(?:pg_sleep|sleep|benchmark|waitfor{_SPACE}delay)\b{_GAP}['(]",
    }.items()
}


def marks(text: str, dialect: Dialect) -> tuple[str, ...]:
    """The names of the marks that any literal of the text has."""
    try:
        literals = [text[start:end] for kind, start, end in lex(text, dialect) if kind == "string"]
    except AnalysisError:
        return ()
    joined = "\n".join(literal[1:-1] for literal in literals if len(literal) > 6)[:_MOST]
    return tuple(name for name, pattern in _MARKS.items() if joined and pattern.search(joined))
