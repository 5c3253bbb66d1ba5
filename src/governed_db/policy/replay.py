"""Recorded statements and a policy into what it would have decided otherwise.

Limits that count over statements are not replayed, nor is what only running a statement tells. Attributes of
principals are not recorded: conditions and row filters that read them count as not fulfilled.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import attrs

from governed_db.model.decision import Decision, Effect, MaskColumn
from governed_db.model.policy import Policy
from governed_db.model.principal import Context, Principal
from governed_db.model.statement import ColumnRef, Facts
from governed_db.policy.decide import decide

# Told while or after a statement ran, or by what was counted: the policy had permitted it.
_LATER: Final = frozenset({"GDB311", "GDB312", "GDB315", "GDB317", "GDB318"})
_ATTRIBUTES: Final = "principal.attributes"


@attrs.frozen
class Outcome:
    """What was, or would be, decided: the effect, the rule, and which columns are masked."""

    effect: str
    rule: str
    masked: tuple[tuple[str, ...], ...] = ()


@attrs.define
class Difference:
    """Statements alike of which a policy decides otherwise. `first`, `last`: seconds since the epoch."""

    statement: str
    principals: tuple[str, ...]
    database: str
    before: Outcome
    after: Outcome
    codes: tuple[str, ...]
    count: int = 0
    first: float = 0.0
    last: float = 0.0
    call_sites: dict[str, None] = attrs.field(factory=dict)


def before(fields: Mapping[str, Any]) -> Outcome:
    """What was decided when the statement came."""
    said = fields["decision"]
    codes = {reason["code"] for reason in said.get("reasons", ())}
    effect = "permit" if codes & _LATER else str(said["effect"])
    masked = () if effect == "deny" else tuple(tuple(map(str, one)) for one in fields.get("masked", ()))
    return Outcome(effect, str(said["rule"]), masked)


def after(
    fields: Mapping[str, Any], when: float, facts: Facts, classes: Mapping[ColumnRef, str], policy: Policy
) -> tuple[Outcome, tuple[str, ...]]:
    """What the policy decides, and the codes of its reasons."""
    principal = principal_of(fields["principals"])
    names = ("conversation", "purpose", "tool", "model")
    context = Context(principal, **{name: fields.get(name) for name in names})
    clock = partial(datetime.fromtimestamp, when, UTC)
    decision = decide(
        facts, principal, policy, classes, database=fields["database"], clock=clock, context=context
    )
    masked = () if decision.effect is Effect.DENY else _masked(decision, facts)
    codes = tuple(sorted({reason.code for reason in decision.reasons}))
    return Outcome(decision.effect.value, decision.rule, masked), codes


def differs(one: Outcome, other: Outcome) -> bool:
    """Whether anybody would notice. Which rule decides is no difference by itself."""
    return one.effect != other.effect or (one.effect != "deny" and sorted(one.masked) != sorted(other.masked))


def principal_of(chain: list[Mapping[str, Any]]) -> Principal:
    """The chain as it was recorded, outermost first."""
    actor: Principal | None = None
    for link in reversed(chain):
        actor = Principal(
            link["id"],
            kind=link["kind"],
            groups=link["groups"],
            groups_complete=link.get("groups_complete", True),
            actor=actor,
        )
    if actor is None:
        raise ValueError("nobody acts")
    return actor


def reads_attributes(policy: Policy) -> bool:
    """Whether something of the policy goes by what is not recorded."""
    return any(
        (rule.when is not None and _ATTRIBUTES in rule.when.text)
        or any(_ATTRIBUTES in (one.predicate or "") for one in rule.rows)
        for rule in policy.rules
    )


def _masked(decision: Decision, facts: Facts) -> tuple[tuple[str, ...], ...]:
    indexes = sorted(one.index for one in decision.obligations if isinstance(one, MaskColumn))
    return tuple(tuple(sorted(map(str, facts.outputs[index].exposed))) for index in indexes)
