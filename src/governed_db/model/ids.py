"""A time into an identifier that sorts by it."""

from __future__ import annotations

import os

_BASE32 = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford: nothing that people misread

_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}  # the bits 10xx


def uuid7(now: float) -> str:
    """A version 7 UUID (RFC 9562): 48 bits of milliseconds, then 74 random bits."""
    noise = os.urandom(10).hex()
    moment = f"{int(now * 1000) & 0xFFFFFFFFFFFF:012x}"
    return f"{moment[:8]}-{moment[8:]}-7{noise[:3]}-{_VARIANT[noise[3]]}{noise[4:7]}-{noise[7:19]}"


def spoken_id(prefix: str) -> str:
    """A short random name that a person can read out: it names a thing and opens nothing."""
    number = int.from_bytes(os.urandom(8), "big")
    return f"{prefix}-" + "".join(_BASE32[number >> shift & 31] for shift in range(0, 50, 5))
