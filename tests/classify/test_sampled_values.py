"""Validators tell from sampled values what a column holds; only rates leave them."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import random
import uuid
from decimal import Decimal

import pytest
from faker import Faker
from hypothesis import given
from hypothesis import strategies as st

from governed_db.classify.score import classify_columns
from governed_db.classify.values import hit_rates
from governed_db.model.classification import Level
from governed_db.model.statement import ColumnRef

LOCALES = ("en_US", "de_DE", "fr_FR", "es_ES", "it_IT", "pt_BR", "nl_NL")
EXPECTED = {
    "email": "pii.email", "phone_number": "pii.phone", "name": "pii.name", "street_address": "pii.address",
    "first_name": "pii.name", "last_name": "pii.name", "date_of_birth": "pii.birth_date",
    "ssn": "pii.national_id", "iban": "pii.bank", "credit_card_number": "pii.card", "ipv4": "pii.ip",
}  # fmt: skip


def judged(values: list[object]) -> str:
    """The class of a column with a name that says nothing."""
    ref = ColumnRef("main", "t", "c1")
    found = classify_columns([("main", "t", "c1", "text")], hit_rates={ref: hit_rates(values)})
    return found[ref].classification


def sample(locale: str, method: str) -> list[object]:
    """Two hundred made-up values, the same in every run."""
    faker = Faker(locale)
    faker.seed_instance(f"{locale} {method}")
    return [getattr(faker, method)() for _ in range(200)]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("method", EXPECTED)
def test_values_are_recognised_under_dull_names(locale: str, method: str) -> None:
    """A column `c1` is found by what it holds, in seven countries."""
    assert judged(sample(locale, method)) == EXPECTED[method]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(
    "method", ["city", "job", "word", "sentence", "company", "color_name", "date", "url"]
)
def test_ordinary_values_are_clear(locale: str, method: str) -> None:
    """Words, places, dates and companies are not taken for persons."""
    assert judged(sample(locale, method)) == "none"


ORDINARY: dict[str, list[object]] = {
    "serial numbers": list(range(1000, 1200)),
    "random numbers of nine digits": [random.Random(n).randint(10**8, 10**9) for n in range(200)],
    "random numbers of sixteen digits": [random.Random(n).randint(10**15, 10**16) for n in range(200)],
    "amounts": [Decimal(n) / 7 for n in range(200)],
    "times": [dt.datetime(2024, 1, 1, tzinfo=dt.UTC) + dt.timedelta(hours=n) for n in range(200)],
    "days": [dt.date(2020, 1, 1) + dt.timedelta(days=n) for n in range(200)],
    "dates as text": [f"2024-{1 + n % 12:02}-{1 + n % 28:02}" for n in range(200)],
    "uuids": [uuid.UUID(int=n * 7919) for n in range(200)],
    "order numbers": [f"{1000 + n}-{9000 - n}" for n in range(200)],
    "article numbers": [f"SKU-{1000 + n}-{n}" for n in range(200)],
    "versions": [f"1.{n}.{n * 3}" for n in range(200)],
    "book numbers": [f"978-3-16-{148410 + n}-0" for n in range(200)],
    "months": [dt.date(2024, month, 1).strftime("%B") for month in range(1, 13)],
    "products": ["Rose Gold Ring", "Amber Lamp", "Steel Bottle", "Oak Table"] * 50,
    "makes of cars": ["Ford", "Chrysler", "Honda", "Mercedes", "Renault", "Peugeot", "Opel", "Dodge"] * 25,
    "school marks": ["A", "A-", "B+", "B", "B-"] * 40,
    "sizes": ["M", "L", "S", "XL"] * 50,
    "colours of few goods": ["White", "Black", "Mixed"] * 60,
    "payments": ["debit", "credit"] * 60,
    "single or not": ["single", "engaged"] * 60,
    "days of orders as numbers": [20210000 + 100 * (1 + n % 12) + 1 + n % 28 for n in range(200)],
    "words in small letters": "table lamp chair bottle window forest river cloud paper stone".split() * 20,
    "high and medium": ["H", "M"] * 100,
    "days of hire": [dt.date(2004, 1, 1) + dt.timedelta(days=n * 37) for n in range(200)],
    "days of thirty years": [dt.date(1996, 1, 1) + dt.timedelta(days=n * 54) for n in range(200)],
    "padded numbers": [f"{n:05}" for n in range(200)],
    "digests": [hashlib.sha256(str(n).encode()).hexdigest() for n in range(200)],
    "versions of things": [f"build-{n}-Release-Candidate-x64" for n in range(200)],
    "flags": [True, False] * 100,
    "nothing": [None] * 200,
    "no rows": [],
}  # fmt: skip


@pytest.mark.parametrize("what", ORDINARY)
def test_numbers_and_codes_are_clear(what: str) -> None:
    """Checksums that chance satisfies once in ten times prove nothing."""
    assert judged(ORDINARY[what]) == "none"


def test_secrets_are_recognised_by_their_format() -> None:
    """Tokens, keys and hashes give themselves away; the examples are made up here."""
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    fake = "".join(random.Random(1).choices(letters, k=40))

    assert judged([f"ghp_{fake}"]) == "secret.token"
    assert judged([f"eyJ{fake}.{fake}.{fake}"]) == "secret.token"
    assert judged([f"$2b$12${fake}"]) == "secret.password"
    assert judged([f"pbkdf2_sha256$1000${fake}"]) == "secret.password"
    assert judged([f"-----BEGIN {'PRIVATE'} KEY-----\n{fake}"]) == "secret.key"


TOGETHER: dict[str, tuple[str, list[object]]] = {
    "sexes": ("pii.gender", ["M", "F", "F"] * 20),
    "sexes in words": ("pii.gender", ["weiblich", "männlich", "divers"] * 20),
    "forms of address": ("pii.gender", ["Herr", "Frau"] * 20),
    "groups of blood": ("pii.health", ["A+", "0-", "AB+", "B-"] * 20),
    "diagnoses": ("pii.health", [f"E{n % 90:02}.{n % 10}" for n in range(60)]),
    "banks": ("pii.bank", ["DEUTDEFF", "BNPAFRPP", "INGBNL2A", "COBADEFFXXX"] * 20),
    "machines": ("pii.identifier", [f"00:1a:2b:3c:{n:02x}:{n * 3:02x}" for n in range(60)]),
    "family name first": ("pii.name", [f"{one}, {other}" for one in ("Müller", "Rossi", "Dubois", "Smith")
                                       for other in ("Anna", "Mario", "Claire")]),
    "origins": ("pii.demographic", ["White", "Black", "Asian", "Hispanic or Latino", "Other"] * 12),
    "states of families": ("pii.demographic", ["ledig", "verheiratet", "geschieden", "verwitwet"] * 15),
    "faiths": ("pii.demographic", ["Catholic", "Protestant", "Muslim", "None"] * 15),
    "states of life": ("pii.demographic", ["Married", "Single", "Domestic Partnership", "Widowed"] * 15),
    "brands in full": ("pii.card", ["Visa", "Diners Club / Carte Blanche", "JCB"] * 20),
    "brands of cards": ("pii.card", ["VISA", "MasterCard", "American Express"] * 20),
    "days as in America": ("pii.birth_date", [f"{1 + n % 12}/{1 + n % 28}/{1930 + n}" for n in range(70)]),
    "days as numbers": ("pii.birth_date", [19300011 + n * 10000 + 100 * (1 + n % 12) for n in range(70)]),
    "roads": ("pii.address", [f"{name} {kind}" for name in ("stanley", "tullaroop", "mount view")
                              for kind in ("street", "crescent", "place", "circuit")]),
    "in small letters": ("pii.name", "smith o'neill brown jones miller davis wilson hall".split() * 3),
    "in capitals": ("pii.name", "SMITH JOHNSON BROWN JONES MILLER DAVIS WILSON HALL".split() * 3),
}  # fmt: skip


@pytest.mark.parametrize("what", TOGETHER)
def test_values_tell_together(what: str) -> None:
    """None of them alone would."""
    expected, values = TOGETHER[what]

    assert judged(values) == expected


def test_names_that_nobody_listed_are_covered_by_others() -> None:
    """Two in five are made up here."""
    listed = [
        "Fischer",
        "Weber",
        "Moretti",
        "Lefebvre",
        "Jansen",
        "Kowalski",
        "Novak",
        "Silva",
        "Garcia",
        "Hansen",
    ]
    made_up = [f"{first}{last}" for first in ("Quorz", "Vextr") for last in ("inn", "olm", "uff")]

    assert judged([*listed, *made_up, *(name.upper() for name in listed)]) == "pii.name"


def test_addresses_and_numbers_in_no_known_form_are_covered_by_others() -> None:
    """Where two in five are streets by form, words with a number are, too; numbers to dial likewise."""
    streets = [f"Obere Str. {n}" for n in range(20)] + [f"Ordynacka {n}" for n in range(20)]
    numbers = [f"(030) {n}45-2289" for n in range(20)] + [f"({n}) 55 22 8" for n in range(10, 25)]

    assert judged(list(streets)) == "pii.address"
    assert judged(list(numbers)) == "pii.phone"
    assert judged([f"Ordynacka {n}" for n in range(40)]) == "none"


def test_five_digits_are_postcodes_beside_an_address_only() -> None:
    """Anywhere else they are numbers of anything."""
    codes = hit_rates([f"{n * 9973 % 100000:05}" for n in range(200)])
    streets = hit_rates([f"Lindenstraße {n}" for n in range(200)])
    one, two = ColumnRef("main", "t", "c1"), ColumnRef("main", "t", "c2")
    columns = [("main", "t", "c1", "text"), ("main", "t", "c2", "text")]

    alone = classify_columns(columns, hit_rates={one: codes})
    beside = classify_columns(columns, hit_rates={one: codes, two: streets})

    assert alone[one].classification == "none"
    assert beside[one].classification == "pii.address"


def test_names_of_which_few_are_known_are_told_by_their_neighbours() -> None:
    """Family names of far away beside given names are names; without these they may be anything."""
    given_names = hit_rates("Anna Marie Peter Paul Laura Simon Julia Thomas Maria Lucas".split() * 3)
    known = "Fischer Weber Moretti Lefebvre Jansen Novak Silva Garcia Hansen Rossi Dubois Smith".split()
    unknown = [
        f"{first}{last}" for first in ("Quorz", "Vextr", "Zhblo", "Thrym") for last in ("inn", "olm", "uff")
    ]
    few_known = hit_rates([*known, *unknown])
    one, two = ColumnRef("main", "t", "c1"), ColumnRef("main", "t", "c2")
    columns = [("main", "t", "c1", "text"), ("main", "t", "c2", "text")]

    alone = classify_columns(columns, hit_rates={one: few_known})
    beside = classify_columns(columns, hit_rates={one: few_known, two: given_names})

    assert alone[one].classification == "none"
    assert beside[one].classification == "pii.name"


def test_random_tokens_are_recognised() -> None:
    """Letters of both sizes and digits without order; the examples are made up here."""
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    made = ["".join(random.Random(n).choices(letters, k=43)) for n in range(50)]

    assert judged(list(made)) == "secret.token"


def test_a_few_addresses_in_longer_text_are_enough() -> None:
    """Prose and documents that mention an e-mail address now and then are free text."""
    prose: list[object] = ["call back later", "wrote to a.person@example.org about it", "paid", "thanks"] * 10
    documents: list[object] = [{"note": "ok"}, {"contact": {"mail": "a.person@example.org"}}] * 10

    assert judged(prose) == "pii.free_text"
    assert judged(documents) == "pii.free_text"
    assert judged([json.dumps(each) for each in documents]) == "pii.free_text"


def test_a_hint_by_the_name_lowers_the_bar() -> None:
    """Half valid phone numbers count in a column called `contact_tel_x`, not in one called `c1`."""
    rates = {"phone": 0.5}
    named, dull = ColumnRef("main", "t", "tel_x"), ColumnRef("main", "t", "c1")

    found = classify_columns(
        [("main", "t", "tel_x", "text"), ("main", "t", "c1", "text")], hit_rates={named: rates, dull: rates}
    )

    assert found[named].level is not Level.NONE
    assert any("values" in each for each in found[named].evidence)
    assert found[dull].level is Level.NONE


@given(st.lists(st.one_of(st.none(), st.text(), st.binary(), st.integers(), st.floats(), st.booleans())))
def test_nothing_sampled_is_kept(values: list[object]) -> None:
    """Whatever the values are, the answer is names of validators and shares between 0 and 1."""
    rates = hit_rates(values)

    assert all(0 < rate <= 1 for rate in rates.values())
    assert set(rates) <= {
        "email", "phone", "iban", "card", "ip", "coordinates", "street", "jwt", "api_key", "private_key",
        "password_hash", "national_id", "person_name", "birth_date", "contains_email", "contains_phone",
        "contains_iban", "birth_days", "five_digits", "categories", "sex", "blood_group", "bic", "postcode",
        "mac", "user_agent", "diagnosis", "wallet", "random_token", "name_beside_others", "road",
        "ethnicity", "marital_status", "religion", "card_brand",
    }  # fmt: skip
