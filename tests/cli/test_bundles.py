"""`governed-db bundle` signs a policy; any web server can hand it out, and clients are governed by it."""

from __future__ import annotations

import functools
import http.server
import sqlite3
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import governed_db
from governed_db.errors import StatementDenied
from governed_db.runtime import release
from tests.cli.terminal import run

POLICY = """
version: 1
extends: base.yaml
tests:
  - {principal: {id: a}, sql: SELECT id FROM orders, expect: deny}
"""
BASE = "version: 1\nrules:\n  - {id: none, effect: forbid, actions: '*'}\n"


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A static web server."""

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a policy, a schema and a key."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop.yaml").write_text(POLICY)
    (tmp_path / "base.yaml").write_text(BASE)
    (tmp_path / "schema.sql").write_text("CREATE TABLE orders (id INTEGER PRIMARY KEY);")
    (tmp_path / "bundles").mkdir()
    yield tmp_path
    release(tmp_path / "state")


def signed(*more: str) -> tuple[str, str]:
    """The public key, and what signing told."""
    key = run("bundle", "keygen", "sign.key", "--json").json["key"]
    options = ("--key", "sign.key", "--schema", "schema.sql", "-o", "bundles/default.json", "--json", *more)
    answer = run("bundle", "sign", "shop.yaml", *options)
    assert answer.code == 0, answer.err
    return key, answer.out


def test_from_a_static_server(desk: Path) -> None:
    """A signed file on a plain web server governs clients that pin its key."""
    key, _ = signed()
    with sqlite3.connect("shop.db") as database:
        database.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY)")
    database.close()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(desk)))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/#key={key}"
    connection = governed_db.connect("sqlite:///shop.db", control_plane=url, state_dir=desk / "state")
    try:
        with pytest.raises(StatementDenied, match="GDB320"):
            connection.execute("SELECT id FROM orders")
        told = run("bundle", "status", "--state-dir", str(desk / "state"), "--json").json
    finally:
        connection.close()
        release(desk / "state")
        server.shutdown()
        server.server_close()
        thread.join()

    assert [(one["name"], one["version"], one["stale"]) for one in told] == [("default", 1, "deny_all")]


def test_signing_and_verifying(desk: Path) -> None:
    """A bundle holds the policy and what it extends; it verifies by its key, and by no other."""
    key, _ = signed()
    good = run("bundle", "verify", "bundles/default.json", "--key", key, "--json")
    other = run("bundle", "keygen", "other.key", "--json").json["key"]
    bad = run("bundle", "verify", "bundles/default.json", "--key", other)

    assert good.json["files"] == ["base.yaml", "schema.sql", "shop.yaml"]
    assert (bad.code, "GDB560" in bad.err) == (2, True)
    assert "✓ default version 1" in run("bundle", "verify", "bundles/default.json", "--key", key).out


def test_versions_grow(desk: Path) -> None:
    """Signing again gives the next version; a file that is something else is not guessed at."""
    signed()
    again = run("bundle", "sign", "base.yaml", "--key", "sign.key", "-o", "bundles/default.json", "--json")
    (desk / "bundles" / "default.json").write_text("{}")
    odd = run("bundle", "sign", "base.yaml", "--key", "sign.key", "-o", "bundles/default.json")

    assert again.json["version"] == 2
    assert (odd.code, "say --version" in odd.err) == (2, True)


def test_failing_tests_are_not_signed(desk: Path) -> None:
    """A policy whose tests fail is not signed, and what was there stays."""
    signed()
    before = (desk / "bundles" / "default.json").read_bytes()
    (desk / "base.yaml").write_text("version: 1\nrules:\n  - {id: all, effect: permit, actions: [select]}\n")
    answer = run(
        "bundle",
        "sign",
        "shop.yaml",
        "--key",
        "sign.key",
        "--schema",
        "schema.sql",
        "-o",
        "bundles/default.json",
    )

    assert (answer.code, "GDB563" in answer.err) == (2, True)
    assert (desk / "bundles" / "default.json").read_bytes() == before


def test_keys_are_private(desk: Path) -> None:
    """A key is made for its owner alone, is not told, and is not written over; an open one signs nothing."""
    told = run("bundle", "keygen", "sign.key").out
    path = desk / "sign.key"
    mode = stat.S_IMODE(path.stat().st_mode)
    again = run("bundle", "keygen", "sign.key")
    path.chmod(0o644)
    opened = run("bundle", "sign", "base.yaml", "--key", "sign.key", "-o", "b.json")

    assert (mode, path.read_text().strip() in told) == (0o600, False)
    assert ("GDB565" in again.err, "GDB565" in opened.err, (desk / "b.json").exists()) == (True, True, False)


def test_revocations(desk: Path) -> None:
    """The list of who counts no more is signed with the policy; mistakes in it are told."""
    (desk / "revoked.yaml").write_text(
        "principals: [bot, {id: alice, before: '2026-01-31T08:00:00Z'}]\ntokens: [jti-1]\n"
    )
    _, told = signed("--revoked", "revoked.yaml", "--expires", "12h", "--stale", "keep")
    (desk / "revoked.yaml").write_text("principals: [{name: bot}]\n")
    bad = run("bundle", "sign", "base.yaml", "--key", "sign.key", "-o", "b.json", "--revoked", "revoked.yaml")

    assert '"revoked": 3' in told
    assert "unknown key of a revocation 'name'" in bad.err


def test_files_of_other_folders(desk: Path) -> None:
    """What a policy extends must lie beside it: a bundle names files without folders."""
    (desk / "shop.yaml").write_text("version: 1\nextends: ../base.yaml\n")
    run("bundle", "keygen", "sign.key")
    answer = run("bundle", "sign", "shop.yaml", "--key", "sign.key", "-o", "b.json")

    assert (answer.code, "GDB563" in answer.err) == (2, True)
