"""The whole life of a statement, top to bottom: look, parse, decide, ask, tell, run, tell.

The generators here yield effects (core/effects.py) and are sent their answers; core/driving.py lets a sync
or an async world perform them. Nothing here waits, reads a file or opens anything itself.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, NoReturn, TypeVar

import attrs

from governed_db.core import asking, reconsidering, spending
from governed_db.core.effects import (
    AskApproval,
    AwaitDecision,
    Effect,
    Emit,
    Introspect,
    Locked,
    Run,
    RunResult,
    Settle,
)
from governed_db.core.events import Scribe
from governed_db.core.plan import Knowledge, Plan, Statement
from governed_db.core.planning import Planner
from governed_db.core.waiting import Awaited, End, told
from governed_db.errors import StatementDenied
from governed_db.model.approval import Grant, RequestState
from governed_db.model.decision import Effect as Verdict
from governed_db.model.principal import Context
from governed_db.model.statement import Kind
from governed_db.policy.approvals.rules import ApprovalRefused

T = TypeVar("T")
Steps = Generator[Effect, Any, T]


class _Approved(Exception):
    """A person has agreed while the caller waited."""


class _Outdated(Exception):
    """A read was run, and the server reads other columns than analysis did; nothing was handed out."""


def govern(statement: Statement, context: Context, planner: Planner) -> Steps[RunResult]:
    """One statement from its text to its end; a second time when somebody agreed to it meanwhile.

    People take their time: policy, schema and data may have changed. A second time, too, when the schema
    turns out to have changed behind our back; what is wrong then stays refused.
    """
    try:
        return (yield from _once(statement, context, planner, waits=True))
    except (_Approved, _Outdated):
        pass  # gone on with outside, so that nothing raised there carries this
    return (yield from _once(statement, context, planner, waits=False))


def _once(statement: Statement, context: Context, planner: Planner, *, waits: bool) -> Steps[RunResult]:
    """Understand, decide and run one statement.

    Raises what `planner.refusals` makes of a refusal or a request, AuditUnavailable, or what the
    driver raised.
    """
    plan = planner.admitted((yield from understand(statement, context, planner)), statement, context)
    scribe = Scribe(plan, context, planner)

    if plan.may_be_locked and (why := (yield Locked())) is not None:
        plan = planner.redecided(plan, reconsidering.locked(plan.decision, why))
        plan = attrs.evolve(plan, denials=())  # that it is refused counts no more
        yield from _refuse(plan, Scribe(plan, context, planner), planner)
    if plan.decision.effect is Verdict.DENY:
        yield from _refuse(plan, scribe, planner)

    grant: Grant | None = None
    if plan.decision.effect is Verdict.ASK and plan.decision.auto is None:
        grant = yield from _ask(statement, plan, scribe, planner, rows=None, waits=waits)

    drawn = spending.Drawn() if grant is not None else (yield from spending.draw(plan, planner.now))
    if drawn.short is not None:
        plan = planner.redecided(plan, reconsidering.overspent(plan.decision, drawn.short))
        scribe = Scribe(plan, context, planner)
        if plan.decision.effect is Verdict.DENY:
            yield from _refuse(plan, scribe, planner)
        rows = spending.rows_to_ask(drawn.short, plan)
        grant = yield from _ask(statement, plan, scribe, planner, rows=rows, waits=waits)

    bound = drawn.bound(plan.bound) if grant is None else grant.rows
    plan = drawn.timed(plan) if grant is None else plan.unmetered()
    try:
        result = yield from _spend(drawn, _run(plan, scribe, planner, bound, grant), planner.now)
    except StatementDenied as error:
        if waits and grant is None and _may_be_outdated(plan, error):
            raise _Outdated from None
        raise
    if result.rolled_back and grant is None:
        oversized = planner.redecided(plan, reconsidering.oversized(plan, result.rows, bound))
        scribe = Scribe(oversized, context, planner)
        how = {"waits": waits, "is_counted": True}
        grant = yield from _ask(statement, oversized, scribe, planner, rows=result.rows, **how)
        result = yield from _run(oversized, scribe, planner, grant.rows, grant)
    if result.rolled_back:
        outgrown = planner.redecided(plan, reconsidering.outgrown(plan.decision, result.rows))
        raise planner.refusals.denied(outgrown, scribe.decision_id)
    return result


def _may_be_outdated(plan: Plan, error: StatementDenied) -> bool:
    """Whether a table may have been made anew since it was looked at, and the statement only reads."""
    facts = plan.facts
    return error._may_be_outdated and facts is not None and facts.kinds == {Kind.SELECT} and not facts.hazards


def _spend(drawn: spending.Drawn, running: Steps[RunResult], now: Callable[[], float]) -> Steps[RunResult]:
    """Run, and give back what was drawn for it and not used.

    An interrupted run keeps it: rows may have changed.
    """
    try:
        result = yield from running
    except Exception:
        yield from spending.settle(drawn, None, now)
        raise
    yield from spending.settle(drawn, result, now)
    return result


def understand(statement: Statement, context: Context, planner: Planner) -> Steps[Plan]:
    """The plan of a statement, from the cache or by analysis against the catalog."""
    knowledge: Knowledge = yield Introspect()
    plan = planner.cache.find(statement, context.principal)
    if plan is not None:
        return plan
    plan = planner.plan(statement, context, knowledge)
    if planner.may_be_stale(plan):
        fresh: Knowledge = yield Introspect(stale=True)
        if fresh is not knowledge:
            plan = planner.plan(statement, context, fresh)
    planner.cache.keep(statement, context.principal, plan)
    return plan


def _refuse(plan: Plan, scribe: Scribe, planner: Planner) -> Steps[NoReturn]:
    """Tell that the plan is denied, and raise it."""
    yield from spending.denied(plan)
    yield Emit(scribe.refusal(), plan.decision.durability)
    raise planner.refusals.denied(plan, scribe.decision_id)


def _ask(
    statement: Statement,
    plan: Plan,
    scribe: Scribe,
    planner: Planner,
    *,
    rows: int | None,
    waits: bool,
    is_counted: bool = False,
) -> Steps[Grant]:
    known: Knowledge = yield Introspect(stale=True)  # an approval does not hold for other definitions
    current = attrs.evolve(plan, catalog=known.catalog)
    subject = planner.subject(statement, scribe.context, current, rows=rows)
    try:
        answer = yield AskApproval(subject, plan, is_counted)
    except ApprovalRefused as error:  # nobody can be asked: what nobody has agreed to is not run
        plan = planner.redecided(plan, reconsidering.unasked(plan.decision, error))
        yield from _refuse(plan, Scribe(plan, scribe.context, planner), planner)
    if isinstance(answer, Grant):
        return answer
    plan = planner.redecided(plan, asking.near_missed(plan.decision, answer))
    if answer.state is RequestState.PENDING:
        yield Emit(scribe.request(answer), plan.decision.durability)
    awaited: Awaited = yield AwaitDecision(subject, answer, is_last=not waits)
    if waits and awaited.end is End.APPROVED:
        raise _Approved
    plan = planner.redecided(plan, told(plan.decision, awaited))
    if plan.decision.effect is Verdict.DENY:
        yield from _refuse(plan, Scribe(plan, scribe.context, planner), planner)
    raise planner.refusals.approval_required(plan, awaited.request, scribe.decision_id)


def _run(
    plan: Plan, scribe: Scribe, planner: Planner, bound: int | None, grant: Grant | None
) -> Steps[RunResult]:
    """Intent, the run itself, outcome; a reserved grant is given back when certainly nothing was changed.

    An interruption (KeyboardInterrupt, a cancelled task) is told like a failure.
    """
    scribe.approval = grant.request_id if grant is not None and grant.request_id else None
    planner.leftovers.keep(plan, scribe.context.principal)
    try:
        yield Emit(scribe.intent(), plan.decision.durability)
    except Exception:
        if grant is not None:
            yield Settle(grant, consumed=False)
        raise
    try:
        result: RunResult = yield Run(plan, bound)
    except GeneratorExit:  # nobody is left who could perform another effect
        raise
    except BaseException as error:
        if grant is not None:
            yield Settle(grant, consumed=not _is_undone(plan, bound, error, planner))
        yield Emit(scribe.failure(error), plan.decision.durability)
        raise
    if grant is not None:
        yield Settle(grant, consumed=not result.rolled_back)
    yield Emit(scribe.outcome(result), plan.decision.durability)
    return result


def _is_undone(plan: Plan, bound: int | None, error: BaseException, planner: Planner) -> bool:
    """Whether nothing is left of a run that failed; what may have run is never run again."""
    writes = plan.facts.writes if plan.facts is not None else ()
    is_whole = bound is not None or not plan.repeats  # without a savepoint earlier repetitions stay
    return is_whole and all(write.transactional for write in writes) and planner.refusals.did_nothing(error)
