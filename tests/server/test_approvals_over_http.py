"""Promise: approvals at a control plane are asked for, decided and used up as those of the embedded store."""

from __future__ import annotations

import time
from typing import Any

import attrs
import pytest
import requests

from governed_db.model.approval import GrantState, RequestState, Subject, Terms
from governed_db.policy.approvals.rules import ApprovalRefused, ApprovalsAway
from governed_db.remote.plane_approvals import PlaneApprovals
from governed_db.server.roles import Role
from governed_db.server.tables.approvals import GRANTS
from governed_db.server.tables.events import RECORDS
from tests.approvals.subjects import SUBJECT
from tests.server.running import Plane


def port(plane: Plane, label: str = "web", tenant: str = "default") -> PlaneApprovals:
    """The port of an enrolled client."""
    key = plane.key(label=label, tenant=tenant)
    return PlaneApprovals(f"{plane.url}/v1", lambda: key)


def subject(name: str, **more: Any) -> Subject:
    """What nobody else asks for in this module."""
    return attrs.evolve(SUBJECT, statement_digest=name, **more)


def decide(
    plane: Plane, id: str, what: str = "approve", by: str = "carol", *groups: str, **body: Any
) -> requests.Response:
    """A decision by somebody who is an approver."""
    token = plane.token("approver", sub=by, groups=["approvers", *groups])
    return plane.post(f"/v1/approvals/{id}/{what}", token, json=body)


def code(answer: requests.Response) -> tuple[int, str]:
    """How a decision was refused."""
    return answer.status_code, answer.json()["code"]


def test_from_the_request_to_the_use(plane: Plane) -> None:
    """Asked for twice it is one request; agreed to it is one grant, which is used once."""
    client, wanted = port(plane), subject("whole")
    asked = client.request(wanted)
    assert client.request(wanted).id == asked.id
    assert client.reserve(wanted) is None

    answer = decide(plane, asked.id, comment="fine")

    assert answer.json()["status"] == "approved"
    assert client.get(asked.id).state is RequestState.APPROVED
    grant = client.reserve(wanted)
    assert grant is not None
    assert grant.rows == wanted.rows
    assert client.reserve(wanted) is None
    client.settle(grant, consumed=True)
    assert client.reserve(wanted) is None
    assert client.request(wanted).differs == ("used",)


def test_what_was_not_used_is_there_again(plane: Plane) -> None:
    """A grant that is given back can be reserved once more; it cannot be settled twice."""
    client, wanted = port(plane), subject("given back")
    decide(plane, client.request(wanted).id)
    grant = client.reserve(wanted)
    assert grant is not None
    client.settle(grant, consumed=False)

    with pytest.raises(ApprovalRefused, match="GDB406"):
        client.settle(grant, consumed=True)
    assert client.reserve(wanted) == grant


def test_an_answer_that_was_lost_is_told_again(sqlite_plane: Plane) -> None:
    """The same attempt, sent again, has the grant that it took; another attempt has none."""
    client, wanted = port(sqlite_plane), subject("lost")
    decide(sqlite_plane, client.request(wanted).id)
    key = sqlite_plane.key()
    body = {"subject": attrs.asdict(wanted), "attempt": "first"}

    one, again = (sqlite_plane.post("/v1/approvals/grants/reserve", key, json=body).json() for _ in range(2))

    assert one["grant"]["id"] == again["grant"]["id"]
    assert client.reserve(wanted) is None


@pytest.mark.parametrize("by", ["alice", "ALICE", "agent:refunds", "\uff41lice", "key:web"])
def test_nobody_decides_on_their_own(sqlite_plane: Plane, by: str) -> None:
    """Neither who asks nor for whom, however the name is written, nor the credential that asked."""
    asked = port(sqlite_plane).request(subject("own"))

    assert code(decide(sqlite_plane, asked.id, by=by)) == (403, "GDB403")
    assert port(sqlite_plane).get(asked.id).state is RequestState.PENDING


def test_only_named_groups_decide(sqlite_plane: Plane) -> None:
    """Groups count as the token proves them."""
    asked = port(sqlite_plane).request(subject("groups", approvers=("dba",)))

    assert code(decide(sqlite_plane, asked.id)) == (403, "GDB404")
    assert decide(sqlite_plane, asked.id, "approve", "carol", "dba").status_code == 200


def test_a_role_is_needed(sqlite_plane: Plane) -> None:
    """A viewer sees a request and does not decide; an enrolment key is no person, whatever its roles."""
    asked = port(sqlite_plane).request(subject("roles"))
    viewer = sqlite_plane.token("viewer", sub="carol")
    key = sqlite_plane.key(Role.CLIENT, Role.APPROVER, label="robot")

    assert sqlite_plane.get(f"/v1/approvals/{asked.id}", viewer).status_code == 200
    assert sqlite_plane.post(f"/v1/approvals/{asked.id}/approve", viewer, json={}).status_code == 403
    assert code(sqlite_plane.post(f"/v1/approvals/{asked.id}/approve", key, json={})) == (403, "GDB622")


def test_an_agent_decides_nothing(sqlite_plane: Plane) -> None:
    """A token of an approver that an agent acts with opens no decision."""
    asked = port(sqlite_plane).request(subject("agent"))
    token = sqlite_plane.token("approver", sub="carol", act={"sub": "agent:helper"})

    assert sqlite_plane.post(f"/v1/approvals/{asked.id}/approve", token, json={}).status_code == 403


def test_two_have_to_agree(plane: Plane) -> None:
    """With a quorum of two the first leaves it pending; the same person does not count twice."""
    client, wanted = port(plane), subject("quorum", terms=Terms(quorum=2))
    asked = client.request(wanted)

    assert decide(plane, asked.id, by="carol").json()["status"] == "pending"
    assert code(decide(plane, asked.id, by="Carol")) == (409, "GDB410")
    assert decide(plane, asked.id, by="dave").json()["status"] == "approved"
    assert client.reserve(wanted) is not None


def test_asking_for_more_voids_votes(sqlite_plane: Plane) -> None:
    """A request that grows has to be looked at again, and is refused to who saw fewer rows."""
    client = port(sqlite_plane)
    asked = client.request(subject("grows", rows=10, terms=Terms(quorum=2)))
    decide(sqlite_plane, asked.id, by="carol")
    client.request(subject("grows", rows=20, terms=Terms(quorum=2)))

    assert client.get(asked.id).votes == ()
    assert code(decide(sqlite_plane, asked.id, by="dave", at_most=10)) == (409, "GDB407")


def test_one_refusal_is_enough(sqlite_plane: Plane) -> None:
    """A denied request is closed, with who and why."""
    client = port(sqlite_plane)
    asked = client.request(subject("denied"))
    decide(sqlite_plane, asked.id, "deny", comment="not today")

    found = client.get(asked.id)

    assert (found.state, found.decided_by, found.comment) == (RequestState.DENIED, "carol", "not today")
    assert code(decide(sqlite_plane, asked.id, by="dave")) == (409, "GDB402")


def test_what_has_run_out_opens_nothing(sqlite_plane: Plane) -> None:
    """A grant that is past its time is not reserved."""
    client, wanted = port(sqlite_plane), subject("short")
    asked = client.request(wanted)
    decide(sqlite_plane, asked.id)
    with sqlite_plane.store.writing("default") as tx:
        tx.run(tx.update(GRANTS).where(GRANTS.c.request == asked.id).values(expires=time.time() - 1))

    assert client.reserve(wanted) is None
    viewer = sqlite_plane.token("viewer")
    told = sqlite_plane.get(f"/v1/approvals/{asked.id}", viewer).json()
    assert [one["state"] for one in told["grants"]] == ["expired"]


def test_what_was_granted_is_taken_back(sqlite_plane: Plane) -> None:
    """A grant that an approver revokes opens nothing."""
    client, wanted = port(sqlite_plane), subject("revoked")
    asked = client.request(wanted)
    decide(sqlite_plane, asked.id)

    answer = decide(sqlite_plane, asked.id, "revoke", comment="second thoughts")

    assert [one["state"] for one in answer.json()["grants"]] == [GrantState.REVOKED.value]
    assert client.reserve(wanted) is None


def test_broken_glass_is_looked_back_at(sqlite_plane: Plane) -> None:
    """Where policy names a group its members may go on alone; somebody else reviews it."""
    client, wanted = port(sqlite_plane), subject("glass", terms=Terms(emergency=("oncall",)))
    asked = client.request(wanted)
    why = {"justification": "the shop is down"}
    assert code(decide(sqlite_plane, asked.id, "break-glass", **why)) == (403, "GDB411")

    broken = decide(sqlite_plane, asked.id, "break-glass", "erin", "oncall", **why)

    assert broken.json()["approval"]["review"]["state"] == "due"
    assert client.reserve(wanted) is not None
    assert code(decide(sqlite_plane, asked.id, "review", "erin")) == (403, "GDB403")
    assert decide(sqlite_plane, asked.id, "review", "carol").json()["approval"]["review"]["by"] == "carol"


def test_previews_are_kept(sqlite_plane: Plane) -> None:
    """What approvers are shown comes back as it was stored; what is no preview is refused."""
    client = port(sqlite_plane)
    asked = client.request(subject("preview"))
    told = {"parts": [{"statement": "DELETE FROM orders", "how": "measured", "rows": 3}]}
    client.keep_preview(asked.id, told)

    assert client.preview(asked.id) == told
    viewer = sqlite_plane.token("viewer")
    assert sqlite_plane.get(f"/v1/approvals/{asked.id}", viewer).json()["preview"] == told
    with pytest.raises(ApprovalRefused, match="GDB635"):
        client.keep_preview(asked.id, {"parts": "<script>"})


def test_a_task_names_who_what_and_where(sqlite_plane: Plane) -> None:
    """People's programs are told subject, action, resource and context; no digest is among it."""
    asked = port(sqlite_plane).request(subject("secret-digest", reason="refunds"))

    answer = sqlite_plane.get(f"/v1/approvals/{asked.id}", sqlite_plane.token("viewer"))

    told = answer.json()
    assert (told["subject"]["id"], told["resource"]["id"]) == ("alice", "shop")
    assert told["action"]["properties"]["statement"] == SUBJECT.statement
    assert told["context"]["reason"] == "refunds"
    assert "secret-digest" not in answer.text
    assert SUBJECT.parameters_digest not in answer.text


def test_decisions_are_in_the_trail(sqlite_plane: Plane) -> None:
    """Who decided what, and why, is an event of the same log."""
    asked = port(sqlite_plane).request(subject("trail"))
    decide(sqlite_plane, asked.id, "deny", comment="see the runbook")

    with sqlite_plane.store.reading("default") as tx:
        lines = [row.line for row in tx.rows(tx.select(RECORDS)) if asked.id in row.line]
    assert any("approval.denied" in line and "see the runbook" in line and "carol" in line for line in lines)


def test_nobody_answers(sqlite_plane: Plane) -> None:
    """A control plane that is away approves nothing; what was run is not told, which changes nothing."""
    told: list[dict[str, Any]] = []
    client = PlaneApprovals("http://127.0.0.1:1/v1", lambda: None, tell=told.append)
    reserved = port(sqlite_plane)
    decide(sqlite_plane, reserved.request(subject("away")).id)
    grant = reserved.reserve(subject("away"))
    assert grant is not None

    with pytest.raises(ApprovalsAway, match="GDB620"):
        client.reserve(SUBJECT)
    client.settle(grant, consumed=True)
    assert [one["grant"] for one in told] == [grant.id]


def test_nothing_is_asked_in_the_clear(sqlite_plane: Plane) -> None:
    """Over http to another machine neither the key nor the question is sent."""
    with pytest.raises(ApprovalsAway, match="https only"):
        PlaneApprovals("http://control.example/v1", lambda: "key").request(SUBJECT)


def test_an_unknown_key_is_told(sqlite_plane: Plane) -> None:
    """A client whose key was revoked learns that, and nothing is run."""
    unknown = "gdbk_default_key-0000000000_" + "A" * 43
    with pytest.raises(ApprovalRefused, match="enrolment key"):
        PlaneApprovals(f"{sqlite_plane.url}/v1", lambda: unknown).reserve(SUBJECT)
