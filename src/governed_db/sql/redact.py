"""SQL text into the same text without its literals.

Everything that may hold a value goes: strings, numbers, comments, and in SQLite double-quoted names,
which it reads as strings when no column has that name (they stay where they look like a name).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from governed_db.errors import AnalysisError
from governed_db.model.catalog import Dialect
from governed_db.sql.text import lex

_PLAIN_NAME = re.compile(r"""["`\[]\w{1,63}["`\]]""")


def redact(text: str, dialect: Dialect, hidden: Sequence[tuple[int, int]] = ()) -> str:
    """The statement for the audit trail: each literal is ?, comments are gone.

    Text that cannot be read is not shown at all. `hidden`: characters that may not be shown either, in
    order, whatever they are part of; somebody forgot to quote a key.
    """
    pieces = []
    spans = iter([*hidden, (len(text), len(text))])
    first, last = next(spans)
    try:
        for kind, start, end in lex(text, dialect):
            while last <= start and first < len(text):
                first, last = next(spans)
            pieces.append("?" if first < end and start < last else _shown(kind, text[start:end]))
    except AnalysisError as error:
        return f"<{len(text)} characters that cannot be read: {error.code}>"
    return re.sub(r"\s+", " ", "".join(pieces)).strip()


def unquoted(text: str, dialect: Dialect) -> str:
    """What stands outside of strings, of the same length: where a key may be that nobody quoted.

    With comments: a private key begins like one. Nothing of a text that cannot be read.
    """
    try:
        return "".join(
            " " * (end - start) if kind == "string" else text[start:end]
            for kind, start, end in lex(text, dialect)
        )
    except AnalysisError:
        return ""


def _shown(kind: str, piece: str) -> str:
    match kind:
        case "string" | "number" | "parameter":
            return "?"
        case "comment" | "space":
            return " "
        case "name" if not _PLAIN_NAME.fullmatch(piece):
            return '"?"'
        case _:
            return piece


def blank(text: str, dialect: Dialect) -> str:
    """The statement for messages: of the same length, each character of a literal overwritten."""
    pieces = []
    try:
        for kind, start, end in lex(text, dialect):
            piece = text[start:end]
            hidden = kind in ("string", "comment") or (kind == "name" and not _PLAIN_NAME.fullmatch(piece))
            if hidden:
                piece = re.sub(r"[^\n]", "·", piece)
            elif kind == "number":
                piece = "·" * len(piece)
            pieces.append(piece)
    except AnalysisError:
        return re.sub(r"[^\n]", "·", text)
    return "".join(pieces)


def fingerprint(text: str, dialect: Dialect) -> str:
    """Sixteen hex digits that are equal for statements that differ only in their literals.

    For grouping in the audit trail, never a key of the plan cache.
    """
    return hashlib.sha256(redact(text, dialect).encode()).hexdigest()[:16]
