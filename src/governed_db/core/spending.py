"""A plan's budgets into what its conversation may still take of them, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, Final

import attrs

from governed_db.core.effects import Draw, Effect, Lock, RunResult
from governed_db.core.plan import Plan
from governed_db.model.decision import CHANGED, METERED, Budget, Exceeding, Measure

Spending = Generator[Effect, Any, Any]
_SECOND: Final = 1000  # seconds are counted in thousandths


@attrs.frozen
class Drawn:
    """What was taken of each budget, in advance.

    `short`: the budget with less left than the text is known to take; then nothing was taken. `started`:
    when, in seconds.
    """

    amounts: tuple[tuple[Budget, int], ...] = ()
    short: Budget | None = None
    started: float = 0.0

    def bound(self, bound: int | None) -> int | None:
        """The most rows that may change: what is left of budgets that only running it measures."""
        left = [amount for budget, amount in self.amounts if budget.is_bound]
        return min([*left, bound] if bound is not None else left, default=None)

    def timed(self, plan: Plan) -> Plan:
        """The plan, held to the time that is left."""
        left = [amount / _SECOND for budget, amount in self.amounts if budget.measure is Measure.SECONDS]
        if not left:
            return plan
        timeout = min([*left, plan.timeout] if plan.timeout is not None else left)
        return attrs.evolve(plan, timeout=timeout, model=plan.shape)


def draw(plan: Plan, now: Callable[[], float]) -> Generator[Effect, Any, Drawn]:
    """Take in advance what the statement can take at most; of what rows take, see that some is left."""
    drawn: list[tuple[Budget, int]] = []
    for budget in plan.budgets:
        wanted = _wanted(budget, plan)
        got = yield Draw(budget, wanted)
        drawn.append((budget, got))
        if not budget.is_bound and (got == 0 if budget.measure is Measure.SECONDS else got < wanted):
            for each, amount in drawn:
                yield from _give_back(each, amount)
            if budget.then is Exceeding.LOCK:
                yield Lock(budget)
            return Drawn(short=budget)
    for budget, amount in drawn:
        if budget.measure in METERED:
            yield from _give_back(budget, amount)
    return Drawn(tuple(one for one in drawn if one[0].measure not in METERED), started=now())


def settle(drawn: Drawn, result: RunResult | None, now: Callable[[], float]) -> Spending:
    """Give back what was not used; None: nothing was changed."""
    for budget, amount in drawn.amounts:
        if budget.measure is Measure.SECONDS:
            ran = max(round((now() - drawn.started) * _SECOND), 1)  # clocks are set back, too
            yield from _give_back(budget, amount - min(ran, amount))
        elif budget.is_bound and (result is None or result.rolled_back):
            yield from _give_back(budget, amount)
        elif budget.is_bound and result is not None and result.rows >= 0:
            yield from _give_back(budget, amount - result.rows)


def denied(plan: Plan) -> Spending:
    """Count a refusal; what is one too many locks."""
    for budget in plan.denials:
        if not (yield Draw(budget, 1)):
            yield Lock(budget)


def rows_to_ask(short: Budget, plan: Plan) -> int | None:
    """The rows that a person is asked for, as far as they are known before it runs."""
    return short.cost if short.measure in CHANGED else plan.bound


def _wanted(budget: Budget, plan: Plan) -> int:
    if budget.cost is not None:
        return budget.cost
    if budget.measure is Measure.SECONDS:
        return budget.most if plan.timeout is None else max(round(plan.timeout * _SECOND), 1)
    return plan.bound or 0


def _give_back(budget: Budget, amount: int) -> Spending:
    if amount > 0:
        yield Draw(budget, -amount)
