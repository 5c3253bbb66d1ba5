"""`where:` of a mask: what a policy may say, and what comes of it."""

from __future__ import annotations

from typing import Any

from governed_db.model.decision import Mask, MaskColumn, Place
from governed_db.model.principal import Principal
from tests.policy.shop import SERVICE, judge, policy, rule, select
from tests.policy.test_policy_problems import problems


def placed(*outputs: str, policy: dict[str, Any], principal: Principal = SERVICE) -> list[str]:
    """The masks of a decision and where they are made."""
    decision = judge(select(*outputs), policy, principal)
    found = [one for one in decision.obligations if isinstance(one, MaskColumn)]
    return [f"{one.mask} {one.mask.place.value}" for one in found]


def reads(name: str, mask: object, **more: object) -> dict[str, Any]:
    """A rule that permits reading, with masks."""
    return rule(id=name, actions=["select"], mask=mask, **more)


def test_the_driver_masks_unless_somebody_says_otherwise() -> None:
    """Without `where` a mask is made in the driver."""
    assert placed("customers.email", policy=policy(reads("a", {"pii.*": "email"}))) == ["email in_driver"]


def test_a_mask_says_with_what_and_where() -> None:
    """Both can be said at once."""
    said = {"pii.*": {"with": "partial(2)", "where": "in_database"}}

    assert placed("customers.email", policy=policy(reads("a", said))) == ["partial(2) in_database"]


def test_each_half_is_decided_by_the_first_rule_that_says_it() -> None:
    """A rule that says only where leaves the mask to later rules, and the other way round."""
    first = reads("a", {"*": {"where": "in_database"}, "secret.*": "null"})
    second = reads("b", {"pii.*": {"with": "email", "where": "in_driver"}, "*": "redact"})
    chosen = policy(first, second)

    assert placed("customers.email", "customers.name", policy=chosen) == ["email in_database"] * 2
    assert placed("payroll.salary", "tokens.value", policy=chosen) == [
        "redact in_database",
        "null in_database",
    ]


def test_the_most_specific_place_of_a_rule_counts() -> None:
    """As with masks, a name comes before a pattern."""
    said = {"*": {"where": "in_database"}, "pii.email": {"where": "in_driver"}}
    chosen = policy(reads("a", said), reads("b", {"*": "redact"}))

    assert placed("customers.email", "customers.name", policy=chosen) == [
        "redact in_driver",
        "redact in_database",
    ]


def test_one_link_that_wants_the_database_is_enough() -> None:
    """In a chain of principals the stronger mask wins, and with it stays the place that sends less."""
    wants = reads("a", {"pii.*": {"with": "email", "where": "in_database"}}, principals={"kinds": ["agent"]})
    other = reads("b", {"pii.*": "redact"})
    chain = Principal("bot", kind="agent", actor=Principal("ana", kind="human"))

    assert placed("customers.email", policy=policy(wants, other), principal=chain) == ["redact in_database"]


def test_what_makes_no_sense_is_told() -> None:
    """A mapping without a word of use, an unknown place and an unknown key are mistakes."""
    assert "says with what, or where" in problems(policy(reads("a", {"pii.*": {}})))[0]
    assert "in_driver" in problems(policy(reads("a", {"pii.*": {"where": "in_the_cloud"}})))[0]
    assert "how" in problems(policy(reads("a", {"pii.*": {"with": "redact", "how": "fast"}})))[0]


def test_equal_masks_in_different_places_are_one_mask() -> None:
    """A value of two columns with the same mask keeps it, wherever each is made."""
    assert Mask("redact") != Mask("redact", place=Place.IN_DATABASE)
    said = {"pii.email": {"with": "redact", "where": "in_database"}, "pii.name": "redact"}

    assert placed("customers.email", policy=policy(reads("a", said))) == ["redact in_database"]
