"""`governed-db mcp` as hosts start it: over standard input and output, and over HTTP."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from governed_db.cli.main import main
from tests.attacks.integrations.test_mcp_from_outside import COUNT, HEADERS, MODERN, call
from tests.identity.provider import Provider
from tests.integrations.mcp.conftest import PATIENCE, Place, bearer_client, http_client, text_of

ISSUER = {"issuer": "https://issuer.example", "audience": ["api"], "algorithms": ["ES256"]}
WIPE = {"sql": "DELETE FROM order_items"}

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    """As the server's."""
    return "asyncio"


def arguments(place: Place, *more: str) -> list[str]:
    """The command on the shop."""
    url = place.url.set(drivername="sqlite").render_as_string(hide_password=False)
    return ["-m", "governed_db.cli", "mcp", "--url", url, "--state-dir", str(place.state), *more]


def environment(**more: str) -> dict[str, str]:
    """What the command needs of ours."""
    return {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ} | more


def started(command: list[str]) -> subprocess.Popen[str]:
    """A server of its own."""
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment())


async def test_over_standard_input_across_a_restart(lite: Place, provider: Provider, tmp_path: Path) -> None:
    """A host starts it with a person's token; the next one runs what was approved meanwhile."""
    (tmp_path / "identity.yaml").write_text(json.dumps(provider.identity()))
    (tmp_path / "token").write_text(provider.token(sub="alice"))
    (tmp_path / "token").chmod(0o600)
    more = ["--token", f"file:{tmp_path / 'token'}", "--identity", str(tmp_path / "identity.yaml")]
    more.append("--allow-changes")
    settings = StdioServerParameters(
        command=sys.executable, args=arguments(lite, *more), env=environment(), cwd=Path.cwd()
    )
    async with Client(stdio_client(settings)) as client:
        masked = await client.call_tool("query", {"sql": "SELECT id, email FROM customers WHERE id = 1"})
        waits = await client.call_tool("request_change", WIPE)
    lite.approvals.approve(waits.structured_content["task"]["id"], "grace")
    async with Client(lite.server(allows_changes=True), mode="legacy") as client:
        done = await client.call_tool("request_change", WIPE)

    assert masked.structured_content["rows"] == [[1, "***"]]
    assert done.structured_content["status"] == "done"
    events = [one for one in lite.trail() if one.get("tool")]
    assert [bool(one.get("proof")) for one in events][0 :: len(events) - 1] == [True, False]
    assert {tuple(link["id"] for link in one["principals"]) for one in events} == {("alice", "mcp")}
    assert len({one["conversation"] for one in events}) == 2


async def test_over_http_who_asks_is_told_by_their_token(
    lite: Place, provider: Provider, tmp_path: Path
) -> None:
    """On a port that is free, which it tells; nobody without a token."""
    (tmp_path / "identity.yaml").write_text(json.dumps(provider.identity()))
    more = ["--identity", str(tmp_path / "identity.yaml"), "--http", "127.0.0.1:0"]
    command = [sys.executable, *arguments(lite, *more)]
    with started(command) as server:
        try:
            assert server.stderr is not None
            address = server.stderr.readline().removeprefix("serving ").strip()
            async with bearer_client(address, provider.token(sub="carol")) as client:
                told = await client.call_tool("query", {"sql": "SELECT count(*) FROM customers"})
            with pytest.raises(Exception):  # noqa: B017, PT011  # the SDK's own, in a group
                async with bearer_client(address, "no.good.token") as client:
                    await client.list_tools()
        finally:
            server.terminate()
            server.wait(PATIENCE)

    assert text_of(told).startswith("1 rows")
    assert {one["principals"][0]["id"] for one in lite.trail() if one.get("tool")} == {"carol"}


async def test_a_proxy_may_pass_on_the_name_that_clients_use(
    lite: Place, provider: Provider, tmp_path: Path
) -> None:
    """The one of --public-url, and no other: a page in a browser could have had its name point here."""
    (tmp_path / "identity.yaml").write_text(json.dumps(provider.identity()))
    more = ["--identity", str(tmp_path / "identity.yaml"), "--http", "127.0.0.1:0"]
    command = [sys.executable, *arguments(lite, *more, "--public-url", "https://DB.example/mcp")]
    headers = HEADERS | MODERN | {"Authorization": f"Bearer {provider.token()}"}
    with started(command) as server:
        try:
            assert server.stderr is not None
            address = server.stderr.readline().removeprefix("serving ").strip()
            async with http_client(**headers) as http:
                answers = {
                    (name, value): (
                        await http.post(address, json=call(COUNT), headers={name: value})
                    ).status_code
                    for name, value in (
                        ("Host", "db.example"),
                        ("Origin", "https://db.example"),
                        ("Host", "localhost:80"),
                        ("Host", "evil.example"),
                        ("Host", "db.example.evil.example"),
                        ("Origin", "https://evil.example"),
                    )
                }
        finally:
            server.terminate()
            server.wait(PATIENCE)

    assert list(answers.values()) == [200, 200, 200, 421, 421, 403]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (["--http", "127.0.0.1:0"], "GDB711"),
        (["--http", "somewhere"], "GDB711"),
        (["--token", "env:NO_SUCH_TOKEN", "--identity", "identity.yaml"], "GDB5"),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_served(
    lite: Place, more: list[str], code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HTTP without an identity file, an address that is none, a token that is not there."""
    monkeypatch.chdir(tmp_path)
    Path("identity.yaml").write_text(json.dumps({"version": 1, "issuers": [ISSUER]}))
    told = CliRunner().invoke(main, [*arguments(lite)[2:], *more])

    assert told.exit_code != 0
    assert code in told.output
