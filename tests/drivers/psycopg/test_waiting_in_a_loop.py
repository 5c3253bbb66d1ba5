"""An async connection waits for people while its event loop goes on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

import governed_db
from governed_db import ApprovalRequired, ConfigurationError, Wait
from governed_db.model.approval import RequestState
from governed_db.remote.approvals import ApprovalStore
from governed_db.runtime import release
from tests.contract.shop import BOUNDED

LARGE = "UPDATE products SET stock = stock + 1 WHERE stock > 30"  # nine rows
RunOn = Callable[[object, Callable[[Any], Awaitable[Any]]], Any]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ApprovalStore]:
    """Where requests are filed."""
    (tmp_path / "state").mkdir(mode=0o700)
    yield ApprovalStore(tmp_path / "state" / "approvals.sqlite")
    release(tmp_path / "state")


@pytest.fixture
def run_on(shared_shop: str, tmp_path: Path) -> RunOn:
    """Runs a coroutine with a connection to the shop, whose changes are rolled back."""

    def run(on_approval: object, work: Callable[[Any], Awaitable[Any]]) -> Any:
        async def inside() -> Any:
            connection = await governed_db.connect_async(
                shared_shop, policy=BOUNDED, state_dir=tmp_path / "state", on_approval=on_approval
            )
            try:
                return await work(connection)
            finally:
                await connection.close()

        return asyncio.run(inside())

    return run


async def pending(store: ApprovalStore) -> str:
    """The id of the open request, when there is one. The loop must go on for this to end."""
    while not (found := store.list(RequestState.PENDING)):  # noqa: ASYNC110  # other processes file requests
        await asyncio.sleep(0.01)
    return found[0].id


def test_the_loop_goes_on(run_on: RunOn, store: ApprovalStore) -> None:
    """The second person is a task of the same loop."""

    async def work(connection: Any) -> int:
        waiting = asyncio.create_task(connection.execute(LARGE))
        store.approve(await pending(store), "grace")
        return int((await waiting).rowcount)

    assert run_on(Wait(timeout=60), work) == 9


def test_a_cancelled_wait_leaves_request_and_connection(run_on: RunOn, store: ApprovalStore) -> None:
    """The request stays open; the connection takes the next statement at once."""

    async def work(connection: Any) -> Any:
        waiting = asyncio.create_task(connection.execute(LARGE))
        await pending(store)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        return await (await connection.execute("SELECT count(*) FROM products")).fetchone()

    assert run_on(Wait(timeout=60), work) == (12,)
    assert [request.state for request in store.list()] == [RequestState.PENDING]


def test_a_server_that_goes_ends_the_wait(run_on: RunOn, store: ApprovalStore, shared_shop: str) -> None:
    """Whoever waits for a person learns at once that there is nothing to come back to."""

    async def work(connection: Any) -> Any:
        waiting = asyncio.create_task(connection.execute(LARGE))
        await pending(store)
        with psycopg.connect(shared_shop, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [connection.info.backend_pid])
        with pytest.raises(psycopg.OperationalError):
            await waiting

    run_on(Wait(timeout=60), work)

    assert [request.state for request in store.list()] == [RequestState.PENDING]


def test_an_async_function_is_asked(run_on: RunOn, store: ApprovalStore) -> None:
    """It may wait for whatever it likes, and says how to go on."""

    async def ask(task: Any) -> Wait:
        await asyncio.sleep(0)
        json.dumps(task)
        store.approve(task["id"], "grace")
        return Wait(timeout=60)

    async def work(connection: Any) -> int:
        return int((await connection.execute(LARGE)).rowcount)

    assert run_on(ask, work) == 9


def test_an_async_function_that_is_cancelled(run_on: RunOn, store: ApprovalStore) -> None:
    """It is cancelled with the statement that it was asked for."""
    ends: list[str] = []
    asked, ended = asyncio.Event(), asyncio.Event()

    async def ask(task: Any) -> None:
        asked.set()
        try:
            await asyncio.sleep(3600)
        finally:
            ends.append(task["id"])
            ended.set()

    async def work(connection: Any) -> None:
        waiting = asyncio.create_task(connection.execute(LARGE))
        await asked.wait()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await ended.wait()

    run_on(ask, work)

    assert ends == [store.list()[0].id]


def test_a_sync_connection_takes_no_async_function(shared_shop: str, tmp_path: Path) -> None:
    """Nobody would ever run it: an error, and nothing is left unawaited."""

    async def ask(task: Any) -> None:
        raise AssertionError("never run")

    connection = governed_db.connect(
        shared_shop, policy=BOUNDED, state_dir=tmp_path / "state", on_approval=ask
    )
    with pytest.raises(ConfigurationError, match="async connection"):
        connection.execute(LARGE)
    connection.close()


def test_a_resumed_task_is_awaited(run_on: RunOn, store: ApprovalStore) -> None:
    """`resume(...).execute` on an async connection gives what is awaited for the cursor."""

    async def work(connection: Any) -> int:
        with pytest.raises(ApprovalRequired) as asked:
            await connection.execute(LARGE)
        store.approve(asked.value.task["id"], "grace")
        answer = governed_db.resume(asked.value.task, connection=connection)
        return int((await answer.execute(LARGE)).rowcount)

    assert run_on("raise", work) == 9
