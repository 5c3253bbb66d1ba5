"""Threads, or tasks, of different people on one pool: no event and no mask under the wrong name.

Each person's statements carry a name of their own, which stays readable in the trail. By default some of
them have one turn; with GOVERNED_DB_TEST_SOAK_SECONDS=60 all go on for a minute, and `-s` shows the figures.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import psycopg_pool
import pytest
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import create_async_engine

from governed_db import Principal, acting_as
from governed_db import psycopg as governed_psycopg
from governed_db.config import load_settings
from governed_db.remote.reader import read
from governed_db.runtime import open_runtime, release
from tests.servers.fixtures import FreshDatabase

SECONDS = float(os.environ.get("GOVERNED_DB_TEST_SOAK_SECONDS", "0"))
THREADS, TASKS = (50, 200) if SECONDS else (20, 30)
POLICY = {
    "version": 1,
    "name": "evens",
    "extends": "standard",
    "rules": [
        {
            "id": "evens-see",
            "effect": "permit",
            "actions": ["select"],
            "principals": {"groups": ["evens"]},
            "mask": {"pii.email": "none"},
        }
    ],
}
REFUSED = object()
LABEL = r"\w+_(?:by|to)_\d+"
Done = Counter[tuple[str, str, str]]  # who, what, and how it ended in the trail


def person(number: int) -> Principal:
    """People of even numbers see e-mail addresses."""
    return Principal(f"person-{number}", kind="human", groups=("evens",) * (number % 2 == 0))


def turn(number: int) -> list[tuple[int, str]]:
    """One turn on one connection: who acts, and the statement.

    In the middle somebody else acts on the same connection, and then the first one goes on.
    """
    other = (number + 1) % TASKS
    return [
        (number, f"SELECT email AS read_by_{number} FROM customers WHERE id = 3"),
        (number, f"SELECT id AS tried_by_{number} FROM customers WHERE email LIKE 'a%'"),
        (other, f"SELECT email AS lent_to_{other} FROM customers WHERE id = 3"),
        (number, f"SELECT email AS again_by_{number} FROM customers WHERE id = 3"),
    ]


def note(done: Done, number: int, sql: str, row: Any) -> None:
    """What came back must be what this one may see; who may not see addresses may not search in them."""
    may_see = number % 2 == 0
    if "LIKE" in sql:
        assert (row is REFUSED) is not may_see, f"person {number}: {row!r}"
    else:
        assert (row[0] != "***") is may_see, f"person {number} was shown {row[0]!r}"
    label = re.findall(LABEL, sql)[0]
    done[f"person-{number}", label, "refusal" if row is REFUSED else "outcome"] += 1


@pytest.fixture
def shop(fresh_database: FreshDatabase) -> Iterator[str]:
    """A shop that nobody changes."""
    with fresh_database("postgres", shop=True) as url:
        yield url


@pytest.fixture
def options(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """The policy, and a state folder of this test's own."""
    yield {"governed_policy": POLICY, "governed_state_dir": str(tmp_path / "state")}
    release(tmp_path / "state")


def trail(options: dict[str, Any]) -> Done:
    """What the trail says was done, by whom."""
    state = Path(options["governed_state_dir"])
    open_runtime(load_settings(policy=POLICY, state_dir=state)).spool.flush()
    found: Done = Counter()
    for event in read(state / "audit"):
        label = re.search(LABEL, event["fields"].get("statement", ""))
        if label and event["phase"] in {"outcome", "refusal"}:
            found[event["fields"]["principals"][0]["id"], label[0], event["phase"]] += 1
    return found


def told(name: str, done: Done, started: float) -> None:
    """The figures, for a run by hand."""
    people = len({who for who, _, _ in done})
    print(f"{name}: {done.total()} statements of {people} people, {time.monotonic() - started:.1f} s")


# -- threads ---------------------------------------------------------------------------------------------


@contextmanager
def sqlalchemy_pool(url: str, options: dict[str, Any]) -> Iterator[Callable[[], Any]]:
    """SQLAlchemy's QueuePool."""
    engine = create_engine(
        url.replace("postgresql:", "postgresql+governed:"), connect_args=options, pool_timeout=600
    )
    try:
        yield engine.raw_connection
    finally:
        engine.dispose()


@contextmanager
def native_pool(url: str, options: dict[str, Any]) -> Iterator[Callable[[], Any]]:
    """psycopg's own pool."""
    connections = governed_psycopg.Connection
    with psycopg_pool.ConnectionPool(
        url, connection_class=connections, kwargs=options, min_size=2, max_size=6, timeout=120
    ) as pool:
        yield pool.connection


@pytest.mark.timeout(120 + 3 * SECONDS)
@pytest.mark.parametrize("open_pool", [sqlalchemy_pool, native_pool], ids=["sqlalchemy", "psycopg_pool"])
def test_threads(open_pool: Any, shop: str, options: dict[str, Any]) -> None:
    """What threads did is in the trail once, under their own names; nobody saw what others may see."""
    started = time.monotonic()

    def work(number: int) -> Done:
        done: Done = Counter()
        while not done or time.monotonic() < started + SECONDS:
            for who, sql, row in one_turn(number, borrow):
                note(done, who, sql, row)
        return done

    with open_pool(shop, options) as borrow, ThreadPoolExecutor(THREADS) as threads:
        done = sum(threads.map(work, range(THREADS)), Counter())

    assert trail(options) == done
    told("threads", done, started)


def one_turn(number: int, borrow: Callable[[], Any]) -> list[tuple[int, str, Any]]:
    """A turn on a borrowed connection, and what it showed."""
    shown = []
    borrowed = borrow()
    enter = getattr(borrowed, "__enter__", None)
    connection = enter() if enter else borrowed
    try:
        for who, sql in turn(number):
            with acting_as(person(who)), connection.cursor() as cursor:
                shown.append((who, sql, asked(cursor, sql)))
    finally:
        borrowed.__exit__(None, None, None) if enter else borrowed.close()
    return shown


def asked(cursor: Any, sql: str) -> Any:
    """The first row, or that it was refused."""
    try:
        cursor.execute(sql)
    except psycopg.errors.InsufficientPrivilege:
        return REFUSED
    return cursor.fetchone()


# -- tasks -----------------------------------------------------------------------------------------------


@asynccontextmanager
async def sqlalchemy_async(url: str, options: dict[str, Any]) -> AsyncIterator[Any]:
    """The pool of an async engine."""
    engine = create_async_engine(
        url.replace("postgresql:", "postgresql+governed:"), connect_args=options, pool_timeout=600
    )

    @asynccontextmanager
    async def borrow() -> AsyncIterator[Any]:
        async with engine.connect() as connection:
            yield (await connection.get_raw_connection()).driver_connection

    try:
        yield borrow
    finally:
        await engine.dispose()


@asynccontextmanager
async def native_async(url: str, options: dict[str, Any]) -> AsyncIterator[Any]:
    """psycopg's own pool in asyncio."""
    connections = governed_psycopg.AsyncConnection
    async with psycopg_pool.AsyncConnectionPool(
        url, connection_class=connections, kwargs=options, min_size=2, max_size=6, timeout=120, open=False
    ) as pool:
        yield pool.connection


@pytest.mark.timeout(120 + 3 * SECONDS)
@pytest.mark.parametrize("open_pool", [sqlalchemy_async, native_async], ids=["sqlalchemy", "psycopg_pool"])
def test_tasks(open_pool: Any, shop: str, options: dict[str, Any]) -> None:
    """The same for tasks in one thread, which give way to each other between all statements."""
    started = time.monotonic()

    async def main() -> Done:
        async with open_pool(shop, options) as borrow:
            return sum(await asyncio.gather(*(work(number, borrow) for number in range(TASKS))), Counter())

    async def work(number: int, borrow: Callable[[], Any]) -> Done:
        done: Done = Counter()
        while not done or time.monotonic() < started + SECONDS:
            async with borrow() as connection:
                for who, sql in turn(number):
                    with acting_as(person(who)):
                        await asyncio.sleep(0)
                        note(done, who, sql, await first_row(connection, sql))
        return done

    done = asyncio.run(main())

    assert trail(options) == done
    told("tasks", done, started)


async def first_row(connection: Any, sql: str) -> Any:
    """As `asked`, in asyncio."""
    async with connection.cursor() as cursor:
        try:
            await cursor.execute(sql)
        except psycopg.errors.InsufficientPrivilege:
            return REFUSED
        return await cursor.fetchone()
