"""Many people over one server: each is who the token of their own request says, and nobody anybody else."""

from __future__ import annotations

import json
import threading
import time
from functools import partial
from types import SimpleNamespace
from typing import Any

import anyio
import anyio.to_thread
import pytest

from governed_db import Principal
from governed_db.integrations.database import Answer
from governed_db.integrations.mcp import Person
from governed_db.integrations.mcp.tools import Counter, Terms
from governed_db.integrations.office import Office
from tests.identity.provider import Provider
from tests.integrations.mcp.conftest import PATIENCE, Place, bearer_client, everything, http_client

COUNT = "SELECT count(*) FROM customers"
HEADERS = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    """As the server's."""
    return "asyncio"


def token_of(provider: Provider, number: int, **claims: Any) -> str:
    """A token of one person; every second comes by an agent of their own."""
    act = {"act": {"sub": f"agent-{number}"}} if number % 2 else {}
    return provider.token(sub=f"person-{number}", **act, **claims)


async def test_ten_people_ask_at_once(place: Place, provider: Provider) -> None:
    """Five in sessions, five without; what the trail says of each is theirs alone."""
    tokens = [token_of(provider, number) for number in range(10)]
    answers: dict[int, list[Any]] = {}

    async def ask(address: str, number: int) -> None:
        mode = "legacy" if number % 3 else "auto"
        async with bearer_client(address, tokens[number], mode=mode) as client:
            mine = f"SELECT {number} AS me, count(*) FROM customers"
            answers[number] = [await client.call_tool("query", {"sql": sql}) for sql in (mine, COUNT)]

    with place.over_http(provider) as address:
        async with anyio.create_task_group() as group:
            for number in range(10):
                group.start_soon(ask, address, number)

    shown = {number: [one.structured_content["rows"] for one in found] for number, found in answers.items()}
    assert shown == {number: [[[number, 30]], [[30]]] for number in range(10)}
    said = "".join(everything(one) for found in answers.values() for one in found)
    assert not any(token in said or token.split(".")[2] in said for token in tokens)
    events = [one for one in place.trail() if one.get("tool") == "query"]
    chains = {tuple(link["id"] for link in one["principals"]) for one in events}
    assert chains == {(f"person-{n}", f"agent-{n}" if n % 2 else "mcp") for n in range(10)}
    conversations = {(one["principals"][0]["id"], one["conversation"]) for one in events}
    assert len(conversations) == len({name for _, name in conversations}) == 10
    assert not any(token in json.dumps(events, default=str) for token in tokens)


async def test_a_session_is_of_no_use_to_anybody_else(lite: Place, provider: Provider) -> None:
    """Not to another person, not to another agent of the same person, not to one without a token."""
    begin = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "c", "version": "1"},
        },
    }
    ask = {"jsonrpc": "2.0", "id": 2, "method": "tools/call"}
    ask["params"] = {"name": "query", "arguments": {"sql": COUNT}}  # type: ignore[assignment]  # JSON
    mine = provider.token(sub="alice", act={"sub": "bot"})
    others = [provider.token(sub="mallory"), provider.token(sub="alice", act={"sub": "other-bot"})]
    with lite.over_http(provider) as address:
        async with http_client(**HEADERS) as http:

            async def post(body: Any, token: str | None, **more: str) -> Any:
                headers = {"Authorization": f"Bearer {token}"} if token else {}
                return await http.post(address, json=body, headers=headers | more)

            session = {"Mcp-Session-Id": (await post(begin, mine)).headers["mcp-session-id"]}
            answers = [await post(ask, token, **session) for token in (*others, None, "no.good.token", mine)]
            expired = await post(ask, provider.token(exp=int(time.time()) - 5), **session)

    assert [one.status_code for one in answers] == [404, 404, 401, 401, 200]
    assert expired.status_code == 401
    assert all("rows" not in one.text for one in [*answers[:4], expired])
    assert {one["principals"][0]["id"] for one in lite.trail() if one.get("tool")} == {"alice"}


async def test_a_request_is_only_its_requesters(lite: Place, provider: Provider) -> None:
    """Another cannot learn of it, nor have it run for them when it was approved."""
    wipe = {"sql": "DELETE FROM order_items"}
    with lite.over_http(provider, allows_changes=True) as address:
        async with bearer_client(address, provider.token(sub="alice")) as client:
            task = (await client.call_tool("request_change", wipe)).structured_content["task"]["id"]
        lite.approvals.approve(task, "grace")
        async with bearer_client(address, provider.token(sub="mallory")) as client:
            status = await client.call_tool("approval_status", {"id": task})
            stolen = await client.call_tool("request_change", wipe)
        async with bearer_client(address, provider.token(sub="alice")) as client:
            done = await client.call_tool("request_change", wipe)

    assert status.structured_content["reasons"][0]["code"] == "GDB401"
    assert stolen.structured_content["status"] == "waits"
    assert stolen.structured_content["task"]["id"] != task
    assert done.structured_content["status"] == "done"


async def test_one_conversation_is_locked_and_others_are_not(lite: Place, provider: Provider) -> None:
    """What a session has used up is used up there, for each call of it; others go on."""
    policy = {
        "version": 1,
        "extends": "standard",
        "rules": [
            {
                "id": "agents",
                "effect": "permit",
                "principals": {"kinds": ["agent"]},
                "actions": ["select"],
                "limits": {"conversation": {"denials": 3, "within": "1h", "then": "lock"}},
            }
        ],
    }
    guesses = [f"SELECT id FROM customers WHERE email LIKE '{letter}%'" for letter in "abcdef"]
    with lite.over_http(provider, policy=policy) as address:
        token = provider.token(sub="alice")
        async with bearer_client(address, token, mode="legacy") as client:
            said = [await client.call_tool("query", {"sql": sql}) for sql in [*guesses, COUNT]]
        async with bearer_client(address, token, mode="legacy") as client:
            other = await client.call_tool("query", {"sql": COUNT})

    codes = [one.structured_content["reasons"][0]["code"] for one in said]
    assert codes[0] == "GDB201"
    assert codes[-1] == "GDB318"
    assert other.structured_content["rows"] == [[30]]


async def test_clients_are_told_who_issues_tokens(lite: Place, provider: Provider) -> None:
    """Who comes without one finds the issuer from the refusal (RFC 9728)."""
    with lite.over_http(provider, public_url="http://localhost/mcp") as address:
        async with http_client(**HEADERS) as http:
            refused = await http.post(address, json={})
            told = await http.get(address.replace("/mcp", "/.well-known/oauth-protected-resource/mcp"))

    assert refused.status_code == 401
    assert "/.well-known/oauth-protected-resource/mcp" in refused.headers["www-authenticate"]
    assert [one.rstrip("/") for one in told.json()["authorization_servers"]] == [provider.url]


async def test_who_asks_for_much_at_once_does_not_keep_others_waiting(lite: Place) -> None:
    """Statements of one conversation that hang leave threads for everybody else."""
    hanging = threading.Event()
    busy = threading.Semaphore(0)

    def hang(desk: Any, _: Any) -> Answer:
        busy.release()
        assert hanging.wait(PATIENCE)
        return Answer("late")

    counter = Counter(Office(lite.engine()), Terms(Crowd(), False, 10, 10_000), anyio.CapacityLimiter(16))
    async with anyio.create_task_group() as group:
        for _ in range(30):
            group.start_soon(partial(counter.answer, Asking("greedy"), "query", hang, reads=True))
        for _ in range(4):
            assert await anyio.to_thread.run_sync(partial(busy.acquire, timeout=PATIENCE))
        with anyio.fail_after(PATIENCE):
            done = await counter.answer(Asking("modest"), "query", lambda *_: Answer("done"), reads=True)
        assert not busy.acquire(blocking=False)
        hanging.set()

    assert isinstance(done, Answer)
    assert done.text == "done"


class Asking:
    """A call, as far as it is looked at."""

    def __init__(self, who: str) -> None:
        self.who = who
        self.request_context = SimpleNamespace(meta=None)


class Crowd:
    """Everybody is who they say."""

    def of(self, call: Any) -> Person:
        return Person(Principal(call.who, kind="human"), None, call.who)
