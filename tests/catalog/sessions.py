"""Raw connections into answers for the catalog's generators, the way drivers answer them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Generator
from typing import Any, TypeVar

import attrs
import psycopg
import pymysql
from psycopg.pq import ExecStatus

from governed_db.context import catalog
from governed_db.model.catalog import Catalog, Dialect, RelationInfo
from tests.servers.urls import Address

Result = TypeVar("Result")
Row = tuple[Any, ...]


@attrs.frozen
class Session:
    """One connection: `answer` gives the rows of a query, by the lowest call of its driver."""

    dialect: Dialect
    connection: Any
    answer: Callable[[str], list[Row]]

    def run(self, *statements: str) -> None:
        """Run statements that give no rows."""
        cursor = self.connection.cursor()
        for statement in statements:
            cursor.execute(statement)

    def load(self) -> Catalog:
        """The catalog as this session sees it."""
        return drive(catalog.load(self.dialect), self.answer)

    def epoch(self) -> str:
        """The epoch as this session sees it."""
        return drive(catalog.epoch(self.dialect), self.answer)

    def relation(self, schema: str, name: str) -> RelationInfo:
        """One relation of the catalog."""
        return self.load().relations[schema, name]


def drive(steps: Generator[str, list[Row], Result], answer: Callable[[str], list[Row]]) -> Result:
    """Answer a generator's queries until it returns."""
    try:
        query = next(steps)
        while True:
            query = steps.send(answer(query))
    except StopIteration as stop:
        result: Result = stop.value
        return result


def postgres(url: str) -> Session:
    """Rows are text, as libpq gives them."""
    connection = Address.of(url).connect()
    connection.autocommit = True

    def answer(query: str) -> list[Row]:
        result = connection.pgconn.exec_(query.encode())
        if result.status != ExecStatus.TUPLES_OK:
            raise psycopg.OperationalError(result.get_error_message())
        return [
            tuple(_text(result.get_value(row, column)) for column in range(result.nfields))
            for row in range(result.ntuples)
        ]

    return Session(Dialect.POSTGRES, connection, answer)


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode()


def mysql(url: str) -> Session:
    """Rows are native."""
    connection = Address.of(url).connect()

    def answer(query: str) -> list[Row]:
        cursor = pymysql.cursors.Cursor(connection)
        cursor.execute(query)
        return list(cursor.fetchall())

    return Session(Dialect.MYSQL, connection, answer)


def sqlite(url: str) -> Session:
    """Rows are native."""
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    return Session(Dialect.SQLITE, connection, lambda query: connection.execute(query).fetchall())
