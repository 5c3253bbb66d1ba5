"""A pool's connection acts for whoever acts now, never for whoever opened it (see tests/concurrency too)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.ext.asyncio import create_async_engine

from governed_db import Principal, acting_as
from governed_db.config import load_settings
from governed_db.remote.reader import read
from governed_db.runtime import open_runtime, release
from tests.sqlalchemy.conftest import DIALECTS, OpenEngine, governed_url

# Whose name ends in an even number sees e-mail addresses, the others do not.
POLICY = {
    "version": 1,
    "name": "evens",
    "extends": "standard",
    "rules": [
        {
            "id": "evens-see",
            "effect": "permit",
            "actions": ["select"],
            "principals": {"ids": [f"*-{number}" for number in range(0, 10, 2)]},
            "mask": {"pii.email": "none"},
        }
    ],
}
QUESTION = "SELECT email FROM customers WHERE id = 1"


def principals(count: int) -> list[Principal]:
    """person-0-0, person-1-1, ... person-10-0: the last digit tells what they may see."""
    return [Principal(f"person-{number}-{number % 10}", kind="human") for number in range(count)]


def sees(principal: Principal) -> bool:
    """Whether the policy lets this one see addresses."""
    return int(principal.id[-1]) % 2 == 0


def is_right(principal: Principal, shown: Any) -> bool:
    """Whether what was shown is what this one may see."""
    return (shown != "***") == sees(principal)


def recorded(state: Path) -> Counter[str]:
    """Statements of the question in the trail, by principal."""
    counted: Counter[str] = Counter()
    for one in read(state / "audit"):
        fields = one["fields"]
        if one["phase"] == "outcome" and "customers" in fields.get("statement", ""):
            counted[fields["principals"][0]["id"]] += 1
    return counted


@pytest.fixture
def state(tmp_path: Path) -> Any:
    """A state folder of this test's own."""
    yield tmp_path / "state"
    release(tmp_path / "state")


def flush(state: Path) -> None:
    """Have what was done be on disk."""
    open_runtime(load_settings(policy=POLICY, state_dir=state)).spool.flush()


def ask(engine: Engine, principal: Principal) -> bool:
    """One statement on a pooled connection."""
    with acting_as(principal), engine.connect() as connection:
        return is_right(principal, connection.scalar(text(QUESTION)))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_threads_share_a_pool(dialect: str, open_engine: OpenEngine, state: Path) -> None:
    """50 threads of different principals on five connections: every mask and event is the right one's."""
    engine = open_engine(dialect, connect_args={"governed_policy": POLICY, "governed_state_dir": state})
    people = principals(50 if dialect != "mysql" else 15)  # MariaDB is slow to tell its schema

    def work(principal: Principal) -> bool:
        return all(ask(engine, principal) for _ in range(6))

    with ThreadPoolExecutor(50) as threads:
        right = list(threads.map(work, people))
    flush(state)

    assert all(right)
    assert recorded(state) == {principal.id: 6 for principal in people}


def test_within_one_connection(open_engine: OpenEngine) -> None:
    """Who acts may change from statement to statement, also inside of a transaction."""
    even, odd = principals(2)
    engine = open_engine("postgres", policy=POLICY)
    with engine.begin() as connection:
        for principal in (even, odd, even, odd):
            with acting_as(principal):
                assert is_right(principal, connection.scalar(text(QUESTION)))


def test_tasks_share_an_async_engine(shops: Callable[[str], str], state: Path) -> None:
    """200 tasks of different principals on one async engine."""
    people = principals(200)

    async def work() -> list[bool]:
        engine = create_async_engine(
            governed_url(shops("postgres"), "postgresql+governed"),
            connect_args={"governed_policy": POLICY, "governed_state_dir": state},
        )

        async def one(principal: Principal) -> bool:
            with acting_as(principal):
                async with engine.connect() as connection:
                    first = await connection.scalar(text(QUESTION))
                    await asyncio.sleep(0)
                    second = await connection.scalar(text(QUESTION))
            return is_right(principal, first) and is_right(principal, second)

        right = await asyncio.gather(*(one(principal) for principal in people))
        await engine.dispose()
        return right

    right = asyncio.run(work())
    flush(state)

    assert all(right)
    assert recorded(state) == {principal.id: 2 for principal in people}
