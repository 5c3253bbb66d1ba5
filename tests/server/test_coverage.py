"""Who is there, how well governed, and how the server is."""

from __future__ import annotations

import os
import socket
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import governed_db
from governed_db.runtime import release
from governed_db.server import coverage
from governed_db.server.coverage import Beat
from governed_db.server.roles import Role
from tests.server.running import Plane
from tests.server.test_end_to_end import until
from tests.server.test_policies_are_published import pinned, taken
from tests.server.told import Teller, event


def test_clients_say_that_they_are_there(plane: Plane) -> None:
    """With version and bundle; what they say last counts, and what came from them is counted with it."""
    key = plane.key(label="batch")
    teller = Teller(plane, key, client="batch")
    lines = teller.lines(event(), event(), event())
    teller.send(lines[0], lines[2])
    for revision in ("6", "7"):
        said = {
            "client": "batch",
            "version": "0.1.0",
            "revision": revision,
            "ungoverned": 2,
            "told": {"pid": 4},
        }
        assert plane.post("/v1/coverage", key, json=said).status_code == 204

    found = plane.get("/v1/coverage", plane.token("viewer")).json()
    batch = next(one for one in found if one["client"] == "batch")
    assert batch["first"] <= batch.pop("last")
    del batch["first"]
    assert batch == {
        "client": "batch", "version": "0.1.0", "revision": "7", "sender": "key:batch", "ungoverned": 2,
        "records": 2, "missing": 1, "told": {"pid": 4},
    }  # fmt: skip


def test_a_client_that_only_sends_events_is_there(plane: Plane) -> None:
    """Nobody is overlooked because they say nothing of themselves: events tell version and bundle."""
    opening = event("session", spool="opened", version="0.9", decision={})
    Teller(plane, plane.key(), client="silent").tell(opening, event())
    found = plane.get("/v1/coverage", plane.token("viewer")).json()

    silent = next(one for one in found if one["client"] == "silent")
    assert (silent["version"], silent["revision"], silent["records"]) == ("0.9", "7", 2)


def test_a_client_that_sends_no_events_is_there_too(
    sqlite_plane: Plane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library says so when it connects: version, bundle, and what is open past it in the process."""
    monkeypatch.setenv("GOVERNED_DB_ENROLMENT_KEY", sqlite_plane.key())
    database, home = tmp_path / "shop.db", tmp_path / "state"
    taken(sqlite_plane)
    [key] = pinned(sqlite_plane).values()
    plane = f"{sqlite_plane.url}/v1#key={key.text}"
    with closing(sqlite3.Connection(database)):
        told = {"control_plane": plane, "collector": "none", "state_dir": home}
        with closing(governed_db.connect(f"sqlite:///{database}", **told)):
            found = until(lambda: _named(sqlite_plane, socket.gethostname()))
    release(home)

    assert (found["version"], found["records"]) == (governed_db.__version__, 0)
    assert found["told"]["bundle"] == {"name": "default", "version": 1}
    assert found["ungoverned"] == found["told"]["processes"][str(os.getpid())]["ungoverned"] >= 1
    assert found["told"]["past"]["sqlite3.Connection"] >= 1


def test_processes_of_a_client_are_counted_together(plane: Plane) -> None:
    """One that is governed hides no other that is not; who has been silent for minutes is gone."""

    def said(process: str, ungoverned: int, now: float) -> int:
        with plane.store.writing("default") as tx:
            beat = Beat("twins", "1", "7", ungoverned, {}, process)
            coverage.beat(tx, beat, sender="key:web", now=now)
        counted: int = _named(plane, "twins")["ungoverned"]
        return counted

    assert [said("1", 2, 1000.0), said("2", 1, 1010.0), said("2", 0, 1070.0)] == [2, 3, 2]
    assert [said("1", 2**31 - 1, 1080.0), said("2", 2, 1090.0)] == [2**31 - 1] * 2
    assert said("2", 0, 1500.0) == 0


def _named(plane: Plane, client: str) -> dict[str, Any]:
    """What is told of a client; nothing until it is known."""
    told = plane.get("/v1/coverage", plane.token("viewer")).json()
    return next((one for one in told if one["client"] == client), {})


def test_what_no_client_says_is_refused(plane: Plane) -> None:
    """Empty names, control characters, numbers that are none."""
    key = plane.key()
    good = {"client": "c", "version": "1"}
    wrong = [{"client": ""}, {"client": "a\nb"}, {"version": "x" * 65}, {"ungoverned": -1}]
    answers = [plane.post("/v1/coverage", key, json=good | one).status_code for one in wrong]

    assert answers == [422] * 4
    assert plane.post("/v1/coverage", key, json={"client": "c"}).status_code == 400
    assert plane.post("/v1/coverage", key, data=b"[").status_code == 400


def test_principals_and_groups_are_as_events_name_them(plane: Plane) -> None:
    """The newest word on somebody's groups counts, and whether they were all told."""
    chain = [
        {"id": "ann", "kind": "human", "groups": ["team-a"], "groups_complete": False},
        {"id": "bot", "kind": "agent", "groups": ["team-a", "team-b"]},
    ]
    Teller(plane, plane.key(), client="people").tell(event(principals=chain))
    token = plane.token("auditor")
    found = {one["id"]: one for one in plane.get("/v1/principals", token).json()}
    groups = {one["name"]: one["principals"] for one in plane.get("/v1/groups", token).json()}

    assert (found["ann"]["kind"], found["ann"]["groups_complete"], found["ann"]["acts_for"]) == (
        "human", False, None,
    )  # fmt: skip
    assert (found["bot"]["groups"], found["bot"]["acts_for"]) == (["team-a", "team-b"], "ann")
    assert (groups["team-a"], groups["team-b"]) == (2, 1)
    after = plane.get("/v1/principals", token, params={"after": "ann", "limit": 1}).json()
    assert [one["id"] for one in after] == ["bot"]


def test_health_and_numbers_tell_nothing_of_anybody(plane: Plane) -> None:
    """For load balancers and Prometheus, without a credential: counts, and routes as they are written."""
    key = plane.key(Role.CLIENT, label="secret-label")
    Teller(plane, key, client="secret-client").tell(event(statement="SELECT secret"))
    plane.get("/v1/events/secret-id", plane.token("viewer"))
    told = plane.get("/metrics").text

    assert plane.get("/healthz").json() == {"status": "ok"}
    assert "governed_db_records_total" in told
    assert 'governed_db_requests_total{route="/v1/events/{event_id:str}",status="404"}' in told
    assert "secret" not in told
