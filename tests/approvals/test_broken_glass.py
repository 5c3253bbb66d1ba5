"""Promise: what cannot wait runs at once where policy says so, and somebody looks back at it in time."""

from __future__ import annotations

import attrs
import pytest

from governed_db.model.approval import RequestState, ReviewState, Subject, Terms
from governed_db.policy.approvals.rules import ApprovalRefused
from governed_db.remote.approvals import ApprovalStore
from tests.approvals.subjects import SUBJECT, Clock

ONCALL = Terms(emergency=("oncall",), review_seconds=172800)
URGENT = attrs.evolve(SUBJECT, principals=("alice",), terms=ONCALL)
WHY = "the shop is down and support cannot be reached"


def broken(store: ApprovalStore, subject: Subject = URGENT) -> str:
    """The id of a request whose glass alice broke."""
    return store.break_glass(store.request(subject).id, "alice", ("oncall",), WHY).id


def test_it_runs_once_and_is_due_for_review(store: ApprovalStore, clock: Clock) -> None:
    """Who asked may break the glass: one grant, within the same bounds, and a review within 48 hours."""
    asked = broken(store)
    grant = store.reserve(URGENT)
    request = store.get(asked)

    assert grant is not None
    assert (grant.rows, grant.uses_left) == (5000, 1)
    assert (request.state, request.decided_by, request.comment) == (RequestState.APPROVED, "alice", WHY)
    assert request.review is not None
    assert (request.review.state, request.review.due) == (ReviewState.DUE, clock.now + 172800)
    assert [one.id for one in store.reviews()] == [asked]


@pytest.mark.parametrize(
    ("by", "groups", "why", "terms", "code"),
    [
        ("alice", ("oncall",), WHY, Terms(), "GDB411"),
        ("alice", ("dba",), WHY, ONCALL, "GDB411"),
        ("bot", ("oncall",), WHY, ONCALL, "GDB403"),
        ("alice", ("oncall",), "because  ", ONCALL, "GDB412"),
        ("", ("oncall",), WHY, ONCALL, "GDB403"),
        ("alice", ("oncall",), WHY, attrs.evolve(ONCALL, verified=True), "GDB413"),
    ],
)
def test_only_whom_policy_lets_and_with_a_reason(
    store: ApprovalStore, by: str, groups: tuple[str, ...], why: str, terms: Terms, code: str
) -> None:
    """Without the rule, the group, a justification or a person nothing is broken."""
    asked = store.request(attrs.evolve(URGENT, terms=terms, agents=("bot",)))

    with pytest.raises(ApprovalRefused, match=code):
        store.break_glass(asked.id, by, groups, why)

    assert store.get(asked.id).state is RequestState.PENDING
    assert store.reviews() == ()


@pytest.mark.parametrize(("accepts", "state"), [(True, ReviewState.ACCEPTED), (False, ReviewState.OBJECTED)])
def test_somebody_else_reviews_it_once(store: ApprovalStore, accepts: bool, state: ReviewState) -> None:  # noqa: FBT001
    """Who broke the glass does not review it; what was reviewed is not reviewed again."""
    asked = broken(store)

    with pytest.raises(ApprovalRefused, match="GDB403"):
        store.review(asked, "Alice")
    reviewed = store.review(asked, "bob", "seen with the team", accepts=accepts)

    assert reviewed.review is not None
    assert (reviewed.review.state, reviewed.review.by, reviewed.review.comment) == (
        state,
        "bob",
        "seen with the team",
    )
    assert store.reviews() == ()
    with pytest.raises(ApprovalRefused, match="GDB415"):
        store.review(asked, "carol")


def test_an_overdue_review_stops_the_next_time(store: ApprovalStore, clock: Clock) -> None:
    """While a review is overdue, the same person breaks no other glass; others may."""
    first = broken(store)
    clock.now += ONCALL.review_seconds
    another = attrs.evolve(URGENT, statement_digest="another")
    asked = store.request(another)

    with pytest.raises(ApprovalRefused, match="GDB414"):
        store.break_glass(asked.id, "ALICE", ("oncall",), WHY)
    store.review(first, "bob")

    assert store.break_glass(asked.id, "alice", ("oncall",), WHY).state is RequestState.APPROVED


def test_the_most_urgent_review_comes_first(store: ApprovalStore) -> None:
    """Reviews are listed by when they are due."""
    slow = broken(store)
    sooner = attrs.evolve(ONCALL, review_seconds=3600)
    fast = broken(store, attrs.evolve(URGENT, statement_digest="another", terms=sooner))

    assert [one.id for one in store.reviews()] == [fast, slow]


def test_an_approved_request_owes_no_review(store: ApprovalStore) -> None:
    """Only a broken glass is reviewed."""
    asked = store.request(URGENT)
    store.approve(asked.id, "bob")

    with pytest.raises(ApprovalRefused, match="GDB415"):
        store.review(asked.id, "carol")
