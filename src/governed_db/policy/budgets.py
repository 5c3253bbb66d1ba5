"""A statement that counts against its conversation into budgets: what it takes of which.

Many small steps must not do what one large one may not: delete a table a hundred rows at a time, read
all customers ten at a time, or find a value by comparing it with all there can be.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

import attrs

from governed_db.model.decision import CHANGED, METERED, Budget, Exceeding, Measure
from governed_db.model.policy import Allowance, Policy, RuleEffect, Unlimited
from governed_db.model.principal import Principal
from governed_db.model.statement import Kind, Purpose, Reach, Role, Supplied, Write
from governed_db.policy.match import Act, Match, Standing, is_meant
from governed_db.policy.obligations import known_rows, under
from governed_db.policy.protect import Protect

_EQUAL_MASKS: Final = frozenset({"token", "hash"})  # equal values look equal
_CHANGES: Final = frozenset({Kind.UPDATE, Kind.DELETE, Kind.MERGE})  # new rows destroy nothing
_PROBES: Final = frozenset({Role.EQUALS_VALUE, Role.REPLACED})
_STRICTNESS: Final = (Exceeding.ASK, Exceeding.DENY, Exceeding.LOCK)

Whose = Literal["conversation", "principal"]
WHOSE: Final[tuple[Whose, ...]] = ("conversation", "principal")


def find(standing: Standing, protect: Protect) -> Iterator[Budget]:
    """The budgets that policy sets and that the statement takes something of."""
    costs = _costs(standing, protect)
    for whose in WHOSE:
        found = (one for act in standing.acts for one in _allowances(standing, act, whose))
        for allowance in dict.fromkeys(found):
            for measure, cost in costs.items():
                for budget in _budget(allowance, measure, cost, standing.principal, whose):
                    yield from _about(budget, standing)


def _budget(
    allowance: Allowance, measure: Measure, cost: int | None, principal: Principal, whose: Whose
) -> Iterator[Budget]:
    most = getattr(allowance, measure.value)
    if most is None:
        return
    if measure in CHANGED and cost is not None and cost > most:
        cost = None  # more than there can be left: it may be less when it runs
    owner = f"{principal.kind} {principal.id}" if whose == "principal" else ""
    then = allowance.then or (Exceeding.ASK if measure in CHANGED else Exceeding.DENY)
    thousandths = 1000 if measure is Measure.SECONDS else 1
    yield Budget(measure, most * thousandths, allowance.within, cost, owner=owner, then=then)


def denials(policy: Policy, principal: Principal, database: str) -> tuple[Budget, ...]:
    """The budgets of refused statements: of whatever a rule about the principal and database sets.

    A refused statement may be one that no rule is about, or that nobody understood. So neither actions
    nor conditions of the rules are asked.
    """
    found: list[Budget] = []
    for link in principal.chain():
        for whose in WHOSE:
            for rule in policy.rules:
                said = getattr(rule.limits, whose)
                if not isinstance(said, Allowance) or said.denials is None:
                    continue
                is_here = not rule.databases or any(glob.matches(database) for glob in rule.databases)
                if rule.effect is not RuleEffect.FORBID and is_here and is_meant(rule.who, link):
                    found += _budget(said, Measure.DENIALS, None, link, whose)
                    break
    return together(iter(found))


def may_lock(policy: Policy) -> bool:
    """Whether the policy can lock a conversation or a principal."""
    said = (getattr(rule.limits, whose) for rule in policy.rules for whose in WHOSE)
    return not policy.observes and any(
        isinstance(one, Allowance) and (one.then is Exceeding.LOCK or one.denials is not None) for one in said
    )


def _about(budget: Budget, standing: Standing) -> Iterator[Budget]:
    """Matched rows are counted for each table by itself: emptying one is what is to be stopped."""
    if budget.measure is not Measure.ROWS_MATCHED:
        yield budget
        return
    for relation in sorted({write.relation for write in _lasting(standing)}):
        yield attrs.evolve(budget, about=str(relation))


def _lasting(standing: Standing) -> list[Write]:
    """Changes of rows that are there after the session."""
    return [w for w in standing.facts.writes if w.kind in _CHANGES and not w.is_temporary]


def together(budgets: Iterator[Budget]) -> tuple[Budget, ...]:
    """Of several budgets for the same thing the smallest, and the strictest answer."""
    least: dict[tuple[Measure, float, str, str], Budget] = {}
    for budget in budgets:
        key = budget.measure, budget.seconds, budget.about, budget.owner
        known = least.setdefault(key, budget)
        then = max(known.then, budget.then, key=_STRICTNESS.index)
        least[key] = attrs.evolve(known, most=min(known.most, budget.most), then=then)
    return tuple(least.values())


def _costs(standing: Standing, protect: Protect) -> dict[Measure, int | None]:
    """What is taken of each measure; None is known after the run."""
    costs: dict[Measure, int | None] = {Measure.STATEMENTS: 1, Measure.SECONDS: None}
    if standing.facts.returns_rows or standing.facts.outputs:
        costs |= dict.fromkeys(METERED, 1)
    changes = _lasting(standing)
    if changes:
        costs[Measure.ROWS_CHANGED] = known_rows(standing.facts)
    if any(write.reach is not Reach.KEYED or (write.rows or 1) > 1 for write in changes):
        costs[Measure.ROWS_MATCHED] = known_rows(standing.facts)
    probes = sum(
        use.count
        for use in standing.facts.uses
        if use.role in _PROBES and not use.in_view and protect(use.column) is not None
    )
    probes += sum(_is_shown_as_token(one, protect) for one in standing.facts.supplied)
    if probes:
        costs[Measure.PROBES] = probes
    return costs


def _is_shown_as_token(supplied: Supplied, protect: Protect) -> bool:
    """Whether a value is written where its token can be read, and compared with all tokens by eye."""
    held = [protect(column) for column in supplied.columns if supplied.purpose is Purpose.WRITTEN]
    return any(one is not None and one.mask.name in _EQUAL_MASKS for one in held)


def _allowances(standing: Standing, act: Act, whose: Whose) -> Iterator[Allowance]:
    """The first rule that says something decides; one that may be meant counts too."""
    is_decided = False
    for rule, answer in under(standing, act):
        said = getattr(rule.limits, whose)
        if said is None or (is_decided and answer is Match.YES):
            continue
        is_decided = is_decided or answer is Match.YES
        if not isinstance(said, Unlimited):
            yield said
