"""A plan and given parameters into what is sent for them, with what tokens stand for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from governed_db.core import tokens
from governed_db.core.plan import Plan
from governed_db.errors import AnalysisError

if TYPE_CHECKING:
    from governed_db.enforce.gate import Gate

T = TypeVar("T")


def text_sent(gate: Gate, plan: Plan, quote: Callable[[str | bytes], str]) -> str:
    """The text of a plan, with what its tokens stand for written by `quote`."""
    if not plan.tokens:
        return plan.text
    value_of = gate.planner.keys_in_use.value_of
    return _told(gate, plan, lambda: tokens.text_of(plan, value_of, quote))


def parameters_sent(gate: Gate, plan: Plan, parameters: Any, wrap: Callable[[str | bytes], Any]) -> Any:
    """The parameters, with what tokens stand for as `wrap` gives it; the very object where there are none."""
    how = gate.planner.keys_in_use.value_of, wrap, gate.driver.writes_literals
    return _told(gate, plan, lambda: tokens.turned(plan.watched, parameters, *how))


def _told(gate: Gate, plan: Plan, turn: Callable[[], T]) -> T:
    """A key that is gone, or letters that the connection has not, are told without the value."""
    try:
        return turn()
    except AnalysisError as error:
        problem = error
    raise gate.refuse(plan, problem.code, problem.message, problem.help)
