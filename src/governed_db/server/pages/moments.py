"""Seconds into words that a person reads at a glance."""

from __future__ import annotations

import datetime as dt
from typing import Final

_UNITS: Final = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"))


def stamp(seconds: float) -> str:
    """A moment for a <time datetime>, in UTC."""
    return _moment(seconds).isoformat(timespec="seconds").replace("+00:00", "Z")


def clock(seconds: float) -> str:
    """A moment to read: 2026-11-23 08:15:02 UTC."""
    return _moment(seconds).strftime("%Y-%m-%d %H:%M:%S UTC")


def ago(seconds: float, now: float) -> str:
    """How long since, or until: "4 min ago", "in 2 h"."""
    passed = now - seconds
    if abs(passed) < 1:
        return "just now"
    said = span(abs(passed))
    return f"{said} ago" if passed > 0 else f"in {said}"


def span(seconds: float) -> str:
    """A length of time in its largest whole unit, the smaller one beside it while it matters."""
    if seconds < 1:
        return f"{seconds * 1000:.3g} ms"
    index = next(index for index, (size, _) in enumerate(_UNITS) if seconds >= size)
    size, name = _UNITS[index]
    whole, rest = divmod(seconds, size)
    if whole >= 10 or index + 1 == len(_UNITS):
        return f"{whole:.0f} {name}"
    smaller, smaller_name = _UNITS[index + 1]
    beside = rest // smaller
    return (
        f"{whole:.0f} {name} {beside:.0f} {smaller_name}" if beside and index < 2 else f"{whole:.0f} {name}"
    )


def count(number: int | float) -> str:
    """A number with thin groups: 12 480."""
    return f"{number:,}".replace(",", "\u202f")


def brief(number: int | float) -> str:
    """A number in few letters: 12.5k."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if number >= size:
            return f"{number / (1e3 if letter == 'k' else size):.3g}{letter}"
    return f"{number:g}"


def _moment(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
