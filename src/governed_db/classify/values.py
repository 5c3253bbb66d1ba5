"""Sampled values into hit rates of validators; the values themselves go no further."""

from __future__ import annotations

import functools
import importlib
import json
import re
from collections.abc import Callable, Mapping, Sequence

from governed_db.classify import few_words, patterns, whole_columns
from governed_db.classify.person_names import person_names

Validator = Callable[[str], bool]
Reader = Callable[[Sequence[object]], Mapping[str, float]]  # values of a column into shares of hits

_LONGEST = 4000  # characters of a value that are looked at
_LONGEST_WHOLE = 300  # a longer value is no e-mail address, no card, no name
_MOST_CANDIDATES = 60  # values on which 40 checksums are tried
_FIRST = 8
# Different ones: a few numbers satisfy some checksum by chance.
_FEWEST_NUMBERS, _FEWEST_CARDS = 8, 3
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_PLAUSIBLE_ID = re.compile(r"[A-Z0-9][A-Z0-9 ./-]{6,18}[A-Z0-9]", re.IGNORECASE)
_NOT_AN_ID = re.compile(r"\d{4}-\d\d-\d\d.*|\d+\.\d+|[a-zA-Z .-]+")
# Numbers with checksums that states give to persons. Random digits satisfy most of them once in ten
# times or less, so that a column of other numbers stays far below the 80 % that count.
_NATIONAL = (
    "ar.cuit", "at.vnr", "au.tfn", "be.nn", "bg.egn", "br.cpf", "ca.sin", "ch.ssn", "cl.rut", "cn.ric",
    "cz.rc", "de.idnr", "dk.cpr", "ee.ik", "es.dni", "es.nie", "fi.hetu", "fr.nir", "gb.nhs", "gr.amka",
    "hr.oib", "in_.aadhaar", "in_.pan", "it.codicefiscale", "kr.rrn", "lt.asmens", "mx.curp", "mx.rfc",
    "nl.bsn", "no.fodselsnummer", "pl.pesel", "pt.nif", "ro.cnp", "se.personnummer", "si.emso",
    "tr.tckimlik", "za.idnr",
)  # fmt: skip


def hit_rates(values: Sequence[object]) -> dict[str, float]:
    """The share of values, NULL and empty ones left out, that each validator accepts.

    Only validators that accept anything are in the answer.
    """
    texts = [text for text in map(_text, values) if text]
    if not texts:
        return {}
    whole = [text for text in texts if len(text) <= _LONGEST_WHOLE]
    counts = {
        name: sum(map(check, texts if name == "private_key" else whole))
        for name, check in patterns.WHOLE.items()
    }
    rates = {name: count / len(texts) for name, count in counts.items()}
    if len(set(whole)) < _FEWEST_CARDS:
        rates["card"] = 0
    rates["national_id"] = _national(whole) / len(texts)
    named = person_names(whole)
    rates["person_name"] = named / len(texts)
    rates["name_beside_others"] = (named or person_names(whole, beside_others=True)) / len(texts)
    rates["birth_date"] = sum(map(_is_past_day, texts)) / len(texts)
    rates["birth_days"] = whole_columns.birth_days(whole) / len(texts)
    rates["sex"] = whole_columns.sexes(whole) / len(texts)
    rates["five_digits"] = whole_columns.postcodes(whole) / len(texts)
    for name, count in few_words.said_in_few_words(whole).items():
        rates[name] = count / len(texts)
    rates["categories"] = whole_columns.categories(whole) / len(texts)
    for name in ("street", "phone"):
        rates[name] = whole_columns.extrapolated(name, whole, rates[name])
    rates["blood_group"] = whole_columns.blood_groups(whole) / len(texts)
    rates.update(_contained(texts))
    return {name: round(rate, 4) for name, rate in rates.items() if rate > 0}


def _text(value: object) -> str:
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)[:_LONGEST].decode("utf-8", "ignore").strip()
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, default=str)[:_LONGEST]
    return str(value)[:_LONGEST].strip()


def _national(texts: Sequence[str]) -> float:
    """Hits of the one numbering scheme that fits best: hits of different ones prove nothing."""
    candidates = [text for text in texts if _PLAUSIBLE_ID.fullmatch(text) and not _NOT_AN_ID.fullmatch(text)]
    if not candidates:
        return 0
    tried = candidates[:_MOST_CANDIDATES]
    is_telling = len(set(tried)) >= _FEWEST_NUMBERS or not all(map(_is_number, tried))
    schemes: list[Validator] = [patterns.is_us_ssn, patterns.is_uk_nino]
    schemes += _schemes() if is_telling else ()
    return max(_accepted(scheme, tried) for scheme in schemes) * len(candidates) / len(tried)


def _accepted(scheme: Validator, tried: Sequence[str]) -> int:
    """How many fit; a scheme that refuses nearly all of the first ones is not tried on the rest."""
    first = sum(map(scheme, tried[:_FIRST]))
    if first * 4 < min(len(tried), _FIRST):
        return first
    return first + sum(map(scheme, tried[_FIRST:]))


def _is_number(text: str) -> bool:
    return not any(map(str.isalpha, text))


@functools.cache  # loaded when a value first looks like a number of a state: 40 modules, 60 ms
def _schemes() -> tuple[Validator, ...]:
    return tuple(importlib.import_module(f"stdnum.{name}").is_valid for name in _NATIONAL)


def _is_past_day(text: str) -> bool:
    """A day on which somebody living may have been born; a timestamp is not a day."""
    return _DAY.fullmatch(text) is not None and "1900" <= text[:4] <= "2020"


def _contained(texts: Sequence[str]) -> Mapping[str, float]:
    """Personal data inside of longer text or documents."""
    found = dict.fromkeys(("contains_email", "contains_phone", "contains_iban"), 0)
    for text in texts:
        email = patterns.EMAIL.search(text) if "@" in text else None
        found["contains_email"] += email is not None and len(email.group()) < len(text)
        found["contains_phone"] += "+" in text and _holds(text, patterns.PHONE, _is_foreign_phone)
        found["contains_iban"] += _holds(text, patterns.IBAN, patterns.is_iban)
    return {name: count / len(texts) for name, count in found.items()}


def _is_foreign_phone(text: str) -> bool:
    """Within other text only the + tells a number to dial from any other number."""
    return text.startswith("+") and patterns.is_phone(text)


def _holds(text: str, pattern: re.Pattern[str], check: Validator) -> bool:
    return any(
        len(match.group()) < len(text) and check(match.group().strip()) for match in pattern.finditer(text)
    )
