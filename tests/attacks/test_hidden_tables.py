"""Temporary tables that a server does not list keep no protected value, whatever they are called."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pymysql
import pytest

import governed_db
from tests.servers.fixtures import FreshDatabase
from tests.shop import leaked

POLICY: dict[str, Any] = {
    "version": 1,
    "extends": "standard",
    "rules": [{"id": "standard/schema-changes", "effect": "permit", "actions": ["ddl"]}],
}
HIDES = "CREATE TEMPORARY TABLE customers (id int, name varchar(99), city varchar(99), notes varchar(99))"
FILLS = "INSERT INTO customers SELECT id, name, email, NULL FROM employees WHERE id < 4"
READS = "SELECT city FROM customers"
ATTACKS = {
    "hides a real table": (HIDES, FILLS, READS),
    "comes before a real table": (
        "CREATE TEMPORARY TABLE later (id int, city varchar(99), email varchar(99))",
        "CREATE TABLE later (id int, email varchar(99), city varchar(99))",
        "INSERT INTO later SELECT id, email, NULL FROM employees WHERE id < 4",
        "SELECT city FROM later",
    ),
    "takes the name later": (
        HIDES.replace("customers", "elsewhere"),
        "ALTER TABLE elsewhere RENAME TO customers",
        FILLS,
        READS,
    ),
    "is made of values": (
        "CREATE TEMPORARY TABLE customers AS SELECT id, email FROM customers WHERE id < 4",
        "ALTER TABLE customers CHANGE email city varchar(99)",
        READS,
    ),
    "is written as before": (
        "CREATE TABLE later (id int, email varchar(99), city varchar(99))",
        "INSERT INTO later SELECT id, email, NULL FROM employees WHERE id < 4",
        "CREATE TEMPORARY TABLE later (id int, city varchar(99), email varchar(99))",
        "INSERT INTO later SELECT id, email, NULL FROM employees WHERE id < 4",
        "SELECT city FROM later",
    ),
}


@pytest.fixture(scope="module")
def database(fresh_database: FreshDatabase) -> Iterator[str]:
    """A shop."""
    with fresh_database("mysql", shop=True) as url:
        yield url


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_value_comes_out_of_a_hidden_table(attack: str, database: str, tmp_path: Path) -> None:
    """Not even for who may make tables: analysis reads columns by the name of another table."""
    told: list[object] = []
    with closing(governed_db.connect(database, policy=POLICY, state_dir=tmp_path)) as connection:
        cursor = connection.cursor()
        for text in ATTACKS[attack]:
            try:
                cursor.execute(text)
                told += cursor.fetchall()
            except pymysql.Error as refusal:
                told.append(str(refusal))
        cursor.execute("DROP TABLE IF EXISTS later")
        cursor.execute("DROP TABLE IF EXISTS later")

    assert leaked(told) == ()
    assert any("GDB204" in str(one) for one in told)


def test_a_session_without_them_writes_as_ever(database: str, tmp_path: Path) -> None:
    """Copies into a column of the same class are no matter where no table can be hidden."""
    with closing(governed_db.connect(database, policy=POLICY, state_dir=tmp_path)) as connection:
        cursor = connection.cursor()
        changed = cursor.execute(
            "INSERT INTO customers (name, email, created_at)"
            " SELECT name, email, now() FROM employees WHERE id = 1"
        )

    assert changed == 1


def test_who_uses_one_is_told_what_to_do(database: str, tmp_path: Path) -> None:
    """It is made, and cannot be read again."""
    with closing(governed_db.connect(database, policy=POLICY, state_dir=tmp_path)) as connection:
        cursor = connection.cursor()
        cursor.execute("CREATE TEMPORARY TABLE kept (id int)")

        with pytest.raises(governed_db.StatementDenied, match="write a WITH query instead"):
            cursor.execute("SELECT id FROM kept")
