"""Governed psycopg connections to a shop, sync and async, and what leaves the driver on them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

import governed_db
from tests.drivers.psycopg.relay import Relay
from tests.servers.fixtures import FreshDatabase

Open = Callable[..., Any]
RunAsync = Callable[[Callable[[Any], Awaitable[Any]]], Any]


@pytest.fixture(scope="session")
def shared_shop(fresh_database: FreshDatabase) -> Iterator[str]:
    """One shop for tests that only read."""
    with fresh_database("postgres", shop=True) as url:
        yield url


@pytest.fixture
def open_(shared_shop: str) -> Iterator[Open]:
    """Opens the shared shop, or another, with any options."""
    with ExitStack() as stack:

        def connect(url: str = shared_shop, **options: Any) -> Any:
            return stack.enter_context(closing(governed_db.connect(url, **options)))

        yield connect


@pytest.fixture
def reading(open_: Open) -> Any:
    """The shared shop under the pack `standard`."""
    return open_()


@pytest.fixture
def shop(open_: Open, postgres_shop: str, tmp_path: Path) -> Any:
    """A shop of its own, with a state folder of its own."""
    return open_(postgres_shop, state_dir=tmp_path / "state")


@pytest.fixture
def raw(postgres_shop: str) -> Iterator[psycopg.Connection[Any]]:
    """The same database as `shop`, outside of all governance."""
    with closing(psycopg.connect(postgres_shop, autocommit=True)) as connection:
        yield connection


@pytest.fixture
def on_loop(shared_shop: str) -> RunAsync:
    """Runs a coroutine function on a governed async connection to the shared shop."""

    def run(work: Callable[[Any], Awaitable[Any]]) -> Any:
        async def whole() -> Any:
            connection = await governed_db.connect_async(shared_shop)
            try:
                return await work(connection)
            finally:
                await connection.close()

        return asyncio.run(whole())

    return run


@pytest.fixture
def relay(postgres_shop: str) -> Iterator[Relay]:
    """What stands between the driver and the server of `postgres_shop`, and notes every statement."""
    with Relay(postgres_shop) as made:
        yield made
