"""The necessary conditions of prefilter.py in one pass of Hyperscan, where it is installed.

Only the question *may this text hold such a form* is put to Hyperscan; what is a hit is decided by the same
code in either case.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable
from functools import cache
from typing import Any, Final

from governed_db.mask.content import prefilter
from governed_db.mask.content.find import Family
from governed_db.mask.content.keys import SHORTEST
from governed_db.mask.content.numbers import FEWEST_DIGITS, GAPS

Families = Callable[[str], int]

_GAP: Final = "".join(rf"\x{byte:02x}" for byte in sorted(set(GAPS.encode())))
_PATTERNS: Final = (
    (Family.AT, "@"),
    (Family.URL, "://"),
    (Family.PEM, "-----BEGIN "),
    (Family.PAIR, "(?i)(?:passw|pwd|accountkey|accesskey|access_key)"),
    (Family.TOKEN, rf"[0-9A-Za-z_-]{{{SHORTEST}}}"),
    (Family.IBAN, "[A-Z][A-Z][0-9][0-9]"),
    (Family.LETTERED, "[A-Z]{6}[0-9]{2}[A-Z][0-9]{2}[A-Z][0-9]{3}[A-Z]"),
    (Family.LETTERED, "[A-Z]{4}[0-9]{6}[A-Z]{6}"),
    (Family.LETTERED, "[0-9] [0-9]{2} [0-9]{2} [A-D]"),
    # At most three separators stand between digits; each takes up to three bytes.
    (Family.DIGITS, rf"[0-9](?:[{_GAP}]{{0,9}}[0-9]){{{FEWEST_DIGITS - 1}}}"),
    (Family.IPV4, r"[0-9]\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]"),
    (Family.IPV6, "::"),
    (Family.MEMBER, '" ?:'),
    (Family.IPV6, "(?:[0-9a-fA-F]{0,4}:){7}"),
)


@cache
def families_in() -> Families:
    """The fastest engine there is: from a text to the families whose forms it may hold."""
    try:
        hyperscan = importlib.import_module("hyperscan")  # it has no types
    except ImportError:
        return prefilter.families
    return _Engine(hyperscan).families


class _Engine:
    """A compiled database, and a scratch space for each thread: two may not share one."""

    def __init__(self, hyperscan: Any) -> None:
        self._hyperscan = hyperscan
        self._database = hyperscan.Database()
        count = len(_PATTERNS)
        once = hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_DOTALL
        self._database.compile(
            expressions=[pattern.encode() for _, pattern in _PATTERNS],
            ids=list(range(count)),
            elements=count,
            flags=[once] * count,
        )
        self._scratch = threading.local()

    def families(self, text: str) -> int:
        if len(text) < prefilter.SHORTEST_TEXT:
            return 0
        found: list[int] = []
        self._database.scan(
            text.encode("utf-8", "surrogatepass"),
            match_event_handler=_noted,
            context=found,
            scratch=self._own_scratch(),
        )
        families = 0
        for number in found:
            families |= _PATTERNS[number][0]
        # A password in a URL has an @ behind it.
        return families if families & Family.AT else families & ~Family.URL

    def _own_scratch(self) -> Any:
        scratch = getattr(self._scratch, "space", None)
        if scratch is None:
            scratch = self._scratch.space = self._hyperscan.Scratch(self._database)
        return scratch


def _noted(number: int, _start: int, _end: int, _flags: int, found: list[int]) -> None:
    found.append(number)
