"""A word into whether it is known as a given name or a family name somewhere.

The lists (lists/README.md) are kept as Bloom filters: no name can be read from them, one word in a hundred
that is no name is taken for one, and no name is forgotten.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Collection, Iterator
from pathlib import Path

_LISTS = Path(__file__).parent / "lists"
_BITS = 10  # for each name: one word in a hundred is known by mistake
_ROUNDS = 7


def is_given(word: str) -> bool:
    """`word` is written without accents, in small letters."""
    return _is_in(_filter("given"), word)


def is_family(word: str) -> bool:
    """Likewise."""
    return _is_in(_filter("family"), word)


def filled(names: Collection[str]) -> bytes:
    """The filter of a list, as it is kept."""
    bits = bytearray(-(-len(names) * _BITS // 8))
    for name in names:
        for place in _places(name, len(bits) * 8):
            bits[place >> 3] |= 1 << (place & 7)
    return bytes(bits)


@functools.cache  # 26 and 38 KB, read when a value first looks like a name
def _filter(kind: str) -> bytes:
    return (_LISTS / f"{kind}.bloom").read_bytes()


def _is_in(bits: bytes, word: str) -> bool:
    return all(bits[place >> 3] & 1 << (place & 7) for place in _places(word, len(bits) * 8))


def _places(word: str, size: int) -> Iterator[int]:
    """One hash, cut in two, gives all of them."""
    found = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=16).digest())
    first, second = found >> 64, found & (1 << 64) - 1
    return ((first + turn * second) % size for turn in range(_ROUNDS))
