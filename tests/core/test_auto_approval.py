"""Promise: a rule agrees by itself to what was measured and no more, and the trail names it."""

from __future__ import annotations

import pytest

from governed_db.errors import ApprovalRequired
from tests.core.worlds import planner, shop, told

POLICY = {
    "version": 1,
    "name": "shop",
    "extends": "standard",
    "rules": [
        {
            "id": "statuses",
            "effect": "approve",
            "actions": ["update"],
            "relations": ["orders"],
            "approvers": {"groups": ["dba"]},
            "auto": {"rows_changed": 20},
        }
    ],
}
UPDATE = "UPDATE orders SET status = 'sent' WHERE total > 5"


def test_few_rows_are_changed_at_once() -> None:
    """Measured inside the bound it stays; both events are strict and name the rule that agreed."""
    world = shop(rows=20)

    assert told(UPDATE, world, planner(POLICY)).rows == 20

    assert f"run: {UPDATE} (at most 20 rows)" in world.transcript
    assert not any(step.startswith("ask") for step in world.transcript)
    assert [
        (event.phase, event.fields["decision"]["effect"], event.fields["decision"]["auto"])
        for event in world.audit.events
    ] == [("intent", "ask", "shop/statuses"), ("outcome", "ask", "shop/statuses")]
    assert "tell: intent (strict)" in world.transcript


def test_more_rows_are_asked_for_with_what_was_measured() -> None:
    """It is rolled back, and a request is filed for the rows that it would have changed."""
    world = shop(rows=21)

    with pytest.raises(ApprovalRequired, match=r"GDB311.*21 rows"):
        told(UPDATE, world, planner(POLICY))

    subject = world.approvals.requests[0].subject
    assert (subject.rows, subject.approvers) == (21, ("dba",))
    assert "auto" not in world.audit.events[-1].fields["decision"]


def test_what_a_person_agreed_to_goes_beyond_it() -> None:
    """With a grant for 21 rows it runs, as far as was approved."""
    world = shop(rows=21)
    plans = planner(POLICY)
    with pytest.raises(ApprovalRequired):
        told(UPDATE, world, plans)
    world.approvals.approve()

    assert told(UPDATE, world, plans).rows == 21

    assert f"run: {UPDATE} (at most 21 rows)" in world.transcript
