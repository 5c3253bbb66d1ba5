"""Ordinary SQL is accepted: what people, ORMs and tools send every day, on three databases."""

from __future__ import annotations

import sqlite3
from contextlib import suppress

import pymysql
import pytest

from tests.sql.conftest import WorldOf
from tests.sql.statements import Ordinary, ordinary, parameters
from tests.sql.world import World


@pytest.mark.parametrize("statement", parameters(ordinary()))
def test_ordinary_statements_are_understood(statement: Ordinary, world: WorldOf) -> None:
    """A statement that is in daily use is neither refused nor taken for dangerous."""
    facts = world(statement.dialect).facts(statement.sql)

    assert facts.hazards == ()


@pytest.mark.parametrize("dialect", ["postgres", "mysql", "sqlite"])
def test_there_are_enough_of_them(dialect: str) -> None:
    """At least 150 statements of each dialect are tried, no two alike."""
    texts = [statement.sql for statement in ordinary(dialect)]

    assert len(set(texts)) >= 150


@pytest.mark.parametrize(
    "statement", parameters([one for one in ordinary() if one.is_query and one.dialect != "postgres"])
)
def test_ordinary_statements_are_valid(statement: Ordinary, world: WorldOf) -> None:
    """The server itself takes every statement of the collection (PostgreSQL: see its opinion)."""
    asked = world(statement.dialect)

    if statement.dialect == "mysql":
        _prepare_mysql(asked, statement.sql)
    else:
        _prepare_sqlite(asked, statement.sql)


def _prepare_mysql(asked: World, sql: str) -> None:
    with pymysql.cursors.Cursor(asked.session.connection) as cursor:
        cursor.execute("PREPARE tried FROM %s", (sql,))
        cursor.execute("DEALLOCATE PREPARE tried")


def _prepare_sqlite(asked: World, sql: str) -> None:
    with suppress(sqlite3.ProgrammingError):  # parameters are missing, but it has been prepared
        asked.session.connection.execute(f"EXPLAIN {sql}")
