"""Forbid comes before approve, approve before permit, and what nobody permits is refused."""

from __future__ import annotations

import attrs
import pytest

from governed_db.model.approval import Terms
from governed_db.model.decision import AutoApproval, BoundWrites, Durability, Effect, LimitRows
from governed_db.model.statement import HazardKind, Kind, Reach, Relation
from tests.policy.shop import (
    AGENT,
    HUMAN,
    SERVICE,
    brief,
    column,
    hazard,
    judge,
    other,
    plain,
    policy,
    rule,
    select,
    write,
)

PERMIT = rule(id="may")
ASK = {"id": "asks", "effect": "approve", "actions": ["select"]}
FORBID = {"id": "no", "effect": "forbid", "actions": ["select"], "principals": {"ids": ["worker"]}}

ORDER = [
    ([], "deny GDB300 default"),
    ([PERMIT], "permit - policy/may"),
    ([PERMIT, ASK], "ask GDB313 policy/asks"),
    ([ASK], "ask GDB313 policy/asks"),
    ([PERMIT, ASK, FORBID], "deny GDB320 policy/no"),
    ([FORBID, PERMIT], "deny GDB320 policy/no"),
]


@pytest.mark.parametrize(("rules", "expected"), ORDER)
def test_the_order_of_effects(rules: list[dict[str, object]], expected: str) -> None:
    """Whatever the order in the file, forbid wins over approve, approve over permit, and no rule is a no."""
    assert brief(judge(select("orders.id"), policy(*rules))) == expected


RELATIONS = [
    ({"only": ["public.orders"]}, "orders", Effect.PERMIT),
    ({"only": ["orders"]}, "orders", Effect.PERMIT),
    ({"only": ["public.*"]}, "orders", Effect.PERMIT),
    ({"only": ["PUBLIC.Ord*"]}, "orders", Effect.PERMIT),
    ({"only": ["sales.orders"]}, "orders", Effect.DENY),
    ({"only": ["orders"]}, "orders_old", Effect.DENY),
    ({"never": ["public.orders"]}, "orders", Effect.DENY),
    ({"only": ["public.*"], "never": ["orders"]}, "orders", Effect.DENY),
    ({"only": ["public.*"], "never": ["orders"]}, "items", Effect.PERMIT),
    (["orders", "items"], "items", Effect.PERMIT),
]


@pytest.mark.parametrize(("relations", "name", "effect"), RELATIONS)
def test_relations_by_name_and_pattern(relations: object, name: str, effect: Effect) -> None:
    """`only` and `never` take schema.relation, a bare name in any schema, and * inside a part."""
    assert judge(select(f"{name}.id"), policy(rule(relations=relations))).effect is effect


def test_never_sees_through_views() -> None:
    """A rule that never covers a table does not cover a view over it."""
    through = select(relations=("v",), base_relations=frozenset({Relation("public", "secrets")}))

    assert judge(through, policy(rule(relations={"only": ["v"], "never": ["secrets"]}))).effect is Effect.DENY
    assert judge(through, policy(rule(relations={"only": ["v"]}))).effect is Effect.PERMIT


def test_forbid_sees_through_views() -> None:
    """What is forbidden for a table is forbidden for a view over it, reads and writes alike."""
    no = {"id": "no", "effect": "forbid", "relations": {"only": ["secrets"]}}
    under = frozenset({Relation("public", "secrets")})
    rules = policy(rule(actions=["select", "delete"]), no)

    assert brief(judge(select(relations=("v",), base_relations=under), rules)) == "deny GDB320 policy/no"
    assert brief(judge(write(Kind.DELETE, "v", base_relations=under), rules)) == "deny GDB320 policy/no"

    deletes = policy(rule(actions=["select", "delete"]), {**no, "actions": ["delete"]})
    assert brief(judge(write(Kind.DELETE, "v", base_relations=under), deletes)) == "deny GDB320 policy/no"
    assert judge(select(relations=("v",), base_relations=under), deletes).effect is Effect.PERMIT


def test_every_relation_and_every_kind_must_be_permitted() -> None:
    """A join needs both tables permitted; a statement of several kinds needs each of them."""
    orders = rule(id="a", relations=["orders"])
    items = rule(id="b", relations=["items"])
    join = select("orders.id", "items.id")
    both = write(Kind.DELETE, "orders", kinds=frozenset({Kind.SELECT, Kind.DELETE}), relations=frozenset(
        {Relation("public", "orders"), Relation("public", "items")}
    ))  # fmt: skip

    assert judge(join, policy(orders)).effect is Effect.DENY
    assert judge(join, policy(orders, items)).effect is Effect.PERMIT
    assert judge(both, policy(rule(actions=["select"]))).effect is Effect.DENY
    assert judge(both, policy(rule(actions=["delete"]))).effect is Effect.DENY
    assert judge(both, policy(rule(actions=["select", "delete"]))).effect is Effect.PERMIT


def test_explain_needs_what_it_explains() -> None:
    """EXPLAIN ANALYZE DELETE is a delete."""
    facts = attrs.evolve(
        write(Kind.DELETE, "orders"), kind=Kind.EXPLAIN, kinds=frozenset({Kind.EXPLAIN, Kind.DELETE})
    )

    assert judge(facts, policy(rule(actions=["explain", "select"]))).effect is Effect.DENY
    assert judge(facts, policy(rule(actions=["explain", "delete"]))).effect is Effect.PERMIT


def test_rows_returned_by_a_write_must_be_readable() -> None:
    """DELETE ... RETURNING needs the right to read the table as well."""
    facts = write(
        Kind.DELETE, "orders", outputs=(plain("orders.id"),), columns=frozenset({column("orders.id")})
    )

    assert judge(facts, policy(rule(actions=["delete"]))).effect is Effect.DENY
    assert judge(facts, policy(rule(actions=["delete", "select"]))).effect is Effect.PERMIT


def test_an_unbounded_write_needs_to_be_meant() -> None:
    """A permit covers writes of every row only when its `reach` says so."""
    everything = write(Kind.DELETE, "orders", Reach.UNBOUNDED)

    assert brief(judge(everything, policy(rule(actions=["delete"])))) == "deny GDB310 default"
    assert judge(everything, policy(rule(actions=["delete"], reach=["unbounded"]))).effect is Effect.PERMIT
    assert judge(everything, policy(rule(actions=["*"], reach=["*"]))).effect is Effect.PERMIT


def test_a_forbid_by_reach_is_only_about_writes() -> None:
    """A rule against unbounded deletes leaves bounded ones and reads alone."""
    no = {"id": "no", "effect": "forbid", "actions": ["select", "delete"], "reach": ["unbounded"]}
    rules = policy(rule(actions=["*"], reach=["*"]), no)

    assert judge(write(Kind.DELETE, "orders"), rules).effect is Effect.PERMIT
    assert judge(select("orders.id"), rules).effect is Effect.PERMIT
    assert brief(judge(write(Kind.DELETE, "orders", Reach.UNBOUNDED), rules)) == "deny GDB310 policy/no"


def test_databases() -> None:
    """A rule with `databases` is only about these, * included, case counting."""
    rules = policy(rule(databases=["shop", "test_*"]))
    effects = [
        judge(select(), rules, database=name).effect.value for name in ("shop", "test_1", "Shop", "pay")
    ]

    assert effects == ["permit", "permit", "deny", "deny"]


PRINCIPALS = [
    ({"kinds": ["agent"]}, AGENT, Effect.PERMIT),
    ({"kinds": ["agent"]}, HUMAN, Effect.DENY),
    ({"ids": ["bot"]}, AGENT, Effect.PERMIT),
    ({"ids": ["b*"]}, AGENT, Effect.PERMIT),
    ({"ids": ["BOT"]}, AGENT, Effect.DENY),
    ({"ids": ["bot"], "kinds": ["human"]}, AGENT, Effect.DENY),
    ({"not": {"kinds": ["agent"]}}, AGENT, Effect.DENY),
    ({"not": {"kinds": ["agent"]}}, HUMAN, Effect.PERMIT),
    ({"kinds": ["agent", "service"], "not": {"ids": ["worker"]}}, SERVICE, Effect.DENY),
]


@pytest.mark.parametrize(("who", "principal", "effect"), PRINCIPALS)
def test_principals(who: object, principal: object, effect: Effect) -> None:
    """Ids, groups and kinds all have to fit; `not` takes out."""
    assert judge(select(), policy(rule(principals=who)), principal).effect is effect  # type: ignore[arg-type]


def test_a_hazard_is_refused_unless_a_rule_is_about_it() -> None:
    """No rule means no; a permit by kind or by the function's name lifts it, an approve asks."""
    facts = select(hazards=(hazard(HazardKind.FUNCTION, "app.score"),))
    lift = {"id": "l", "effect": "permit"}

    assert brief(judge(facts, policy(rule()))) == "deny GDB301 default"
    assert judge(facts, policy(rule(), {**lift, "functions": ["score"]})).effect is Effect.PERMIT
    assert judge(facts, policy(rule(), {**lift, "functions": ["app.other"]})).effect is Effect.DENY
    assert judge(facts, policy(rule(), {**lift, "hazards": ["function"]})).effect is Effect.PERMIT
    assert judge(facts, policy(rule(), {**lift, "hazards": ["file"]})).effect is Effect.DENY
    assert (
        judge(facts, policy(rule(), {**lift, "effect": "approve", "hazards": ["function"]})).effect
        is Effect.ASK
    )


def test_a_listed_function_is_lifted_over_the_pack_and_nothing_else_is() -> None:
    """`functions:` lifts the pack's prohibition of unknown functions, and no other prohibition."""
    mine = policy({"id": "f", "effect": "permit", "functions": ["score"]}, extends="standard")
    kinds = (HazardKind.FUNCTION, HazardKind.ROUTINE, HazardKind.FILE, HazardKind.NETWORK)

    assert [judge(select(hazards=(hazard(kind, "score"),)), mine).effect.value for kind in kinds] == [
        "permit",
        "permit",
        "deny",
        "deny",
    ]


def test_a_rule_that_only_lifts_permits_nothing_by_itself() -> None:
    """A permit with functions and without actions does not permit the statement."""
    lift = {"id": "l", "effect": "permit", "functions": ["score"]}

    assert (
        brief(judge(select(hazards=(hazard(HazardKind.FUNCTION, "score"),)), policy(lift)))
        == "deny GDB300 default"
    )


def test_calls_are_permitted_by_name() -> None:
    """A permit of call that lists functions is only about those."""
    call = other(Kind.CALL, functions=frozenset({"close_month"}))
    rules = policy(rule(actions=["call"], functions=["close_*"]))

    assert judge(call, rules).effect is Effect.PERMIT
    assert judge(other(Kind.CALL, functions=frozenset({"drop_all"})), rules).effect is Effect.DENY
    assert judge(other(Kind.CALL), rules).effect is Effect.DENY


def test_what_the_first_rule_says_decides() -> None:
    """Of each limit, the first rule that says it decides; one that is silent leaves it to the next."""
    first = rule(id="a", actions=["update"], limits={"seconds": 5})
    second = rule(id="b", actions=["update"], limits={"rows_changed": 7})
    third = rule(id="c", actions=["update"], limits={"rows_changed": 9000, "seconds": 1})
    facts = write(Kind.UPDATE, "orders", Reach.PREDICATE)

    assert BoundWrites(7) in judge(facts, policy(first, second, third)).obligations
    assert BoundWrites(9000) in judge(facts, policy(third, second)).obligations
    lifted = rule(id="z", actions=["update"], limits={"rows_changed": "unlimited"})
    assert judge(facts, policy(lifted, second)).obligations == ()


def test_the_least_limit_of_the_relations_applies() -> None:
    """A join of a table with 10 rows and one with 1,000 may return 10."""
    small = rule(id="a", relations=["orders"], limits={"rows": 10})
    large = rule(id="b", relations=["items"], limits={"rows": 1000})

    assert judge(select("orders.id", "items.id"), policy(large, small)).obligations[-1] == LimitRows(10)


def test_approvers_and_grants_come_from_the_rule() -> None:
    """The decision names who may approve, for how long and how often."""
    asks = {**ASK, "approvers": {"groups": ["dba", "leads"]}, "grant": {"for": "2h", "uses": 3}}
    more = {**ASK, "id": "more", "approvers": {"groups": ["leads"]}, "grant": {"for": "30m"}}
    elsewhere = {**ASK, "id": "else", "approvers": {"groups": ["legal"]}}
    one, both = judge(select(), policy(asks)), judge(select(), policy(asks, more))

    assert (one.approvers, one.grant_seconds, one.grant_uses) == (("dba", "leads"), 7200, 3)
    assert (both.approvers, both.grant_seconds, both.grant_uses) == (("leads",), 1800, 1)
    assert judge(select(), policy(asks, elsewhere)).effect is Effect.DENY


def test_the_strictest_terms_of_all_rules_count() -> None:
    """The larger quorum, everybody whom any rule keeps out; the glass is broken by whom every rule lets."""
    first = {**ASK, "approvers": {"quorum": 2, "not": ["requester"]}, "break_glass": {"groups": ["a", "b"]}}
    second = {
        **ASK,
        "id": "second",
        "approvers": {"not": ["requester", "owner"], "verified": True},
        "break_glass": {"groups": ["b", "c"], "review": "1d"},
    }
    silent = {**ASK, "id": "silent"}

    assert judge(select(), policy(first, second)).terms == Terms(
        quorum=2, excluded=("requester", "owner"), verified=True, emergency=("b",), review_seconds=86400
    )
    assert judge(select(), policy(first, silent)).terms.emergency == ()
    assert judge(select(), policy(first)).terms.excluded == ("requester",)
    assert judge(select(), policy(silent)).terms == Terms()


def test_a_rule_agrees_by_itself_only_to_what_can_be_measured() -> None:
    """Every rule that asks must agree by itself, the least rows count, and all changes can be undone."""
    asks = rule(id="a", effect="approve", actions=["update", "delete", "ddl"], auto={"rows_changed": 20})
    less = rule(id="b", effect="approve", actions=["update"], auto={"rows_changed": 5})
    never = rule(id="c", effect="approve", actions=["delete"])
    update = write(Kind.UPDATE, "orders", Reach.PREDICATE)

    assert judge(update, policy(asks, less)).auto == AutoApproval("policy/b", 5)
    assert judge(update, policy(asks)).effect is Effect.ASK
    assert judge(write(Kind.DELETE, "orders", Reach.KEYED), policy(asks, never)).auto is None
    assert judge(other(Kind.DDL, "orders"), policy(asks)).auto is None
    for harm in ({"is_wide": True}, {"transactional": False}):
        spoilt = attrs.evolve(update, writes=tuple(attrs.evolve(one, **harm) for one in update.writes))
        assert judge(spoilt, policy(asks)).auto is None


def test_the_policy_chooses_how_durably_is_recorded() -> None:
    """A rule's durability is that of the record; best effort has to be said by every rule involved."""
    loose = rule(id="a", relations=["orders"], durability="best_effort")
    normal = rule(id="b", relations=["items"])

    assert judge(select("orders.id"), policy(loose)).durability is Durability.BEST_EFFORT
    assert judge(select("orders.id", "items.id"), policy(loose, normal)).durability is Durability.DURABLE
