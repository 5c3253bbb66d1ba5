"""Servers on a shop: in this process, and over HTTP on a port of their own."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from sqlalchemy import NullPool, create_engine

from governed_db import Principal
from governed_db.context.tokens.issuers import load_identity
from governed_db.context.tokens.verify import Verifier
from governed_db.integrations.mcp import Agency, OnePerson, bearer_server, governed_server
from governed_db.model.principal import Context
from governed_db.remote.approvals import ApprovalStore
from governed_db.remote.reader import read
from governed_db.runtime import release
from tests.identity.provider import Provider
from tests.sqlalchemy.conftest import SCHEMES, governed_url

ALICE = Principal("alice", kind="human", groups=("support",))
PATIENCE = 60.0


class Place:
    """A shop, a state folder, and servers on them."""

    def __init__(self, url: Any, folder: Path) -> None:
        self.url = url
        self.state = folder / "state"

    def engine(self, **ours: Any) -> Any:
        """Each call at a connection of its own, as the command has it."""
        given = {f"governed_{name}": value for name, value in ours.items()}
        return create_engine(
            self.url, poolclass=NullPool, connect_args={"governed_state_dir": self.state} | given
        )

    def server(self, principal: Principal = ALICE, *, policy: Any = "standard", **options: Any) -> Any:
        """For one person."""
        people = OnePerson(lambda: Context(principal), Agency())
        return governed_server(self.engine(policy=policy), people, **options)

    @contextmanager
    def over_http(self, provider: Provider, *, policy: Any = "standard", **options: Any) -> Iterator[str]:
        """For whoever brings a token of the provider; the address."""
        verifier = Verifier(load_identity(provider.identity()))
        server = bearer_server(self.engine(policy=policy), verifier, **options)
        with served(server.streamable_http_app(host="127.0.0.1")) as address:
            yield address

    @property
    def approvals(self) -> ApprovalStore:
        return ApprovalStore(self.state / "approvals.sqlite")

    def trail(self) -> list[Any]:
        """What was written down, to the end."""
        release(self.state)
        return [one["fields"] for one in read(self.state / "audit")]


@pytest.fixture(params=["postgres", "sqlite"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """On each kind of database."""
    shop = request.getfixturevalue(f"{request.param}_shop")
    yield Place(governed_url(shop, SCHEMES[request.param]), tmp_path)
    release(tmp_path / "state")


@pytest.fixture
def lite(sqlite_shop: str, tmp_path: Path) -> Iterator[Place]:
    """Where the kind of database does not matter."""
    yield Place(governed_url(sqlite_shop, SCHEMES["sqlite"]), tmp_path)
    release(tmp_path / "state")


@pytest.fixture
def provider() -> Iterator[Provider]:
    """An issuer of tokens."""
    made = Provider()
    yield made
    made.close()


@contextmanager
def served(app: Any) -> Iterator[str]:
    """The app on a port of its own, until the block ends."""
    taken = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]}, daemon=True)
    thread.start()
    ends = time.monotonic() + PATIENCE
    while not server.started and time.monotonic() < ends:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/mcp"
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
        taken.close()


def http_client(**headers: str) -> httpx2.AsyncClient:
    """Plain HTTP on this machine; no certificates are looked for."""
    return httpx2.AsyncClient(headers=headers, timeout=PATIENCE, verify=False)


@asynccontextmanager
async def bearer_client(address: str, token: str, **options: Any) -> AsyncIterator[Client]:
    """A client of the SDK that brings a token."""
    async with (
        http_client(Authorization=f"Bearer {token}") as http,
        Client(streamable_http_client(address, http_client=http), **options) as client,
    ):
        yield client


def text_of(result: Any) -> str:
    """What the model is told."""
    return str(result.content[0].text)


def everything(result: Any) -> str:
    """All that leaves with a result."""
    return str(result.model_dump_json())
