"""One thing that a rule found about a statement."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from governed_db.model.decision import Effect, Reason
from governed_db.model.policy import Rule

_RANK = {Effect.PERMIT: 0, Effect.ASK: 1, Effect.DENY: 2}


@attrs.frozen
class Finding:
    """`effect` is what it alone would lead to; `asks` is the approve rule whose approvers decide."""

    effect: Effect
    reason: Reason
    asks: Rule | None = None


def denied(reason: Reason) -> Finding:
    return Finding(Effect.DENY, reason)


def worst(effects: Iterable[Effect]) -> Effect:
    """The most restrictive effect; none is PERMIT."""
    return max(effects, key=_RANK.__getitem__, default=Effect.PERMIT)
