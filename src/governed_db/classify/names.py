"""The name of a column or table into its words, and the rules that these words fit."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence

import attrs

from governed_db.classify import record_words, words
from governed_db.classify.kinds import TypeKind
from governed_db.classify.rules import RULES
from governed_db.classify.rules.rule import Rule
from governed_db.classify.shortened import Shortened
from governed_db.model.classification import CLEAR

Words = tuple[str, ...]

_SPECIAL = tuple(
    (re.compile(pattern, re.IGNORECASE), spelled)
    for pattern, spelled in (
        (r"(?<![a-zA-Z])e[-_ ]mail", "email"),
        (r"(?<![0-9])2[_-]?(?:fa|sv)|two[_-]?factor", "_twofactor_"),
        (r"p256_?dh", "_pushkey_"),
        (r"(?<![a-zA-Z])ip[_-]?v?[46](?![a-zA-Z0-9])", "_ip_"),
        (r"(?<![a-zA-Z])(?:number|num|no|nb|nr|qty|count|anzahl)_?of_", "count_"),
        (r"^(?:number|num|nbr|nb|no)_(?=[a-z_]*[^s]s$)", "count_"),
        (r"(?<![a-zA-Z])i9(?![a-zA-Z])", "_employment_eligibility_"),
        (r"_y_?n$", "_flag"),
        (r"last_?4(?![0-9])|last_?four", "_lastfour_"),
        (r"base_?64", "_base64_"),
        (r"OAuth", "oauth"),
    )
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = re.compile(r"[a-z]+(?:64)?")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"})
_PERSON_PREFIXES = frozenset({"emp", "usr", "cust", "pat", "stu", "mgr", "alt"})
_LONGEST_JOINED = 40
_SHORT = 3
_NUMBERS = frozenset({TypeKind.INT, TypeKind.UUID})
_DENYING = words.NEGATIVE_AFTER | words.NEGATIVE_BEFORE
_FEW = frozenset({"pii.gender", "pii.demographic"})  # of which there are few
_SURE_CODED = 0.6
_SHORTEST_HEAD, _SURE_HEAD = 6, 0.8
_SIBILANTS = ("ches", "shes", "sses", "xes", "zes")


@attrs.frozen
class Reading:
    """One rule that fits a name. `is_modified`: unknown words follow, so it counts less.

    `is_coded`: the name is that of a number in a list of sexes, faiths and the like (`gender_id`).
    """

    rule: Rule
    phrase: Words
    end: int
    is_modified: bool = False
    is_coded: bool = False


def plain(name: str) -> str:
    """The name in ASCII: umlauts spelled out, accents dropped."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFC", name).translate(_UMLAUTS))
    return decomposed.encode("ascii", "ignore").decode()


@functools.lru_cache(maxsize=16384)  # asked for again by each that reads a table
def raw_words(name: str) -> Words:
    """The name cut at underscores, capitals and digits, in lower case."""
    text = plain(name)
    for pattern, spelled in _SPECIAL:
        text = pattern.sub(spelled, text)
    return tuple(_WORD.findall(_CAMEL.sub("_", text).lower()))


@functools.lru_cache(maxsize=16384)  # names repeat; keys of documents are of the callers' choice
def split(name: str) -> Words:
    """The words that carry meaning, spelled out, in the singular where the vocabulary has it."""
    spelled = tuple(word for spelt in _spelt(raw_words(name)) for word in spelt)
    return tuple(word for word in spelled if word not in words.STOP_WORDS) or spelled


def _spelt(raw: Words) -> Iterator[Words]:
    """Each word spelled out; words that are what is left of a phrase together."""
    at = 0
    while at < len(raw):
        for length in (3, 2):
            phrase = _phrase_left(raw[at : at + length]) if at + length <= len(raw) else None
            if phrase is not None:
                yield phrase
                at += length
                break
        else:
            yield _canonical(raw[at])
            at += 1


def _phrase_left(raw: Words) -> Words | None:
    """The phrase that these words stand for, if they mean nothing as they are (`est_civ`, `grp_sang`)."""
    if all(word in _vocabulary() for word in raw):
        return None
    spelled = tuple(word for each in raw for word in words.ABBREVIATIONS.get(each, (each,)))
    if spelled in _phrases() or any(_meanings().get(word) for word in raw if len(word) > _SHORT):
        return None
    return _lexicon().phrase(raw)


def is_known(name: str) -> bool:
    """Whether all words of a name mean something."""
    return all(word in _vocabulary() for word in split(name))


def is_word(word: str) -> bool:
    """Whether a word, as `split` gives it, is one that we know."""
    return word in _vocabulary()


def _canonical(raw: str) -> Words:
    if (expanded := words.ABBREVIATIONS.get(raw)) is not None:
        return expanded
    vocabulary = _vocabulary()
    if (single := _singular(raw, vocabulary)) is not None:
        return (single,)
    if raw in vocabulary:
        return (raw,)
    if pieces := _segmented(raw, vocabulary) or _segmented(raw.removesuffix("s"), vocabulary):
        return pieces
    whole = _lexicon().word(raw) or _head_of_compound(raw)
    return (raw,) if whole is None else (whole,)


def _head_of_compound(raw: str) -> str | None:
    """`Zugangspasswort` is a password: in German and Dutch the last part says what it is."""
    heads = (raw[start:] for start in range(2, len(raw) - _SHORTEST_HEAD + 1))
    return next((head for head in heads if head in _heads()), None)


@functools.cache
def _heads() -> frozenset[str]:
    """Words of which each surely means something alone."""
    return frozenset(
        phrase[0]
        for phrase, rules in _phrases().items()
        if len(phrase) == 1 and len(phrase[0]) >= _SHORTEST_HEAD and any(map(_is_sure, rules))
    )


def _is_sure(rule: Rule) -> bool:
    return rule.name >= _SURE_HEAD and rule.classification != CLEAR


@functools.cache
def _meanings() -> Mapping[str, frozenset[str]]:
    """Each word of the vocabulary with the classes that it means alone."""
    nothing: frozenset[str] = frozenset()
    return dict.fromkeys(_vocabulary(), nothing) | {
        phrase[0]: frozenset(rule.classification for rule in rules if rule.classification != CLEAR)
        for phrase, rules in _phrases().items()
        if len(phrase) == 1
    }


@functools.cache
def _lexicon() -> Shortened:
    classes = {
        phrase: frozenset(rule.classification for rule in rules) for phrase, rules in _phrases().items()
    }
    return Shortened(_meanings(), classes)


def _singular(raw: str, vocabulary: frozenset[str]) -> str | None:
    """The known singular of a plural; of a word that is both, the singular too, so that phrases meet."""
    if raw in words.NO_PLURALS:
        return None
    is_sibilant = raw.endswith(_SIBILANTS)  # `branches` are no French branches
    endings = (("es", ""), ("s", "")) if is_sibilant else (("ies", "y"), ("s", ""), ("es", ""))
    singulars = (raw.removesuffix(many) + one for many, one in endings if raw.endswith(many))
    return next((single for single in singulars if single in vocabulary), None)


def _segmented(raw: str, vocabulary: frozenset[str]) -> Words:
    """`emplastname` into employee, lastname; empty where no whole division into known words exists.

    Pieces of fewer than four letters are not taken (`percentage` does not end in an age), but for a
    few that are often joined, and prefixes that say whose record it is.
    """
    if not 6 <= len(raw) <= _LONGEST_JOINED:
        return ()
    best: dict[int, Words] = {0: ()}
    for end in range(2, len(raw) + 1):
        for start in [known for known in best if known < end]:
            piece = raw[start:end]
            if start and piece[0] == "s" and piece[1:] in vocabulary and len(piece) > 4:
                piece = piece[1:]  # German joins with it: Mitglied-s-name
            taken = (piece in vocabulary and len(piece) >= 4) or piece in words.PIECES
            if not taken and not (start == 0 and piece in _PERSON_PREFIXES):
                continue
            if end not in best or len(best[start]) + 1 < len(best[end]):
                best[end] = (*best[start], piece)
    pieces = best.get(len(raw), ())
    return tuple(word for piece in pieces for word in words.ABBREVIATIONS.get(piece, (piece,)))


@functools.cache
def _vocabulary() -> frozenset[str]:
    listed = (phrase for rule in RULES for words_ in rule.words for phrase in _listed(words_))
    return frozenset(word for phrase in listed for word in phrase).union(
        words.NEGATIVE_AFTER, words.NEGATIVE_BEFORE, words.NEUTRAL, words.PERSONS, words.ORGANISATIONS,
        words.PLACES, words.DEALS, words.TALKS, words.ACCESSES, words.LOGS, words.MONEYS, words.CATALOGS,
        words.META, words.TABLE_NOISE, words.HARMLESS, words.OPEN, words.PLAIN,
    )  # fmt: skip


@functools.cache
def _phrases() -> dict[Words, tuple[Rule, ...]]:
    """Every phrase in the spelling that `split` produces, also written as one word."""
    found: dict[Words, list[Rule]] = {}
    for rule in RULES:
        for listed in rule.words:
            for phrase in _spellings(listed):
                if rule not in (rules := found.setdefault(phrase, [])):
                    rules.append(rule)
    for phrase, rules in list(found.items()):
        if len(phrase) == 2 and not _DENYING.intersection(phrase) and all(map(_is_sure, rules)):
            found.setdefault(phrase[::-1], rules)  # some languages put the head first: `via_nombre`
    return {phrase: tuple(rules) for phrase, rules in found.items()}


def _listed(listed: Words) -> Iterable[Words]:
    yield ("".join(listed),)
    spelled = tuple(word for raw in listed for word in words.ABBREVIATIONS.get(raw, (raw,)))
    yield tuple(word for word in spelled if word not in words.STOP_WORDS) or spelled


def _spellings(listed: Words) -> Iterable[Words]:
    for phrase in _listed(listed):
        yield tuple(_singular(word, _vocabulary()) or word for word in phrase)


@functools.cache
def _longest_phrase() -> int:
    return max(map(len, _phrases()))


@functools.lru_cache(maxsize=16384)  # what a table records is asked of its columns, too
def readings(name: Words, kind: TypeKind) -> tuple[Reading, ...]:
    """The rules that fit, last phrase of the name first; a CLEAR phrase at the end leaves none."""
    spans = _spans(name)
    found: list[Reading] = []
    for start, end in sorted(spans, key=lambda span: -span[1]):
        for rule in _phrases()[name[start:end]]:
            if rule.classification == CLEAR:
                if not found:
                    return ()
                continue
            if kind in rule.gate or (rule.flags and kind is TypeKind.BOOL):
                is_coded = _is_coded(rule, name[start:end], name[end:])
                if kind in _NUMBERS and "id" in name[end:] and not is_coded:
                    continue  # a reference, whatever to
                modified = False if is_coded else _modified(rule, name[:start], name[end:])
                if modified is not None:
                    found.append(Reading(rule, name[start:end], end, modified, is_coded))
    return tuple(found)


def _spans(name: Words) -> tuple[tuple[int, int], ...]:
    """The places of the phrases in a name; what overlaps a longer one is no phrase of its own."""
    phrases = _phrases()
    candidates = [
        (start, end)
        for start in range(len(name))
        for end in range(start + 1, min(len(name), start + _longest_phrase()) + 1)
        if name[start:end] in phrases
    ]
    return tuple(
        (start, end)
        for start, end in candidates
        if not any(last - first > end - start and start < last and end > first for first, last in candidates)
    )


def _modified(rule: Rule, before: Sequence[str], after: Sequence[str]) -> bool | None:
    """None where the words around deny the phrase, True where unknown words weaken it."""
    rest_before = [word for word in before if word not in rule.beside]
    rest_after = [word for word in after if word not in rule.beside]
    asked = frozenset({"is", "has"}) if rule.flags else frozenset()
    if any(word in words.NEGATIVE_BEFORE and word not in asked for word in rest_before):
        return None
    if any(word in words.NEGATIVE_AFTER for word in rest_after):
        return None
    strangers = [word for word in rest_after if not _is_quiet(word)]
    # One letter is a mark: `b_city` is that of the other address.
    before_it = [word for word in rest_before if len(word) > 1 and not _is_quiet(word)]
    # The last word of a name is its head: a `salary_component` is a component.
    if any(word in words.CATALOGS for word in strangers):
        return None
    if rule.strict and not _are_unheard([*before_it, *strangers], rule):
        return None
    return bool(strangers or (rule.strict and before_it))


def _is_coded(rule: Rule, phrase: Sequence[str], after: Sequence[str]) -> bool:
    """Which of a few it is, is the fact itself, as a number too; of things that are many it is a key."""
    if "id" not in after or not record_words.CODED.issuperset(after):
        return False
    if rule.classification in _FEW:
        return rule.name >= _SURE_CODED
    return rule.classification == "pii.health" and not record_words.LISTED.isdisjoint({*phrase, *after})


def _are_unheard(strangers: Sequence[str], rule: Rule) -> bool:
    """Words that mean nothing to us: they say whose name it is (`erz_name`), as often as not."""
    unheard = not _vocabulary() & {word for word in strangers if len(word) > 1}
    return not strangers or (rule.context.keys() >= {"person", "near"} and unheard)


def _is_quiet(word: str) -> bool:
    return word in words.NEUTRAL or word in words.PERSONS or word in words.STOP_WORDS
