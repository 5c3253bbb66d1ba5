"""What is asked about events is answered, the newest first, each exactly once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.server.running import Plane
from tests.server.told import Teller, event

NOW = 1_790_000_000.0
PEOPLE = [{"id": "alice", "kind": "human", "groups": []}, {"id": "helper", "kind": "agent", "groups": []}]
AGENTS = {"principals": PEOPLE, "tool": "sql_query", "model": "m-1", "conversation": "talk-1"}
REFUSED = {
    "status": "refused",
    "kind": "delete",
    "relations": ["public.orders"],
    "statement": "DELETE FROM orders",
    "seen": [],
    "decision": {
        "effect": "deny",
        "rule": "standard/unbounded",
        "reasons": [{"code": "GDB301"}],
        "id": "d-9",
    },
}


@pytest.fixture(scope="module")
def asked(plane: Plane) -> Plane:
    """A control plane with a few events of different kinds."""
    teller = Teller(plane, plane.key())
    teller.tell(
        event(at=NOW),
        event(at=NOW + 60, **AGENTS),
        event("intent", at=NOW + 61, status="", **AGENTS),
        event("refusal", at=NOW + 3600, **AGENTS, **REFUSED),
        event("session", at=NOW + 3601, spool="opened", statement="", relations=[]),
    )
    return plane


def _times(plane: Plane, **question: Any) -> list[float]:
    answer = plane.get("/v1/events", plane.token("viewer"), params={"until": NOW + 9999} | question)
    assert answer.status_code == 200, answer.text
    return [found["time"] - NOW for found in answer.json()["events"]]


@pytest.mark.parametrize(
    ("question", "times"),
    [
        ({}, [3601, 3600, 60, 0]),
        ({"since": NOW + 60, "until": NOW + 3600}, [60]),
        ({"principal": "alice"}, [3600, 60]),
        ({"principal": "helper", "status": "ok"}, [60]),
        ({"tool": "sql_query", "phase": "intent"}, [61]),
        ({"model": "m-1"}, [3600, 60]),
        ({"conversation": "talk-1"}, [3600, 60]),
        ({"relation": "public.orders"}, [3600]),
        ({"relation": "customers"}, [60, 0]),
        ({"column": "public.customers.email", "principal": "reports"}, [3601, 0]),
        ({"classification": "pii.email"}, [3601, 60, 0]),
        ({"classification": "pii.*", "phase": "outcome"}, [60, 0]),
        ({"database": "shop", "kind": "delete"}, [3600]),
        ({"effect": "deny"}, [3600]),
        ({"code": "GDB301"}, [3600]),
        ({"decision": "d-9"}, [3600]),
        ({"rule": "reads", "relation": "orders"}, []),
        ({"text": "delete FROM"}, [3600]),
        ({"text": "100%"}, []),
        ({"principal": "nobody"}, []),
    ],
)
def test_a_question_finds_what_it_asks_for(
    asked: Plane, question: dict[str, Any], times: list[float]
) -> None:
    """Everything that is said of an event can be asked for, alone and together."""
    assert _times(asked, **question) == times


def test_pages_follow_each_other(plane: Plane) -> None:
    """Events of one moment stand on both sides of a page's end; none is told twice or left out."""
    teller = Teller(plane, plane.key(), client="pages")
    teller.tell(*(event(at=NOW - 90_000 + number // 4, conversation="long") for number in range(20)))
    token, found, after = plane.token("viewer"), [], None
    while True:
        params = {"conversation": "long", "limit": 3} | ({"after": after} if after else {})
        page = plane.get("/v1/events", token, params=params).json()
        found += page["events"]
        after = page["after"]
        if after is None:
            break

    assert len({one["id"] for one in found}) == len(found) == 20
    assert [one["time"] for one in found] == sorted((one["time"] for one in found), reverse=True)


def test_one_event_is_told_whole(asked: Plane) -> None:
    """As its client wrote it, with who sent it."""
    token = asked.token("auditor")
    name = asked.get("/v1/events", token, params={"decision": "d-9"}).json()["events"][0]["id"]
    found = asked.get(f"/v1/events/{name}", token).json()

    assert found["fields"]["statement"] == "DELETE FROM orders"
    assert (found["client"], found["sender"], found["findings"]) == ("web", "key:web", [])
    assert asked.get("/v1/events/no-such", token).status_code == 404


def test_many_reads_of_one_record_are_found_one_by_one(plane: Plane) -> None:
    """What a client wrote as one record are as many events."""
    shared = event().fields
    plan = {name: shared[name] for name in ("statement", "relations", "decision", "kind", "database")}
    ran = [[0, NOW + 5000 + number, number, 0.001] for number in range(3)]
    fields = {"principals": PEOPLE, "conversation": "many", "plans": [plan], "ran": ran}
    whole = event("outcomes", at=NOW + 5003)
    teller = Teller(plane, plane.key(), client="many")
    teller.tell(type(whole)(whole.id, whole.time, "outcomes", fields))

    answer = plane.get("/v1/events", plane.token("viewer"), params={"conversation": "many"}).json()["events"]
    assert [(one["rows"], one["phase"]) for one in answer] == [(2, "outcome"), (1, "outcome"), (0, "outcome")]
    detail = plane.get(f"/v1/events/{answer[0]['id']}", plane.token("viewer")).json()
    assert detail["fields"]["rows"] == 2


def test_charts_have_sums(asked: Plane) -> None:
    """Statements, rows, masked cells and refusals, for each step of time."""
    params = {"since": NOW // 300 * 300, "until": NOW + 3700, "step": 3600}
    found = asked.get("/v1/series", asked.token("viewer"), params=params).json()

    assert sum(found["values"]["statements"]) == 2
    assert sum(found["values"]["rows"]) == 6
    assert sum(found["values"]["masked"]) == 6
    assert sum(found["values"]["refused"]) == 1
