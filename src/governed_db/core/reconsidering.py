"""A decision, and what came to light after it was made, into another decision.

`core/waiting.told` and `core/asking.near_missed` do the same with what people have answered.
"""

from __future__ import annotations

import attrs

from governed_db.core import running_dry
from governed_db.core.plan import Plan
from governed_db.model.decision import Budget, Decision, Durability, Effect, Exceeding, Reason
from governed_db.policy.approvals.rules import ApprovalRefused


def oversized(plan: Plan, rows: int, bound: int | None) -> Decision:
    """On a write that turned out to change more rows than it may at once.

    `bound`: what it was held to, less than the plan's own when its conversation has used up a budget.
    """
    is_tighter = bound is not None and plan.bound is not None and bound < plan.bound
    limit = "are left to this conversation" if is_tighter else "are permitted at once"
    reason = Reason(
        "GDB315" if is_tighter else "GDB311",
        f"this statement would change {rows} rows; {bound} {limit}",
        help="nothing was changed; a request was filed: have it approved and run the same"
        " statement again, or narrow the WHERE clause",
        rule=plan.decision.rule,
    )
    strict = Durability.STRICT  # what a person agreed to is on disk before it runs
    asked = attrs.evolve(plan.decision, effect=Effect.ASK, durability=strict, auto=None)
    return attrs.evolve(asked, reasons=(reason,))


def overspent(decision: Decision, budget: Budget) -> Decision:
    """On a statement whose conversation has used up a budget: changes may be asked for."""
    reason = running_dry.reason(budget, decision.rule)
    asks = budget.then is Exceeding.ASK
    effect = Effect.ASK if asks else Effect.DENY
    durability = Durability.STRICT if asks else decision.durability
    return attrs.evolve(decision, effect=effect, reasons=(reason,), durability=durability)


def locked(decision: Decision, why: str) -> Decision:
    """On a statement in a locked conversation."""
    return _denied(decision, running_dry.locked(why))


def outgrown(decision: Decision, rows: int) -> Decision:
    """On an approved write that no longer does what was approved."""
    reason = Reason(
        "GDB312",
        f"this statement would now change {rows} rows, more than were approved",
        help="nothing was changed; ask for approval again with the data as it is now",
        rule=decision.rule,
    )
    return _denied(decision, reason)


def unasked(decision: Decision, error: ApprovalRefused) -> Decision:
    """On a statement whose approval cannot be asked for."""
    return _denied(decision, Reason(error.code, error.message, help=error.help, rule=decision.rule))


def _denied(decision: Decision, reason: Reason) -> Decision:
    return attrs.evolve(decision, effect=Effect.DENY, reasons=(reason,))
