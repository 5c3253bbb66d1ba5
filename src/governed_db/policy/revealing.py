"""A principal and a classification into whether its tokens may be revealed to them, and by which rule."""

from __future__ import annotations

from governed_db.model.decision import Decision, Durability, Effect, Reason
from governed_db.model.policy import Policy
from governed_db.model.principal import Context, Principal
from governed_db.model.statement import Facts, Kind
from governed_db.policy import ceilings, codes, conditions, effects
from governed_db.policy.decide import Clock
from governed_db.policy.finding import worst
from governed_db.policy.match import Standing, acts
from governed_db.policy.watching import revealer

# Nothing is read from the database: the rules are asked about reading as such.
_FACTS = Facts(Kind.SELECT, frozenset({Kind.SELECT}), frozenset(), verb="reveal")


def decide_reveal(
    classification: str,
    principal: Principal,
    policy: Policy,
    *,
    database: str,
    clock: Clock | None = None,
    context: Context | None = None,
) -> Decision:
    """The decision: each link of the chain needs to be let read, and a rule of its own with `reveal:`.

    A rule that is restricted to some relations reveals nothing: a token does not say which one it is of.
    """
    moment = conditions.momentary(clock() if clock is not None else None, context)
    done, rule = acts(_FACTS), effects.DEFAULT
    for link in principal.chain():

        def variables(link: Principal = link) -> dict[str, object]:
            return {**conditions.variables(link, _FACTS, database), **moment}

        standing = Standing(_FACTS, link, policy, database, done, (), variables)
        found = revealer(standing, classification)
        findings = (*effects.find(standing), *ceilings.find_reveal(link, database))
        is_kept_out = worst(one.effect for one in findings) is not Effect.PERMIT
        if found is None or is_kept_out:
            reason = Reason(
                codes.NOT_REVEALED,
                f"tokens of {classification} may not be revealed to {link.id}",
                help="compare the token with = where it came from, or have a permit rule say"
                f" reveal: [{classification}]",
                rule=effects.DEFAULT,
            )
            return Decision(
                Effect.DENY, effects.DEFAULT, policy.revision, (reason,), durability=Durability.STRICT
            )
        rule = found.id
    return Decision(Effect.PERMIT, rule, policy.revision, durability=Durability.STRICT)
