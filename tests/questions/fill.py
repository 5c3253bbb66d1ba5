"""A schema's name into rows for its tables: the same in every run and on every database."""
# ruff: noqa: DTZ001, E501  # columns without a zone; tables are read better whole

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

Rows = Mapping[str, list[tuple[Any, ...]]]

_FIRST = ("Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gail", "Hugo", "Iris", "Jon", "Kim", "Lea")
_LAST = ("Adler", "Brook", "Costa", "Dietz", "Evans", "Frank", "Garcia", "Huber", "Ito", "Jensen")
_CITIES = ("Lisbon", "Ghent", "Graz", "Turku", "Brno")
_COUNTRIES = ("PT", "BE", "AT", "FI", "CZ")


def rows(schema: str) -> Rows:
    """All rows, by table, in the order in which they can be inserted."""
    return {"shop": _shop, "hospital": _hospital, "hr": _hr, "bank": _bank, "saas": _saas}[schema](
        random.Random(schema)
    )


def _person(n: int) -> str:
    return f"{_FIRST[n % len(_FIRST)]} {_LAST[n * 7 % len(_LAST)]}"


def _mail(n: int) -> str:
    return f"person{n}@mail{n % 5}.example"


def _day(chance: random.Random, first: int = 2023, years: int = 3) -> date:
    return date(first, 1, 1) + timedelta(days=chance.randrange(365 * years))


def _moment(chance: random.Random, first: int = 2024, years: int = 2) -> datetime:
    day = _day(chance, first, years)
    return datetime(day.year, day.month, day.day, chance.randrange(24), chance.randrange(60))


def _maybe(chance: random.Random, value: Any, odds: float = 0.5) -> Any:
    return value if chance.random() < odds else None


def _shop(chance: random.Random) -> Rows:
    customers = [
        (n, _person(n), _mail(n), f"+43 660 55500{n % 38:02}", chance.choice(_CITIES), chance.choice(_COUNTRIES),
         _day(chance, 1950, 50), _day(chance, 2023, 2), chance.choice(("consumer", "business", "vip")),
         _maybe(chance, max(1, n - 3), 0.4))
        for n in range(1, 41)
    ]  # fmt: skip
    products = [
        (n, f"SKU-{n:03}", f"Thing {n}", ("books", "garden", "kitchen", "toys")[n % 4], 5 + n * 3.5,
         2 + n * 1.5, chance.randrange(80),
         json.dumps({"color": chance.choice(["red", "blue", "green"]), "weight": n * 10, "tags": ["new", "eco"][: n % 3]}))
        for n in range(1, 21)
    ]  # fmt: skip
    orders = [
        (n, chance.randrange(1, 36), _moment(chance), chance.choice(("new", "paid", "shipped", "cancelled")),
         chance.choice(("web", "app", "store")), _maybe(chance, chance.choice(("SPRING", "VIP10")), 0.3),
         chance.choice((0, 4.9, 9.9)))
        for n in range(1, 121)
    ]  # fmt: skip
    items = {(chance.randrange(1, 121), chance.randrange(1, 19)): None for _ in range(300)}
    order_items = [
        (order, product, chance.randrange(1, 5), 5 + product * 3.5, chance.choice((0, 0, 0.1, 0.25)))
        for order, product in items
    ]
    returned = [
        (n, *order_items[n * 5][:2], _day(chance, 2025, 1), chance.choice(("damaged", "wrong size", "late")))
        for n in range(1, 31)
    ]
    ratings = [
        (n, chance.randrange(1, 21), chance.randrange(1, 41), chance.randrange(1, 6), _moment(chance))
        for n in range(1, 81)
    ]
    return {
        "customers": customers, "products": products, "orders": orders, "order_items": order_items,
        "product_returns": returned, "ratings": ratings,
    }  # fmt: skip


def _hospital(chance: random.Random) -> Rows:
    names = ("Surgery", "Cardiology", "Neurology", "Paediatrics", "Oncology")
    admissions = []
    for n in range(1, 91):
        since = _moment(chance)
        until = since + timedelta(days=chance.randrange(1, 15), hours=3)
        admissions.append(
            (n, chance.randrange(1, 46), chance.randrange(1, 6), since, _maybe(chance, until, 0.9),
             f"W{chance.randrange(1, 6)}", chance.randrange(300, 9000))
        )  # fmt: skip
    return {
        "departments": [(n, name, n, 10 + n * 4) for n, name in enumerate(names, 1)],
        "doctors": [
            (n, _person(n + 3), ("surgeon", "internist", "paediatrician")[n % 3], n % 5 + 1, _day(chance, 2005, 15))
            for n in range(1, 16)
        ],
        "patients": [
            (n, _person(n), _day(chance, 1940, 75), chance.choice("fm"), chance.choice(_CITIES), f"VN{min(n, 49) * 7919:010}")
            for n in range(1, 51)
        ],
        "appointments": [
            (n, chance.randrange(1, 51), chance.randrange(1, 16), _moment(chance), chance.choice((15, 20, 30, 45)),
             chance.choice(("done", "done", "no-show", "cancelled", "planned")))
            for n in range(1, 151)
        ],
        "admissions": admissions,
        "medications": [(n, f"Compound {n}", n * 1.25) for n in range(1, 13)],
        "prescriptions": [
            (n, chance.randrange(1, 91), chance.randrange(1, 13), chance.choice((50, 100, 250)), chance.randrange(1, 10))
            for n in range(1, 161)
        ],
    }  # fmt: skip


def _hr(chance: random.Random) -> Rows:
    titles = ("Engineer", "Analyst", "Manager", "Clerk")
    employees = []
    for n in range(1, 61):
        hired = _day(chance, 2012, 12)
        left = hired + timedelta(days=chance.randrange(200, 1500))
        employees.append(
            (n, _person(n), _mail(n), n % 6 + 1, None if n < 4 else chance.randrange(1, max(2, n // 3)),
             titles[n % 4], hired, _maybe(chance, left, 0.25), 2500 + chance.randrange(60) * 100)
        )  # fmt: skip
    absences = []
    for n in range(1, 121):
        since = _day(chance, 2024, 2)
        kind = chance.choice(("holiday", "holiday", "sick", "training"))
        absences.append(
            (n, chance.randrange(1, 61), kind, since, since + timedelta(days=chance.randrange(40)))
        )
    records = {(chance.randrange(1, 61), chance.randrange(1, 9)): None for _ in range(150)}
    return {
        "teams": [
            (n, name, ("Vienna", "Berlin")[n % 2], None if n == 1 else (1 if n < 4 else 2), n * 100000)
            for n, name in enumerate(("Company", "Product", "Operations", "Platform", "Design", "Support"), 1)
        ],
        "employees": employees,
        "absences": absences,
        "appraisals": [
            (n * 3 + y, n, 2023 + y, chance.randrange(1, 6)) for n in range(1, 61) for y in range(3)
        ],
        "trainings": [(n, f"Course {n}", n * 2) for n in range(1, 9)],
        "training_records": [(e, t, _day(chance, 2023, 3)) for e, t in records],
    }  # fmt: skip


def _bank(chance: random.Random) -> Rows:
    accounts = [
        (n, chance.randrange(1, 41), f"AT{n * 48611:018}", ("current", "savings", "deposit")[n % 3],
         chance.choice(("EUR", "EUR", "USD")), _day(chance, 2015, 9), _maybe(chance, date(2025, 6, n % 28 + 1), 0.15))
        for n in range(1, 61)
    ]  # fmt: skip
    return {
        "branches": [(n, f"Branch {n}", ("north", "south", "west")[n % 3]) for n in range(1, 7)],
        "clients": [
            (n, _person(n), f"{n * 104729:010}", _day(chance, 1945, 55), chance.randrange(1, 7),
             chance.choice(("low", "medium", "high")), _day(chance, 2005, 18))
            for n in range(1, 41)
        ],
        "accounts": accounts,
        "bookings": [
            (n, chance.randrange(1, 61), _moment(chance), chance.randrange(-90000, 100000) / 100,
             chance.choice(("transfer", "card", "cash", "fee")), chance.choice(("online", "branch", "atm")))
            for n in range(1, 401)
        ],
        "loans": [
            (n, chance.randrange(1, 41), chance.randrange(10, 300) * 1000, chance.randrange(150, 700) / 100,
             _day(chance, 2018, 7), chance.choice((24, 60, 120, 240)), chance.choice(("active", "active", "repaid", "default")))
            for n in range(1, 31)
        ],
        "fees": [(a, f"2025-{m:02}", chance.choice((0, 2.5, 4.9))) for a in range(1, 61) for m in range(1, 7)],
    }  # fmt: skip


def _saas(chance: random.Random) -> Rows:
    users = []
    for n in range(1, 101):
        made = _moment(chance, 2024, 1)
        users.append(
            (n, chance.randrange(1, 31), _mail(min(n, 97)), chance.choice(("owner", "member", "member", "guest")), made,
             _maybe(chance, made + timedelta(days=chance.randrange(400)), 0.85))
        )  # fmt: skip
    names = ("signed_up", "created_project", "invited_member", "exported", "upgraded")
    tickets = []
    for n in range(1, 91):
        opened = _moment(chance)
        closed = opened + timedelta(hours=chance.randrange(1, 200))
        tickets.append(
            (n, chance.randrange(1, 31), opened, _maybe(chance, closed, 0.85),
             chance.choice(("low", "normal", "urgent")), chance.choice(("mail", "chat")))
        )  # fmt: skip
    invoices = []
    for n in range(1, 151):
        day = _day(chance, 2024, 2)
        paid = day + timedelta(days=chance.randrange(60))
        invoices.append(
            (n, chance.randrange(1, 31), day, chance.choice((29, 99, 499)), _maybe(chance, paid, 0.8))
        )
    return {
        "workspaces": [
            (n, f"Acme {n}", ("free", "team", "business")[n % 3], chance.choice(_COUNTRIES),
             _moment(chance, 2023, 2), _maybe(chance, datetime(2025, n % 12 + 1, 3, 12), 0.2))
            for n in range(1, 31)
        ],
        "users": users,
        "subscriptions": [
            (n, n % 30 + 1, ("team", "business")[n // 7 % 2], (99, 499)[n // 7 % 2], _day(chance, 2023, 2),
             _maybe(chance, date(2025, n % 12 + 1, 1), 0.35))
            for n in range(1, 51)
        ],
        "events": [
            (n, chance.randrange(1, 101), chance.choice(names), _moment(chance),
             json.dumps({"source": chance.choice(["ui", "api"]), "ms": chance.randrange(900), "flags": {"beta": n % 2 == 0}}))
            for n in range(1, 401)
        ],
        "invoices": invoices,
        "tickets": tickets,
    }  # fmt: skip
