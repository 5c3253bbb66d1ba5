"""What holds for every policy: rules that restrict only restrict, chains only narrow."""

from __future__ import annotations

import itertools
from typing import Any

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from governed_db.model.decision import BoundWrites, Decision, Effect, LimitRows, MaskColumn, Timeout
from governed_db.model.policy import Policy
from governed_db.model.principal import Principal
from governed_db.model.statement import Facts, HazardKind, Kind, Reach, Role
from governed_db.policy import protect
from governed_db.policy.decide import decide
from governed_db.policy.load import load_policy
from tests.policy.shop import CLASSES, flow, hazard, other, plain, policy, select, use, write

RANK = {Effect.PERMIT: 0, Effect.ASK: 1, Effect.DENY: 2}
ACTIONS = ["select", "insert", "update", "delete", "ddl", "copy", "explain", "call"]
RELATIONS = ["customers", "orders", "public.*", "*", "tokens"]
CLASS_KEYS = ["pii.*", "pii.email", "secret.*", "*", "financial.*"]

FACTS = st.sampled_from(
    [
        select(),
        select("orders.id"),
        select("customers.email", "orders.id", "tokens.value"),
        select("orders.id", uses=(use("customers.email", Role.REVEAL),)),
        select("orders.id", uses=(use("customers.email", Role.EQUALS_COLUMN, "leads.email"),)),
        select(hazards=(hazard(HazardKind.FUNCTION, "f"),)),
        select(hazards=(hazard(HazardKind.FILE, "g"),)),
        *(write(Kind.DELETE, "orders", reach) for reach in Reach),
        write(Kind.UPDATE, "customers", Reach.PREDICATE, outputs=(plain("customers.email"),)),
        write(Kind.INSERT, "orders", flows=(flow("orders.memo", "customers.email"),)),
        other(Kind.DDL, "orders"),
        other(Kind.CALL, functions=frozenset({"f"})),
        other(Kind.COPY, "customers", outputs=(plain("customers.email"),)),
    ]
)


def subset(items: list[str]) -> st.SearchStrategy[list[str]]:
    """A few of these."""
    return st.lists(st.sampled_from(items), min_size=1, max_size=3, unique=True)


WHO = st.fixed_dictionaries(
    {}, optional={"kinds": subset(["human", "agent", "service"]), "groups": subset(["a", "b"])}
)
SCOPE: dict[str, Any] = {
    "principals": WHO,
    "relations": subset(RELATIONS),
    "when": st.sampled_from(["stmt.joins < 2", "principal.attributes.x == 1", "'a' in principal.groups"]),
    "reach": subset(["keyed", "predicate", "unbounded"]),
}
MASKING = st.dictionaries(
    st.sampled_from(CLASS_KEYS),
    st.sampled_from(["none", "redact", "token", "partial(3)", "email"]),
    min_size=1,
)
LIMITS = st.fixed_dictionaries(
    {},
    optional={
        name: st.sampled_from([1, 50, 1000, "unlimited"]) for name in ("rows", "seconds", "rows_changed")
    },
)
PERMITS = st.fixed_dictionaries(
    {"effect": st.sampled_from(["permit", "permit", "approve"]), "actions": subset([*ACTIONS, "*"])},
    optional={
        **SCOPE,
        "mask": MASKING,
        "limits": LIMITS,
        "reveal": subset(CLASS_KEYS),
        "functions": st.just(["f"]),
    },
)
FORBIDS = st.fixed_dictionaries(
    {"effect": st.just("forbid"), "actions": subset([*ACTIONS, "*"])},
    optional={**SCOPE, "hazards": subset(["function", "file"])},
)
PRINCIPALS = st.builds(
    Principal,
    id=st.sampled_from(["u", "v"]),
    kind=st.sampled_from(["human", "agent", "service"]),
    groups=st.sampled_from([(), ("a",), ("b",), ("a", "b")]),
    groups_complete=st.booleans(),
    attributes=st.sampled_from([{}, {"x": 1}, {"x": "y"}]),
)


def load(rules: list[dict[str, Any]]) -> Policy:
    """A policy of these rules, without the judgement whether any of them is dead."""
    from governed_db.errors import PolicyError

    named = [{"id": f"r{index}", **one} for index, one in enumerate(rules)]
    try:
        return load_policy(policy(*named))
    except PolicyError:
        usable = [one for one in named if _is_valid(one)]
        return attrs.evolve(
            load_policy(policy()), rules=tuple(load_policy(policy(one)).rules[0] for one in usable)
        )


def _is_valid(one: dict[str, Any]) -> bool:
    from governed_db.errors import PolicyError

    try:
        load_policy(policy(one))
    except PolicyError:
        return False
    return True


def judge(facts: Facts, principal: Principal, rules: Policy) -> Decision:
    """The decision in the shop."""
    return decide(facts, principal, rules, CLASSES, database="shop")


def limits(decision: Decision) -> dict[str, float]:
    """The bounds of a decision, by name."""
    return {
        type(one).__name__: one.seconds if isinstance(one, Timeout) else one.rows
        for one in decision.obligations
        if isinstance(one, LimitRows | BoundWrites | Timeout)
    }


def is_wider(one: Decision, than: Decision) -> bool:
    """Whether `one` lets anything happen that `than` does not."""
    if RANK[one.effect] < RANK[than.effect]:
        return True
    if one.effect is Effect.DENY:
        return False
    masked = {mask.index: mask.mask for mask in one.obligations if isinstance(mask, MaskColumn)}
    for mask in than.obligations:
        if isinstance(mask, MaskColumn) and (
            mask.index not in masked or protect.strength(masked[mask.index]) > protect.strength(mask.mask)
        ):
            return True
    mine = limits(one)
    return any(name not in mine or mine[name] > bound for name, bound in limits(than).items())


@settings(max_examples=200, deadline=None)
@given(FACTS, PRINCIPALS, st.lists(PERMITS, max_size=4), FORBIDS)
def test_adding_a_forbid_never_widens(
    facts: Facts, principal: Principal, rules: list[dict[str, Any]], forbid: dict[str, Any]
) -> None:
    """Whatever a policy says, one more forbid rule lets nothing happen that was not possible before."""
    before, after = load(rules), load([*rules, forbid])

    assert not is_wider(judge(facts, principal, after), judge(facts, principal, before))


@settings(max_examples=200, deadline=None)
@given(FACTS, st.lists(PRINCIPALS, min_size=2, max_size=3), st.lists(PERMITS | FORBIDS, max_size=4))
def test_a_chain_is_never_wider_than_one_of_its_links(
    facts: Facts, links: list[Principal], rules: list[dict[str, Any]]
) -> None:
    """A chain of principals may do nothing that any single one of them may not."""
    loaded = load(rules)
    chain = links[-1]
    for link in reversed(links[:-1]):
        chain = attrs.evolve(link, actor=chain)
    together = judge(facts, chain, loaded)

    assert not any(is_wider(together, judge(facts, link, loaded)) for link in links)


@settings(max_examples=200, deadline=None)
@given(
    FACTS, PRINCIPALS, st.lists(PERMITS | FORBIDS, max_size=4), st.sampled_from([("a",), ("b",), ("a", "b")])
)
def test_a_cut_list_is_never_wider_than_any_whole_one(
    facts: Facts, principal: Principal, rules: list[dict[str, Any]], missing: tuple[str, ...]
) -> None:
    """Who may be in more groups than are listed may do nothing that a member of those could not."""
    loaded = load(rules)
    cut = attrs.evolve(principal, groups_complete=False)
    wholes = [
        attrs.evolve(principal, groups=(*principal.groups, *more), groups_complete=True)
        for count in range(len(missing) + 1)
        for more in itertools.combinations(missing, count)
    ]

    assert not any(is_wider(judge(facts, cut, loaded), judge(facts, whole, loaded)) for whole in wholes)


@settings(max_examples=100, deadline=None)
@given(FACTS, PRINCIPALS, st.lists(PERMITS | FORBIDS, max_size=4))
def test_decisions_are_reproducible_and_refusals_explained(
    facts: Facts, principal: Principal, rules: list[dict[str, Any]]
) -> None:
    """The same question has the same answer, and everything that is not permitted has a reason with help."""
    loaded = load(rules)
    decision = judge(facts, principal, loaded)

    assert decision == judge(facts, principal, loaded)
    assert decision.effect is Effect.PERMIT or all(one.help and one.rule for one in decision.reasons)
    assert decision.effect is Effect.PERMIT or decision.reasons
