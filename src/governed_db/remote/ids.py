"""A time into an identifier that sorts by it."""

from __future__ import annotations

import os

_BASE32 = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford: nothing that people misread


def uuid7(now: float) -> str:
    """A version 7 UUID (RFC 9562): 48 bits of milliseconds, then 74 random bits."""
    noise = os.urandom(10)
    number = (int(now * 1000) & 0xFFFFFFFFFFFF) << 80 | int.from_bytes(noise, "big")
    number = number & ~(0xF << 76) | 0x7 << 76
    number = number & ~(0x3 << 62) | 0x2 << 62
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def spoken_id(prefix: str) -> str:
    """A short random name that a person can read out: it names a thing and opens nothing."""
    number = int.from_bytes(os.urandom(8), "big")
    return f"{prefix}-" + "".join(_BASE32[number >> shift & 31] for shift in range(0, 50, 5))
