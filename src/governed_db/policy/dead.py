"""Rules into those that can never match, with the reason.

Such a rule is always a mistake, and a dangerous one: its author believes that it protects.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from governed_db.model.policy import Glob, Pattern, Rule, RuleEffect, Who
from governed_db.model.statement import WRITES, Kind

_Name = TypeVar("_Name", Pattern, Glob)


def impossible(rule: Rule) -> str | None:
    """Why the rule contradicts itself, None if it does not."""
    if rule.only and all(any(no.covers(yes) for no in rule.never) for yes in rule.only):
        return "its relations are all under never"
    if any(pattern.text == "*" for pattern in rule.never):
        return "never names all relations"
    if rule.who.excluded is not None and _covers(rule.who.excluded, rule.who):
        return "its principals are all under not"
    if rule.reach is not None and rule.effect is not RuleEffect.PERMIT:
        return (
            None
            if rule.actions & (WRITES | {Kind.COPY})
            else "reach is about writes, and its actions are none"
        )
    return None


def shadowed(rules: Sequence[Rule]) -> Iterator[tuple[Rule, Rule]]:
    """Each permit or approve rule without effect, with the forbid rule that takes all it matches."""
    forbids = [rule for rule in rules if rule.effect is RuleEffect.FORBID and _is_simple(rule)]
    for rule in rules:
        if rule.effect is not RuleEffect.FORBID and not rule.is_exemption:
            taker = next((forbid for forbid in forbids if _takes(forbid, rule)), None)
            if taker is not None:
                yield rule, taker


def _is_simple(rule: Rule) -> bool:
    """Whether principals, databases, actions and relations are all that it depends on."""
    return (
        rule.when is None
        and rule.reach is None
        and not rule.functions
        and not rule.hazards
        and not rule.never
        and rule.who.excluded is None
    )


def _takes(forbid: Rule, rule: Rule) -> bool:
    return (
        rule.actions <= forbid.actions
        and _covers(forbid.who, rule.who)
        and (not forbid.databases or _all_covered(forbid.databases, rule.databases))
        and (not forbid.only or _all_covered(forbid.only, rule.only))
    )


def _all_covered(wide: Sequence[_Name], narrow: Sequence[_Name]) -> bool:
    return bool(narrow) and all(any(outer.covers(inner) for outer in wide) for inner in narrow)


def _covers(wide: Who, narrow: Who) -> bool:
    """Whether every principal of `narrow` is certainly one of `wide`."""
    if wide.excluded is not None:
        return False
    return (
        (not wide.ids or _all_covered(wide.ids, narrow.ids))
        and (not wide.groups or (bool(narrow.groups) and narrow.groups <= wide.groups))
        and (not wide.kinds or (bool(narrow.kinds) and narrow.kinds <= wide.kinds))
    )
