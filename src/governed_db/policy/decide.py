"""Facts, a principal and a policy into a decision.

Forbid before approve before permit before the default, which denies. Each link of the principal's
chain is decided alone; the most restrictive effect wins, the strongest masks, the least limits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Protocol, assert_never

import attrs

from governed_db.model.decision import (
    BoundWrites,
    Budget,
    Decision,
    Durability,
    Effect,
    FilterRows,
    LimitRows,
    MaskColumn,
    Obligation,
    Place,
    Reason,
    ScanColumn,
    Timeout,
    Watched,
)
from governed_db.model.policy import Policy, Rule
from governed_db.model.principal import Context, Principal
from governed_db.model.risk import Risk
from governed_db.model.statement import ColumnRef, Facts, Kind
from governed_db.policy import (
    budgets,
    ceilings,
    codes,
    conditions,
    effects,
    obligations,
    protect,
    scans,
    watching,
)
from governed_db.policy.finding import Finding, denied, worst
from governed_db.policy.match import Act, Standing, acts, hidden_acts
from governed_db.policy.risk import assess
from governed_db.policy.terms import approval_terms, auto_approval


class GrantLike(Protocol):
    """An approval that was given for this statement; `rows` is the most it may change."""

    @property
    def rows(self) -> int | None: ...


Clock = Callable[[], datetime]


def decide(
    facts: Facts,
    principal: Principal,
    policy: Policy,
    classes: Mapping[ColumnRef, str],
    *,
    database: str,
    clock: Clock | None = None,
    context: Context | None = None,
    grant: GrantLike | None = None,
    risk: Callable[[Principal], Risk] | None = None,
) -> Decision:
    """The decision. `classes`: classifications as known, before the policy's own are applied.

    `risk`: of this statement by one link of the chain; without it, what the facts alone say.
    """
    if obligations.is_free(facts):
        return Decision(Effect.PERMIT, facts.kind.value, policy.revision)
    done, hidden = acts(facts), hidden_acts(facts)
    moment = conditions.momentary(clock() if clock is not None else None, context)
    verdicts = [
        _judge(
            _standing(
                facts, link, policy, database, done, hidden, moment, risk or partial(_plainly, facts, classes)
            ),
            classes,
            grant,
        )
        for link in principal.chain()
    ]
    decision = _settle(verdicts, policy, facts, is_granted=grant is not None)
    return _observed(decision) if policy.observes else decision


def overrides(policy: Policy, column: ColumnRef) -> str | None:
    """What the policy's `classifications:` say of a column: a name, "none", or None for nothing."""
    for override in policy.overrides:
        if override.column.matches(column.schema, column.relation, column.column):
            return override.classification or "none"
    return None


def is_memoisable(policy: Policy, facts: Facts) -> bool:
    """Whether a decision stays true: no condition about such a statement reads the clock or the context."""
    kinds = facts.kinds | {Kind.SELECT}
    return not any(
        rule.when is not None and rule.when.is_volatile and not rule.actions.isdisjoint(kinds)
        for rule in policy.rules
    )


def _plainly(facts: Facts, classes: Mapping[ColumnRef, str], principal: Principal) -> Risk:
    return assess(facts, principal, classes)


@attrs.frozen
class _Verdict:
    """What was decided for one link of the chain."""

    findings: tuple[Finding, ...]
    obligations: tuple[Obligation, ...]
    durability: Durability
    rule: str
    watched: tuple[Watched, ...] = ()


def _standing(
    facts: Facts,
    principal: Principal,
    policy: Policy,
    database: str,
    done: tuple[Act, ...],
    hidden: tuple[Act, ...],
    moment: Mapping[str, Any],
    risk: Callable[[Principal], Risk],
) -> Standing:
    made: dict[str, Any] = {}

    def variables() -> dict[str, Any]:
        if not made:
            made.update(conditions.variables(principal, facts, database), **moment)
            made.update(conditions.risky(risk(principal)))
        return made

    return Standing(facts, principal, policy, database, done, hidden, variables)


def _judge(standing: Standing, classes: Mapping[ColumnRef, str], grant: GrantLike | None) -> _Verdict:
    facts = standing.facts
    protected = protect.protector(standing, classes)
    masks = protect.masks(facts, protected)
    filters, failed = obligations.filters(standing)
    found = [*effects.find(standing), *protect.find(standing, protected), *failed, *ceilings.find(standing)]
    taken = tuple(budgets.find(standing, protected)) if grant is None else ()
    measured = [budget.most for budget in taken if budget.is_bound]
    bound = _bound(standing, grant, is_asking=worst(one.effect for one in found) is Effect.ASK)
    bound = min([*measured, bound] if bound is not None else measured, default=None)
    irreversible = _irreversible(facts) if bound is not None else None
    if irreversible is not None:
        found.append(Finding(Effect.ASK, irreversible))
        bound = None
    return _Verdict(
        findings=tuple(found),
        obligations=(
            *masks,
            *scans.scans(standing, classes, {mask.index for mask in masks}),
            *filters,
            *obligations.limits(standing),
            *((BoundWrites(bound),) if bound is not None else ()),
            *taken,
        ),
        durability=obligations.durability(standing),
        rule=effects.settling(standing),
        watched=watching.watched(standing, classes, protected),
    )


def _bound(standing: Standing, grant: GrantLike | None, *, is_asking: bool) -> int | None:
    """How many rows may change; what was approved takes the place of what the rules say."""
    bound = obligations.bound(standing)
    if grant is not None and grant.rows is not None and (bound is not None or is_asking):
        return grant.rows
    return bound


def _irreversible(facts: Facts) -> Reason | None:
    """Rows of some storage engines stay changed when the savepoint is rolled back."""
    for write in facts.writes:
        if not write.transactional:
            message = f"{write.kind.value} on {write.relation} must be bounded and cannot be rolled back"
            help_ = "name the rows by their key, or have the request approved"
            return Reason(codes.IRREVERSIBLE, message, write.position, help_, effects.DEFAULT)
    return None


def _settle(verdicts: list[_Verdict], policy: Policy, facts: Facts, *, is_granted: bool) -> Decision:
    findings = [one for verdict in verdicts for one in verdict.findings]
    findings += _unanswerable(findings)
    effect = worst(one.effect for one in findings)
    if is_granted and effect is Effect.ASK:
        effect, findings = Effect.PERMIT, []
    reasons = tuple(dict.fromkeys(one.reason for one in findings if one.effect is effect))
    asking = [one.asks for one in findings if one.effect is Effect.ASK]
    asks = [rule for rule in asking if rule is not None]
    durabilities = [verdict.durability for verdict in verdicts]
    if is_granted or effect is Effect.ASK:
        durabilities.append(Durability.STRICT)
    return Decision(
        effect=effect,
        rule=reasons[0].rule or effects.DEFAULT if reasons else verdicts[0].rule,
        revision=policy.revision,
        reasons=reasons,
        obligations=_together([one for verdict in verdicts for one in verdict.obligations], effect),
        durability=obligations.strictest(durabilities),
        approvers=_approvers(asks) or (),
        grant_seconds=min((rule.grant_seconds for rule in asks), default=900),
        grant_uses=min((rule.grant_uses for rule in asks), default=1),
        terms=approval_terms(asks),
        auto=auto_approval(asks, facts) if effect is Effect.ASK and len(asks) == len(asking) else None,
        watched=watching.together([verdict.watched for verdict in verdicts]),
    )


def _approvers(asks: list[Rule]) -> tuple[str, ...] | None:
    """Groups that satisfy every rule that asks; empty for anybody, None when there is no such group."""
    demanded = [rule.approvers.groups for rule in asks if rule.approvers.groups]
    common = (
        tuple(group for group in demanded[0] if all(group in one for one in demanded)) if demanded else ()
    )
    return None if demanded and not common else common


def _unanswerable(findings: list[Finding]) -> list[Finding]:
    asks = [one.asks for one in findings if one.asks is not None]
    if _approvers(asks) is not None:
        return []
    message = "no group of people may approve all that needs approval here"
    help_ = "split the statement, so that each part needs the approval of one group"
    return [denied(Reason(codes.APPROVAL, message, None, help_, asks[0].id))]


def _together(obligations: list[Obligation], effect: Effect) -> tuple[Obligation, ...]:
    """One obligation of each sort and subject, the most restrictive; of a refusal only what it would mask."""
    masks: dict[int, MaskColumn] = {}
    looked: dict[int, set[str]] = {}
    filters: dict[FilterRows, None] = {}
    rows: list[int] = []
    writes: list[int] = []
    seconds: list[float] = []
    taken: list[Budget] = []
    for obligation in obligations:
        match obligation:
            case MaskColumn(index):
                masks[index] = _stronger(masks.get(index), obligation)
            case ScanColumn(index, names):
                looked.setdefault(index, set()).update(names)
            case FilterRows():
                filters[obligation] = None
            case LimitRows(limit):
                rows.append(limit)
            case BoundWrites(limit):
                writes.append(limit)
            case Timeout(limit):
                seconds.append(limit)
            case Budget():
                taken.append(obligation)
            case _ as never:
                assert_never(never)
    kept: list[Obligation] = [masks[index] for index in sorted(masks)]
    if effect is Effect.DENY:
        return tuple(kept)
    kept += [
        ScanColumn(index, tuple(sorted(looked[index]))) for index in sorted(looked) if index not in masks
    ]
    kept += filters
    kept += [LimitRows(min(rows))] if rows else []
    kept += [BoundWrites(min(writes))] if writes else []
    kept += [Timeout(min(seconds))] if seconds else []
    kept += budgets.together(iter(taken))
    return tuple(kept)


def _stronger(one: MaskColumn | None, other: MaskColumn) -> MaskColumn:
    if one is None:
        return other
    stronger = min(one, other, key=lambda obligation: protect.strength(obligation.mask))
    place = one.mask.place if one.mask.place is Place.IN_DATABASE else other.mask.place
    return attrs.evolve(stronger, mask=attrs.evolve(stronger.mask, place=place))


def _observed(decision: Decision) -> Decision:
    """The same reasons, and nothing done about them."""
    would = "be refused" if decision.effect is Effect.DENY else "need approval"
    reasons = [
        attrs.evolve(reason, message=f"would {would}: {reason.message}") for reason in decision.reasons
    ]
    reasons += [
        Reason(
            codes.MASKED,
            f"would mask output {one.index} ({one.classification}) with {one.mask}",
            rule=decision.rule,
        )
        for one in decision.obligations
        if isinstance(one, MaskColumn)
    ]
    return Decision(
        Effect.PERMIT, decision.rule, decision.revision, tuple(reasons), durability=decision.durability
    )
