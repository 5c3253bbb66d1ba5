"""A governed PyMySQL connection to a shop of its own, and what leaves the driver on it."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import pymysql.connections
import pytest

import governed_db
from tests.servers.fixtures import FreshDatabase
from tests.servers.urls import Address

Open = Callable[..., Any]

FEW_ROWS = {
    "version": 1,
    "extends": "standard",
    "rules": [
        {
            "id": "few-rows",
            "effect": "permit",
            "actions": ["insert", "update", "delete"],
            "limits": {"rows_changed": 5},
        }
    ],
}


@pytest.fixture(scope="session")
def shared_shop(fresh_database: FreshDatabase) -> Iterator[str]:
    """One shop for tests that only read."""
    with fresh_database("mysql", shop=True) as url:
        yield url


@pytest.fixture
def open_(shared_shop: str) -> Iterator[Open]:
    """Opens the shared shop, with any options."""
    with ExitStack() as stack:

        def connect(url: str = shared_shop, **options: Any) -> Any:
            connection = governed_db.connect(url, **options)
            stack.callback(lambda: connection.close() if connection.open else None)
            return connection

        yield connect


@pytest.fixture
def reading(open_: Open) -> Any:
    """The shared shop under the pack `standard`."""
    return open_(autocommit=True)


@pytest.fixture
def shop(open_: Open, mysql_shop: str) -> Any:
    """A shop of its own, where five rows may change at once."""
    return open_(mysql_shop, policy=FEW_ROWS)


@pytest.fixture
def raw(mysql_shop: str) -> Iterator[Any]:
    """The same database as `shop`, outside of all governance."""
    with closing(Address.of(mysql_shop).connect()) as connection:
        yield connection


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Every text that leaves PyMySQL, at the last of its own methods before the socket."""
    found: list[bytes] = []
    write: Any = pymysql.connections.Connection._write_bytes  # type: ignore[attr-defined]  # not in the stubs

    def recording(self: Any, data: bytes) -> None:
        size, command = struct.unpack("<iB", data[:5])
        if command == 3 and size == len(data) - 4:
            found.append(data[5:])
        write(self, data)

    monkeypatch.setattr(pymysql.connections.Connection, "_write_bytes", recording)
    return found


def ran(connection: Any, query: Any, args: Any = None, *, kind: Any = None) -> Any:
    """All rows of a statement, on a cursor of any class."""
    cursor = connection.cursor(kind)
    cursor.execute(query, args)
    return cursor.fetchall()
