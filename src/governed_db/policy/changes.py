"""Two policies into what the second says otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from governed_db.model.policy import Policy, Rule
from governed_db.policy.wording import told


@attrs.frozen
class Change:
    """`what`: rule, order, classification, observe, risk or shadow. None: it is not there."""

    what: str
    name: str
    field: str
    before: str | None
    after: str | None


def changes(before: Policy, after: Policy) -> tuple[Change, ...]:
    """Packs and files that they extend are a part of what they say."""
    return (*_rules(before, after), *_order(before, after), *_rest(before, after))


def _rules(before: Policy, after: Policy) -> Iterator[Change]:
    old, new = _by_id(before), _by_id(after)
    for name in dict.fromkeys((*old, *new)):
        if name not in new:
            yield Change("rule", name, "", _line(told(old[name])), None)
        elif name not in old:
            yield Change("rule", name, "", None, _line(told(new[name])))
        elif old[name] != new[name]:
            yield from _fields(name, told(old[name]), told(new[name]), old[name], new[name])


def _fields(name: str, old: Any, new: Any, before: Rule, after: Rule) -> Iterator[Change]:
    found = [
        Change("rule", name, field, old.get(field), new.get(field))
        for field in dict.fromkeys((*old, *new))
        if old.get(field) != new.get(field)
    ]
    # What the table of `policy show` leaves out changes too.
    names = (field.name for field in attrs.fields(type(before)))
    hidden = [one for one in names if getattr(before, one) != getattr(after, one)]
    yield from found or [Change("rule", name, one, "other", "other") for one in hidden]


def _order(before: Policy, after: Policy) -> Iterator[Change]:
    """Of rules that are in both, the first that says something decides."""
    new = _by_id(after)
    old_order = [rule.id for rule in before.rules if rule.id in new]
    known = set(old_order)
    new_order = [rule.id for rule in after.rules if rule.id in known]
    if old_order != new_order:
        moved = [one for one, other in zip(old_order, new_order, strict=True) if one != other]
        yield Change("order", moved[0], "", ", ".join(old_order), ", ".join(new_order))


def _rest(before: Policy, after: Policy) -> Iterator[Change]:
    old = {one.column.text: one.classification or "none" for one in reversed(before.overrides)}
    new = {one.column.text: one.classification or "none" for one in reversed(after.overrides)}
    for column in sorted(old.keys() | new.keys()):
        if old.get(column) != new.get(column):
            yield Change("classification", column, "", old.get(column), new.get(column))
    if before.observes is not after.observes:
        yield Change("observe", "", "", str(before.observes).lower(), str(after.observes).lower())
    if before.scorer != after.scorer:
        yield Change("risk", "", "", _scorer(before), _scorer(after))
    shadows = [one.shadow.revision if one.shadow is not None else None for one in (before, after)]
    if shadows[0] != shadows[1]:
        yield Change("shadow", "", "", *shadows)


def _scorer(policy: Policy) -> str | None:
    said = policy.scorer
    if said is None:
        return None
    return (
        f"{said.function} within {said.seconds:g} s, {'closed' if said.fails_closed else 'open'} on failure"
    )


def _by_id(policy: Policy) -> dict[str, Rule]:
    return {rule.id: rule for rule in policy.rules}


def _line(told: dict[str, Any]) -> str:
    return "; ".join(f"{name} {value}" for name, value in told.items() if name not in ("id", "help"))
