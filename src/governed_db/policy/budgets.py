"""A statement that counts against its conversation into budgets: what it takes of which.

Many small steps must not do what one large one may not: delete a table a hundred rows at a time, or
find a value by comparing it with all there can be.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import attrs

from governed_db.model.decision import Budget, Measure
from governed_db.model.policy import Allowance, Unlimited
from governed_db.model.statement import Kind, Purpose, Reach, Role, Supplied, Write
from governed_db.policy.match import Act, Match, Standing
from governed_db.policy.obligations import known_rows, under
from governed_db.policy.protect import Protect

_EQUAL_MASKS: Final = frozenset({"token", "hash"})  # equal values look equal
_CHANGES: Final = frozenset({Kind.UPDATE, Kind.DELETE, Kind.MERGE})  # new rows destroy nothing


def find(standing: Standing, protect: Protect) -> Iterator[Budget]:
    """The budgets that policy sets and that the statement takes something of."""
    costs = _costs(standing, protect)
    if not costs:
        return
    for allowance in dict.fromkeys(one for act in standing.acts for one in _allowances(standing, act)):
        for measure, cost in costs.items():
            most = getattr(allowance, measure.value)
            if most is not None:
                # More than there can be left: it may be less when it runs.
                is_measured = measure is not Measure.PROBES and (cost is None or cost > most)
                budget = Budget(measure, most, allowance.seconds, None if is_measured else cost)
                yield from _about(budget, standing)


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
    """Of several budgets for the same thing the smallest."""
    least: dict[tuple[Measure, float, str], Budget] = {}
    for budget in budgets:
        key = budget.measure, budget.seconds, budget.about
        known = least.setdefault(key, budget)
        if budget.most < known.most:
            least[key] = attrs.evolve(known, most=budget.most)
    return tuple(least.values())


def _costs(standing: Standing, protect: Protect) -> dict[Measure, int | None]:
    """What is taken of each measure; None is known after the run."""
    costs: dict[Measure, int | None] = {}
    changes = _lasting(standing)
    if changes:
        costs[Measure.ROWS_CHANGED] = known_rows(standing.facts)
    if any(write.reach is not Reach.KEYED or (write.rows or 1) > 1 for write in changes):
        costs[Measure.ROWS_MATCHED] = known_rows(standing.facts)
    probes = sum(
        use.count
        for use in standing.facts.uses
        if use.role is Role.EQUALS_VALUE and not use.in_view and protect(use.column) is not None
    )
    probes += sum(_is_shown_as_token(one, protect) for one in standing.facts.supplied)
    if probes:
        costs[Measure.PROBES] = probes
    return costs


def _is_shown_as_token(supplied: Supplied, protect: Protect) -> bool:
    """Whether a value is written where its token can be read, and compared with all tokens by eye."""
    held = [protect(column) for column in supplied.columns if supplied.purpose is Purpose.WRITTEN]
    return any(one is not None and one.mask.name in _EQUAL_MASKS for one in held)


def _allowances(standing: Standing, act: Act) -> Iterator[Allowance]:
    """The first rule that says something decides; one that may be meant counts too."""
    is_decided = False
    for rule, answer in under(standing, act):
        said = rule.limits.conversation
        if said is None or (is_decided and answer is Match.YES):
            continue
        is_decided = is_decided or answer is Match.YES
        if not isinstance(said, Unlimited):
            yield said
