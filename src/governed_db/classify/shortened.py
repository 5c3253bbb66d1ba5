"""What people cut short into the words that it stands for, where only one meaning fits.

`est_civ` is estado civil, `surnme` a surname, `wohnstr` a street. A beginning of a word, a word without its
vowels, and a word with a letter or two missing count; of one word alone four letters have to be left.
"""

from __future__ import annotations

import bisect
import functools
from collections.abc import Mapping, Sequence

from governed_db.model.classification import CLEAR

Words = tuple[str, ...]
Meanings = Mapping[str, frozenset[str]]

_FEWEST = 3  # letters of one of several words
_FEWEST_ALONE = 4
_FEWEST_TOGETHER = 6
_MOST_MISSING = 2
_VOWELS = str.maketrans("", "", "aeiouy")


class Shortened:
    """The words and phrases of a lexicon, by what can be left of them.

    `meanings`: the classes that a word means alone; none for words that mean nothing to protect.
    """

    def __init__(self, meanings: Meanings, phrases: Mapping[Words, frozenset[str]]) -> None:
        self._meanings = meanings
        self._phrases = phrases
        self._words = sorted(meanings)
        self._by_skeleton: dict[str, list[str]] = {}
        self._by_lengths: dict[tuple[str, int], list[str]] = {}
        self._by_initials: dict[str, list[Words]] = {}
        for word in self._words:
            self._by_skeleton.setdefault(skeleton(word), []).append(word)
            self._by_lengths.setdefault((word[0], len(word)), []).append(word)
        for phrase in phrases:
            if len(phrase) in (2, 3):
                self._by_initials.setdefault("".join(word[0] for word in phrase), []).append(phrase)

    def word(self, raw: str) -> str | None:
        """The word that `raw` stands for; None where it can stand for words of different meaning."""
        if len(raw) < _FEWEST_ALONE:
            return None
        for found in (self._beginnings(raw), self._skeletons(raw), self._misspelt(raw)):
            if found:
                meanings = {self._meanings[word] for word in found}
                return min(found, key=len) if len(meanings) == 1 and meanings != {frozenset()} else None
        return None

    def phrase(self, raw: Sequence[str]) -> Words | None:
        """The phrase of as many words of which these are what is left."""
        if sum(map(len, raw)) < _FEWEST_TOGETHER:
            return None
        listed = self._by_initials.get("".join(word[0] for word in raw), ())
        found = [phrase for phrase in listed if all(map(is_left_of, raw, phrase))]
        if not found or any(CLEAR in self._phrases[phrase] for phrase in found):
            return None
        return found[0]

    def _beginnings(self, raw: str) -> list[str]:
        start = bisect.bisect_left(self._words, raw)
        end = bisect.bisect_left(self._words, raw + "\x7f")
        return [word for word in self._words[start:end] if word != raw]

    def _skeletons(self, raw: str) -> list[str]:
        return self._by_skeleton.get(raw, [])

    def _misspelt(self, raw: str) -> list[str]:
        if len(raw) < _FEWEST_TOGETHER - 1:
            return []
        most = _MOST_MISSING - (len(raw) < 7)
        return [
            word
            for missing in range(1, most + 1)
            for word in self._by_lengths.get((raw[0], len(raw) + missing), ())
            if _is_within(raw, word)
        ]


@functools.lru_cache(maxsize=4096)
def skeleton(word: str) -> str:
    """The word without its vowels, apart from the first letter."""
    return word[0] + word[1:].translate(_VOWELS)


def is_left_of(raw: str, word: str) -> bool:
    """Whether `raw` can be what is left of one of several words."""
    if raw == word:
        return True
    if len(raw) < _FEWEST or len(raw) >= len(word):
        return False
    return word.startswith(raw) or raw == skeleton(word) or _is_squeezed(raw, word)


def _is_squeezed(raw: str, word: str) -> bool:
    """Consonants alone, the first and the last one among them: `sts` of status."""
    return raw.translate(_VOWELS) == raw and raw[-1] == word[-1] and _is_within(raw, word)


def _is_within(raw: str, word: str) -> bool:
    at = 0
    for letter in raw:
        at = word.find(letter, at) + 1
        if not at:
            return False
    return True
