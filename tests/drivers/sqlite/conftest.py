"""A governed sqlite3 connection to a shop of its own, and what leaves the driver on it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

import governed_db
from governed_db.runtime import release
from tests.servers.fixtures import FreshDatabase

Open = Callable[..., Any]


@pytest.fixture(scope="session")
def shared_shop(fresh_database: FreshDatabase) -> Iterator[str]:
    """One shop for tests that only read."""
    with fresh_database("sqlite", shop=True) as url:
        yield url


@pytest.fixture
def open_(shared_shop: str) -> Iterator[Open]:
    """Opens the shared shop, with any options."""
    with ExitStack() as stack:

        def connect(url: str = shared_shop, **options: Any) -> Any:
            return stack.enter_context(closing(governed_db.connect(url, **options)))

        yield connect


@pytest.fixture
def reading(open_: Open) -> Any:
    """The shared shop under the pack `standard`."""
    return open_()


@pytest.fixture
def shop(open_: Open, sqlite_shop: str, tmp_path: Path) -> Iterator[Any]:
    """A shop of its own, with a state folder of its own."""
    yield open_(sqlite_shop, state_dir=tmp_path / "state")
    release(tmp_path / "state")


@pytest.fixture
def raw(sqlite_shop: str) -> Iterator[sqlite3.Connection]:
    """The same file as `shop`, outside of all governance."""
    with closing(sqlite3.connect(sqlite_shop.removeprefix("sqlite:///"))) as connection:
        yield connection
