"""Promise: a grant serves nothing but what it was given for, and a request says in what it differs."""

from __future__ import annotations

import attrs
import pytest

from governed_db.model.approval import GrantState
from governed_db.remote.approvals import ApprovalStore
from tests.approvals.subjects import SUBJECT, Clock

PARTS = [
    ({"principals": ("alice", "other")}, ("principal",)),
    ({"agents": ("alice",)}, ("principal",)),
    ({"database": "payroll"}, ("database",)),
    ({"statement_digest": "another"}, ("statement",)),
    ({"parameters_digest": "another"}, ("parameters",)),
    ({"revision": "42"}, ("policy revision",)),
    ({"schema": "another"}, ("table definitions",)),
    ({"parameters_digest": "another", "revision": "42"}, ("parameters", "policy revision")),
]


@pytest.mark.parametrize(("other", "parts"), PARTS)
def test_what_differs_is_said(store: ApprovalStore, other: dict[str, object], parts: tuple[str, ...]) -> None:
    """Each part that a grant is bound to, changed alone, makes it not match, and is named."""
    store.approve(store.request(SUBJECT).id, "bob")
    changed = attrs.evolve(SUBJECT, **other)

    assert store.reserve(changed) is None
    asked = store.request(changed)

    assert asked.differs == parts
    assert store.get(asked.id).differs == parts
    assert store.reserve(SUBJECT) is not None


def test_rows_bind_and_do_not_keep_the_grant_from_matching(store: ApprovalStore) -> None:
    """How many rows it would be now is measured while it runs; the grant has the rows that were approved."""
    store.approve(store.request(SUBJECT).id, "bob")

    grant = store.reserve(attrs.evolve(SUBJECT, rows=9000))

    assert grant is not None
    assert grant.rows == 5000


def test_the_nearest_grant_is_told(store: ApprovalStore) -> None:
    """Of several grants the one with the fewest differences counts, and other statements do not."""
    for other in ({"parameters_digest": "a", "revision": "40"}, {"parameters_digest": "b"}):
        store.approve(store.request(attrs.evolve(SUBJECT, **other)).id, "bob")
    store.approve(store.request(attrs.evolve(SUBJECT, statement="DELETE FROM customers")).id, "bob")

    assert store.request(attrs.evolve(SUBJECT, parameters_digest="c")).differs == ("parameters",)
    assert store.request(attrs.evolve(SUBJECT, statement="TRUNCATE orders")).differs == ()


def test_a_grant_that_is_taken_or_used_is_told(store: ApprovalStore, clock: Clock) -> None:
    """Who asks again hears that the approval is in use, or has been used; when it ran out, nothing."""
    store.approve(store.request(SUBJECT).id, "bob")
    grant = store.reserve(SUBJECT)
    assert grant is not None
    assert store.request(SUBJECT).differs == ("in use",)

    store.settle(grant, consumed=True)
    assert store.request(SUBJECT).differs == ("used",)

    clock.now += SUBJECT.grant_seconds
    assert store.request(SUBJECT).differs == ()


def test_grants_that_ran_out_are_not_near(store: ApprovalStore, clock: Clock) -> None:
    """What has expired or was revoked is no grant for nearly the same."""
    first = store.request(SUBJECT)
    store.approve(first.id, "bob")
    store.revoke(store.grants(first.id)[0].id)
    changed = attrs.evolve(SUBJECT, revision="42")
    assert store.request(changed).differs == ()

    store.approve(store.request(SUBJECT).id, "bob")
    assert store.request(changed).differs == ("policy revision",)
    clock.now += SUBJECT.grant_seconds

    assert store.request(changed).differs == ()
    assert {grant.state for grant in store.grants(first.id)} == {GrantState.REVOKED}
