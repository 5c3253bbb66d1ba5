"""The values of a column into how many of them are names of persons.

One word alone may be anything: `Berlin`, `Rose` and `Ford` are names as well. So a column counts as a whole:
if nearly all of it has the shape of names, and most of that is known, all of that shape are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from governed_db.classify.known_names import is_family, is_given

_FEWEST = 8  # different ones; four products may all begin like "Rose Gold"
_MOST_WORDS = 5
# What share of it has to be known. Of the cities that Faker makes up from family names 0.69 are (French),
# of provinces of Spain 0.45, of the names of colours 0.23.
_ALONE, _FULL, _MIXED = 0.6, 0.5, 0.8
# Where values come again and again, or are few, they are makes (Ford) or months (April), not persons.
_FEW_DIFFERENT, _FEW, _ALONE_AND_FEW = 0.25, 20, 0.9
_BESIDE = 0.45
_MOST_FIRMS = 0.05
_NAME = re.compile(r"[^\W\d_](?:[^\W\d_]|['\u2019.-])*")
_BREAK = re.compile(r"[\s,]+")
_FIRM = re.compile(
    r"\b(?:inc|ltd|llc|plc|corp|co|company|group|sons|gmbh|ag|kg|kgaa|ohg|gbr|stiftung|sarl|sas|sa|scop|et|fils"
    r"|hnos|hijos|filhos|lda|ltda|eireli|s\.?a|s\.?l|srl|spa|snc|sp|bv|nv|vof|ab|hb|oy|oyj|as|a/s|aps|und|and)\b\.?|&",
    re.IGNORECASE,
)
_TITLES = frozenset(
    "mr mrs ms miss dr prof herr frau mme mlle sr sra dott sig sigra ing pan pani dipl med mag univ phd md "
    "jr ii iii iv hon rev fr hr dhr mevr mw don dona sir lady".split()
)
# Parts of names that are written small.
_PARTICLES = frozenset(
    "de da do das dos di du del della dei degli la le les van von vom der den ten het ter te zu zum y e i "
    "af av bin al el ibn ben".split()
)


def person_names(texts: Sequence[str], *, beside_others: bool = False) -> int:
    """How many are names of persons; none where the column as a whole does not look like it.

    Where no value has both large and small letters, its names are written in the column's way.
    `beside_others`: another column of the table holds such names, so that less has to be known.
    """
    if not any(text != text.lower() and text != text.upper() for text in texts):
        texts = [text.title() for text in texts]
    shaped = [words for text in texts if (words := name_words(text))]
    if len(set(texts)) < _FEWEST or len(shaped) * 10 < len(texts) * 8:
        return 0
    single = [words[0] for words in shaped if len(words) == 1]
    full = [words for words in shaped if len(words) > 1]
    if sum(_FIRM.search(text) is not None for text in texts) > _MOST_FIRMS * len(texts):
        return 0
    known_single = sum(is_given(word) or is_family(word) for word in single) / max(1, len(single))
    known_full = sum(map(_is_full_name, full)) / max(1, len(full))
    is_varied = len(set(texts)) >= max(_FEW, _FEW_DIFFERENT * len(texts))
    share = len(single) / len(shaped)
    if beside_others:
        known = share * known_single + (1 - share) * known_full
        return len(shaped) if is_varied and known >= _BESIDE else 0
    return len(shaped) if _is_enough(share, known_single, known_full, is_varied) else 0


def _is_enough(share: float, single: float, full: float, is_varied: bool) -> bool:  # noqa: FBT001
    """`share` of the values are one word; so much of these, and of the others, is known."""
    if share >= 0.95:
        return single >= (_ALONE if is_varied else _ALONE_AND_FEW)
    if share <= 0.3:
        return full >= _FULL
    return share * single + (1 - share) * full >= _MIXED


def _is_full_name(words: Sequence[str]) -> bool:
    """Given name and family name, in either order."""
    first, last = words[0], words[-1]
    return (is_given(first) and is_family(last)) or (is_family(first) and is_given(last))


def name_words(text: str) -> list[str]:
    """The parts of a text that has the shape of a name, without accents, in small letters; else none."""
    spoken = [word for word in _BREAK.split(text) if word.lower() not in _PARTICLES]
    words = [word for word in spoken if _fold(word.rstrip(".")) not in _TITLES and not _is_initial(word)]
    if not 1 <= len(words) <= _MOST_WORDS or not all(map(_is_written_as_name, words)):
        return []
    return [part for word in words for part in _fold(word).replace("'", "").split("-") if part]


def _is_initial(word: str) -> bool:
    return len(word) <= 2 and word.endswith(".")


def _is_written_as_name(word: str) -> bool:
    return _NAME.fullmatch(word) is not None and word[0].isupper() and len(word) > 1


def _fold(word: str) -> str:
    return unicodedata.normalize("NFKD", word).encode("ascii", "ignore").decode().lower()
