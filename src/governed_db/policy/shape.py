"""The tree of a rule into a Rule."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from governed_db.model.classification import CLEAR
from governed_db.model.decision import Durability, Effect
from governed_db.model.policy import (
    ALL_KINDS,
    Condition,
    FilterRule,
    Glob,
    Override,
    Pattern,
    PolicyTest,
    Rule,
    RuleEffect,
    Who,
)
from governed_db.model.principal import PrincipalKind
from governed_db.model.statement import HazardKind, Kind, Reach
from governed_db.policy.approving import read_approvers, read_auto, read_break_glass
from governed_db.policy.conditions import Compiler, ConditionError
from governed_db.policy.fields import Fields
from governed_db.policy.filters import unknown_references
from governed_db.policy.limits import read_limits
from governed_db.policy.masking import is_classification, read_masks
from governed_db.policy.tree import Node, Problems, plain

RULE_KEYS = (
    "id", "effect", "principals", "databases", "actions", "relations", "when", "mask", "reveal", "rows",
    "limits", "reach", "functions", "hazards", "approvers", "grant", "auto", "break_glass", "durability",
    "help",
)  # fmt: skip
_TEST_KEYS = ("principal", "sql", "expect", "rule", "code", "database", "now")
_PRINCIPAL_KEYS = ("id", "kind", "groups", "groups_complete", "attributes", "actor")
_PRINCIPAL_KINDS: tuple[PrincipalKind, ...] = ("human", "agent", "service")
_NOT_IN_FORBID = ("mask", "reveal", "rows", "limits")
_ONLY_IN_APPROVE = ("approvers", "grant", "auto", "break_glass")
_CLASS = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")
# A permit that says nothing of reach is not meant for statements that touch every row.
_RESTRICTED = frozenset({Reach.KEYED, Reach.PREDICATE})


def read_rule(
    node: Node, problems: Problems, *, pack: str, compiler: Compiler, classes: frozenset[str]
) -> Rule:
    """A rule as far as it is valid. `classes`: classifications that the policy itself hands out."""
    fields = Fields(node, problems, what="a rule", known=RULE_KEYS)
    effect = fields.member("effect", RuleEffect, what="effect") or RuleEffect.FORBID
    _require(fields, effect)
    grant = fields.within("grant", what="grant", known=("for", "uses"))
    only, never = _relations(fields)
    masks, places = read_masks(fields, classes)
    return Rule(
        id=_rule_id(fields, pack),
        effect=effect,
        who=_who(fields, "principals"),
        databases=fields.globs("databases", what="a database"),
        actions=fields.members("actions", Kind, what="action", star=True) or ALL_KINDS,
        only=only,
        never=never,
        when=_condition(fields, compiler),
        reach=fields.members("reach", Reach, what="reach", star=True)
        or (_RESTRICTED if effect is RuleEffect.PERMIT else None),
        functions=fields.patterns("functions", what="function", depth=(1, 2)),
        hazards=fields.members("hazards", HazardKind, what="hazard", star=True),
        is_exemption=effect is RuleEffect.PERMIT and "actions" not in fields,
        masks=masks,
        places=places,
        reveal=_reveal(fields, classes),
        rows=_filters(fields),
        limits=read_limits(fields),
        approvers=read_approvers(fields),
        grant_seconds=grant.seconds("for", 900) if grant is not None else 900,
        grant_uses=grant.integer("uses", 1, least=1) if grant is not None else 1,
        auto_rows=read_auto(fields),
        break_glass=read_break_glass(fields),
        durability=fields.member("durability", Durability, what="durability"),
        help=fields.text("help") or "",
    )


def _require(fields: Fields, effect: RuleEffect) -> None:
    """Refuse what a rule must say and does not, and what has no meaning with its effect."""
    for key in ("id", "effect"):
        if key not in fields:
            fields.problems.add(fields.node, f"a rule needs {key}")
    if "effect" not in fields:
        return
    lifts = "functions" in fields or "hazards" in fields
    if effect is RuleEffect.PERMIT and "actions" not in fields and not lifts:
        fields.problems.add(fields.node, 'a permit rule needs actions: name them, or "*" for all')
    meaningless = _NOT_IN_FORBID if effect is RuleEffect.FORBID else ()
    if effect is not RuleEffect.APPROVE:
        meaningless = (*meaningless, *_ONLY_IN_APPROVE)
    for key in meaningless:
        if key in fields:
            fields.problems.add(fields.key(key), f"{key} has no meaning in a {effect.value} rule")


def _rule_id(fields: Fields, pack: str) -> str:
    text = fields.text("id")
    if text is None:
        return f"{pack}/?"
    if _ID.fullmatch(text) is None:
        fields.problems.add(
            fields.node if (at := fields.get("id")) is None else at, f"{text!r} is no rule id"
        )
    return text if "/" in text else f"{pack}/{text}"


def _who(fields: Fields, key: str) -> Who:
    inner = fields.within(key, what="principals", known=("ids", "groups", "kinds", "not"))
    if inner is None:
        return Who()
    kinds: set[PrincipalKind] = set()
    for node, text in inner.texts("kinds", what="a kind of principal"):
        found = next((kind for kind in _PRINCIPAL_KINDS if kind == text), None)
        if found is None:
            inner.problems.unknown(node, "kind of principal", text, _PRINCIPAL_KINDS)
        else:
            kinds.add(found)
    return Who(
        ids=inner.globs("ids", what="an id"),
        groups=frozenset(inner.names("groups", what="a group")),
        kinds=frozenset(kinds),
        excluded=_who(inner, "not") if "not" in inner else None,
    )


def _relations(fields: Fields) -> tuple[tuple[Pattern, ...], tuple[Pattern, ...]]:
    node = fields.get("relations")
    if node is None:
        return (), ()
    if not node.is_map:
        return fields.patterns("relations", what="relation", depth=(1, 2)), ()
    inner = Fields(node, fields.problems, what="relations", known=("only", "never"))
    return (
        inner.patterns("only", what="relation", depth=(1, 2)),
        inner.patterns("never", what="relation", depth=(1, 2)),
    )


def _condition(fields: Fields, compiler: Compiler) -> Condition | None:
    text, node = fields.text("when"), fields.get("when")
    if text is None or node is None:
        return None
    try:
        condition = compiler.compile(text)
        constant = compiler.constant(text)
    except ConditionError as error:
        fields.problems.add(node, f"when: {error}")
        return None
    if constant is False:
        fields.problems.add(node, "this rule can never match: its condition is never true")
    return condition


def _reveal(fields: Fields, classes: frozenset[str]) -> tuple[Glob, ...]:
    read = fields.texts("reveal", what="a classification")
    return tuple(Glob(text) for node, text in read if is_classification(text, node, fields.problems, classes))


def _filters(fields: Fields) -> tuple[FilterRule, ...]:
    read: list[FilterRule] = []
    for key, name, value in fields.pairs("rows"):
        relation = fields.pattern(name, key, what="relation", depth=(1, 2))
        if not isinstance(value.value, str) or not value.value.strip():
            fields.problems.add(value, "a row filter is an SQL predicate, or none")
        elif relation is not None:
            for reference in unknown_references(value.value):
                fields.problems.add(value, f"{reference} is unknown: principal has id, kind, attributes.NAME")
            predicate = None if value.value == "none" else value.value
            read.append(FilterRule(relation, predicate))
    return tuple(read)


def read_overrides(fields: Fields) -> tuple[Override, ...]:
    """`classifications:`, names before patterns, so that an exception can follow its rule."""
    read: list[Override] = []
    for key, name, value in fields.pairs("classifications"):
        column = fields.pattern(name, key, what="column", depth=(2, 3))
        text = _class_text(value)
        if not isinstance(text, str) or _CLASS.fullmatch(text) is None:
            fields.problems.add(value, "a classification is a name like pii.email, or none")
        elif column is not None:
            read.append(Override(column, None if text == CLEAR else text))
    return tuple(sorted(read, key=lambda override: override.column.text.count("*")))


def _class_text(value: Node) -> Any:
    """`pii.email`, or the long form that `governed-db classify` writes: {class: pii.email, score: 0.97}."""
    if not value.is_map:
        return value.value
    said = plain(value)
    is_known = said.keys() <= {"class", "found", "score", "reviewed"}
    return said.get("class") if is_known else None


def read_tests(fields: Fields) -> tuple[PolicyTest, ...]:
    """`tests:`, each a principal, a statement and what is expected."""
    node = fields.get("tests")
    if node is None:
        return ()
    if not node.is_list:
        fields.problems.add(node, "tests is a list")
        return ()
    return tuple(_test(item, fields.problems) for item in node.value)


def _test(node: Node, problems: Problems) -> PolicyTest:
    fields = Fields(node, problems, what="a test", known=_TEST_KEYS)
    for key in ("sql", "expect"):
        if key not in fields:
            problems.add(node, f"a test needs {key}")
    expect = fields.member("expect", Effect, what="effect")
    return PolicyTest(
        principal=_test_principal(fields),
        sql=fields.text("sql") or "",
        expect=expect.value if expect is not None else "",
        rule=fields.text("rule"),
        code=fields.text("code"),
        database=fields.text("database"),
        now=_moment(fields),
        line=node.line,
    )


def _moment(fields: Fields) -> str | None:
    text, node = fields.text("now"), fields.get("now")
    if text is None or node is None:
        return None
    try:
        datetime.fromisoformat(text)
    except ValueError:
        fields.problems.add(node, "now is a moment like 2026-01-31T12:00:00Z")
    return text


def _test_principal(fields: Fields) -> dict[str, Any]:
    inner = fields.within("principal", what="a principal", known=_PRINCIPAL_KEYS)
    if inner is None:
        return {}
    said = {key: plain(value) for key, _, value in inner.node.items()} if inner.node.is_map else {}
    if "kind" in said and said["kind"] not in _PRINCIPAL_KINDS:
        inner.problems.unknown(inner.key("kind"), "kind of principal", str(said["kind"]), _PRINCIPAL_KINDS)
    said["groups"] = list(inner.names("groups", what="a group"))
    if "actor" in inner:
        said["actor"] = _actor(inner)
    return said


def _actor(fields: Fields) -> dict[str, Any]:
    renamed = Node({"principal": fields.node.value["actor"]}, fields.node.place)
    return _test_principal(Fields(renamed, fields.problems, what="a principal", known=("principal",)))
