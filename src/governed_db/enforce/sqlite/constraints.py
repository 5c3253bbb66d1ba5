"""The texts of a table and its indexes into the columns that SQLite reads whenever a row changes.

CHECK constraints, generated columns, and indexes on expressions or on a part of the rows are computed
from columns that the statement itself need not name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from governed_db.errors import AnalysisError
from governed_db.model.catalog import Dialect
from governed_db.sql.text import lex

_COMPUTING = frozenset({"CHECK", "AS"})


def computed_from(texts: Iterable[str]) -> frozenset[str]:
    """Names, in lower case, that occur where something is computed."""
    return frozenset(name.lower() for text in texts for name in _names(text))


def _names(text: str) -> Iterator[str]:
    try:
        pieces = [
            (kind, text[start:end])
            for kind, start, end in lex(text, Dialect.SQLITE)
            if kind not in ("space", "comment")
        ]
    except AnalysisError:
        return
    is_index = [piece.upper() for _, piece in pieces[:3]].count("INDEX") > 0
    depth, inside, before = 0, 0, ""
    for kind, piece in pieces:
        if piece == "(":
            depth += 1
            if not inside and before in _COMPUTING:
                inside = depth
        elif piece == ")":
            if depth == inside:
                inside = 0
            depth -= 1
        elif (inside or is_index) and kind in ("word", "name"):
            yield piece.strip('"`[]')
        before = piece.upper()
