"""What a chain of principals may do is the intersection; a cut list of groups never gives rights."""

from __future__ import annotations

import itertools

import attrs
import pytest

from governed_db.model.decision import BoundWrites, Effect, LimitRows
from governed_db.model.principal import Principal
from governed_db.model.statement import Kind, Reach
from tests.policy.shop import AGENT, HUMAN, brief, judge, masks, policy, rule, select, write

CHAIN = attrs.evolve(HUMAN, actor=AGENT)


def test_a_chain_may_do_what_each_of_it_may() -> None:
    """A human with an agent as actor is stopped by what either may not do."""
    humans = rule(id="h", principals={"kinds": ["human"]})
    agents = rule(id="a", principals={"kinds": ["agent"]})

    assert judge(select(), policy(humans), CHAIN).effect is Effect.DENY
    assert judge(select(), policy(agents), CHAIN).effect is Effect.DENY
    assert judge(select(), policy(humans, agents), CHAIN).effect is Effect.PERMIT
    asks = {**agents, "effect": "approve"}
    assert judge(select(), policy(humans, asks), CHAIN).effect is Effect.ASK


def test_a_chain_carries_the_strongest_masks_and_the_least_limits() -> None:
    """Obligations of all links are put together, the most restrictive of each sort."""
    both = {"actions": ["select", "update"]}
    humans = rule(
        id="h",
        principals={"kinds": ["human"]},
        mask={"pii.*": "email"},
        limits={"rows": 9, "rows_changed": 5},
        **both,
    )
    agents = rule(
        id="a",
        principals={"kinds": ["agent"]},
        mask={"pii.*": "token"},
        limits={"rows": 99, "rows_changed": 3},
        **both,
    )
    decision = judge(select("customers.email"), policy(humans, agents), CHAIN)

    assert (masks(decision), decision.obligations[1:]) == (["0 token"], (LimitRows(9),))
    update = write(Kind.UPDATE, "orders", Reach.PREDICATE)
    assert judge(update, policy(humans, agents), CHAIN).obligations == (BoundWrites(3),)


STRENGTH = ["null", "redact", "hash", "year", "partial(2)", "partial(4)"]


@pytest.mark.parametrize(("stronger", "weaker"), list(itertools.pairwise(STRENGTH)))
def test_the_order_of_masks(stronger: str, weaker: str) -> None:
    """NULL hides more than redaction, redaction more than tokens, tokens more than parts."""
    rules = policy(
        rule(id="h", principals={"kinds": ["human"]}, mask={"pii.*": weaker}),
        rule(id="a", principals={"kinds": ["agent"]}, mask={"pii.*": stronger}),
    )

    assert masks(judge(select("customers.email"), rules, CHAIN)) == [f"0 {stronger}"]


CUT = Principal("u", kind="human", groups=("sales",), groups_complete=False)
WHOLE = attrs.evolve(CUT, groups_complete=True)
BASE = rule(id="all")
VIP = {"principals": {"groups": ["vip"]}}


def test_a_cut_list_of_groups_permits_nothing_by_group() -> None:
    """A permit or approve by a group that is not listed does not match; by one that is listed it does."""
    assert judge(select(), policy(rule(**VIP)), CUT).effect is Effect.DENY
    assert judge(select(), policy({**rule(**VIP), "effect": "approve"}), CUT).effect is Effect.DENY
    assert judge(select(), policy(rule(principals={"groups": ["sales"]})), CUT).effect is Effect.PERMIT


def test_a_cut_list_of_groups_is_forbidden_by_group() -> None:
    """A forbid by group matches who may be in it, and so does a demand for approval."""
    no = {"id": "no", "effect": "forbid", **VIP}
    asks = {"id": "asks", "effect": "approve", "actions": ["select"], **VIP}

    assert brief(judge(select(), policy(BASE, no), CUT)) == "deny GDB321 policy/no"
    assert brief(judge(select(), policy(BASE, asks), CUT)) == "ask GDB321 policy/asks"
    assert judge(select(), policy(BASE, no), WHOLE).effect is Effect.PERMIT
    assert judge(select(), policy(BASE, asks), WHOLE).effect is Effect.PERMIT


def test_a_cut_list_of_groups_gets_masks_and_limits_by_group() -> None:
    """Masks and limits of a group apply to who may be in it, where they are stricter."""
    stricter = rule(id="v", mask={"pii.*": "null"}, limits={"rows": 5}, **VIP)
    looser = rule(id="w", mask={"pii.*": "none"}, limits={"rows": 500}, **VIP)
    facts = select("customers.email")
    base = rule(id="all", mask={"pii.*": "email"}, limits={"rows": 50})

    assert masks(judge(facts, policy(stricter, base), CUT)) == ["0 null"]
    assert judge(facts, policy(stricter, base), CUT).obligations[1] == LimitRows(5)
    assert masks(judge(facts, policy(looser, base), CUT)) == ["0 email"]
    assert judge(facts, policy(looser, base), CUT).obligations[1] == LimitRows(50)


def test_not_in_a_group_is_unknown_for_a_cut_list() -> None:
    """Who may be in a group is not permitted for being outside of it, and is forbidden for it."""
    outside = {"principals": {"not": {"groups": ["vip"]}}}
    no = {"id": "no", "effect": "forbid", **outside}

    assert judge(select(), policy(rule(**outside)), CUT).effect is Effect.DENY
    assert judge(select(), policy(rule(**outside)), WHOLE).effect is Effect.PERMIT
    assert judge(select(), policy(BASE, no), CUT).effect is Effect.DENY


def test_conditions_on_groups_are_not_trusted_for_a_cut_list() -> None:
    """A condition that reads the groups neither permits nor spares who may have more of them."""
    allowed = rule(when="!('contractors' in principal.groups)")
    no = {"id": "no", "effect": "forbid", "when": "'contractors' in principal.groups"}

    assert judge(select(), policy(allowed), WHOLE).effect is Effect.PERMIT
    assert judge(select(), policy(allowed), CUT).effect is Effect.DENY
    assert judge(select(), policy(BASE, no), CUT).effect is Effect.DENY
