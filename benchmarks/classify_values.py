"""Columns of made-up values under a name that tells nothing into recall and precision, locale by locale.

Usage: python benchmarks/classify_values.py [--rows N] [--errors]
Each column is called `c1` in a table of its own, so that its values alone can tell.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from itertools import product

from faker import Faker

from governed_db.classify.score import classify_columns
from governed_db.classify.values import hit_rates
from governed_db.model.statement import ColumnRef

LOCALES = (
    "en_US en_GB de_DE de_AT fr_FR es_ES es_MX it_IT pt_BR nl_NL pl_PL".split()
)  # of persons whose data an application of Europe or America holds
PERSONAL = {
    "email": "pii.email", "safe_email": "pii.email", "phone_number": "pii.phone", "name": "pii.name",
    "name_female": "pii.name", "first_name": "pii.name", "last_name": "pii.name",
    "street_address": "pii.address", "address": "pii.address", "date_of_birth": "pii.birth_date",
    "ssn": "pii.national_id", "iban": "pii.bank", "swift": "pii.bank", "credit_card_number": "pii.card",
    "ipv4": "pii.ip", "ipv6": "pii.ip", "mac_address": "pii.identifier", "user_agent": "pii.identifier",
}  # fmt: skip
ORDINARY = (
    "city country country_code state job company company_suffix catch_phrase bs word sentence text paragraph"
    " color_name hex_color safe_color_name file_name file_extension mime_type url domain_name uri_path slug"
    " date date_this_decade date_time month_name day_of_week time timezone currency_code currency_name"
    " cryptocurrency_code random_int random_number ean13 isbn13 uuid4 md5 sha256 boolean language_code"
    " license_plate bban building_number"
).split()
FORMS: dict[str, Callable[[str], str]] = {"as made": str, "small": str.lower, "CAPITALS": str.upper}
CASELESS = frozenset(
    {"name", "name_female", "first_name", "last_name", "street_address", "city", "word", "job"}
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--errors", action="store_true", help="list what was missed and what is too much")
    options = parser.parse_args()
    seconds, columns = 0.0, 0
    for form, change in FORMS.items():
        right, missed, too_much = 0, [], []
        for locale, method, values in _columns(options.rows, form):
            start = time.process_time()
            found = _judged([change(value) for value in values])
            seconds, columns = seconds + time.process_time() - start, columns + 1
            if method in PERSONAL and found == "none":
                missed.append(f"{locale} {method}")
            elif method in PERSONAL:
                right += 1
            elif found != "none":
                too_much.append(f"{locale} {method} {found}")
        shares = (
            f"recall {right / (right + len(missed)):.3f}, precision {right / (right + len(too_much)):.3f}"
        )
        print(f"{form}: {shares}, of {right + len(missed)} personal columns")
        for line in (*missed, "-- too much --", *too_much) if options.errors else ():
            print(f"    {line}")
    print(f"{seconds / columns * 1000:.1f} ms of processor time a column")


def _columns(rows: int, form: str) -> Iterator[tuple[str, str, list[str]]]:
    """Locale, what was made, and values, the same in every run; what a locale lacks is left out."""
    for locale, method in product(LOCALES, (*PERSONAL, *ORDINARY)):
        if form != "as made" and method not in CASELESS:
            continue
        faker = Faker(locale)
        faker.seed_instance(f"{locale} {method}")
        if hasattr(faker, method):
            yield locale, method, [str(getattr(faker, method)()) for _ in range(rows)]


def _judged(values: list[object] | list[str]) -> str:
    ref = ColumnRef("main", "t", "c1")
    found = classify_columns([("main", "t", "c1", "text")], hit_rates={ref: hit_rates(values)})
    return found[ref].classification


if __name__ == "__main__":
    main()
