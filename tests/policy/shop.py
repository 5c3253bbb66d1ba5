"""A small shop: facts of statements on it, and what its columns are classified as."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import attrs

from governed_db.model.decision import Decision
from governed_db.model.policy import Policy
from governed_db.model.principal import Principal
from governed_db.model.statement import (
    ColumnRef,
    Facts,
    Flow,
    Hazard,
    HazardKind,
    Kind,
    Output,
    Reach,
    Relation,
    Role,
    Use,
    Write,
)
from governed_db.policy.decide import decide
from governed_db.policy.load import load_policy

SERVICE = Principal("worker")
HUMAN = Principal("ana", kind="human")
AGENT = Principal("bot", kind="agent")


def column(name: str) -> ColumnRef:
    """A column of the schema public, from relation.column."""
    relation, _, column_name = name.partition(".")
    return ColumnRef("public", relation, column_name)


CLASSES = {
    column("customers.email"): "pii.email",
    column("customers.name"): "pii.name",
    column("leads.email"): "pii.email",
    column("tokens.value"): "secret.token",
    column("payroll.salary"): "financial.salary",
    column("notes.body"): "unreviewed",
}


def relation(name: str) -> Relation:
    """A relation of the schema public."""
    return Relation("public", name)


def plain(name: str) -> Output:
    """An output that is a copy of a column."""
    ref = column(name)
    return Output(ref.column, frozenset({ref}), frozenset({ref}), ref)


def derived(name: str, *names: str, is_steady: bool = True) -> Output:
    """An output that is computed from columns, may show any of them, and is NULL where they are."""
    refs = frozenset(map(column, names))
    return Output(name, refs, refs, is_steady=is_steady)


def select(
    *outputs: Output | str, uses: tuple[Use, ...] = (), relations: tuple[str, ...] = (), **more: Any
) -> Facts:
    """A SELECT of these columns."""
    made = tuple(plain(output) if isinstance(output, str) else output for output in outputs)
    columns = frozenset().union(*(output.labels for output in made), {use.column for use in uses})
    found = frozenset(Relation(ref.schema, ref.relation) for ref in columns) | set(map(relation, relations))
    facts = Facts(
        Kind.SELECT,
        frozenset({Kind.SELECT}),
        found,
        found,
        outputs=made,
        uses=uses,
        columns=columns,
        returns_rows=True,
        verb="select",
    )
    return attrs.evolve(facts, **more)


def write(
    kind: Kind,
    name: str,
    reach: Reach = Reach.KEYED,
    *,
    rows: int | None = 1,
    flows: tuple[Flow, ...] = (),
    transactional: bool = True,
    **more: Any,
) -> Facts:
    """A change of one relation."""
    target = relation(name)
    change = Write(
        kind,
        target,
        reach,
        rows if reach is Reach.KEYED else None,
        flows,
        position=7,
        transactional=transactional,
    )
    named = frozenset({target})
    facts = Facts(kind, frozenset({kind}), named, named, writes=(change,), verb=kind.value)
    return attrs.evolve(facts, **more)


def other(kind: Kind, *names: str, verb: str = "", **more: Any) -> Facts:
    """A statement of another kind."""
    named = frozenset(map(relation, names))
    return attrs.evolve(Facts(kind, frozenset({kind}), named, named, verb=verb or kind.value), **more)


def use(name: str, role: Role, *others: str, construct: str = "LIKE") -> Use:
    """A use of a column outside of the result."""
    return Use(column(name), role, construct, 31, frozenset(map(column, others)))


def flow(target: str, source: str, *, is_plain: bool = True) -> Flow:
    """A value of `source` written into `target`."""
    ref = column(source)
    return Flow(column(target), frozenset({ref}), frozenset({ref}), ref if is_plain else None, 20)


def hazard(kind: HazardKind, name: str = "thing") -> Hazard:
    """Something beyond rows."""
    return Hazard(kind, name, f"{name} is dangerous", 7)


def rule(**said: Any) -> dict[str, Any]:
    """A rule that permits reading, but for what is said."""
    return {"id": "r", "effect": "permit", "actions": ["select"], **said}


def policy(*rules: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A policy of these rules."""
    return {"version": 1, "rules": list(rules), **more}


def judge(
    facts: Facts, source: str | Mapping[str, Any] = "standard", principal: Principal = SERVICE, **more: Any
) -> Decision:
    """The decision on the shop's classifications."""
    given = {"classes": CLASSES, "database": "shop", **more}
    loaded = _pack(source) if isinstance(source, str) else load_policy(source)
    return decide(facts, principal, loaded, given.pop("classes"), **given)


@functools.cache
def _pack(name: str) -> Policy:
    return load_policy(name)


def brief(decision: Decision) -> str:
    """Effect, code of the first reason and rule: "deny GDB201 standard/reads"."""
    code = decision.reasons[0].code if decision.reasons else "-"
    return f"{decision.effect.value} {code} {decision.rule}"


def masks(decision: Decision) -> list[str]:
    """Masks as "0 redact", in order."""
    kept = [one for one in decision.obligations if type(one).__name__ == "MaskColumn"]
    return [f"{one.index} {one.mask}" for one in kept]
