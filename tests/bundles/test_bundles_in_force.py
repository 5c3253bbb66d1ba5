"""A published policy is in force on open connections within seconds; what is not genuine never is."""

from __future__ import annotations

import json
import os
import sqlite3 as plain
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import governed_db
from governed_db import Principal, acting_as, runtime
from governed_db.cli.inside import gate_of
from governed_db.config import load_settings
from governed_db.errors import ConfigurationError, StatementDenied
from governed_db.policy.bundles import document
from governed_db.policy.bundles.signatures import public_of
from governed_db.remote import heartbeat
from governed_db.remote.bundles import feed
from governed_db.remote.reader import read
from governed_db.runtime import feed as feed_of
from governed_db.runtime import release
from tests.bundles.publisher import NOTHING, READS, Publisher, published

SQL = "SELECT id FROM orders"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask a plain web server ten times a second."""
    monkeypatch.setattr(
        feed.Feed.__init__, "__kwdefaults__", feed.Feed.__init__.__kwdefaults__ | {"pause": 0.05}
    )


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    """A web server with a bundle that permits reads."""
    made = Publisher()
    yield made
    made.close()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A state folder."""
    yield tmp_path / "state"
    release(tmp_path / "state")


@pytest.fixture
def opened(home: Path, tmp_path: Path, publisher: Publisher) -> Iterator[Any]:
    """Opens connections under the control plane; they are closed at the end."""
    with plain.connect(tmp_path / "shop.db") as database:
        database.execute("CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY)")
    database.close()
    made: list[Any] = []

    def open_(**more: Any) -> Any:
        said = {"control_plane": publisher.url, "state_dir": home} | more
        made.append(governed_db.connect(f"sqlite:///{tmp_path}/shop.db", **said))
        return made[-1]

    yield open_
    for one in made:
        one.close()


def refused(connection: Any, sql: str = SQL) -> str | None:
    """With which code a statement is refused now, None if it runs."""
    try:
        connection.execute(sql)
    except StatementDenied as error:
        return error.code
    return None


def until(holds: Callable[[], bool], seconds: float = 60.0) -> bool:
    """Whether it holds before long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.02)
    return False


def problem(publisher: Publisher, home: Path) -> str | None:
    """What was last wrong with what was published."""
    made = feed_of(load_settings(control_plane=publisher.url, state_dir=home))
    assert made is not None
    return made.problem


def test_open_connections_follow(publisher: Publisher, opened: Any) -> None:
    """What is published is in force on a connection that is open and has run the statement before."""
    connection = opened()
    before = [refused(connection) for _ in range(3)]
    publisher.publish(2, NOTHING)
    forbidden = until(lambda: refused(connection) == "GDB320")
    publisher.publish(3, READS)

    assert before == [None, None, None]
    assert forbidden
    assert until(lambda: refused(connection) is None)


def test_the_trail_goes_to_a_publisher_that_takes_it(
    publisher: Publisher, opened: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bundle that says so has events sent beside it, with the enrolment key; others get none."""
    monkeypatch.setenv("GOVERNED_DB_ENROLMENT_KEY", "fake-enrolment")
    refused(opened())
    settings = load_settings(control_plane=publisher.url, state_dir=home)
    before = [key for key in runtime._shippings if key[0] == home]
    publisher.publish(2, serves=("events",))
    assert until(lambda: feed_of(settings)().bundle.manifest.version == 2)  # type: ignore[misc]
    refused(opened())

    assert before == []
    assert until(lambda: bool(publisher.posted))
    assert set(publisher.posted) == {("/events", "Bearer fake-enrolment")}


def test_a_publisher_that_wants_to_know_hears_who_is_there(
    publisher: Publisher, opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once a minute; while it does not listen statements run as ever, and what it missed is counted."""
    monkeypatch.setenv("GOVERNED_DB_ENROLMENT_KEY", "fake-enrolment")
    monkeypatch.setattr(heartbeat, "EVERY", 0.0)
    connection = opened()
    assert refused(connection) is None
    assert publisher.posted == []

    publisher.publish(2, serves=("coverage",))
    assert until(lambda: bool(publisher.bodies))
    publisher.is_down = True
    heard = len(publisher.bodies)
    assert until(lambda: len(publisher.bodies) > heard + 1)
    assert refused(connection) is None
    publisher.is_down = False

    assert until(lambda: json.loads(publisher.bodies[-1])["told"].get("unheard", 0) >= 1)
    said = json.loads(publisher.bodies[-1])
    assert set(publisher.posted) == {("/coverage", "Bearer fake-enrolment")}
    assert (said["version"], said["process"]) == (governed_db.__version__, str(os.getpid()))
    assert said["ungoverned"] == sum(said["told"]["past"].values())


def test_another_bundle_is_told_at_once(
    publisher: Publisher, opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever published it sees where it has arrived, before the minute is over."""
    monkeypatch.setenv("GOVERNED_DB_ENROLMENT_KEY", "fake-enrolment")
    monkeypatch.setattr(heartbeat, "EVERY", 3600.0)
    publisher.publish(2, serves=("coverage",))
    opened()

    def told() -> set[int]:
        return {json.loads(body)["told"]["bundle"]["version"] for body in publisher.bodies}

    assert until(lambda: told() == {2})

    publisher.publish(3, serves=("coverage",))

    assert until(lambda: told() == {2, 3})


def test_nothing_new_is_not_sent(publisher: Publisher, opened: Any) -> None:
    """The client says which bundle it has, and is told only that there is no other."""
    opened()

    assert until(lambda: any("If-None-Match" in asked for asked in publisher.asked))
    assert "Prefer" in publisher.asked[-1]


def test_the_trail_tells(publisher: Publisher, opened: Any, home: Path) -> None:
    """Which version is in force since when, and with which revision of the policy, is on the record."""
    connection = opened()
    refused(connection)
    revision = gate_of(connection).ports.policy.revision
    publisher.document = published(Ed25519PrivateKey.generate(), 2)
    until(lambda: problem(publisher, home) == "GDB560")
    connection.close()
    release(home)
    told = [event["fields"] for event in read(home / "audit") if event["phase"] == "admin"]

    assert told[0] == {
        "by": "control plane", "action": "bundle in force", "bundle": "default", "version": 1,
        "revision": revision,
    }  # fmt: skip
    assert told[1] == {
        "by": "control plane",
        "action": "bundle refused",
        "code": "GDB560",
        "bundle": "default",
    }


def tampered(publisher: Publisher) -> dict[str, tuple[bytes, str]]:
    """Documents that must not be accepted, and with which code."""
    key, now = publisher.key, time.time()
    good = published(key, 5, NOTHING)
    other = Ed25519PrivateKey.generate()
    return {
        "file": (good.replace(b"forbid", b"permit"), "GDB560"),
        "payload": (good.replace(b'"payload": "ey', b'"payload": "ex'), "GDB560"),
        "key": (published(other, 5, NOTHING), "GDB560"),
        "name": (published(key, 5, NOTHING, name="staging"), "GDB560"),
        "torn": (good[: len(good) // 2], "GDB560"),
        "nothing": (b"", "GDB560"),
        "huge": (b"[" * (document.MOST_BYTES + 1), "GDB560"),
        "over": (published(key, 5, NOTHING, expires=now - 1), "GDB562"),
        "twin": (published(key, 1, NOTHING), "GDB561"),
        "policy": (published(key, 5, "version: 2\n"), "GDB563"),
        "escape": (published(key, 5, "version: 1\nextends: ../../etc/passwd\n"), "GDB563"),
        "tests": (
            published(key, 5, READS + "tests:\n  - {principal: {}, sql: SELECT 1, expect: deny}\n"), "GDB563",
        ),
    }  # fmt: skip


@pytest.mark.parametrize(
    "what",
    [
        "file",
        "payload",
        "key",
        "name",
        "torn",
        "nothing",
        "huge",
        "over",
        "twin",
        "policy",
        "escape",
        "tests",
    ],
)
def test_tampered(publisher: Publisher, opened: Any, home: Path, what: str) -> None:
    """What is not genuine, not for us, over, or fails its own tests leaves what is in force as it is."""
    connection = opened()
    publisher.document, code = tampered(publisher)[what]

    assert until(lambda: problem(publisher, home) == code)
    assert refused(connection) is None


def test_rolled_back(publisher: Publisher, opened: Any, home: Path) -> None:
    """An older bundle is refused, by a running client and by one that starts anew, cached or not."""
    publisher.publish(7, NOTHING)
    connection = opened()
    publisher.publish(6, READS)
    running = until(lambda: problem(publisher, home) == "GDB561")
    still = refused(connection)
    connection.close()
    release(home)
    again = refused(opened())
    release(home)
    (home / "bundles" / "default.bundle.json").unlink()

    assert (running, still, again) == (True, "GDB320", "GDB320")
    with pytest.raises(ConfigurationError, match="GDB561"):
        opened()


def test_damaged_floor(publisher: Publisher, opened: Any, home: Path) -> None:
    """A floor that cannot be read is not begun anew."""
    opened().close()
    release(home)
    (home / "bundles" / "default.floor.json").write_text("{}x")

    with pytest.raises(ConfigurationError, match="GDB561"):
        opened()


def test_server_away_at_the_start(publisher: Publisher, opened: Any, home: Path) -> None:
    """With a cached bundle a client starts without the server; without one it does not start."""
    publisher.is_down = True
    with pytest.raises(ConfigurationError, match="GDB564"):
        opened()
    publisher.is_down = False
    opened().close()
    release(home)
    publisher.is_down = True

    assert refused(opened()) is None


def test_damaged_cache(publisher: Publisher, opened: Any, home: Path) -> None:
    """A cached bundle that was changed counts as none."""
    opened().close()
    release(home)
    cached = home / "bundles" / "default.bundle.json"
    cached.write_bytes(cached.read_bytes().replace(b"permit", b"forbid"))
    publisher.is_down = True
    with pytest.raises(ConfigurationError, match="GDB564"):
        opened()
    publisher.is_down = False

    assert refused(opened()) is None


@pytest.mark.parametrize(("stale", "code"), [("deny_all", "GDB562"), ("keep", None)])
def test_stale(publisher: Publisher, opened: Any, stale: str, code: str | None) -> None:
    """When a bundle has run out and there is no other, everything is refused, unless it said to go on."""
    connection, ends, before = None, 0.0, False
    for version, life in ((1, 1.5), (2, 6.0), (3, 24.0)):  # a slow machine gets more time
        ends = time.time() + life
        publisher.publish(version, expires=ends, stale=stale)
        connection = connection or opened()
        before = until(lambda connection=connection: refused(connection) is None, life)
        if before and time.time() < ends:
            break
    publisher.is_down = True
    time.sleep(max(0.0, ends - time.time()) + 0.01)
    after = refused(connection)
    publisher.is_down = False
    publisher.publish(9)

    assert (before, after) == (True, code)
    assert until(lambda: refused(connection) is None)


def test_revoked(publisher: Publisher, opened: Any) -> None:
    """A principal that a bundle revokes is refused at once, also as a link of a chain; others are not."""
    connection = opened()
    bot = Principal("bot", "agent")
    chain = Principal("alice", "human", actor=bot)
    gone = document.Revocations((document.Revoked("bot"),))

    def code(principal: Principal) -> str | None:
        with acting_as(principal):
            return refused(connection)

    before = [code(one) for one in (bot, chain)]
    publisher.publish(2, revoked=gone)

    assert before == [None, None]
    assert until(lambda: code(bot) == "GDB557")
    assert (code(chain), code(Principal("alice", "human"))) == ("GDB557", None)


def test_keys_rotate(publisher: Publisher, opened: Any, home: Path) -> None:
    """A bundle of a trusted key adds another, whose bundles count; those of a retired one do not."""
    connection = opened()
    old, new = publisher.key, Ed25519PrivateKey.generate()
    pinned = publisher.url
    publisher.document = published(old, 2, keys=(public_of(new).text,))
    until(lambda: gate_of(connection).ports.admission.in_force().bundle.manifest.version == 2)
    publisher.document = published(new, 3, NOTHING, retired=(public_of(old).kid,))
    by_new = until(lambda: refused(connection) == "GDB320")
    publisher.document = published(old, 4, READS)
    made = feed_of(load_settings(control_plane=pinned, state_dir=home))
    by_old = until(lambda: made is not None and made.problem == "GDB560")

    assert (by_new, by_old, refused(connection)) == (True, True, "GDB320")


def test_two_signatures(publisher: Publisher, opened: Any) -> None:
    """A bundle that two keys signed counts for clients that pin either."""
    other = Ed25519PrivateKey.generate()
    publisher.document = published(publisher.key, 2, NOTHING, signers=[other, publisher.key])

    assert refused(opened()) == "GDB320"


def test_policy_and_control_plane(publisher: Publisher, opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can set a policy of their own beside the control plane's; keys must be pinned."""
    with pytest.raises(ConfigurationError, match="GDB512"):
        opened(policy="observe")
    monkeypatch.setenv("GOVERNED_DB_CONTROL_PLANE", publisher.url)
    with pytest.raises(ConfigurationError, match="GDB512"):
        opened(policy="observe", control_plane=None)
    with pytest.raises(ConfigurationError, match="GDB504"):
        opened(control_plane=publisher.url.partition("#")[0])
    with pytest.raises(ConfigurationError, match="GDB565"):
        opened(control_plane=publisher.url[:-3])


def test_token_goes_along(publisher: Publisher, opened: Any) -> None:
    """The control plane is asked with the token of the settings, where nobody in between can read it."""
    opened(token="workload-token")

    assert publisher.asked[0]["Authorization"] == "Bearer workload-token"
