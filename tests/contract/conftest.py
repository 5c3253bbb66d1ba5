"""Each test of the contract, once for each driver: on a shop of its own, or on one that nobody changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from governed_db.runtime import release
from tests.contract.adapter import Adapter
from tests.contract.adapter_psycopg import PSYCOPG, PSYCOPG_ASYNC
from tests.contract.adapter_pymysql import PYMYSQL
from tests.contract.adapter_sqlite3 import SQLITE
from tests.contract.shop import BOUNDED, Shop
from tests.servers.fixtures import FreshDatabase

ADAPTERS = (SQLITE, PYMYSQL, PSYCOPG, PSYCOPG_ASYNC)

OpenShop = Callable[..., Shop]


@pytest.fixture(params=ADAPTERS, ids=lambda adapter: adapter.name)
def adapter(request: pytest.FixtureRequest) -> Adapter:
    """The driver under test."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def open_shop(adapter: Adapter, fresh_database: FreshDatabase, tmp_path: Path) -> Iterator[OpenShop]:
    """Opens a new shop as any principal, under any policy."""
    with ExitStack() as stack:
        url = stack.enter_context(fresh_database(adapter.dialect, shop=True))
        stack.callback(release, tmp_path / "state")
        yield lambda **options: _opened(stack, adapter, url, tmp_path / "state", options)


@pytest.fixture(scope="session")
def shared_url(fresh_database: FreshDatabase) -> Iterator[Callable[[str], str]]:
    """One shop for each dialect, for tests that only read."""
    made: dict[str, str] = {}
    with ExitStack() as stack:

        def of(dialect: str) -> str:
            if dialect not in made:
                made[dialect] = stack.enter_context(fresh_database(dialect, shop=True))
            return made[dialect]

        yield of


@pytest.fixture
def open_reading(adapter: Adapter, shared_url: Callable[[str], str]) -> Iterator[OpenShop]:
    """Opens the shop that nobody changes, under any policy."""
    with ExitStack() as stack:
        yield lambda **options: _opened(stack, adapter, shared_url(adapter.dialect), None, options)


@pytest.fixture
def shop(open_shop: OpenShop) -> Shop:
    """A shop under the pack `standard`."""
    return open_shop()


@pytest.fixture
def reading(open_reading: OpenShop) -> Shop:
    """The shop that nobody changes, under the pack `standard`."""
    return open_reading()


@pytest.fixture
def bounded_shop(open_shop: OpenShop) -> Shop:
    """A shop under a policy that lets five rows change at once."""
    return open_shop(policy=BOUNDED)


def _opened(
    stack: ExitStack, adapter: Adapter, url: str, state_dir: Path | None, options: dict[str, Any]
) -> Shop:
    connection = adapter.connect(url, **({"state_dir": state_dir} if state_dir else {}), **options)
    stack.callback(adapter.close, connection)
    raw = stack.enter_context(closing(adapter.raw(url)))
    return Shop(adapter, connection, raw, state_dir or Path())
