"""A rule and a statement into whether the rule is about it: yes, no, or maybe.

Maybe: the principal's list of groups may be cut and the rule goes by groups, or its condition could
not be evaluated. Who reads the answer takes maybe for the side that protects: such a rule does not
permit, it does forbid, and its masks and limits apply.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from typing import Any

import attrs

from governed_db.model.policy import Policy, Rule, RuleEffect, Who
from governed_db.model.principal import Principal
from governed_db.model.statement import WRITES, Facts, Kind, Reach, Relation


class Match(enum.IntEnum):
    """Ordered, so that `min` of two is their conjunction."""

    NO = 0
    MAYBE = 1
    YES = 2


@attrs.frozen
class Act:
    """One thing that a statement does to one relation; no relation where it is about none."""

    kind: Kind
    relation: Relation | None = None
    reach: Reach | None = None


def acts(facts: Facts) -> tuple[Act, ...]:
    """Everything that must be permitted for the statement to run."""
    found = dict.fromkeys(
        # What a session keeps for itself is its state: nothing that others see is changed.
        Act(Kind.SESSION, write.relation)
        if write.is_temporary
        else Act(write.kind, write.relation, write.reach)
        for write in facts.writes
    )
    written = {write.relation for write in facts.writes}
    read = sorted((facts.relations - written) | (written & _read_back(facts)))
    by_writes = {write.kind for write in facts.writes} | {Kind.SELECT, Kind.TRANSACTION, Kind.SETUP}
    for kind in sorted(facts.kinds - by_writes, key=lambda kind: kind.value):
        named = sorted(facts.relations) if kind is not Kind.EXPLAIN else []
        found |= dict.fromkeys([Act(kind, relation) for relation in named] or [Act(kind)])
    if _is_reading(facts):
        found |= dict.fromkeys(Act(Kind.SELECT, relation) for relation in read)
    if not found or (Kind.SELECT in facts.kinds and not facts.relations):
        found[Act(Kind.SELECT if Kind.SELECT in facts.kinds else facts.kind)] = None
    return tuple(found)


def _is_reading(facts: Facts) -> bool:
    """Whether unwritten relations are there to be read; in DDL, GRANT or CALL they are its objects."""
    return bool(facts.kinds & (WRITES | {Kind.SELECT, Kind.COPY}))


def _read_back(facts: Facts) -> frozenset[Relation]:
    """Written relations that are read as well: their columns are returned, or a SELECT reads them."""
    columns = frozenset().union(*(output.labels for output in facts.outputs))
    if Kind.SELECT in facts.kinds:
        columns |= facts.columns
    return frozenset(Relation(column.schema, column.relation) for column in columns)


def hidden_acts(facts: Facts) -> tuple[Act, ...]:
    """What is done to relations under views: rules that restrict look at these too."""
    under = sorted(facts.base_relations - facts.relations)
    through = [write for write in facts.writes if write.relation not in facts.base_relations]
    reads = (Act(Kind.SELECT, relation) for relation in under)
    writes = (Act(write.kind, relation, write.reach) for write in through for relation in under)
    return tuple(dict.fromkeys((*reads, *writes)))


def about(rule: Rule, act: Act) -> bool:
    """Whether the rule's actions, reach and relations take in this act."""
    if act.kind not in rule.actions:
        return False
    is_permit = rule.effect is RuleEffect.PERMIT
    if rule.reach is not None and act.reach not in rule.reach and not (is_permit and act.reach is None):
        return False
    if act.relation is None:
        return is_permit or not rule.only
    return takes(rule, act.relation)


def takes(rule: Rule, relation: Relation) -> bool:
    """Whether the rule's `relations` take in this one."""
    name = (relation.schema, relation.name)
    if rule.only and not any(pattern.matches(*name) for pattern in rule.only):
        return False
    return not any(pattern.matches(*name) for pattern in rule.never)


def is_meant(who: Who, principal: Principal) -> Match:
    """Whether the principal is one of those that the rule is about."""
    if who.ids and not any(glob.matches(principal.id) for glob in who.ids):
        return Match.NO
    if who.kinds and principal.kind not in who.kinds:
        return Match.NO
    answer = Match.YES
    if who.groups and who.groups.isdisjoint(principal.groups):
        if principal.groups_complete:
            return Match.NO
        answer = Match.MAYBE
    if who.excluded is None:
        return answer
    return min(answer, Match(Match.YES - is_meant(who.excluded, principal)))


@attrs.frozen(eq=False)
class Standing:
    """One principal before one statement: which rules of the policy are about them.

    `_variables` gives what conditions read; it is called at most once.
    """

    facts: Facts
    principal: Principal
    policy: Policy
    database: str
    acts: tuple[Act, ...]
    hidden: tuple[Act, ...]
    _variables: Callable[[], dict[str, Any]]
    _kinds: frozenset[Kind] = attrs.field(init=False)
    _live: list[tuple[Rule, Match]] = attrs.field(factory=list)

    def __attrs_post_init__(self) -> None:
        kinds = {Kind.SELECT, *self.facts.kinds, *(act.kind for act in self.acts)}
        object.__setattr__(self, "_kinds", frozenset(kinds))
        answers = ((rule, self._apply(rule)) for rule in self.policy.rules)
        self._live.extend((rule, answer) for rule, answer in answers if answer is not Match.NO)

    def rules(self, *effects: RuleEffect) -> Iterator[tuple[Rule, Match]]:
        """Rules with one of these effects that are, or may be, about principal, place and moment."""
        return (live for live in self._live if live[0].effect in effects)

    def _apply(self, rule: Rule) -> Match:
        if rule.databases and not any(glob.matches(self.database) for glob in rule.databases):
            return Match.NO
        if rule.actions.isdisjoint(self._kinds):
            return Match.NO
        if rule.effect is RuleEffect.PERMIT and any(
            pattern.matches(base.schema, base.name)
            for pattern in rule.never
            for base in self.facts.base_relations - self.facts.relations
        ):
            return Match.NO
        answer = is_meant(rule.who, self.principal)
        return answer if answer is Match.NO else min(answer, self._holds(rule))

    def _holds(self, rule: Rule) -> Match:
        if rule.when is None:
            return Match.YES
        if rule.when.reads_groups and not self.principal.groups_complete:
            return Match.MAYBE
        try:
            return Match.YES if rule.when.test(self._variables()) else Match.NO
        except Exception:  # noqa: BLE001  # whatever went wrong: it neither permits nor lets pass
            return Match.MAYBE
