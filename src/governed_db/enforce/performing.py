"""Effects of a statement's life into what the gate of its connection does about them.

`run` serves drivers that wait, `grun` those whose input and output are generators. They differ in
`yield from`, and in what goes on while nothing can be asked or somebody is waited for.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from governed_db.core.driving import drive, gdrive
from governed_db.core.effects import (
    AskApproval,
    AwaitDecision,
    Draw,
    Effect,
    Emit,
    Introspect,
    Lock,
    Locked,
    Run,
    RunResult,
    Settle,
)
from governed_db.core.govern import govern
from governed_db.core.plan import Plan, Statement
from governed_db.core.previewing import Trial
from governed_db.core.waiting import grun_through, run_through
from governed_db.enforce import previewing
from governed_db.enforce.knowing import Loading
from governed_db.enforce.recording import emit
from governed_db.enforce.waiting import Idle, Pause, ask, await_decision, never, noting
from governed_db.model.approval import Grant
from governed_db.model.preview import Preview

if TYPE_CHECKING:
    from governed_db.enforce.gate import Gate

Act = Callable[[Plan, int | None], RunResult]
Ahead = Callable[[Plan, Trial], Preview]
ActGenerator = Callable[[Plan, int | None], Generator[Any, Any, RunResult]]
AheadGenerator = Callable[[Plan, Trial], Generator[Any, Any, Preview]]


def run(
    gate: Gate,
    statement: Statement,
    *,
    introspect: Callable[[Loading], Any],
    act: Act,
    idle: Idle = never,
    ahead: Ahead | None = None,
) -> RunResult:
    """Govern one statement; `introspect` drives a catalog loader on its connection, `act` runs a plan there.

    `idle` tells that no transaction is open on it: only then is a person's decision waited for.
    `ahead` makes previews there.
    """

    def perform(effect: Effect) -> Any:
        match effect:
            case Introspect(stale):
                return gate.fresh(stale=stale) or gate.learned(introspect(gate.knowing.look()))
            case Run(plan, bound):
                return _ran(gate, plan, act(plan, bound))
            case AskApproval(plan=Plan() as plan) if ahead is not None:
                grant = _answered(gate, effect) or previewing.reserved(gate, effect)
                trial = previewing.trial(gate, effect, grant)
                return grant or previewing.filed(gate, effect, ahead(plan, trial) if trial else None)
            case AwaitDecision():
                return run_through(await_decision(gate, effect, idle), time.sleep)
            case _:
                return _perform(gate, effect)

    return drive(govern(statement, gate.context(), gate.planner), perform)


def grun(
    gate: Gate,
    statement: Statement,
    *,
    introspect: Callable[[Loading], Generator[Any, Any, Any]],
    act: ActGenerator,
    pause: Pause,
    ahead: AheadGenerator,
) -> Generator[Any, Any, RunResult]:
    """The twin of `run`.

    `introspect` gives None when the session cannot be asked now (its transaction has failed):
    then what was learned before still holds, because nothing but a rollback can run.
    """

    def perform(effect: Effect) -> Generator[Any, Any, Any]:
        match effect:
            case Introspect(stale):
                known = gate.fresh(stale=stale)
                if known is not None:
                    return known
                learned = yield from introspect(gate.knowing.look())
                if learned is None and gate.knowing.last is not None:
                    return gate.knowing.last
                return gate.learned(learned)
            case Run(plan, bound):
                return _ran(gate, plan, (yield from act(plan, bound)))
            case AskApproval(plan=Plan() as plan):
                grant = _answered(gate, effect) or previewing.reserved(gate, effect)
                trial = previewing.trial(gate, effect, grant)
                preview = (yield from ahead(plan, trial)) if trial else None
                return grant or previewing.filed(gate, effect, preview)
            case AwaitDecision():
                delays = noting(gate, await_decision(gate, effect, pause.idle, is_async=pause.is_async))
                return (yield from grun_through(delays, pause.sleep))
            case _:
                return _perform(gate, effect)

    return gdrive(govern(statement, gate.context(), gate.planner), perform)


def _ran(gate: Gate, plan: Plan, result: RunResult) -> RunResult:
    if plan.changes_schema or plan.facts is None:
        gate.schema_changed()
    return result


def _answered(gate: Gate, asked: AskApproval) -> Grant | None:
    """The answer of the change that runs on this connection, if it is one of its statements that asks."""
    changing = gate.changing
    return changing.answer() if changing is not None and changing.answers(asked.subject) else None


def _perform(gate: Gate, effect: Effect) -> Any:
    """What is the same for all drivers: it is not done on the connection."""
    ports = gate.ports
    match effect:
        case AskApproval(subject=subject):
            return ask(ports, subject)
        case Settle(grant, consumed):
            if gate.changing is not None and grant is gate.changing.grant:
                return None  # it is settled with the whole change
            ports.approvals.settle(grant, consumed=consumed)
        case Draw(budget, amount):
            return ports.budgets.draw(gate.accounts.of(budget, gate.context()), budget, amount)
        case Locked():
            return ports.budgets.locked(gate.accounts.all(gate.context()))
        case Lock(budget):
            gate.accounts.lock(budget, gate.context(), ports.budgets)
        case Emit(event, durability):
            emit(gate, event, durability)
        case _:
            raise TypeError(f"no such effect: {type(effect).__name__}")
    return None
