"""What a chain may do is what each of its links may do, and the scopes of the token too: never more."""

from __future__ import annotations

from typing import Any

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from governed_db.model.catalog import Catalog, Dialect
from governed_db.model.decision import Effect, MaskColumn
from governed_db.model.policy import Glob, Pattern, Policy
from governed_db.model.principal import Principal
from governed_db.model.scope import Scope
from governed_db.model.statement import ColumnRef, Facts
from governed_db.policy.decide import decide
from governed_db.policy.load import load_policy
from governed_db.policy.protect import strength
from governed_db.policy.revealing import decide_reveal
from governed_db.sql.facts import analyse
from governed_db.sql.parse import parse
from governed_db.testing import catalog_of

POLICY = load_policy(
    {
        "version": 1,
        "rules": [
            {"id": "r1", "effect": "permit", "actions": ["select"], "principals": {"groups": ["a"]},
             "mask": {"pii.*": "null"}},
            {"id": "r2", "effect": "permit", "actions": ["select", "update"],
             "principals": {"kinds": ["human"]}, "mask": {"pii.*": "redact"}, "limits": {"rows_changed": 10}},
            {"id": "r3", "effect": "permit", "actions": "*", "principals": {"groups": ["b"]},
             "mask": {"pii.*": "partial(2)"}},
            {"id": "r4", "effect": "approve", "actions": ["delete"], "principals": {"kinds": ["agent"]}},
            {"id": "r5", "effect": "forbid", "actions": ["update"], "principals": {"groups": ["c"]}},
            {"id": "r6", "effect": "permit", "actions": ["select"], "principals": {"groups": ["d"]},
             "mask": {"pii.*": "none"}, "reveal": ["pii.*"]},
        ],
    }
)  # fmt: skip
SQL = (
    "SELECT id FROM orders",
    "SELECT email FROM customers",
    "SELECT c.email, o.id FROM customers c JOIN orders o ON o.customer_id = c.id",
    "UPDATE orders SET status = 'x' WHERE id = 1",
    "DELETE FROM orders WHERE id = 1",
    "INSERT INTO orders(id) VALUES (1)",
    "SELECT 1",
)
CATALOG: Catalog = catalog_of(
    Dialect.SQLITE, {"customers": ["id", "email"], "orders": ["id", "customer_id", "status"]}
)
CLASSES = {ColumnRef("main", "customers", "email"): "pii.email"}
FACTS: dict[str, Facts] = {sql: analyse(parse(sql, Dialect.SQLITE, CATALOG.modes), CATALOG) for sql in SQL}
RANK = {Effect.PERMIT: 0, Effect.ASK: 1, Effect.DENY: 2}

ACTIONS = st.sets(st.sampled_from(["select", "insert", "update", "delete", "reveal"]))
SCOPES = st.none() | st.lists(
    st.builds(
        Scope,
        st.just("s"),
        ACTIONS.map(frozenset),
        st.sampled_from([(), (Glob("shop"),), (Glob("other"),)]),
        st.sampled_from([(), (Pattern("orders"),), (Pattern("customers"),)]),
    ),
    max_size=2,
).map(tuple)
LINKS = st.builds(
    Principal,
    st.sampled_from(["alice", "bot"]),
    st.sampled_from(["human", "agent", "service"]),
    st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=2),
    st.booleans(),
    scopes=SCOPES,
)


def chained(links: list[Principal]) -> Principal:
    """The links as one chain, the first one's actors the others."""
    chain: Principal | None = None
    for link in reversed(links):
        chain = attrs.evolve(link, actor=chain)
    assert chain is not None
    return chain


def decided(principal: Principal, sql: str, policy: Policy = POLICY) -> Any:
    """The decision about a statement."""
    return decide(FACTS[sql], principal, policy, CLASSES, database="shop")


def masks(decision: Any) -> dict[int, int]:
    """How strong each output's mask is; 0 is the strongest."""
    return {one.index: strength(one.mask) for one in decision.obligations if isinstance(one, MaskColumn)}


@settings(max_examples=150)
@given(st.lists(LINKS, min_size=1, max_size=3), st.sampled_from(SQL))
def test_intersection(links: list[Principal], sql: str) -> None:
    """The effect of a chain is the worst of its links', and each output has the strongest of their masks."""
    together = decided(chained(links), sql)
    alone = [decided(link, sql) for link in links]

    assert RANK[together.effect] >= max(RANK[one.effect] for one in alone)
    if together.effect is Effect.PERMIT:
        strongest: dict[int, int] = {}
        for one in alone:
            for index, strong in masks(one).items():
                strongest[index] = min(strong, strongest.get(index, strong))
        assert masks(together) == strongest


@settings(max_examples=150)
@given(LINKS, st.sampled_from(SQL))
def test_scopes_only_take_away(link: Principal, sql: str) -> None:
    """With scopes a principal may do nothing that it may not do without, and nothing that no scope names."""
    unscoped = decided(attrs.evolve(link, scopes=None), sql)
    scoped = decided(link, sql)
    named = {action for scope in link.scopes or () for action in scope.actions}

    assert RANK[scoped.effect] >= RANK[unscoped.effect]
    if link.scopes is not None and FACTS[sql].kind.value not in named:
        assert scoped.effect is Effect.DENY


@settings(max_examples=50)
@given(LINKS)
def test_revealing_needs_its_scope(link: Principal) -> None:
    """A token that was issued for something else turns no masked value back."""
    found = decide_reveal("pii.email", link, POLICY, database="shop")

    if link.scopes is not None and not any("reveal" in scope.actions for scope in link.scopes):
        assert found.effect is Effect.DENY


def test_scopes_are_told() -> None:
    """The refusal names the scopes and what they do not cover."""
    reader = Principal("alice", "human", scopes=(Scope("db.read", frozenset({"select"})),))

    (reason,) = [one for one in decided(reader, SQL[3]).reasons if one.code == "GDB340"]

    assert reason.message == "the token of alice was not issued for update on main.orders"
    assert "db.read" in reason.help
