"""Promise: what the server's own log says was sent is what the audit trail says, and the driver's set-up."""

from __future__ import annotations

import asyncio
import os
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool, ConnectionPool

import governed_db
from governed_db import psycopg as governed_psycopg
from governed_db.config import load_settings
from governed_db.remote.reader import read
from governed_db.runtime import open_runtime
from tests import shop
from tests.drivers.psycopg import counted
from tests.servers import launch

# What psycopg sends by itself, and what we send around a statement whose rows are counted.
_SET_UP = re.compile(
    r"(?:BEGIN|COMMIT|ROLLBACK|)"
    r"|(?:SAVEPOINT|RELEASE|ROLLBACK TO) \"?[a-z_0-9]+\"?"
    r"|DEALLOCATE (?:ALL|_pg3_\d+)"
    r"|(?:FETCH FORWARD (?:ALL|\d+)|MOVE \d+) FROM \"(?:mine|other)\""
    r"|CLOSE \"(?:mine|other)\""
    r"|SET LOCAL (?:statement|lock)_timeout = \d+"
)
# A few values of tables that are met for the first time (context/looks.py).
_SAMPLES = re.compile(r"BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY; .*; ROLLBACK", re.DOTALL)
_MARK = re.compile(r"marked_(\d+)")


@pytest.fixture(scope="module")
def talkative() -> Iterator[tuple[str, Path]]:
    """A server of its own that logs every statement, with a shop; its URL and its log."""
    server = launch.postgres(os.getpid())
    try:
        with closing(psycopg.connect(server.url)) as connection:
            shop.create(connection, "postgres")
            connection.autocommit = True
            connection.execute("ALTER SYSTEM SET log_statement = 'all'")
            connection.execute("ALTER SYSTEM SET log_line_prefix = '<%a> '")
            connection.execute("SELECT pg_reload_conf()")
        yield server.url, Path(server.folder) / "log"
    finally:
        server.stop()


def recorded(state_dir: Path) -> Counter[int]:
    """How often each mark stands in an outcome of the trail."""
    open_runtime(load_settings(state_dir=state_dir)).spool.flush()
    found: Counter[int] = Counter()
    for event in read(state_dir / "audit"):
        if event["phase"] == "outcome":
            found.update(_marks(event["fields"]["statement"]))
    return found


def unexplained(texts: list[str]) -> list[str]:
    """What is neither of the program, nor a look at the catalog or at a few values, nor set-up."""
    return [
        text
        for text in texts
        if not _MARK.search(text)
        and not _SET_UP.fullmatch(text)
        and not _SAMPLES.fullmatch(text)
        and not _looks_at_catalog(text)
    ]


def _looks_at_catalog(text: str) -> bool:
    """Reads that name catalogs only."""
    relations = re.findall(r"(?:FROM|JOIN)\s+(?:LATERAL\s+)?([a-z_.]+)", text)
    named = re.findall(
        r"(?:WITH|,)\s*(?:RECURSIVE\s+)?(\w+)(?:\([\w, ]+\))?\s+AS\s+(?:MATERIALIZED\s+)?\(", text
    )
    known = all(one.startswith(("pg_", "information_schema.")) or one in named for one in relations)
    return text.lstrip().startswith(("SELECT", "WITH")) and known


def _marks(text: str) -> set[int]:
    return {int(found) for found in _MARK.findall(text)}


def test_every_statement_of_the_sync_half(talkative: tuple[str, Path], tmp_path: Path) -> None:
    """As often as the server ran it, it stands in the trail; executemany is one record."""
    url, log = talkative
    state_dir = tmp_path / "state"
    with closing(governed_db.connect(url, state_dir=state_dir, application_name="sync")) as connection:
        expected = dict(counted.run(connection))

    texts = counted.sent(log, "sync")
    ran = Counter(mark for text in texts for mark in _marks(text))
    # What is asked for runs under its bound, is put to the planner, and runs to be shown.
    assert {mark: ran[mark] for mark in expected} == expected | {17: 3}
    assert unexplained(texts) == ["COPY products (sku, title, price, stock) FROM STDIN"]
    told = recorded(state_dir)
    literals = {16}  # a literal does not stand in the trail
    assert {mark: told[mark] for mark in expected if mark not in literals} == {
        mark: 1 if mark == 6 else runs for mark, runs in expected.items() if mark not in literals
    }


def test_every_statement_of_the_async_half(talkative: tuple[str, Path], tmp_path: Path) -> None:
    """The same for the other half."""
    url, log = talkative
    state_dir = tmp_path / "state"

    async def work() -> dict[int, int]:
        connection = await governed_db.connect_async(url, state_dir=state_dir, application_name="async")
        marks = {mark: runs async for mark, runs in counted.arun(connection)}
        await connection.close()
        return marks

    expected = asyncio.run(work())

    texts = counted.sent(log, "async")
    ran = Counter(mark for text in texts for mark in _marks(text))
    assert {mark: ran[mark] for mark in expected} == expected
    assert unexplained(texts) == []
    told = recorded(state_dir)
    assert {mark: told[mark] for mark in expected} == expected | {35: 1}


@pytest.mark.parametrize("is_async", [False, True])
def test_every_statement_of_a_pool(talkative: tuple[str, Path], tmp_path: Path, *, is_async: bool) -> None:
    """Pools check their connections, and send nothing else."""
    url, log = talkative
    name = "apool" if is_async else "pool"
    options: dict[str, Any] = {
        "kwargs": {"application_name": name, "governed_state_dir": tmp_path / "state"},
        "min_size": 2,
        "open": False,
    }

    def sync() -> None:
        check = ConnectionPool.check_connection
        with ConnectionPool(
            url, connection_class=governed_psycopg.Connection, check=check, **options
        ) as pool:
            for _ in range(4):
                with pool.connection() as connection:
                    connection.execute(counted.masked(50)).fetchall()

    async def asynchronous() -> None:
        check = AsyncConnectionPool.check_connection
        kind = governed_psycopg.AsyncConnection
        async with AsyncConnectionPool(url, connection_class=kind, check=check, **options) as pool:
            for _ in range(4):
                async with pool.connection() as connection:
                    await connection.execute(counted.masked(50))

    if is_async:
        asyncio.run(asynchronous())
    else:
        sync()

    texts = counted.sent(log, name)
    assert sum(50 in _marks(text) for text in texts) == 4
    assert unexplained(texts) == []
    assert recorded(tmp_path / "state")[50] == 4


def test_what_is_not_governed_would_be_found(talkative: tuple[str, Path]) -> None:
    """The log shows a statement that a raw connection sends, and it is none that is known."""
    url, log = talkative
    with closing(psycopg.connect(url, application_name="raw")) as connection:
        connection.execute("SELECT email FROM customers")

    assert unexplained(counted.sent(log, "raw")) == ["SELECT email FROM customers"]
