"""Hit rates of validators into evidence for classes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs


@attrs.frozen
class Meaning:
    """What a validator's hits mean. `is_specific`: chance does not produce its format.

    A specific format counts from a few hits on; any other only with a hint by the name, or when
    nearly all values fit (architecture: 80 %). `needs_hint`: not even then.
    """

    classification: str
    weight: float
    is_specific: bool = False
    needs_hint: bool = False


MEANINGS: Mapping[str, Meaning] = {
    "email": Meaning("pii.email", 0.97, is_specific=True),
    "phone": Meaning("pii.phone", 0.88),
    "iban": Meaning("pii.bank", 0.97, is_specific=True),
    "card": Meaning("pii.card", 0.95),
    "national_id": Meaning("pii.national_id", 0.92),
    "ip": Meaning("pii.ip", 0.85),
    "person_name": Meaning("pii.name", 0.85),
    "name_beside_others": Meaning("pii.name", 0.8, needs_hint=True),
    "street": Meaning("pii.address", 0.88),
    "coordinates": Meaning("pii.location", 0.85),
    "birth_date": Meaning("pii.birth_date", 0.3),
    "birth_days": Meaning("pii.birth_date", 0.85),
    "sex": Meaning("pii.gender", 0.85),
    "ethnicity": Meaning("pii.demographic", 0.85),
    "marital_status": Meaning("pii.demographic", 0.75),
    "religion": Meaning("pii.demographic", 0.85),
    "card_brand": Meaning("pii.card", 0.7),
    "road": Meaning("pii.address", 0.75),
    "blood_group": Meaning("pii.health", 0.9),
    "bic": Meaning("pii.bank", 0.7),
    "postcode": Meaning("pii.address", 0.75),
    "five_digits": Meaning("pii.address", 0.75, needs_hint=True),
    "mac": Meaning("pii.identifier", 0.85),
    "user_agent": Meaning("pii.identifier", 0.8),
    "diagnosis": Meaning("pii.health", 0.75),
    "wallet": Meaning("pii.bank", 0.8),
    "random_token": Meaning("secret.token", 0.65),
    "jwt": Meaning("secret.token", 0.98, is_specific=True),
    "api_key": Meaning("secret.token", 0.98, is_specific=True),
    "private_key": Meaning("secret.key", 0.98, is_specific=True),
    "password_hash": Meaning("secret.password", 0.98, is_specific=True),
    "named_by_model": Meaning("pii.name", 0.8),
    "person_in_text": Meaning("pii.free_text", 0.8, is_specific=True),
    "contains_email": Meaning("pii.free_text", 0.9, is_specific=True),
    "contains_phone": Meaning("pii.free_text", 0.8, is_specific=True),
    "contains_iban": Meaning("pii.free_text", 0.9, is_specific=True),
}
_MOST = 0.8
_SOME = 0.02


def value_evidence(rates: Mapping[str, float], hints: set[str]) -> Iterator[tuple[str, float, str]]:
    """Class, score and words for people, for each validator whose hits count."""
    for validator in sorted(rates):
        meaning, rate = MEANINGS.get(validator), rates[validator]
        if meaning is None or rate < _SOME:
            continue
        score = _score(meaning, rate, is_hinted=meaning.classification in hints)
        if score > 0:
            yield meaning.classification, score, f"values: {validator.replace('_', ' ')} {rate:.0%}"


def _score(meaning: Meaning, rate: float, *, is_hinted: bool) -> float:
    if meaning.is_specific:
        return 0.5 + (meaning.weight - 0.5) * min(1.0, rate / 0.5)
    if is_hinted or (rate >= _MOST and not meaning.needs_hint):
        return meaning.weight * rate
    return 0.0
