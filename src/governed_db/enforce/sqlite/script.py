"""The text of a script into its statements, and a connection into the mode in which scripts run."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from governed_db.enforce.sqlite.session import Own, SqliteSession
from governed_db.errors import AnalysisError
from governed_db.model.catalog import Dialect
from governed_db.sql.text import lex

_TRIGGER: Final = re.compile(r"\s*CREATE\s+(?:TEMP(?:ORARY)?\s+)?TRIGGER\b", re.IGNORECASE)
_level: Any = sqlite3.Connection.isolation_level
_LEGACY: Final = getattr(sqlite3, "LEGACY_TRANSACTION_CONTROL", -1)


def statements(script: str) -> Iterator[str]:
    """Each statement, without its semicolon. A text that cannot be split is one statement, and refused."""
    try:
        ends = [end for kind, start, end in lex(script, Dialect.SQLITE) if script[start:end] == ";"]
    except AnalysisError:
        yield script
        return
    start = 0
    for end in (*ends, len(script)):
        text = script[start:end]
        if _TRIGGER.match(text) and end < len(script) and not sqlite3.complete_statement(text):
            continue  # a semicolon inside the trigger's body
        start = end
        if _has_words(text):
            yield text.removesuffix(";")


def _has_words(text: str) -> bool:
    return any(
        kind not in ("space", "comment") and text[start:end] != ";"
        for kind, start, end in lex(text, Dialect.SQLITE)
    )


@contextmanager
def script_mode(session: SqliteSession) -> Iterator[None]:
    """As the driver runs scripts: what is open is committed, and nothing is begun by itself."""
    real = session.real
    if getattr(real, "autocommit", _LEGACY) != _LEGACY:
        yield
        return
    level = real.isolation_level
    session.permitted(Own.TRANSACTION, sqlite3.Connection.commit, real)
    session.permitted(Own.TRANSACTION, _level.__set__, real, None)
    try:
        yield
    finally:
        if level is not None:
            _level.__set__(real, level)
