"""What a statement does into findings: what is forbidden, must be asked, or nobody permitted."""

from __future__ import annotations

from collections.abc import Iterator

from governed_db.model.decision import Effect, Reason
from governed_db.model.policy import Rule, RuleEffect
from governed_db.model.statement import Hazard, HazardKind, Kind, Reach
from governed_db.policy import codes
from governed_db.policy.finding import Finding, denied
from governed_db.policy.match import Act, Match, Standing, about

DEFAULT = "default"  # the rule of what no rule permits
_LISTABLE = frozenset({HazardKind.FUNCTION, HazardKind.ROUTINE})


def find(standing: Standing) -> Iterator[Finding]:
    """Everything that stands against the statement because of what it does."""
    forbidden = tuple(_forbidden(standing))
    yield from forbidden
    yield from _hazards(standing)
    yield from _approvals(standing)
    if not forbidden:
        yield from _uncovered(standing)


def settling(standing: Standing) -> str:
    """The rule by which the statement is permitted; of several, the one for what it changes."""
    for act in standing.acts:  # writes come first
        rule = _cover(standing, act)
        if rule is not None:
            return rule.id
    return DEFAULT


def _forbidden(standing: Standing) -> Iterator[Finding]:
    for rule, answer in standing.rules(RuleEffect.FORBID):
        if rule.hazards:
            continue  # see _hazards
        act = _touched(standing, rule)
        if act is not None and _calls(standing, rule):
            yield denied(_refusal(standing, rule, act, answer))


def _refusal(standing: Standing, rule: Rule, act: Act, answer: Match) -> Reason:
    what = _name(act)
    if answer is Match.MAYBE:
        message = f"{what}: a rule that forbids could not be evaluated for this principal"
        return Reason(codes.UNCERTAIN, message, None, rule.help or _uncertain_help(), rule.id)
    position = _position(standing, act)
    help_ = rule.help or "ask the owner of the policy if this should be possible"
    code = codes.UNBOUNDED if _is_unbounded(rule, act) else codes.FORBIDDEN
    return Reason(code, f"{what} is forbidden", position, help_, rule.id)


def _hazards(standing: Standing) -> Iterator[Finding]:
    for hazard in standing.facts.hazards:
        if _is_listed(standing, hazard):
            continue
        forbid = _judge(standing, hazard, RuleEffect.FORBID)
        if forbid is not None:
            yield denied(_hazard_reason(hazard, forbid.id, forbid.help))
            continue
        approve = _judge(standing, hazard, RuleEffect.APPROVE)
        if approve is not None:
            yield Finding(Effect.ASK, _hazard_reason(hazard, approve.id, approve.help), approve)
        elif _judge(standing, hazard, RuleEffect.PERMIT) is None:
            yield denied(_hazard_reason(hazard, DEFAULT, ""))


def _is_listed(standing: Standing, hazard: Hazard) -> bool:
    """Whether a permit rule names this function: the one thing that lifts a rule about hazards."""
    return hazard.kind in _LISTABLE and any(
        answer is Match.YES
        and any(pattern.matches(*hazard.name.split(".")) for pattern in rule.functions)
        and (rule.is_exemption or _touched(standing, rule) is not None)
        for rule, answer in standing.rules(RuleEffect.PERMIT)
    )


def _judge(standing: Standing, hazard: Hazard, effect: RuleEffect) -> Rule | None:
    """The first rule of this effect that is about this kind of hazard."""
    for rule, answer in standing.rules(effect):
        if hazard.kind not in rule.hazards:
            continue
        if effect is not RuleEffect.FORBID and answer is Match.MAYBE:
            continue
        if rule.is_exemption or _touched(standing, rule) is not None:
            return rule
    return None


def _hazard_reason(hazard: Hazard, rule: str, help_: str) -> Reason:
    listable = "have it listed under functions: of a permit rule" if hazard.kind in _LISTABLE else ""
    said = hazard.help or help_ or listable or "leave it out; the database's owner can do this elsewhere"
    return Reason(codes.HAZARDS[hazard.kind], hazard.message, hazard.position, said, rule)


def _approvals(standing: Standing) -> Iterator[Finding]:
    for rule, answer in standing.rules(RuleEffect.APPROVE):
        if rule.hazards:
            continue
        act = _touched(standing, rule)
        if act is None or not _calls(standing, rule):
            continue
        if answer is Match.YES:
            yield Finding(Effect.ASK, _approval(standing, rule, act), rule)
        else:
            message = f"{_name(act)}: whether approval is needed could not be evaluated"
            reason = Reason(codes.UNCERTAIN, message, None, _uncertain_help(), rule.id)
            yield Finding(Effect.ASK, reason, rule)


def _approval(standing: Standing, rule: Rule, act: Act) -> Reason:
    position = _position(standing, act)
    if _is_unbounded(rule, act):
        message = f"{_name(act)} has no condition that restricts it: it would change every row"
        help_ = rule.help or "add a WHERE clause that names the rows, or have the request approved"
        return Reason(codes.UNBOUNDED, message, position, help_, rule.id)
    help_ = rule.help or "a request was made: have it approved and run the same statement again"
    return Reason(codes.APPROVAL, f"{_name(act)} needs approval", position, help_, rule.id)


def _uncovered(standing: Standing) -> Iterator[Finding]:
    for act in standing.acts:
        if _cover(standing, act) is None:
            yield denied(_nobody_permits(standing, act))


def _nobody_permits(standing: Standing, act: Act) -> Reason:
    code = codes.UNBOUNDED if act.reach is Reach.UNBOUNDED else codes.NOT_PERMITTED
    help_ = "ask the owner of the policy for a rule that permits it"
    if any(_about_call(standing, rule, act) for rule, answer in _covers(standing) if answer is Match.MAYBE):
        help_ = _uncertain_help()
    elif act.reach is Reach.UNBOUNDED:
        help_ = "add a WHERE clause that names the rows"
    return Reason(code, f"no rule permits {_name(act)}", _position(standing, act), help_, DEFAULT)


def _cover(standing: Standing, act: Act) -> Rule | None:
    """The first rule that lets this act happen, at once or after approval."""
    for rule, answer in _covers(standing):
        if answer is Match.YES and _about_call(standing, rule, act):
            return rule
    return None


def _covers(standing: Standing) -> Iterator[tuple[Rule, Match]]:
    for rule, answer in standing.rules(RuleEffect.PERMIT, RuleEffect.APPROVE):
        if not rule.is_exemption and not (rule.effect is RuleEffect.APPROVE and rule.hazards):
            yield rule, answer


def _about_call(standing: Standing, rule: Rule, act: Act) -> bool:
    """Like `about`; a rule that lists functions lets only these be called."""
    if not about(rule, act):
        return False
    if rule.effect is RuleEffect.APPROVE:
        return _calls(standing, rule)
    if act.kind is not Kind.CALL or not rule.functions:
        return True
    names = _called(standing)
    return bool(names) and all(any(p.matches(*name.split(".")) for p in rule.functions) for name in names)


def _calls(standing: Standing, rule: Rule) -> bool:
    """Whether a restricting rule that lists functions is about one that the statement calls."""
    if not rule.functions:
        return True
    return any(p.matches(*name.split(".")) for p in rule.functions for name in _called(standing))


def _called(standing: Standing) -> frozenset[str]:
    facts = standing.facts
    return facts.functions | {hazard.name for hazard in facts.hazards if hazard.kind in _LISTABLE}


def _touched(standing: Standing, rule: Rule) -> Act | None:
    """The first act, hidden ones included, that the rule is about."""
    return next((act for act in (*standing.acts, *standing.hidden) if about(rule, act)), None)


def _is_unbounded(rule: Rule, act: Act) -> bool:
    return act.reach is Reach.UNBOUNDED and rule.reach is not None


def _position(standing: Standing, act: Act) -> int | None:
    for write in standing.facts.writes:
        if write.kind is act.kind and write.relation == act.relation:
            return write.position
    return None


def _name(act: Act) -> str:
    return f"{act.kind.value} on {act.relation}" if act.relation is not None else act.kind.value


def _uncertain_help() -> str:
    return "the list of groups may be incomplete, or a condition failed: ask the owner of the policy"
