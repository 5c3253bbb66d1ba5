"""Approvals that were stolen, replayed, given by oneself, or reached for by many at once.

GOVERNED_DB_TEST_RACERS=20 has twenty processes reach for a grant, GOVERNED_DB_TEST_RACES=10 ten times over.
"""

from __future__ import annotations

import os
import threading
from typing import Any

import attrs
import pytest

from governed_db.model.approval import RequestState, Subject
from governed_db.policy.approvals.rules import ApprovalRefused
from governed_db.remote.plane_approvals import PlaneApprovals
from governed_db.server.api import approvals, bundles
from tests.attacks.server.reaching import race
from tests.server.running import Plane
from tests.server.stoppable import Stoppable
from tests.server.test_approvals_over_http import code, decide, port, subject
from tests.server.test_policies_are_published import drafted

RACERS = int(os.environ.get("GOVERNED_DB_TEST_RACERS", "4"))
RACES = int(os.environ.get("GOVERNED_DB_TEST_RACES", "1"))
EVERYTHING = ("viewer", "approver", "author", "auditor", "admin")


@pytest.mark.timeout(600)
def test_of_many_who_reach_one_gets_it(plane: Plane) -> None:
    """Processes that reach for one grant through two servers at once: one gets it, whatever the database."""
    other = Stoppable(plane)
    other.start()
    try:
        for number in range(RACES):
            wanted = subject(f"race {number}")
            client = port(plane)
            decide(plane, client.request(wanted).id)

            got = race([f"{plane.url}/v1", f"{other.url}/v1"], plane.key(), wanted, RACERS)

            assert len([one for one in got if one != "none"]) == 1
            assert len(got) == RACERS
    finally:
        other.close()


def test_of_many_decisions_one_counts(plane: Plane) -> None:
    """People who approve and deny at the same moment: one decision stands, and there is one grant at most."""
    asked = port(plane).request(subject("decisions"))
    answers: list[int] = []
    start = threading.Barrier(6)

    def press(number: int) -> None:
        start.wait(60)
        what = "deny" if number % 2 else "approve"
        answers.append(decide(plane, asked.id, what, f"person-{number}").status_code)

    people = [threading.Thread(target=press, args=(number,)) for number in range(6)]
    for one in people:
        one.start()
    for one in people:
        one.join(60)

    told = plane.get(f"/v1/approvals/{asked.id}", plane.token("viewer")).json()
    assert sorted(answers) == [200] + [409] * 5
    assert len(told["grants"]) == (told["status"] == "approved")


def test_a_grant_serves_who_asked_for_it(sqlite_plane: Plane) -> None:
    """Another client that shows the very same subject gets nothing, and can neither see nor settle it."""
    owner, thief = port(sqlite_plane, "owner"), port(sqlite_plane, "thief")
    wanted = subject("stolen")
    asked = owner.request(wanted)
    decide(sqlite_plane, asked.id)

    assert thief.reserve(wanted) is None
    grant = owner.reserve(wanted)
    assert grant is not None
    for attempt in (
        lambda: thief.settle(grant, consumed=False),
        lambda: thief.get(asked.id),
        lambda: thief.keep_preview(asked.id, {"parts": []}),
        lambda: thief.preview(asked.id),
    ):
        with pytest.raises(ApprovalRefused, match="no such"):
            attempt()
    assert thief.request(wanted).id != asked.id


@pytest.mark.parametrize(
    "change",
    [
        {"statement_digest": "another statement"},
        {"parameters_digest": "another value"},
        {"principals": ("agent:refunds", "mallory")},
        {"principals": ("agent:refunds",)},
        {"database": "payroll"},
        {"revision": "40"},
        {"schema": "other tables"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_an_approval_is_for_one_thing(sqlite_plane: Plane, change: dict[str, Any]) -> None:
    """What was agreed to does not serve for anything that differs."""
    client, wanted = port(sqlite_plane), subject("one thing")
    decide(sqlite_plane, client.request(wanted).id)

    assert client.reserve(attrs.evolve(wanted, **change)) is None


def test_what_was_shown_stays(sqlite_plane: Plane) -> None:
    """Once somebody has decided, the preview that they saw cannot be replaced."""
    client = port(sqlite_plane)
    asked = client.request(subject("bait"))
    decide(sqlite_plane, asked.id)

    with pytest.raises(ApprovalRefused, match="GDB402"):
        client.keep_preview(asked.id, {"parts": []})


@pytest.mark.parametrize(
    "wanted",
    [
        {"grant_uses": 0},
        {"grant_uses": 10**9},
        {"grant_seconds": 10**12},
        {"principals": ()},
        {"principals": (" ",)},
        {"rows": -1},
    ],
    ids=str,
)
def test_what_no_policy_says_is_not_asked(sqlite_plane: Plane, wanted: dict[str, Any]) -> None:
    """A client that asks for endless or nobody's approvals is refused."""
    with pytest.raises(ApprovalRefused, match="GDB635"):
        port(sqlite_plane).request(subject("endless", **wanted))


def test_a_stranger_does_not_withdraw(sqlite_plane: Plane) -> None:
    """Only who asked, or for whom, withdraws a request."""
    client = port(sqlite_plane)
    asked = client.request(subject("withdrawn"))

    assert code(decide(sqlite_plane, asked.id, "cancel", "mallory")) == (403, "GDB404")
    assert decide(sqlite_plane, asked.id, "cancel", "alice").status_code == 200
    assert client.get(asked.id).state is RequestState.CANCELLED


def test_another_tenant_finds_nothing(sqlite_plane: Plane) -> None:
    """Whatever route somebody else's administrator tries with ids of this tenant: there is nothing there."""
    asked = port(sqlite_plane).request(subject("tenants"))
    draft = drafted(sqlite_plane, "version: 1\nextends: standard\n")
    decide(sqlite_plane, asked.id)
    grant = port(sqlite_plane).reserve(subject("tenants"))
    assert grant is not None
    stranger = sqlite_plane.token(*EVERYTHING, tenant="other", sub="root")
    client = sqlite_plane.key(tenant="other")
    body = body_of(draft, subject("tenants"))

    for method, path in routes():
        name = grant.id if "/grants/" in path else draft["id"] if "/drafts/" in path else asked.id
        filled = (
            path.replace("{id:str}", name).replace("{name:str}", "none").replace("{file:str}", "none.json")
        )
        filled = filled.replace("{kid:str}", "0" * 16).replace("{version:int}", "1")
        for credential in (stranger, client):
            answer = sqlite_plane.ask(method, filled, credential, json=body)
            assert answer.status_code in (403, 404), (method, filled, answer.text)


def body_of(draft: dict[str, Any], wanted: Subject) -> dict[str, Any]:
    """What satisfies the form of every route."""
    return {
        "files": {"policy.yaml": "version: 1\n"},
        "digest": draft["digest"],
        "agrees": True,
        "version": 1,
        "subject": attrs.asdict(wanted),
        "preview": {"parts": []},
        "uses_left": 1,
        "consumed": True,
        "justification": "it is mine now",
    }


def routes() -> list[tuple[str, str]]:
    """Every route that names something; what lists or makes is a tenant's own by the caller alone."""
    named = [
        (method, path)
        for handler in (*approvals.ROUTES, *bundles.ROUTES)
        for path in handler.paths
        for method in handler.http_methods - {"OPTIONS", "HEAD"}
    ]
    own = ("{name:str}/drafts", "/versions")
    return sorted((method, path) for method, path in named if "{" in path and not path.endswith(own))


def test_nothing_of_another_tenant_is_listed(sqlite_plane: Plane) -> None:
    """Requests, drafts, policies and keys of one tenant are in no list of another's."""
    port(sqlite_plane).request(subject("lists"))
    drafted(sqlite_plane, "version: 1\nextends: standard\n")
    stranger = sqlite_plane.token(*EVERYTHING, tenant="other", sub="root")

    for path in ("/v1/approvals", "/v1/drafts", "/v1/policies", "/v1/policies/default/versions"):
        assert sqlite_plane.get(path, stranger).json() == [], path


def test_a_port_answers_nobody_without_a_credential(sqlite_plane: Plane) -> None:
    """Without a key nothing is asked, reserved or settled."""
    with pytest.raises(ApprovalRefused, match="bearer credential"):
        PlaneApprovals(f"{sqlite_plane.url}/v1", lambda: None).reserve(subject("nobody"))
