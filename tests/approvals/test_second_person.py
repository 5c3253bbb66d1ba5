"""Promise: what needs approval runs only after a second person agreed, as often and as far as agreed."""

from __future__ import annotations

import json

import attrs
import pytest

from governed_db.core.ports import ApprovalPort
from governed_db.errors import Error
from governed_db.model.approval import GrantState, RequestState
from governed_db.policy.approvals.rules import ApprovalRefused, to_task
from governed_db.remote.approvals import ApprovalStore
from tests.approvals.subjects import SUBJECT, Clock


def test_asked_approved_used_once(store: ApprovalStore) -> None:
    """The whole way: asked, approved, taken, used, and then nothing is left."""
    port: ApprovalPort = store
    request = port.request(SUBJECT)
    assert port.reserve(SUBJECT) is None

    store.approve(request.id, "bob", comment="checked with support")
    grant = port.reserve(SUBJECT)
    assert grant is not None
    port.settle(grant, consumed=True)

    assert (grant.rows, grant.uses_left, grant.request_id) == (5000, 1, request.id)
    assert port.reserve(SUBJECT) is None
    decided = store.get(request.id)
    assert (decided.state, decided.decided_by, decided.comment) == (
        RequestState.APPROVED,
        "bob",
        "checked with support",
    )
    assert [each.state for each in store.grants(request.id)] == [GrantState.CONSUMED]


def test_asking_again_gives_the_same_task(store: ApprovalStore) -> None:
    """A repeated ask is the same request, whatever the rows; a larger measurement is kept."""
    first = store.request(SUBJECT)

    again = [store.request(attrs.evolve(SUBJECT, rows=rows)) for rows in (None, 7000, 10)]

    assert [each.id for each in again] == [first.id] * 3
    assert [each.subject.rows for each in again] == [5000, 7000, 7000]
    assert len(store.list()) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"principals": ("alice", "agent:refunds")},
        {"principals": ("agent:refunds",)},
        {"database": "payroll"},
        {"statement_digest": "another"},
        {"parameters_digest": "another"},
    ],
)
def test_grant_is_bound(store: ApprovalStore, other: dict[str, object]) -> None:
    """A grant for one subject serves no other principal chain, database, statement or parameters."""
    store.approve(store.request(SUBJECT).id, "bob")

    assert store.reserve(attrs.evolve(SUBJECT, **other)) is None
    assert store.reserve(SUBJECT) is not None


@pytest.mark.parametrize("by", ["alice", "agent:refunds", " Alice\t", "ALICE", "\uff41lice", "", "  "])
def test_nobody_approves_their_own(store: ApprovalStore, by: str) -> None:
    """No principal of the chain decides, however the name is written, and nobody without a name."""
    request = store.request(SUBJECT)

    for decide in (store.approve, store.deny):
        with pytest.raises(ApprovalRefused, match="GDB403"):
            decide(request.id, by)

    assert store.get(request.id).state is RequestState.PENDING
    assert store.reserve(SUBJECT) is None


def test_only_named_groups_decide(store: ApprovalStore) -> None:
    """Where a rule names groups, members of others do not decide."""
    request = store.request(attrs.evolve(SUBJECT, approvers=("dba", "security")))

    with pytest.raises(ApprovalRefused, match=r"GDB404.*dba, security"):
        store.approve(request.id, "bob", groups=("support",))
    with pytest.raises(ApprovalRefused, match="GDB404"):
        store.deny(request.id, "bob")

    assert store.approve(request.id, "bob", groups=("dba",)).state is RequestState.APPROVED


def test_named_groups_of_the_latest_ask_count(store: ApprovalStore) -> None:
    """When policy became stricter since the first ask, the stricter policy decides who approves."""
    request = store.request(SUBJECT)
    store.request(attrs.evolve(SUBJECT, approvers=("dba",), revision="42"))

    with pytest.raises(ApprovalRefused, match="GDB404"):
        store.approve(request.id, "bob")


def test_denied(store: ApprovalStore) -> None:
    """A denied request gives nothing, and asking again is a new request."""
    request = store.request(SUBJECT)

    store.deny(request.id, "bob", comment="not today")

    assert store.reserve(SUBJECT) is None
    assert store.request(SUBJECT).id != request.id


@pytest.mark.parametrize("decided", ["approve", "deny", "cancel"])
def test_decided_once(store: ApprovalStore, decided: str) -> None:
    """What is decided is not decided again."""
    request = store.request(SUBJECT)
    getattr(store, decided)(request.id, "bob")

    for decide in (store.approve, store.deny, store.cancel):
        with pytest.raises(ApprovalRefused, match="GDB402"):
            decide(request.id, "carol")


def test_requests_expire(store: ApprovalStore, clock: Clock) -> None:
    """A request that nobody decided in time can no longer be approved."""
    request = store.request(SUBJECT)
    clock.now = request.expires

    with pytest.raises(ApprovalRefused, match="GDB405"):
        store.approve(request.id, "bob")

    assert store.get(request.id).state is RequestState.EXPIRED
    assert store.request(SUBJECT).id != request.id


def test_grants_expire(store: ApprovalStore, clock: Clock) -> None:
    """A grant that was not used in time is gone."""
    request = store.request(SUBJECT)
    store.approve(request.id, "bob")
    clock.now += SUBJECT.grant_seconds

    assert store.reserve(SUBJECT) is None
    assert [each.state for each in store.grants(request.id)] == [GrantState.EXPIRED]


def test_unused_grant_is_given_back(store: ApprovalStore) -> None:
    """A reserved grant whose statement did not run can be taken again."""
    store.approve(store.request(SUBJECT).id, "bob")
    grant = store.reserve(SUBJECT)
    assert grant is not None
    assert store.reserve(SUBJECT) is None

    store.settle(grant, consumed=False)

    assert store.reserve(SUBJECT) is not None


def test_grant_taken_and_never_settled(store: ApprovalStore, clock: Clock) -> None:
    """When a process dies between reserving and settling, its grant is not given to another."""
    request = store.request(SUBJECT)
    store.approve(request.id, "bob")
    assert store.reserve(SUBJECT) is not None

    clock.now += SUBJECT.grant_seconds - 1
    assert store.reserve(SUBJECT) is None
    clock.now += 1
    assert store.reserve(SUBJECT) is None
    assert [each.state for each in store.grants(request.id)] == [GrantState.EXPIRED]


def test_several_uses(store: ApprovalStore) -> None:
    """A grant for three uses serves three times, one after the other."""
    subject = attrs.evolve(SUBJECT, grant_uses=3)
    store.approve(store.request(subject).id, "bob")

    for left in (3, 2, 1):
        grant = store.reserve(subject)
        assert grant is not None
        assert grant.uses_left == left
        store.settle(grant, consumed=True)

    assert store.reserve(subject) is None


def test_settled_once(store: ApprovalStore) -> None:
    """A grant that is not reserved cannot be settled, nor one be settled twice."""
    store.approve(store.request(attrs.evolve(SUBJECT, grant_uses=2)).id, "bob")
    grant = store.reserve(SUBJECT)
    assert grant is not None
    store.settle(grant, consumed=True)

    with pytest.raises(ApprovalRefused, match="GDB406"):
        store.settle(grant, consumed=False)


def test_settled_late(store: ApprovalStore, clock: Clock) -> None:
    """A statement may outlive its grant: settling then is no error and brings nothing back."""
    store.approve(store.request(attrs.evolve(SUBJECT, grant_uses=2)).id, "bob")
    grant = store.reserve(SUBJECT)
    assert grant is not None
    clock.now += SUBJECT.grant_seconds

    store.settle(grant, consumed=True)

    assert store.reserve(SUBJECT) is None
    assert [(each.state, each.uses_left) for each in store.grants(grant.request_id)] == [
        (GrantState.EXPIRED, 1)
    ]


def test_revoked(store: ApprovalStore) -> None:
    """A revoked grant cannot be taken, also when it was reserved and is given back unused."""
    request = store.request(attrs.evolve(SUBJECT, grant_uses=5))
    store.approve(request.id, "bob")
    grant = store.reserve(SUBJECT)
    assert grant is not None

    assert store.revoke(grant.id).state is GrantState.REVOKED
    store.settle(grant, consumed=False)

    assert store.reserve(SUBJECT) is None
    with pytest.raises(ApprovalRefused, match="GDB402"):
        store.revoke(grant.id)


def test_request_that_grew_while_it_was_looked_at(store: ApprovalStore) -> None:
    """An approver who was shown 5000 rows does not approve 9000."""
    request = store.request(SUBJECT)
    store.request(attrs.evolve(SUBJECT, rows=9000))

    with pytest.raises(ApprovalRefused, match="GDB407"):
        store.approve(request.id, "bob", at_most=5000)

    assert store.approve(request.id, "bob", at_most=9000).state is RequestState.APPROVED


def test_unknown_ids(store: ApprovalStore) -> None:
    """An id that is not there is told with where to look."""
    with pytest.raises(ApprovalRefused, match=r"GDB401.*no request req-x"):
        store.get("req-x")
    with pytest.raises(ApprovalRefused, match="GDB401"):
        store.approve("req-x", "bob")
    with pytest.raises(Error, match="GDB401"):
        store.revoke("grant-x")


def test_listing(store: ApprovalStore, clock: Clock) -> None:
    """Requests are listed oldest first, all or those in one state."""
    names = []
    for number in range(3):
        clock.now += 1
        names.append(store.request(attrs.evolve(SUBJECT, statement_digest=str(number))).id)
    store.deny(names[1], "bob")

    assert [each.id for each in store.list()] == names
    assert [each.id for each in store.list(RequestState.PENDING)] == [names[0], names[2]]
    assert [each.id for each in store.list(RequestState.DENIED)] == [names[1]]


def test_task_is_portable(store: ApprovalStore) -> None:
    """A task is JSON: what would run (literals replaced), for whom, why, and how to approve it."""
    request = store.request(attrs.evolve(SUBJECT, reason="refund backlog", approvers=("dba",)))

    task = json.loads(json.dumps(to_task(request)))

    assert task == {
        "id": request.id,
        "state": "pending",
        "statement": "DELETE FROM orders WHERE id < ?",
        "principals": ["agent:refunds", "alice"],
        "database": "shop",
        "rule": "standard/large-write",
        "revision": "41",
        "rows": 5000,
        "reason": "refund backlog",
        "approvers": ["dba"],
        "quorum": 1,
        "votes": [],
        "differs": [],
        "review": None,
        "created": "2023-11-14T22:13:20+00:00",
        "expires": "2023-11-15T22:13:20+00:00",
        "decided_by": None,
        "comment": "",
        "approve": f"governed-db approvals approve {request.id}",
        "deny": f"governed-db approvals deny {request.id}",
    }
