"""Whoever is of another tenant gets nothing by any route of the OpenAPI document, and changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import attrs
import msgspec
import pytest

from governed_db.server.roles import Role
from governed_db.server.tables import METADATA
from tests.server.running import Plane
from tests.server.test_approvals_over_http import decide, port, subject
from tests.server.test_policies_are_published import READS, drafted, published, taken, told
from tests.server.told import Teller, event

SECRET = "hers-alone"  # a word that stands in all that the first tenant has
BODIES: dict[str, Any] = {
    "GET": None,
    "DELETE": None,
    "/v1/coverage": {"client": "c", "version": "1"},
    "/v1/enrolments": {"label": "x"},
    "/v1/policies/{name}/drafts": {"files": {"policy.yaml": READS}},
    "/v1/drafts/{id}": {"files": {"policy.yaml": READS}},
    "/v1/drafts/{id}/publish": {},
    "/v1/policies/{name}/rollback": {"version": 1},
    "/v1/revocations": {"tokens": ["x"]},
    "/v1/approvals/requests/{id}/preview": {"preview": None},
    "/v1/approvals/grants/{id}/settle": {"uses_left": 1, "consumed": True},
    "/v1/approvals/{id}/break-glass": {"justification": "I want it"},
}


@attrs.frozen
class Hers:
    """What the first tenant has, by the names that paths have for it; and what to send."""

    plane: Plane
    names: dict[str, str]
    bodies: dict[str, Any]
    operations: tuple[tuple[str, str], ...]

    def path(self, path: str) -> str:
        """With her ids in place of its parameters: those of her drafts, grants or requests."""
        for kind in ("/drafts/", "/grants/", ""):
            if kind in path:
                path = path.replace("{id}", self.names[f"{kind}id"])
                break
        return re.sub(r"{(\w+)}", lambda found: self.names[found[1]], path)

    def asked(self, credential: str) -> Iterator[tuple[str, str, int, str]]:
        """Every operation, by somebody: method, path, status and what came back."""
        for method, path in self.operations:
            body = self.bodies.get(method, self.bodies.get(path, {}))
            answer = self.plane.ask(method, self.path(path), credential, json=body)
            yield method, path, answer.status_code, answer.text + str(answer.headers)

    def kept(self) -> dict[str, list[str]]:
        """All rows of hers."""
        with self.plane.store.reading("default") as tx:
            return {
                table.name: sorted(map(repr, tx.rows(tx.select(table)))) for table in METADATA.sorted_tables
            }


@pytest.fixture(scope="module")
def hers(sqlite_plane: Plane) -> Hers:
    """A tenant with one of each thing."""
    plane, everything = sqlite_plane, sqlite_plane.key(*Role, label=f"key-{SECRET}")
    spoken = {"statement": f"SELECT '{SECRET}'", "conversation": SECRET, "tool": SECRET, "database": SECRET}
    who = [{"id": f"ann-{SECRET}", "kind": "human", "groups": [f"group-{SECRET}"]}]
    Teller(plane, everything, client=f"client-{SECRET}").tell(event(principals=who, **spoken))
    beat = {"client": f"client-{SECRET}", "version": SECRET, "told": {"host": SECRET}}
    plane.post("/v1/coverage", everything, json=beat)
    draft = drafted(plane, READS, note=f"note {SECRET}", files={"more.yaml": f"# {SECRET}\n" + READS})
    published(plane, f"# {SECRET}\n" + READS)
    plane.post("/v1/revocations", plane.token("admin"), json={"tokens": [f"token-{SECRET}"]})
    wanted = subject("walked", statement=f"DELETE FROM t /* {SECRET} */")
    client = port(plane)
    decide(plane, client.request(wanted).id, comment=SECRET)
    grant = client.reserve(wanted)
    assert grant is not None
    waiting = client.request(attrs.evolve(wanted, statement_digest="waits"))
    found = told(plane.get("/v1/events", everything, params={"conversation": SECRET}))["events"]
    chain = next(one for one in told(plane.get("/v1/integrity", everything)) if SECRET in str(one))
    like_hers = msgspec.to_builtins(attrs.asdict(attrs.evolve(wanted, statement="DELETE FROM t")))
    paths = told(plane.get("/schema/openapi.json"))["paths"]
    return Hers(
        plane,
        {
            "event_id": found[0]["id"],
            "chain": str(chain["chain"]),
            "key_id": told(plane.get("/v1/enrolments", everything))[0]["id"],
            "file": "default.json",
            "name": "default",
            "version": "1",
            "kid": taken(plane).kid,
            "/drafts/id": draft["id"],
            "/grants/id": grant.id,
            "id": waiting.id,
        },
        BODIES
        | {
            "/v1/drafts/{id}/reviews": {"digest": draft["digest"], "agrees": True},
            "/v1/approvals/requests": {"subject": like_hers},
            "/v1/approvals/grants/reserve": {"subject": like_hers, "attempt": "a" * 22},
        },
        tuple((method.upper(), path) for path, one in paths.items() for method in one),
    )


def test_the_walk_meets_what_is_there(hers: Hers) -> None:
    """She herself finds her own word by most routes that read: else the walk would prove nothing."""
    reads = attrs.evolve(hers, operations=tuple(one for one in hers.operations if one[0] == "GET"))
    answers = list(reads.asked(hers.plane.key(*Role)))
    found = {path for _, path, _, text in answers if SECRET in text}

    assert [one[:3] for one in answers if one[2] not in (200, 403, 404)] == []
    assert {"/v1/events", "/v1/events/{event_id}", "/v1/integrity", "/v1/coverage", "/v1/principals"} <= found
    assert {
        "/v1/groups",
        "/v1/enrolments",
        "/v1/bundles/{file}",
        "/v1/drafts/{id}",
        "/v1/revocations",
    } <= found
    assert {"/v1/approvals", "/v1/approvals/{id}"} <= found


@pytest.mark.parametrize(
    "roles",
    [tuple(Role), *((role,) for role in Role)],
    ids=lambda roles: "-".join(role.value for role in roles),
)
def test_nothing_of_another_tenant_comes_back(hers: Hers, roles: tuple[Role, ...]) -> None:
    """In whatever role, by whatever route, with her ids: no word of hers, no failure, no change to hers."""
    before = hers.kept()
    answers = list(hers.asked(hers.plane.key(*roles, tenant="other")))

    assert [one[:3] for one in answers if SECRET in one[3] or one[2] >= 500] == []
    ids = ("{event_id}", "{chain}", "{key_id}", "{id}")
    assert [one[:3] for one in answers if any(name in one[1] for name in ids) and one[2] < 400] == []
    assert hers.kept() == before
