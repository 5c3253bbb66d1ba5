"""A rule into what it says, in the words of the file."""

from __future__ import annotations

from typing import Any

import attrs

from governed_db.model.policy import ALL_KINDS, Rule


def told(rule: Rule) -> dict[str, Any]:
    """A rule with what it says, in the words of the file; what it leaves out is left out."""
    told = {
        "id": rule.id,
        "effect": rule.effect.value,
        "who": _who(rule),
        "about": _about(rule),
        "then": _then(rule),
        "help": rule.help,
    }
    return {name: value for name, value in told.items() if value}


def _who(rule: Rule) -> str:
    who = rule.who
    said = [*sorted(who.kinds), *(f"group {name}" for name in sorted(who.groups))]
    said += [f"id {one.text}" for one in who.ids]
    if who.excluded is not None:
        said.append("with exceptions")
    return ", ".join(said)


def _about(rule: Rule) -> str:
    said = [] if rule.actions == ALL_KINDS else sorted(kind.value for kind in rule.actions)
    said += sorted(hazard.value for hazard in rule.hazards)
    said += [one.text for one in (*rule.functions, *rule.only)]
    said += [f"database {one.text}" for one in rule.databases]
    said += [f"not {one.text}" for one in rule.never]
    if rule.reach is not None and rule.effect.value != "permit":
        said.append("reach " + "|".join(sorted(each.value for each in rule.reach)))
    return ", ".join(said) + (f" when {rule.when.text}" if rule.when else "")


def _then(rule: Rule) -> str:
    said = [f"mask {one.classification.text}: {one.mask or 'none'}" for one in rule.masks]
    said += [f"{one.classification.text} masked {one.place.value}" for one in rule.places]
    said += [f"reveal {one.text}" for one in rule.reveal]
    said += [f"rows of {one.relation.text}: {one.predicate or 'all'}" for one in rule.rows]
    limits = attrs.asdict(rule.limits, recurse=False)
    said += [
        f"{name} {getattr(value, 'value', value)}" for name, value in limits.items() if value is not None
    ]
    if rule.effect.value == "approve":
        groups = " or ".join(rule.approvers.groups) or "anybody else"
        said.append(f"asks {groups}; {rule.grant_uses} use(s) in {rule.grant_seconds} s")
    if rule.durability is not None:
        said.append(f"recorded {rule.durability.value}")
    return ", ".join(said)
