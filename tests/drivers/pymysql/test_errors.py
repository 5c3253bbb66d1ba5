"""Promise: errors keep class, number, SQLSTATE and names, and lose every value."""

from __future__ import annotations

from typing import Any

import pymysql
import pytest
from pymysql import err

import governed_db
from governed_db.drivers.pymysql import DRIVER
from tests.drivers.pymysql.conftest import ran
from tests.shop import leaked

PLAN: Any = None  # what is rebuilt does not depend on it

FOREIGN = """Cannot add or update a child row: a foreign key constraint fails (`d`.`t`, CONSTRAINT `t_fk` \
FOREIGN KEY (`a`) REFERENCES `b` (`id`))"""
SERVER = [
    (err.IntegrityError, 1062, "Duplicate entry 'SECRET' for key 'email'", "key: email"),
    (err.IntegrityError, 1062, "Duplicate entry 'x' for key 'SECRET' for key 't.email'", "key: t.email"),
    (err.IntegrityError, 1048, "Column 'name' cannot be null", "column: name"),
    (err.DataError, 1406, "Data too long for column 'name' at row 1", "column: name"),
    (err.DataError, 1366, "Incorrect integer value: 'SECRET' for column `t`.`id` at row 1", "`t`.`id`"),
    (err.OperationalError, 1292, "Truncated incorrect DOUBLE value: 'SECRET'", "needs"),
    (err.IntegrityError, 1452, FOREIGN, "constraint: t_fk"),
    (err.OperationalError, 4025, "CONSTRAINT `adult` failed for `d`.`t`", "constraint: adult"),
    (err.OperationalError, 1644, "SECRET", "error 1644"),
    (err.OperationalError, 1105, "XPATH syntax error: 'SECRET'", "error 1105"),
]


@pytest.mark.parametrize(("kind", "number", "text", "kept"), SERVER)
def test_the_servers_errors_are_rebuilt(kind: Any, number: int, text: str, kept: str) -> None:
    """Names of the schema stay, quoted values go."""
    told = DRIVER.rebuilt(kind(number, text, sqlstate="23000"), PLAN)

    assert isinstance(told, err.Error)
    assert (type(told), told.args[0], told.sqlstate) == (kind, number, "23000")
    assert kept in told.args[1]
    assert "SECRET" not in repr(told)


@pytest.mark.parametrize(
    "error",
    [
        err.OperationalError(2013, "Lost connection to MySQL server during query"),
        err.InterfaceError(0, ""),
        err.ProgrammingError("Cursor closed"),
        DRIVER.ungoverned(),
    ],
)
def test_what_the_client_says_itself_is_kept(error: BaseException) -> None:
    """It has seen no value."""
    assert DRIVER.rebuilt(error, PLAN) is error


def test_errors_of_reading_are_replaced() -> None:
    """A converter's exception quotes what it could not read."""
    told = DRIVER.rebuilt(ValueError("invalid literal: 'SECRET'"), PLAN)

    assert isinstance(told, err.DataError)
    assert "SECRET" not in repr(told)


def test_interrupts_are_not_touched() -> None:
    """What is no Exception passes as it is."""
    error = KeyboardInterrupt()

    assert DRIVER.rebuilt(error, PLAN) is error


@pytest.mark.parametrize(
    ("text", "kind", "number", "sqlstate"),
    [
        ("SELECT * FROM nowhere", err.ProgrammingError, 1146, "42S02"),
        ("SELECT nothing FROM products", err.OperationalError, 1054, "42S22"),
        ("SELECT FROM WHERE", err.ProgrammingError, 1064, "42000"),
        ("DELETE FROM orders", err.OperationalError, 1142, "42000"),
    ],
)
def test_refusals_are_told_apart_as_the_server_does(
    reading: Any, text: str, kind: Any, number: int, sqlstate: str
) -> None:
    """Programs that look for a missing table find one."""
    with pytest.raises(kind) as raised:
        ran(reading, text)

    assert isinstance(raised.value, governed_db.StatementDenied)
    assert (raised.value.args[0], raised.value.sqlstate) == (number, sqlstate)
    assert str(raised.value) == raised.value.args[1]


@pytest.mark.parametrize(
    "text",
    [
        "UPDATE customers SET birth_date = email WHERE id = 3",
        "UPDATE customers SET id = email WHERE id = 3",
        "INSERT INTO customers (name, email, created_at) SELECT name, email, now() FROM customers LIMIT 1",
        "SELECT (SELECT email FROM customers) FROM products",
        "INSERT INTO products (sku, title, price, stock) SELECT email, 'x', email, 1 FROM customers LIMIT 1",
    ],
)
def test_no_statement_makes_the_server_tell_a_value(shop: Any, text: str) -> None:
    """Neither its message nor anything that hangs on the exception has one."""
    with pytest.raises(pymysql.err.Error) as raised:
        ran(shop, text)
    shop.rollback()

    error = raised.value
    assert (error.__cause__, error.__context__) == (None, None)
    assert leaked([error, error.args, vars(error), shop.show_warnings()]) == ()


def test_errors_about_other_tables_are_the_servers_own(shop: Any) -> None:
    """Nothing is withheld that nobody protects."""
    with pytest.raises(pymysql.err.IntegrityError, match="Duplicate entry 'SKU-001' for key 'sku'"):
        ran(shop, "INSERT INTO products (sku, title, price, stock) VALUES ('SKU-001', 'x', 1, 1)")
