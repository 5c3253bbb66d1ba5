"""A plan's budgets into what its conversation may still take of them, and what it gives back."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import attrs

from governed_db.core.effects import Draw, RunResult
from governed_db.core.plan import Plan
from governed_db.model.decision import Budget

Spending = Generator[Draw, int, Any]


@attrs.frozen
class Drawn:
    """What was taken of each budget, in advance.

    `short`: the budget with less left than the text is known to take; then nothing was taken.
    """

    amounts: tuple[tuple[Budget, int], ...] = ()
    short: Budget | None = None

    def bound(self, bound: int | None) -> int | None:
        """The most rows that may change: what is left of budgets that only running it measures."""
        left = [amount for budget, amount in self.amounts if budget.cost is None]
        return min([*left, bound] if bound is not None else left, default=None)


def draw(plan: Plan) -> Generator[Draw, int, Drawn]:
    """Take in advance what the statement can take at most."""
    drawn: list[tuple[Budget, int]] = []
    for budget in plan.budgets:
        wanted = budget.cost if budget.cost is not None else plan.bound or 0
        got = yield Draw(budget, wanted)
        drawn.append((budget, got))
        if budget.cost is not None and got < wanted:
            yield from _give_back(drawn, 0)
            return Drawn(short=budget)
    return Drawn(tuple(drawn))


def settle(drawn: Drawn, result: RunResult | None) -> Generator[Draw, int, None]:
    """Give back what was not used; None: nothing was changed."""
    measured = [(budget, amount) for budget, amount in drawn.amounts if budget.cost is None]
    if result is None or result.rolled_back:
        yield from _give_back(measured, 0)
    elif result.rows >= 0:
        yield from _give_back(measured, result.rows)


def _give_back(drawn: list[tuple[Budget, int]], used: int) -> Generator[Draw, int, None]:
    for budget, amount in drawn:
        if amount > used:
            yield Draw(budget, used - amount)
