"""Who is there, how well governed, and how the server is."""

from __future__ import annotations

from governed_db.server.roles import Role
from tests.server.running import Plane
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


def test_a_client_that_only_sends_events_is_there_too(plane: Plane) -> None:
    """Nobody is overlooked because they say nothing of themselves: events tell version and bundle."""
    opening = event("session", spool="opened", version="0.9", decision={})
    Teller(plane, plane.key(), client="silent").tell(opening, event())
    found = plane.get("/v1/coverage", plane.token("viewer")).json()

    silent = next(one for one in found if one["client"] == "silent")
    assert (silent["version"], silent["revision"], silent["records"]) == ("0.9", "7", 2)


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
