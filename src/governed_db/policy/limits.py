"""`limits:` of a rule, as written, into Limits."""

from __future__ import annotations

from typing import Final

from governed_db.model.decision import Measure
from governed_db.model.policy import Allowance, Limits, Unlimited
from governed_db.policy.fields import Fields

_KEYS: Final = ("rows", "seconds", "rows_changed", "conversation")
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
        conversation=_conversation(fields),
    )


def _conversation(fields: Fields) -> Allowance | Unlimited | None:
    node = fields.get("conversation")
    if node is None:
        return None
    if node.value == Unlimited.UNLIMITED.value:
        return Unlimited.UNLIMITED
    inner = Fields(node, fields.problems, what="limits of a conversation", known=(*_MEASURES, "within"))
    counted = {key: inner.integer(key, 0, least=0) for key in _MEASURES if key in inner}
    if not counted:
        fields.problems.add(node, f"say what is counted: {', '.join(_MEASURES)}")
    return Allowance(inner.seconds("within", _WINDOW), **counted)


def _whole(fields: Fields, key: str) -> int | Unlimited | None:
    said, node = fields.limit(key), fields.get(key)
    if isinstance(said, float) and node is not None:
        fields.problems.add(node, f"{key} is a whole number")
        return int(said)
    return said if not isinstance(said, float) else None
