"""A text into the places of personal data and credentials in it.

A *family* is a group of forms that are looked for together, with one cheap necessary condition
(prefilter.py): only families whose condition a text meets are looked for.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from governed_db.mask.content import keys, mails, numbers
from governed_db.mask.content.hit import Hit
from governed_db.mask.content.members import KeyClass, members, nobody


class Family:
    """Bits: what a text may hold. In the order in which they win where they overlap.

    Plain numbers: an enum.IntFlag takes a microsecond for each `|`.
    """

    PEM: Final = 1
    URL: Final = 2
    PAIR: Final = 4
    TOKEN: Final = 8
    AT: Final = 16
    IBAN: Final = 32
    LETTERED: Final = 64
    DIGITS: Final = 128
    IPV4: Final = 256
    IPV6: Final = 512
    MEMBER: Final = 1024


ALL: Final = 2047


def _numbers(text: str) -> Iterator[Hit]:
    yield from numbers.cards(text)
    yield from numbers.national_ids(text)
    yield from numbers.phones(text)


_FINDERS: Final[Mapping[int, Callable[[str], Iterator[Hit]]]] = {
    Family.PEM: keys.private_keys,
    Family.URL: keys.url_passwords,
    Family.PAIR: keys.pair_passwords,
    Family.TOKEN: keys.tokens,
    Family.AT: mails.emails,
    Family.IBAN: numbers.ibans,
    Family.LETTERED: numbers.lettered_ids,
    Family.DIGITS: _numbers,
    Family.IPV4: numbers.ipv4s,
    Family.IPV6: numbers.ipv6s,
}


def find(text: str, families: int = ALL, key_class: KeyClass = nobody) -> list[Hit]:
    """The hits by place, none overlapping another: the family that comes first wins, then the first hit.

    Whole members of documents win over what stands inside of them.
    """
    kept: list[Hit] = []
    if families & Family.MEMBER and key_class is not nobody:
        kept += members(text, key_class)
    for family, finder in _FINDERS.items():
        if families & family:
            for hit in finder(text):
                place = bisect_right(kept, hit)
                is_free = place == 0 or kept[place - 1].end <= hit.start
                if is_free and (place == len(kept) or hit.end <= kept[place].start):
                    kept.insert(place, hit)
    return kept


def placeholder(classification: str) -> str:
    """What stands in place of a hit: nothing that would need quoting in JSON, SQL or a shell."""
    return f"[{classification}]"
