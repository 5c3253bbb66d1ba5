"""A seed into a shop's database that looks like one: customers, orders, payroll, API tokens.

Everything is generated; the credentials are made at run time and open nothing.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from governed_db.errors import ConfigurationError

if TYPE_CHECKING:
    from faker import Faker

SEED: Final = 20260101
CUSTOMERS: Final = 3_000
OPEN_ORDERS: Final = 5_000
OTHER_ORDERS: Final = 4_000
EMPLOYEES: Final = 120
API_TOKENS: Final = 400

SCHEMA: Final = """
CREATE TABLE customers (
    id INTEGER PRIMARY KEY, full_name TEXT NOT NULL, email TEXT NOT NULL UNIQUE, phone TEXT,
    birth_date DATE, segment TEXT NOT NULL, signed_up DATE NOT NULL
);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id),
    total NUMERIC NOT NULL, discount_pct INTEGER NOT NULL DEFAULT 0, status TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL
);
CREATE TABLE employees (
    id INTEGER PRIMARY KEY, full_name TEXT NOT NULL, email TEXT NOT NULL UNIQUE, department TEXT NOT NULL
);
CREATE TABLE payroll (
    id INTEGER PRIMARY KEY, employee_id INTEGER NOT NULL REFERENCES employees (id),
    iban TEXT NOT NULL, salary NUMERIC NOT NULL, paid_on DATE NOT NULL
);
CREATE TABLE api_tokens (
    id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id),
    token TEXT NOT NULL UNIQUE, last_used TIMESTAMP
);
CREATE INDEX orders_by_customer ON orders (customer_id);
"""
_SEGMENTS: Final = ("consumer", "consumer", "consumer", "business", "education")
_CLOSED: Final = ("delivered", "delivered", "shipped", "returned")
_DEPARTMENTS: Final = ("Support", "Engineering", "Sales", "Finance")


def create(path: Path) -> None:
    """Make and fill the database; the same one for the same release of Faker."""
    with closing(sqlite3.Connection(str(path))) as connection:
        connection.executescript(SCHEMA)
        for table, found in _tables(_faker(), random.Random(SEED)):  # noqa: S311  # made-up data
            marks = ", ".join("?" * len(found[0]))
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", found)
        connection.commit()


def _faker() -> Faker:
    try:
        from faker import Faker
    except ImportError as error:
        raise ConfigurationError(
            "the demo's data is made by Faker, which is not installed",
            code="GDB533",
            help="python -m pip install 'governed-db[demo]', or show your own database: demo --url URL",
        ) from error
    faker = Faker(["en_US", "en_GB", "de_DE"], use_weighting=False)
    faker.seed_instance(SEED)
    return faker


def _tables(faker: Faker, chance: random.Random) -> Iterator[tuple[str, Sequence[tuple[Any, ...]]]]:
    yield "customers", [_customer(faker, chance, number) for number in range(1, CUSTOMERS + 1)]
    yield "orders", [_order(chance, number) for number in range(1, OPEN_ORDERS + OTHER_ORDERS + 1)]
    yield "employees", [_employee(faker, chance, number) for number in range(1, EMPLOYEES + 1)]
    yield "payroll", [_payslip(faker, chance, number) for number in range(1, EMPLOYEES + 1)]
    yield "api_tokens", [_api_token(chance, number) for number in range(1, API_TOKENS + 1)]


def _customer(faker: Faker, chance: random.Random, number: int) -> tuple[Any, ...]:
    return (
        number,
        faker.name(),
        _email(faker, number),
        faker.phone_number(),
        f"{chance.randint(1940, 2006)}-{chance.randint(1, 12):02d}-{chance.randint(2, 28):02d}",
        chance.choice(_SEGMENTS),
        _day(chance),
    )


def _email(faker: Faker, number: int) -> str:
    return f"{faker.user_name()}{number}@{faker.safe_domain_name()}"


def _order(chance: random.Random, number: int) -> tuple[Any, ...]:
    status = "open" if number % 9 < 5 else chance.choice(_CLOSED)  # 5 of 9: OPEN_ORDERS
    total = round(chance.lognormvariate(4, 0.8), 2)
    moment = f"{_day(chance)} {chance.randint(0, 23):02d}:{chance.randint(0, 59):02d}:00"
    return (number, chance.randint(1, CUSTOMERS), total, 0, status, moment)


def _employee(faker: Faker, chance: random.Random, number: int) -> tuple[Any, ...]:
    return (number, faker.name(), _email(faker, number), chance.choice(_DEPARTMENTS))


def _payslip(faker: Faker, chance: random.Random, number: int) -> tuple[Any, ...]:
    return (number, number, faker.iban(), chance.randint(32, 140) * 500, "2025-11-30")


def _api_token(chance: random.Random, number: int) -> tuple[Any, ...]:
    return (number, chance.randint(1, CUSTOMERS), f"tok_demo_{chance.randbytes(12).hex()}", None)


def _day(chance: random.Random) -> str:
    return f"2025-{chance.randint(1, 11):02d}-{chance.randint(1, 28):02d}"
