"""All values of a column into how many are days of birth, sexes, postcodes: only together do they tell."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from governed_db.classify.known_names import is_family, is_given
from governed_db.classify.person_names import name_words

_FEWEST_DAYS = 8
_MIDNIGHT = r"[ T]00:00:00(?:\.0+)?(?:Z|[+-]\d\d(?::?\d\d)?)?"
_DAY = re.compile(
    rf"(\d{{4}})-\d\d-\d\d(?:{_MIDNIGHT})?|\d\d?[./-]\d\d?[./-](\d{{4}})|((?:19|20)\d\d)(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])"
)
# Days of birth reach back further, and further apart, than what a business records, and adults' end long ago.
_OLDEST = 1900
_OLD_ONES, _SPREAD_OF_OLD = 1945, 50
_SPREAD_OF_ADULTS, _YEARS_AGO = 25, 14
_EARLY = 1975

_FEWEST_SEXES = 8
_SEXES = tuple(
    (frozenset(one.split()), frozenset(other.split()))
    for one, other in (
        ("m male", "f female w"),
        ("m mann maennlich männlich", "w f frau weiblich"),
        ("herr", "frau"),
        ("homme h masculin m.", "femme f féminin feminin mme"),
        ("hombre masculino varon varón", "mujer femenino"),
        ("homem masculino masc", "mulher feminino fem"),
        ("uomo maschio", "donna femmina"),
        ("man v.", "vrouw v"),
        ("mr mr.", "mrs mrs. ms ms. miss"),
        ("boy boys", "girl girls"),
    )
)
_NEITHER = frozenset(
    "d x o u n other unknown divers non-binary nonbinary unspecified autre otro altro anders outro inter "
    "diverse prefer-not-to-say n/a dr dr. prof prof. mx mx.".split()
)
_POSTCODE, _MANY, _MOST_ZEROS, _FEWEST_FIRSTS = 5, 20, 0.3, 5
_MOST_CATEGORIES, _TIMES, _LONGEST_CATEGORY = 12, 3, 40
_WORDS = re.compile(r"[^\W\d_]+(?:[ /&-]+[^\W\d_]+)*")
_MANY_SURE, _NEARLY_ALL = 0.4, 0.85
_LOOSE = {
    # A word and a number of a house, in any order and language.
    "street": re.compile(
        r"(?=.*[^\W\d_]{3})(?=.*(?<![\d.])\d{1,5}(?![\d.]*\d))[^@:;|=<>{}]{5,90}|.*\bP\.? ?O\.? Box\b.*",
        re.DOTALL,
    ),
    "phone": re.compile(
        r"(?=(?:\D*\d){7,15}\D*$)(?=.*[ ().+/-])\+?[\d ()./-]{7,22}(?: ?(?:x|ext\.?) ?\d{1,6})?"
    ),
}
_BLOOD = re.compile(r"(?:A|B|AB|0|O) ?(?:[+-]|pos\.?|neg\.?|Rh[+-])", re.IGNORECASE)


def birth_days(texts: Sequence[str]) -> int:
    """How many are days on which somebody was born, if they lie as such days do."""
    years = sorted(year for year in map(_year, texts) if year is not None)
    if len(years) < _FEWEST_DAYS or years[0] < _OLDEST or len(set(texts)) < _FEWEST_DAYS:
        return 0
    tenth, ninetieth = years[len(years) // 10], years[-1 - len(years) // 10]
    this_year = dt.datetime.now(tz=dt.UTC).year
    if years[-1] > this_year:
        return 0
    is_old = tenth <= _OLD_ONES and ninetieth - tenth >= _SPREAD_OF_OLD
    recent = sum(year > this_year - _YEARS_AGO for year in years)
    is_adult = tenth <= _EARLY and ninetieth - tenth >= _SPREAD_OF_ADULTS and recent * 50 < len(years)
    return len(years) if is_old or is_adult else 0


def _year(text: str) -> int | None:
    found = _DAY.fullmatch(text)
    return int(found[1] or found[2] or found[3]) if found is not None else None


def sexes(texts: Sequence[str]) -> int:
    """How many are words for a sex, or a form of address, if both occur and next to nothing else."""
    words = [text.lower() for text in texts]
    different = frozenset(words) - _NEITHER
    if len(words) < _FEWEST_SEXES:
        return 0
    fits = any(different <= one | other and different & one and different & other for one, other in _SEXES)
    return len(words) if fits else 0


def extrapolated(name: str, texts: Sequence[str], rate: float) -> float:
    """Where many are streets or numbers to dial by form, all that could be one of them are."""
    if name not in _LOOSE or rate < _MANY_SURE:
        return rate
    loose = sum(_LOOSE[name].fullmatch(text) is not None for text in texts) / len(texts)
    return max(rate, loose) if loose >= _NEARLY_ALL else rate


def categories(texts: Sequence[str]) -> int:
    """How many are one of a few short words that come again and again, none of which is anybody's name."""
    different = set(texts)
    if len(different) > _MOST_CATEGORIES or len(texts) < _TIMES * len(different):
        return 0
    if any(len(text) > _LONGEST_CATEGORY or not _WORDS.fullmatch(text) for text in different):
        return 0
    words = [word for text in different for word in name_words(text)]
    return 0 if any(is_given(word) and is_family(word) for word in words) else len(texts)


def postcodes(texts: Sequence[str]) -> int:
    """How many are numbers of five digits that lie as postcodes do: anywhere, a few of them behind a zero."""
    fitting = [text for text in texts if len(text) == _POSTCODE and text.isascii() and text.isdigit()]
    if len(fitting) * 20 < len(texts) * 19 or len(set(fitting)) * 2 < len(fitting) or len(fitting) < _MANY:
        return 0
    zeros = sum(text[0] == "0" for text in fitting) / len(fitting)
    firsts = {text[0] for text in fitting}
    return len(fitting) if 0 < zeros < _MOST_ZEROS and len(firsts) >= _FEWEST_FIRSTS else 0


def blood_groups(texts: Sequence[str]) -> int:
    """How many are groups of blood; a school mark is one (`A-`) as well, so that some must be of AB or 0."""
    fitting = [text for text in texts if _BLOOD.fullmatch(text)]
    is_telling = any(text[:2].upper() in ("AB", "O+", "O-", "0+", "0-") for text in fitting)
    return len(fitting) if is_telling and len(set(fitting)) > 2 else 0
