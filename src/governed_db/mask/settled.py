"""A value that the database was to mask into itself if it is masked, else into its mask.

What a mask gives is known by its form. A stored value that happens to have that form and came as it is
would pass: it shows what its mask would show, and spliced text is analysed again before it is sent.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from governed_db.model.decision import Mask

_PLACEHOLDERS: Final = frozenset({"***", "****"})
_MIDNIGHT: Final = dt.time(0)
_DIGITS: Final = 1_000


def settled(mask: Mask, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """`function`, but for values that have the form of what `mask` gives."""

    def once(value: Any) -> Any:
        return value if is_settled(mask, value) else function(value)

    return once


def is_settled(mask: Mask, value: Any) -> bool:
    """Whether a value of a built-in type has the form of what a mask (with its argument) gives."""
    kind = type(value)
    if kind is str:
        return value in _PLACEHOLDERS or _is_settled_text(mask, value)
    if kind in (bytes, bytearray, memoryview):
        text = bytes(value).decode("latin-1")
        return mask.name != "null" and (text in _PLACEHOLDERS or _is_settled_text(mask, text))
    if mask.name == "year":
        return _begins_a_year(value)
    if mask.name == "bucket" and kind in (int, float, Decimal):
        return _is_multiple(value, mask.argument or 1)
    return False


def _is_settled_text(mask: Mask, text: str) -> bool:
    match mask.name:
        case "partial":
            return text.startswith("***") and len(text) == len("***") + (mask.argument or 0)
        case "email":
            return text.startswith("***@") and text.count("@") == 1
        case _:
            return False


def _is_multiple(value: int | float | Decimal, size: int) -> bool:
    """In whole numbers: the caller's decimal context could round, or trap."""
    if not math.isfinite(value) or (type(value) is Decimal and abs(value.adjusted()) > _DIGITS):
        return False
    numerator, denominator = value.as_integer_ratio()
    return denominator == 1 and numerator % size == 0


def _begins_a_year(value: Any) -> bool:
    kind = type(value)
    if kind is dt.datetime:
        return (value.month, value.day, value.time()) == (1, 1, _MIDNIGHT)
    return kind is dt.date and (value.month, value.day) == (1, 1)
