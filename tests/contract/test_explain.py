"""Promise: explain tells what would happen with a statement, and nothing happens."""

from __future__ import annotations

import governed_db
from tests.contract.adapter import Synchronous
from tests.contract.shop import Shop

SCHEMAS = {"sqlite": "main", "postgres": "public"}


def explained(shop: Shop, text: str, *parameters: object) -> governed_db.Explanation:
    """What explain says, of an async connection too."""
    connection = shop.connection
    text = shop.adapter.sql(text)
    if isinstance(connection, Synchronous):
        answer = governed_db.explain(connection.target, text, parameters or None)
        return connection.finish(answer)  # type: ignore[no-any-return]
    return governed_db.explain(connection, text, parameters or None)


def schema(shop: Shop) -> str:
    """What the shop's tables are in: MySQL's schemas are its databases."""
    rows = shop.stored("SELECT DATABASE()") if shop.adapter.dialect == "mysql" else [("",)]
    return SCHEMAS.get(shop.adapter.dialect, rows[0][0])


def test_a_read_is_explained(reading: Shop) -> None:
    """Outputs with their labels and masks, columns that only control, relations, the text itself."""
    place = schema(reading)

    told = explained(reading, "SELECT email AS x, status FROM customers WHERE city = ?", "Graz")

    assert (told.effect, told.kind, told.relations) == ("permit", "select", (f"{place}.customers",))
    assert told.to_dict()["outputs"] == [
        {
            "name": "x",
            "labels": [f"{place}.customers.email"],
            "mask": "redact",
            "place": "in_driver",
            "classification": "pii.email",
        },
        {
            "name": "status",
            "labels": [f"{place}.customers.status"],
            "mask": None,
            "place": None,
            "classification": None,
        },
    ]
    assert told.controls == (f"{place}.customers.city",)
    assert told.text.startswith("SELECT email AS x")


def test_a_refusal_is_explained(reading: Shop) -> None:
    """With its reasons: code, message, position and help."""
    told = explained(reading, "SELECT id FROM customers WHERE ssn LIKE '9%'")

    assert told.effect == "deny"
    assert (told.reasons[0].code, told.reasons[0].position) == ("GDB201", 31)
    assert told.reasons[0].help


def test_explaining_does_nothing(shop: Shop) -> None:
    """No row is changed, no request is filed, no transaction begun."""
    told = explained(shop, "DELETE FROM orders")

    assert told.effect == "ask"
    assert not shop.in_transaction
    assert shop.stored("SELECT count(*) FROM orders") == [(60,)]
