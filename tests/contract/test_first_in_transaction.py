"""Promise: a database that is first met within a transaction is looked at before it begins."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from governed_db.runtime import release
from tests.contract.adapter import Adapter
from tests.contract.adapter_psycopg import PSYCOPG
from tests.servers.fixtures import FreshDatabase

SURNAMES = "Fischer Weber Moretti Lefebvre Jansen Kowalski Novak Silva Garcia Hansen".split()
QUESTION = "SELECT c1 FROM things"


@pytest.fixture(scope="module")
def url_of(fresh_database: FreshDatabase) -> Iterator[Callable[[Adapter], str]]:
    """A database for each dialect, with family names under a name that tells nothing."""
    made: dict[str, str] = {}
    with ExitStack() as stack:

        def of(adapter: Adapter) -> str:
            if adapter.dialect not in made:
                made[adapter.dialect] = stack.enter_context(fresh_database(adapter.dialect, shop=False))
                with closing(adapter.raw(made[adapter.dialect])) as raw:
                    cursor = raw.cursor()
                    cursor.execute("CREATE TABLE things (id integer PRIMARY KEY, c1 varchar(80))")
                    rows = list(enumerate(SURNAMES))
                    cursor.executemany(adapter.sql("INSERT INTO things VALUES (?, ?)"), rows)
                    raw.commit()
            return made[adapter.dialect]

        yield of


def read(connection: Any) -> str:
    """What the first statement of a transaction gives."""
    cursor = connection.cursor()
    cursor.execute(QUESTION)
    return str(cursor.fetchall())


def begun(adapter: Adapter, connection: Any) -> str:
    """What it gives in a transaction that the driver's own means begin, where it has such means."""
    if adapter.name == "psycopg":
        with connection.transaction():
            return read(connection)
    if adapter.name == "pymysql":
        connection.begin()
    elif adapter.dialect == "sqlite":
        connection.execute("BEGIN")
    else:
        connection.cursor().execute("BEGIN")
    return read(connection)


def test_what_the_driver_begins(adapter: Adapter, url_of: Callable[[Adapter], str], tmp_path: Path) -> None:
    """`transaction()`, `begin()`, BEGIN: no value comes out."""
    with ExitStack() as stack:
        stack.callback(release, tmp_path / "state")
        connection = adapter.connect(url_of(adapter), state_dir=tmp_path / "state")
        stack.callback(adapter.close, connection)

        found = begun(adapter, connection)

    assert not any(name in found for name in SURNAMES)


def test_what_the_caller_begins(adapter: Adapter, url_of: Callable[[Adapter], str], tmp_path: Path) -> None:
    """As a statement of his own, which is then the first one."""
    with ExitStack() as stack:
        stack.callback(release, tmp_path / "state")
        connection = adapter.connect(url_of(adapter), state_dir=tmp_path / "state")
        stack.callback(adapter.close, connection)
        adapter.set_autocommit(connection, True)
        connection.cursor().execute("BEGIN")

        found = read(connection)
        assert not any(name in found for name in SURNAMES)
        assert adapter.in_transaction(connection)
        connection.rollback()


def test_transactions_of_an_event_loop(url_of: Callable[[Adapter], str], tmp_path: Path) -> None:
    """`async with connection.transaction()`, likewise."""
    from governed_db import psycopg

    async def asked() -> str:
        url = url_of(PSYCOPG)
        connection = await psycopg.AsyncConnection.connect(url, governed_state_dir=tmp_path / "state")
        async with connection, connection.transaction():
            cursor = await connection.execute(QUESTION)
            return str(await cursor.fetchall())

    try:
        found = asyncio.run(asked())
    finally:
        release(tmp_path / "state")

    assert not any(name in found for name in SURNAMES)
