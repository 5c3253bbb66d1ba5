"""`limits:` of a rule, as written, into Limits."""

from __future__ import annotations

from typing import Final

from governed_db.model.decision import Exceeding, Measure
from governed_db.model.policy import Allowance, Limits, Unlimited
from governed_db.policy.fields import Fields

_KEYS: Final = ("rows", "seconds", "rows_changed", "conversation", "principal")
_MEASURES: Final = tuple(measure.value for measure in Measure)
_WINDOW: Final = 3600  # seconds


def read_limits(rule: Fields) -> Limits:
    """What the rule says about amounts; problems are collected where they stand."""
    fields = rule.within("limits", what="limits", known=_KEYS)
    if fields is None:
        return Limits()
    return Limits(
        rows=_whole(fields, "rows"),
        seconds=fields.limit("seconds"),
        rows_changed=_whole(fields, "rows_changed"),
        conversation=_allowance(fields, "conversation"),
        principal=_allowance(fields, "principal"),
    )


def _allowance(fields: Fields, whose: str) -> Allowance | Unlimited | None:
    node = fields.get(whose)
    if node is None:
        return None
    if node.value == Unlimited.UNLIMITED.value:
        return Unlimited.UNLIMITED
    known = (*_MEASURES, "within", "then")
    inner = Fields(node, fields.problems, what=f"limits of a {whose}", known=known)
    counted = {key: inner.integer(key, 0, least=0) for key in _MEASURES if key in inner}
    if not counted:
        fields.problems.add(node, f"say what is counted: {', '.join(_MEASURES)}")
    then = inner.member("then", Exceeding, what="what happens then")
    if then is Exceeding.ASK and "denials" in counted:
        fields.problems.add(inner.key("denials"), "denials cannot ask: nothing is left to decide on")
    return Allowance(inner.seconds("within", _WINDOW), **counted, then=then)


def _whole(fields: Fields, key: str) -> int | Unlimited | None:
    said, node = fields.limit(key), fields.get(key)
    if isinstance(said, float) and node is not None:
        fields.problems.add(node, f"{key} is a whole number")
        return int(said)
    return said if not isinstance(said, float) else None
