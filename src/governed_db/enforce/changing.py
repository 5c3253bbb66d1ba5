"""Several statements into one change: asked for, approved and run as a whole, or not at all.

`steps` is a generator, so that one line serves drivers that wait and drivers that are generators: it yields
what the connection must do next (moves.py). Rules of this file:

* Nothing of a change stays unless all of it was permitted, or approved, and changed as many rows as said.
* An approval is bound to all statements and values in their order, and to the reason that was given.
* Each statement still goes down the whole line; where it would ask a person, the change's answer counts.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from threading import get_ident
from typing import TYPE_CHECKING, Any, Final

import attrs

from governed_db.core import reconsidering
from governed_db.core.canonical import canonical
from governed_db.core.effects import RunResult
from governed_db.core.events import Scribe
from governed_db.core.plan import Plan, Statement
from governed_db.core.samples import shown_text
from governed_db.enforce import previewing
from governed_db.enforce.moves import Keep, Measure, Move, Moves, Open, RunPart, Understand, Undo
from governed_db.enforce.recording import emit
from governed_db.enforce.waiting import ask
from governed_db.model.approval import Grant, GrantState, Request, Subject, Terms
from governed_db.model.audit import AuditEvent
from governed_db.model.decision import Durability, Effect, Reason
from governed_db.model.preview import How, Preview, Previews, from_json
from governed_db.model.statement import WRITES, Kind
from governed_db.policy.approvals.rules import ApprovalRefused

if TYPE_CHECKING:
    from governed_db.enforce.gate import Gate

_MOST: Final = 100  # statements of one change


class Asks(Exception):
    """A statement of a change that has no answer yet would ask a person. Caught here."""


@attrs.define(eq=False)
class Changing:
    """The statement of a change that is running now, as its connection's gate sees it."""

    expected: Subject
    grant: Grant | None
    is_trial: bool
    thread: int = attrs.field(factory=get_ident)

    def answers(self, subject: Subject) -> bool:
        """Whether it is this very statement that asks: another one of the connection asks for itself."""
        return (
            get_ident() == self.thread
            and subject.statement_digest == self.expected.statement_digest
            and subject.parameters_digest == self.expected.parameters_digest
        )

    def silences(self, event: AuditEvent) -> bool:
        """A statement that is only measured has not run; that it was refused is told."""
        return self.is_trial and get_ident() == self.thread and event.phase != "refusal"

    def answer(self) -> Grant:
        if self.grant is None:
            raise Asks
        return self.grant


def steps(gate: Gate, statements: Sequence[Statement], reason: str) -> Moves:
    """The whole life of a change."""
    if not statements:
        return ()
    plans: list[Plan] = []
    for number in range(len(statements)):
        plan: Plan = yield Understand(number)
        _refuse_unfit(gate, plan, number, len(statements))
        plans.append(plan)
    context, planner = gate.context(), gate.planner
    parts = [
        planner.subject(statement, context, plan, rows=None)
        for statement, plan in zip(statements, plans, strict=True)
    ]
    whole = _together(gate, plans, parts, reason)
    grant = _reached(gate, plans, whole)
    if grant is not None:
        return (yield from _granted(gate, plans, parts, grant))
    if all(plan.decision.effect is Effect.PERMIT for plan in plans):
        try:
            return (yield from _free(gate, parts))
        except Asks:
            pass  # one is larger than it may be: so all are asked for
    previews = yield from _tried(gate, plans, parts)
    return (yield from _asked(gate, plans, parts, whole, previews))


def _reached(gate: Gate, plans: Sequence[Plan], whole: Subject) -> Grant | None:
    """The grant for all of it. Where nobody can be asked there is none, and only what is permitted runs."""
    try:
        return gate.ports.approvals.reserve(whole)
    except ApprovalRefused as error:
        if all(plan.decision.effect is Effect.PERMIT for plan in plans):
            return None
        raise _refused(gate, plans[0], error.code, error.message, error.help) from None


# -- the three ways to run ------------------------------------------------------------------------------


def _free(gate: Gate, parts: Sequence[Subject]) -> Moves:
    """All permitted: together or not at all."""
    results: list[RunResult] = []
    yield Open(is_trial=False)
    try:
        for number, part in enumerate(parts):
            results.append((yield from _part(gate, number, Changing(part, None, is_trial=False))))
    except GeneratorExit:
        raise
    except BaseException:
        yield Undo()
        raise
    yield Keep()
    return tuple(results)


def _granted(gate: Gate, plans: Sequence[Plan], parts: Sequence[Subject], grant: Grant) -> Moves:
    """As was approved, each statement within its own measured rows; the grant is used up with it."""
    approvals = gate.ports.approvals
    bounds = _bounds(gate, grant, len(parts))
    if bounds is None:
        approvals.settle(grant, consumed=False)
        raise _refused(gate, plans[0], "GDB444", "what was approved cannot be found any more", "ask again")
    results: list[RunResult] = []
    is_undone = True
    try:
        yield Open(is_trial=False)
        is_undone = False
        for number, (part, rows) in enumerate(zip(parts, bounds, strict=True)):
            results.append((yield from _bounded_part(gate, plans, number, part, rows)))
    except GeneratorExit:  # whether it ran is not known to anybody: the grant stays taken
        raise
    except BaseException:
        try:
            if not is_undone:
                yield Undo()
                is_undone = True
        finally:
            approvals.settle(grant, consumed=not is_undone)
        raise
    try:
        yield Keep()
    finally:
        approvals.settle(grant, consumed=True)
    return tuple(results)


def _tried(gate: Gate, plans: Sequence[Plan], parts: Sequence[Subject]) -> Generator[Move, Any, Previews]:
    """Each statement measured after those before it; nothing of it stays."""
    previews: list[Preview] = []
    yield Open(is_trial=True)
    try:
        for number, (plan, part) in enumerate(zip(plans, parts, strict=True)):
            known = gate.knowing.last
            if known is None:
                raise _refused(gate, plan, "GDB443", "the database cannot be asked now", "try again")
            may = previewing.may_compare(gate, plan)
            trial = previewing.trial_of(gate, plan, known, may_measure=may)
            preview: Preview = yield Measure(number, plan, trial)
            if preview.how is not How.MEASURED or preview.rows_bound is None:
                raise _unmeasured(gate, plan, number, preview)
            previews.append(preview)
            yield from _bounded_part(gate, plans, number, part, preview.rows_bound, is_trial=True)
    except GeneratorExit:
        raise
    except BaseException:
        yield Undo()
        raise
    yield Undo()
    return Previews(tuple(previews))


def _asked(
    gate: Gate, plans: Sequence[Plan], parts: Sequence[Subject], whole: Subject, previews: Previews
) -> Moves:
    """File the request, or run at once what somebody agreed to just now."""
    rows = ", ".join(str(preview.rows_bound) for preview in previews.parts)
    # With the rows of each statement in it: when they differ, earlier votes were for something else.
    told = attrs.evolve(whole, rows=previews.rows, reason=f"{whole.reason} (rows by statement: {rows})")
    try:
        answer = ask(gate.ports, told)
    except ApprovalRefused as error:
        raise _refused(gate, plans[0], error.code, error.message, error.help) from None
    if isinstance(answer, Grant):
        return (yield from _granted(gate, plans, parts, answer))
    gate.ports.approvals.keep_preview(answer.id, previews.to_json())
    raise _required(gate, plans, whole, answer)


def _bounded_part(
    gate: Gate, plans: Sequence[Plan], number: int, part: Subject, rows: int, *, is_trial: bool = False
) -> Generator[Move, Any, RunResult]:
    grant = Grant(f"part {number}", "", GrantState.RESERVED, 0.0, 1, rows)
    result: RunResult = yield from _part(gate, number, Changing(part, grant, is_trial))
    if not 0 <= result.rows <= rows:
        plan = plans[number]
        outgrown = gate.planner.redecided(plan, reconsidering.outgrown(plan.decision, result.rows))
        raise gate.driver.denied(outgrown, gate.ports.new_id())
    return result


def _part(gate: Gate, number: int, changing: Changing) -> Generator[Move, Any, RunResult]:
    gate.changing = changing
    try:
        result: RunResult = yield RunPart(number)
    finally:
        gate.changing = None
    return result


# -- what is asked for ------------------------------------------------------------------------------------


def _together(gate: Gate, plans: Sequence[Plan], parts: Sequence[Subject], reason: str) -> Subject:
    """One subject for all: bound to each statement and its values, in order, and to the reason."""
    digest = gate.ports.digest
    asking = [
        part for part, plan in zip(parts, plans, strict=True) if plan.decision.effect is Effect.ASK
    ] or list(parts[:1])
    approvers = {part.approvers for part in asking if part.approvers}
    terms = {part.terms for part in asking if part.terms != Terms()}
    if len(approvers) > 1 or len(terms) > 1:
        raise _refused(
            gate,
            plans[0],
            "GDB442",
            "these statements need the approval of different people",
            "make a change of those that the same people decide on",
        )
    return attrs.evolve(
        asking[0],
        statement=";\n".join(part.statement for part in parts),
        statement_digest=digest(canonical(("change", reason, [part.statement_digest for part in parts]))),
        parameters_digest=digest(canonical([part.parameters_digest for part in parts])),
        schema=digest(canonical([part.schema for part in parts])),
        approvers=next(iter(approvers), ()),
        terms=next(iter(terms), Terms()),
        grant_seconds=min(part.grant_seconds for part in asking),
        grant_uses=1,
        reason=shown_text(reason),
    )


def _bounds(gate: Gate, grant: Grant, count: int) -> list[int] | None:
    """The rows of each statement, as they were when the request was approved."""
    stored = gate.ports.approvals.preview(grant.request_id)
    if stored is None:
        return None
    try:
        bounds = [preview.rows_bound for preview in from_json(stored).parts]
    except ValueError:
        return None
    known = [rows for rows in bounds if rows is not None]
    if len(known) != count or (grant.rows is not None and sum(known) > grant.rows):
        return None
    return known


# -- refusals -----------------------------------------------------------------------------------------------


def _refuse_unfit(gate: Gate, plan: Plan, number: int, count: int) -> None:
    facts = plan.facts
    if plan.decision.effect is Effect.DENY:
        scribe = Scribe(plan, gate.context(), gate.planner)
        emit(gate, scribe.refusal(), plan.decision.durability)
        raise gate.driver.denied(plan, scribe.decision_id)
    if count > _MOST:
        raise _refused(gate, plan, "GDB441", f"a change has at most {_MOST} statements", "make several")
    is_fit = (
        facts is not None
        and facts.writes
        and facts.kinds <= WRITES | {Kind.SELECT}
        and all(write.transactional for write in facts.writes)
    )
    if not is_fit:
        raise _refused(
            gate,
            plan,
            "GDB441",
            f"statement {number + 1} of the change cannot be taken back with the others",
            "a change is made of INSERT, UPDATE, DELETE and MERGE on tables that know transactions",
        )


def _unmeasured(gate: Gate, plan: Plan, number: int, preview: Preview) -> Exception:
    why = preview.caveats[-1] if preview.caveats else "its rows are not known"
    return _refused(
        gate,
        plan,
        "GDB443",
        f"statement {number + 1} of the change cannot be measured: {why}",
        "nothing was changed and nobody was asked: a change is only asked for when all of it was measured",
    )


def _refused(gate: Gate, plan: Plan, code: str, message: str, help: str) -> Exception:
    reason = Reason(code, message, help=help, rule="change")
    decision = attrs.evolve(plan.decision, effect=Effect.DENY, reasons=(reason,))
    refused = attrs.evolve(plan, decision=decision)
    emit(gate, Scribe(refused, gate.context(), gate.planner).refusal(), decision.durability)
    return gate.driver.denied(refused, gate.ports.new_id())


def _required(gate: Gate, plans: Sequence[Plan], whole: Subject, request: Request) -> Exception:
    count = len(plans)
    message = f"this change of {count} statement{'s' * (count > 1)} needs approval"
    help_ = "nothing was changed; have the request approved and run the same change again"
    reason = Reason("GDB440", message, help=help_, rule=whole.rule)
    for plan in plans:
        emit(gate, Scribe(plan, gate.context(), gate.planner).request(request), Durability.STRICT)
    decision = attrs.evolve(plans[0].decision, effect=Effect.ASK, rule=whole.rule, reasons=(reason,))
    shown = attrs.evolve(plans[0], decision=decision, redacted=whole.statement, shown="")
    return gate.driver.approval_required(shown, request, gate.ports.new_id())
