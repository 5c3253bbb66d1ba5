"""Promise: as many people agree as policy wants, none of them twice, and none whom it keeps out."""

from __future__ import annotations

import attrs
import pytest

from governed_db.model.approval import GrantState, Proof, RequestState, Terms
from governed_db.policy.approvals.rules import ApprovalRefused, to_task
from governed_db.remote.approvals import ApprovalStore
from tests.approvals.subjects import SUBJECT

TWO = attrs.evolve(SUBJECT, terms=Terms(quorum=2))
DELEGATED = attrs.evolve(SUBJECT, principals=("alice", "bot"), agents=("bot",), owners=("olga",))


def test_two_must_agree(store: ApprovalStore) -> None:
    """With a quorum of two the first agreement is a vote, the second one is the approval."""
    asked = store.request(TWO)

    first = store.approve(asked.id, "bob", comment="looks right")
    assert (first.state, store.reserve(TWO)) == (RequestState.PENDING, None)
    second = store.approve(asked.id, "carol")

    assert (second.state, second.decided_by) == (RequestState.APPROVED, "carol")
    assert [(vote.by, vote.agrees, vote.comment) for vote in second.votes] == [
        ("bob", True, "looks right"),
        ("carol", True, ""),
    ]
    assert [grant.state for grant in store.grants(asked.id)] == [GrantState.ACTIVE]


@pytest.mark.parametrize("again", ["bob", "Bob ", "\uff22ob"])
def test_one_person_is_no_quorum(store: ApprovalStore, again: str) -> None:
    """Agreeing twice, however the name is written, counts once."""
    asked = store.request(TWO)
    store.approve(asked.id, "bob")

    with pytest.raises(ApprovalRefused, match="GDB410"):
        store.approve(asked.id, again)

    assert store.reserve(TWO) is None


def test_one_refusal_is_enough(store: ApprovalStore) -> None:
    """Also of somebody who had agreed before and thought better of it."""
    asked = store.request(TWO)
    store.approve(asked.id, "bob")

    denied = store.deny(asked.id, "bob", comment="wrong month")

    assert denied.state is RequestState.DENIED
    assert [(vote.by, vote.agrees) for vote in denied.votes] == [("bob", False)]


@pytest.mark.parametrize(
    "newer", [{"rows": 9000}, {"revision": "42"}, {"schema": "changed"}, {"terms": Terms(quorum=3)}]
)
def test_votes_for_something_else_are_void(store: ApprovalStore, newer: dict[str, object]) -> None:
    """When the request is asked again with other facts, who agreed before is asked again."""
    asked = store.request(TWO)
    store.approve(asked.id, "bob")

    again = store.request(attrs.evolve(TWO, **newer))

    assert (again.id, again.votes) == (asked.id, ())


@pytest.mark.parametrize(
    ("excluded", "decides"),
    [
        (("requester", "delegator", "owner"), {"alice": False, "bot": False, "olga": False, "bob": True}),
        (("requester", "delegator"), {"alice": False, "bot": False, "olga": True, "bob": True}),
        (("requester",), {"alice": True, "bot": False, "olga": True, "bob": True}),
        (("owner",), {"alice": True, "bot": False, "olga": False, "bob": True}),
    ],
)
def test_roles_that_do_not_decide(
    store: ApprovalStore, excluded: tuple[str, ...], decides: dict[str, bool]
) -> None:
    """Who delegates and who owns the agent decide only where policy says so; who asks, and agents, never."""
    for name, may in decides.items():
        asked = store.request(attrs.evolve(DELEGATED, terms=Terms(excluded=excluded), statement_digest=name))
        if may:
            assert store.approve(asked.id, name).state is RequestState.APPROVED
        else:
            with pytest.raises(ApprovalRefused, match="GDB403"):
                store.approve(asked.id, name)


def test_a_typed_name_is_no_proof(store: ApprovalStore) -> None:
    """Where policy wants verified approvers, a name that somebody typed neither agrees nor refuses."""
    asked = store.request(attrs.evolve(SUBJECT, terms=Terms(verified=True)))

    for decide in (store.approve, store.deny):
        with pytest.raises(ApprovalRefused, match="GDB413"):
            decide(asked.id, "bob")
    approved = store.approve(asked.id, "bob", proof=Proof.SYSTEM)

    assert [vote["proof"] for vote in to_task(approved)["votes"]] == ["system"]


def test_only_a_name_cancels(store: ApprovalStore) -> None:
    """A request is withdrawn by somebody with a name, also by who asked."""
    asked = store.request(SUBJECT)

    with pytest.raises(ApprovalRefused, match="GDB403"):
        store.cancel(asked.id, " ")

    assert store.cancel(asked.id, "alice").state is RequestState.CANCELLED
