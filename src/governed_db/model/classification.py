"""What a column holds: the taxonomy of sensitive data, and one finding about one column."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType

import attrs

from governed_db.model.statement import ColumnRef


class Level(enum.Enum):
    """How sure, and how much it matters: STRONG and WEAK columns are masked, NONE is not."""

    STRONG = "strong"
    WEAK = "weak"
    NONE = "none"


UNREVIEWED = "unreviewed"
CLEAR = "none"


@attrs.frozen
class Finding:
    """One column and what it is taken for.

    `classification` is a key of TAXONOMY, or CLEAR. `score` runs from 0 to 1. `evidence` says why in
    words for people ("name: e-mail", "table: customers is about persons", "values: email 97 %"); it
    never holds a value.
    """

    column: ColumnRef
    classification: str
    score: float
    level: Level
    evidence: tuple[str, ...] = ()


@attrs.frozen
class ClassInfo:
    """One entry of the taxonomy: what it is, columns it is found in, and what law calls it."""

    meaning: str
    examples: tuple[str, ...]
    legal: tuple[str, ...] = ()


def _info(meaning: str, examples: str, *legal: str) -> ClassInfo:
    return ClassInfo(meaning, tuple(examples.split()), legal)


_PERSONAL = "GDPR art. 4(1)"
_SPECIAL = "GDPR art. 9"
_HIPAA = "HIPAA identifier, 45 CFR 164.514(b)(2)"
_PCI = "PCI DSS cardholder data"

TAXONOMY: Mapping[str, ClassInfo] = MappingProxyType(
    {
        "pii.email": _info("e-mail address", "email correo contact_mail", _PERSONAL, _HIPAA),
        "pii.phone": _info("phone or fax number", "phone tel_mobile fax", _PERSONAL, _HIPAA),
        "pii.name": _info("name of a person", "first_name nachname users.name", _PERSONAL, _HIPAA),
        "pii.address": _info("postal address or a part of it", "street zip address_line", _PERSONAL, _HIPAA),
        "pii.place": _info("town, region or country of a person", "users.city state country", _PERSONAL),
        "pii.birth_date": _info("date of birth, or age", "dob birth_date geburtsdatum", _PERSONAL, _HIPAA),
        "pii.national_id": _info("number issued by a state", "ssn passport_no dni", "GDPR art. 87", _HIPAA),
        "pii.card": _info("payment card", "card_number cvv cc_exp_month", _PERSONAL, _PCI),
        "pii.bank": _info("bank account", "iban account_number sort_code", _PERSONAL, _HIPAA),
        "pii.ip": _info("network address of a person", "ip_address last_login_ip", _PERSONAL, _HIPAA),
        "pii.location": _info("where a person is", "latitude home_lon gps", _PERSONAL, _HIPAA),
        "pii.gender": _info("gender or form of address", "gender sex anrede", _PERSONAL),
        "pii.health": _info("health", "diagnosis blood_type allergies", _SPECIAL, "HIPAA PHI"),
        "pii.biometric": _info("body or handwriting", "fingerprint signature", _SPECIAL, _HIPAA),
        "pii.demographic": _info("origin, belief, family", "ethnicity religion marital_status", _SPECIAL),
        "pii.employment": _info("work of a person", "job_title employer hire_date", _PERSONAL),
        "pii.identifier": _info("account or device of a person", "username device_id user_agent", _PERSONAL),
        "pii.photo": _info("picture of a person", "avatar photo", _PERSONAL, _HIPAA),
        "pii.free_text": _info("text in which people write anything", "notes bio feedback", _PERSONAL),
        "pii.user_content": _info("what people make for others", "tasks.title documents.content", _PERSONAL),
        "secret.password": _info("password, its hash or salt", "password_hash pwd salt"),
        "secret.token": _info("credential that is shown to log in", "access_token reset_code otp"),
        "secret.key": _info("key or client secret", "private_key api_key client_secret"),
        "financial.salary": _info("pay of a person", "salary bonus hourly_rate", _PERSONAL),
        "financial.balance": _info("money that a person has or owes", "balance credit_limit", _PERSONAL),
        "financial.payment": _info(
            "money that was paid or received", "payments.amount donation_amount", _PERSONAL
        ),
        UNREVIEWED: _info("unclassified content next to sensitive columns", "payload extra_data"),
    }
)

SCANNED: tuple[str, ...] = (
    "pii.email", "pii.phone", "pii.card", "pii.bank", "pii.national_id", "pii.ip",
    "secret.key", "secret.token", "secret.password",
)  # fmt: skip
"""What is looked for inside of text that no classification covers (mask/content)."""
