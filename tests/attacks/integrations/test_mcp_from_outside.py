"""Whoever can reach an MCP server over HTTP: forged names, odd bodies, tokens in wrong places."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp_types.version import LATEST_MODERN_VERSION

from governed_db.runtime import release
from tests.identity.provider import Provider
from tests.integrations.mcp.conftest import Place, http_client
from tests.sqlalchemy.conftest import SCHEMES, governed_url

HEADERS = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
COUNT = "SELECT count(*) FROM customers"
META = {
    "io.modelcontextprotocol/protocolVersion": LATEST_MODERN_VERSION,
    "io.modelcontextprotocol/clientInfo": {"name": "c", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    """As the server's."""
    return "asyncio"


@pytest.fixture
def place(sqlite_shop: str, tmp_path: Path) -> Iterator[Place]:
    """A shop."""
    yield Place(governed_url(sqlite_shop, SCHEMES["sqlite"]), tmp_path)
    release(tmp_path / "state")


@pytest.fixture
def provider() -> Iterator[Provider]:
    """An issuer of tokens."""
    made = Provider()
    yield made
    made.close()


def call(sql: Any, **more: Any) -> dict[str, Any]:
    """One request of the protocol that has no sessions."""
    params = {"name": "query", "arguments": {"sql": sql} | more, "_meta": META}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}


MODERN = {
    "MCP-Protocol-Version": LATEST_MODERN_VERSION,
    "Mcp-Method": "tools/call",
    "Mcp-Name": "query",
}


async def test_only_the_token_says_who_asks(place: Place, provider: Provider) -> None:
    """Not arguments, headers, sessions of others, `_meta`, cookies or a user in the address."""
    token = provider.token(sub="mallory")
    forged = {
        "Mcp-Session-Id": "alice's",
        "X-Forwarded-User": "alice",
        "X-User": "alice",
        "Cookie": "user=alice",
        "From": "alice",
    }
    meta = META | {"principal": "alice", "io.modelcontextprotocol/user": "alice", "conversation": "alice's"}
    meta["traceparent"] = f"00-{'4b' * 16}-{'00f0' * 4}-01"
    body = call(COUNT)
    body["params"]["_meta"] = meta
    with place.over_http(provider) as address:
        async with http_client(**HEADERS, **MODERN, Authorization=f"Bearer {token}") as http:
            plain = await http.post(address, json=call(COUNT))
            dressed = await http.post(address, json=body, headers=forged)
            argued = [
                await http.post(address, json=call(COUNT, **{name: "alice"}))
                for name in ("principal", "user", "actor", "token", "conversation", "tool", "_meta")
            ]

    assert plain.json()["result"]["structuredContent"]["rows"] == [[30]]
    assert dressed.json()["result"]["structuredContent"]["rows"] == [[30]]
    codes = {one.json()["result"]["structuredContent"]["reasons"][0]["code"] for one in argued}
    assert codes == {"GDB712"}
    events = [one for one in place.trail() if one.get("tool")]
    assert {one["principals"][0]["id"] for one in events} == {"mallory"}
    assert len({one["conversation"] for one in events}) == 1
    assert {one.get("run") for one in events} == {None, "4b" * 16}
    assert "alice" not in json.dumps(events, default=str)


async def test_tokens_that_are_none(place: Place, provider: Provider) -> None:
    """In the address, of another kind, of nobody, too long, expired: 401, and no token comes back."""
    good = provider.token()
    other = Provider()
    bad = {
        "none": {},
        "basic": {"Authorization": f"Basic {good}"},
        "short": {"Authorization": "Bearer x"},
        "two": {"Authorization": f"Bearer {good} {good}"},
        "long": {"Authorization": f"Bearer {good}{'A' * 20_000}"},
        "stranger": {"Authorization": f"Bearer {other.token()}"},
        "expired": {"Authorization": f"Bearer {provider.token(exp=int(time.time()) - 1)}"},
        "elsewhere": {"Authorization": f"Bearer {provider.token(aud='api://other')}"},
        "unsigned": {"Authorization": f"Bearer {good.rpartition('.')[0]}."},
        "cookie": {"Cookie": f"access_token={good}"},
    }
    with place.over_http(provider) as address:
        async with http_client(**HEADERS, **MODERN) as http:
            answers = {
                name: await http.post(address, json=call(COUNT), headers=one) for name, one in bad.items()
            }
            answers["address"] = await http.post(f"{address}?access_token={good}", json=call(COUNT))
    other.close()

    refused = {
        name: one.status_code for name, one in answers.items() if one.status_code not in (400, 401, 431)
    }
    assert refused == {}
    assert not any("eyJ" in one.text or "Traceback" in one.text for one in answers.values())
    assert [one for one in place.trail() if one.get("tool")] == []


async def test_odd_bodies_are_refused_in_a_line(place: Place, provider: Provider) -> None:
    """Too large, no JSON, many at once, deep, of other kinds: an error, and the server goes on."""
    deep: Any = "x"
    for _ in range(500):
        deep = [deep]
    bodies = [
        json.dumps(call("SELECT 1 -- " + "x" * 5_000_000)),
        "{not json",
        "[]",
        json.dumps([call(COUNT), call(COUNT)]),
        json.dumps(call(deep)),
        json.dumps(call({"sql": COUNT})),
        json.dumps(call(COUNT) | {"params": "telltale"}),
        json.dumps(call(COUNT) | {"params": {"name": ["query"], "arguments": [1], "_meta": META}}),
        json.dumps(call(COUNT) | {"method": "tools/../call"}),
        "\x00" * 100,
    ]
    with place.over_http(provider) as address:
        async with http_client(**HEADERS, **MODERN, Authorization=f"Bearer {provider.token()}") as http:
            answers = [await http.post(address, content=body) for body in bodies]
            after = await http.post(address, json=call(COUNT))

    assert all(one.status_code >= 400 or one.json()["result"]["isError"] for one in answers)
    assert not any("Traceback" in one.text or len(one.text) > 2_000 for one in answers)
    assert after.json()["result"]["structuredContent"]["rows"] == [[30]]
