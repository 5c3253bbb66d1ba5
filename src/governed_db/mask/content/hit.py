"""A place in a text and what stands there."""

from __future__ import annotations

from typing import NamedTuple


class Hit(NamedTuple):
    """Characters `start` to `end` are a value of this classification."""

    start: int
    end: int
    classification: str


def context(text: str, start: int, length: int = 28) -> str:
    """What stands before a place in the same cell; cells are joined by NUL."""
    return text[max(0, start - length) : start].rpartition("\0")[2]
