"""`governed-db serve` and `governed-db server` at work, as somebody runs them at the machine."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from governed_db.remote.backlog import Backlog
from governed_db.remote.shipper import HttpSink, Shipper
from tests.audit.events import write_chain
from tests.cli.terminal import run
from tests.servers.fixtures import FreshDatabase

CONFIG = """
version: 1
database: env:HUB_DATABASE
base_url: https://control.example.com
retention: 90
tenants:
  acme: {identity: identity.yaml, roles: {auditor: {groups: [audit]}, viewer: {everyone: true}}}
  beta: {}
"""
IDENTITY = "version: 1\nissuers: [{issuer: 'https://idp.example.com', audience: [hub]}]\n"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A server of its own process, and its folder."""
    folder = tmp_path / "plane"
    folder.mkdir(mode=0o700)
    words = ["serve", "--port", "0", "--folder", str(folder), "--json"]
    process = subprocess.Popen(
        [sys.executable, "-m", "governed_db.cli", *words], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    told = ""
    while not told.endswith("}\n"):
        line = process.stdout.readline()
        assert line, "the server ended"
        told += line
    yield json.loads(told)["url"], folder
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)


def test_one_machine_needs_nothing_else(served: tuple[str, Path], tmp_path: Path) -> None:
    """Serve, enrol a client, and its events arrive; the key is not needed to see them at the machine."""
    url, folder = served
    made = run(
        "server", "enrol", "web", "--role", "client", "--role", "viewer", "--folder", str(folder), "--json"
    )
    key = made.json["key"]
    write_chain(tmp_path / "audit", 3)
    shipper = Shipper(Backlog(tmp_path / "audit"), HttpSink(f"{url}/v1/events", lambda: key), lambda: 0.0)
    assert shipper.step() == 0.0, shipper.problem

    found = requests.get(f"{url}/v1/events", headers={"Authorization": f"Bearer {key}"}, timeout=60).json()
    assert len(found["events"]) == 7  # with its chain's two ends, the key's making, and the link to sign in
    assert {
        one["who"].get("principals", [{}])[0].get("id") for one in found["events"] if one["phase"] == "admin"
    }


def test_keys_are_listed_and_revoked(tmp_path: Path) -> None:
    """At the machine, by name; what is not there is told."""
    tmp_path.chmod(0o700)
    at = ("--folder", str(tmp_path), "--json")
    name = run("server", "enrol", "web", "--days", "3", *at).json["id"]

    assert [one["id"] for one in run("server", "enrolled", *at).json] == [name]
    assert run("server", "revoke", name, *at).json == {"revoked": name}
    assert run("server", "revoke", name, *at).code == 2
    assert "revoked" in run("server", "enrolled", "--folder", str(tmp_path)).out
    assert run("server", "prune", "--days", "1", *at).json == {"dropped": []}


def test_a_shared_database_is_migrated_on_purpose(tmp_path: Path, fresh_database: FreshDatabase) -> None:
    """Nobody's tables are changed by a server that happens to start."""
    tmp_path.chmod(0o700)
    with fresh_database("postgres") as url:
        at = ("--folder", str(tmp_path), "--database", url, "--json")
        assert "GDB667" in run("server", "enrol", "web", *at).out
        assert run("server", "migrate", *at).json["before"] is None
        assert run("server", "enrol", "web", *at).code == 0


def test_tokens_do_not_go_in_the_clear(tmp_path: Path) -> None:
    """On an address that others can reach there is https, or somebody says who speaks it."""
    answer = run("serve", "--host", "0.0.0.0", "--folder", str(tmp_path), "--json")

    assert answer.code == 2
    assert "GDB672" in answer.out


def test_a_file_says_whom_a_server_trusts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tenants with their identity providers and roles, and where the database is."""
    from governed_db.server.roles import Role
    from governed_db.server.settings import load_settings

    (tmp_path / "identity.yaml").write_text(IDENTITY)
    (tmp_path / "plane.yaml").write_text(CONFIG)
    monkeypatch.setenv("HUB_DATABASE", "postgresql://hub@db.example.com/hub")
    made = load_settings(tmp_path, tmp_path / "plane.yaml")
    acme = made.tenants[0]

    assert made.url == "postgresql+psycopg://hub@db.example.com/hub"
    assert [tenant.name for tenant in made.tenants] == ["acme", "beta"]
    assert acme.roles_of("ann", frozenset({"audit"})) == {Role.CLIENT, Role.VIEWER, Role.AUDITOR}
    assert made.tenants[1].roles_of("bob", frozenset()) == {Role.CLIENT}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version: 2", "version is 1"),
        ("version: 1\ndatabase: mysql://x/y", "GDB660"),
        ("version: 1\ndatabase: env:NOT_SET", "GDB660"),
        ("version: 1\ntenants: {A_B: {}}", "small letters"),
        ("version: 1\ntenants: {a: {roles: {boss: {groups: [x]}}}}", "boss"),
        ("version: 1\ntenants: {a: {identity: none.yaml}}", "identity file"),
        ("version: 1\nretention: 0", "retention"),
    ],
)
def test_what_is_wrong_with_a_file_is_told(tmp_path: Path, text: str, said: str) -> None:
    """With its place; nothing starts on half of it."""
    tmp_path.chmod(0o700)
    (tmp_path / "plane.yaml").write_text(text)
    words: list[Any] = ["--folder", str(tmp_path), "--config", str(tmp_path / "plane.yaml")]
    answer = run("server", "enrolled", *words)

    assert answer.code != 0
    assert said in " ".join(answer.err.split())  # lines are as wide as the terminal
