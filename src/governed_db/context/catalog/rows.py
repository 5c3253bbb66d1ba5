"""Rows as drivers' lowest layers give them (text, bytes or native values) into plain Python values."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable
from typing import Any, TypeAlias

from governed_db.model.catalog import Catalog

Rows: TypeAlias = list[tuple[Any, ...]]
Loading: TypeAlias = Generator[str, Rows, Catalog]
EpochReading: TypeAlias = Generator[str, Rows, str]

_TRUE = frozenset({"t", "true", "1", "yes"})
_FALSE = frozenset({"f", "false", "0", "no", ""})


def text(value: object) -> str:
    """A value as text; bytes are UTF-8 (a text_factory or a binary collation may give them)."""
    if value is None:
        return ""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).decode("utf-8", "surrogateescape")
    return str(value)


def maybe(value: object) -> str | None:
    """Text, or None for NULL and for empty text."""
    return text(value) or None


def flag(value: object) -> bool:
    """A truth value; a word that is neither is an error rather than a guess."""
    word = text(value).lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError(f"not a truth value: {word!r}")


def unjson(value: object) -> Any:
    """A JSON column, parsed already by some drivers and text in others."""
    if isinstance(value, (list, dict)):
        return value
    return json.loads(text(value) or "null")


def only_row(rows: Rows) -> tuple[Any, ...]:
    """The one row of a query that must give one."""
    if len(rows) != 1:
        raise ValueError(f"expected one row, got {len(rows)}")
    return rows[0]


def words(values: Iterable[object]) -> tuple[str, ...]:
    return tuple(text(value) for value in values)
