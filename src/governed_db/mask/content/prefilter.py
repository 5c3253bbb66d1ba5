"""Joined texts into the families of forms that they may hold: necessary conditions, nothing is lost.

A condition is what every text with such a form meets, whatever stands around it. It is looked for with the
few operations that run over bytes as fast as memory allows: translation, deletion, search for a constant.
"""

from __future__ import annotations

import re
from typing import Final

from governed_db.mask.content.find import Family
from governed_db.mask.content.keys import SHORTEST
from governed_db.mask.content.numbers import FEWEST_DIGITS, GAPS

_DIGIT, _UPPER, _LOWER = b"0123456789", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", b"abcdefghijklmnopqrstuvwxyz"
# Shape: digits 0, capitals A, everything else as it is.
_SHAPE: Final = bytes.maketrans(_DIGIT + _UPPER, b"0" * 10 + b"A" * 26)
# Runs: what keys are made of 0, everything else as it is.
_RUNS: Final = bytes.maketrans(_DIGIT + _UPPER + _LOWER + b"_-", b"0" * 64)
_GAP_BYTES: Final = bytes(sorted(set(GAPS.encode())))
_LONG_NUMBER: Final = b"0" * FEWEST_DIGITS
_LONG_RUN: Final = b"0" * SHORTEST
_FOUR_NUMBERS: Final = re.compile(rb"0\.0{1,3}\.0{1,3}\.0")
_HEX: Final = b"0123456789abcdefABCDEF"
_PAIR_NAMES: Final = (b"passw", b"pwd", b"accountkey", b"accesskey", b"access_key")
SHORTEST_TEXT: Final = 6  # a@b.co
# Codice fiscale, CURP, National Insurance number.
_LETTERED: Final = (b"AAAAAA00A00A000A", b"AAAA000000AAAAAA", b"AA 00 00 00 A")


def families(text: str) -> int:
    """The families whose forms a text may hold."""
    if len(text) < SHORTEST_TEXT:
        return 0
    raw = text.encode("utf-8", "surrogatepass")
    found = _signs(raw)
    shape = raw.translate(_SHAPE)
    if _LONG_NUMBER in shape.translate(None, _GAP_BYTES):
        found |= Family.DIGITS
    if b"AA00" in shape:
        found |= Family.IBAN
    if b"0.0" in shape and _FOUR_NUMBERS.search(shape):
        found |= Family.IPV4
    if any(lettered in shape for lettered in _LETTERED):
        found |= Family.LETTERED
    if _LONG_RUN in raw.translate(_RUNS):
        found |= Family.TOKEN
    return found


def _signs(raw: bytes) -> int:
    found = 0
    if b"@" in raw:
        found |= Family.AT | Family.URL if b"://" in raw else Family.AT
    if b'":' in raw or b'" :' in raw:
        found |= Family.MEMBER
    if b"-----BEGIN " in raw:
        found |= Family.PEM
    if b"::" in raw or (raw.count(b":") > 6 and b":::::::" in raw.translate(None, _HEX)):
        found |= Family.IPV6
    if b"=" in raw or b":" in raw:
        folded = raw.lower()
        if any(name in folded for name in _PAIR_NAMES):
            found |= Family.PAIR
    return found
