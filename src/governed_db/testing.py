"""Fakes for tests of code that is governed: an audit trail, approvals and a world, all in memory.

They fill the same ports as the real ones (core/ports.py), so that a policy, a callback or an
integration can be tested without files, servers and waiting.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import attrs

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
from governed_db.core.plan import Knowledge, Plan
from governed_db.core.ports import Account
from governed_db.core.waiting import Awaited, End
from governed_db.errors import ApprovalRequired, AuditUnavailable, StatementDenied
from governed_db.mask.tokens import KEY_BYTES, KeyRing
from governed_db.model.approval import Grant, GrantState, Request, RequestState, Subject
from governed_db.model.audit import AuditEvent
from governed_db.model.catalog import Catalog, Column, Dialect, RelationInfo, RelationKind
from governed_db.model.codec import Members
from governed_db.model.decision import Budget, Measure
from governed_db.model.statement import ColumnRef

Refusal = TypeVar("Refusal", bound=StatementDenied)

__all__ = [
    "MemoryApprovals",
    "MemoryAudit",
    "MemoryBudgets",
    "MemoryKeys",
    "MemoryWorld",
    "PlainRefusals",
    "catalog_of",
    "known",
]


@attrs.define(eq=False)
class MemoryAudit:
    """An audit trail in a list. `is_broken`: it takes no events, as a full disk would."""

    events: list[AuditEvent | Members] = attrs.field(factory=list)
    is_broken: bool = False
    lost: int = 0

    def write(self, event: AuditEvent) -> None:
        self.check()
        self.events.append(event)

    def put(self, make: Callable[..., AuditEvent | Members], *arguments: Any) -> None:
        self.check()
        self.events.append(make(*arguments))

    def tally(self, outcomes: Callable[[Sequence[Any]], Sequence[Members]], hit: Any) -> None:
        self.check()
        self.events.extend(outcomes([hit]))

    def check(self) -> None:
        if self.is_broken:
            raise AuditUnavailable("this trail was made to refuse events")

    def lose(self) -> None:
        self.lost += 1


@attrs.define(eq=False)
class MemoryApprovals:
    """Approvals in lists. `approve` grants what was asked for last, to be used once."""

    requests: list[Request] = attrs.field(factory=list)
    grants: list[Grant] = attrs.field(factory=list)

    def request(self, subject: Subject) -> Request:
        for known_request in self.requests:
            if known_request.subject.statement_digest == subject.statement_digest:
                return known_request
        made = Request(f"req-{len(self.requests) + 1}", subject, RequestState.PENDING, 0.0, 900.0)
        self.requests.append(made)
        return made

    def get(self, id: str) -> Request:
        return next(request for request in self.requests if request.id == id)

    def approve(self) -> Grant:
        """Grant the last request with the rows that it measured."""
        asked = self.requests[-1]
        grant = Grant(f"grant-{asked.id}", asked.id, GrantState.ACTIVE, 900.0, 1, asked.subject.rows)
        self.grants.append(grant)
        return grant

    def reserve(self, subject: Subject) -> Grant | None:
        asked = {r.id for r in self.requests if r.subject.statement_digest == subject.statement_digest}
        for index, grant in enumerate(self.grants):
            if grant.request_id in asked and grant.state is GrantState.ACTIVE:
                self.grants[index] = attrs.evolve(grant, state=GrantState.RESERVED)
                return self.grants[index]
        return None

    def settle(self, grant: Grant, *, consumed: bool) -> None:
        state = GrantState.CONSUMED if consumed else GrantState.ACTIVE
        self.grants = [attrs.evolve(g, state=state) if g.id == grant.id else g for g in self.grants]


@attrs.define(eq=False)
class MemoryBudgets:
    """Budgets that are counted for ever: `taken` by account and measure. Any lock is everybody's."""

    taken: dict[tuple[Account, Measure], int] = attrs.field(factory=dict)
    locks: list[str] = attrs.field(factory=list)

    def draw(self, account: Account, budget: Budget, amount: int) -> int:
        key = account, budget.measure
        used = self.taken.get(key, 0)
        got = amount if amount < 0 else min(amount, max(budget.most - used, 0))
        self.taken[key] = used + got
        return got

    def see(self, account: Account, budget: Budget, subjects: frozenset[str]) -> bool:  # noqa: ARG002
        return len(subjects) <= budget.most

    def lock(self, account: Account, why: str, seconds: float | None) -> None:  # noqa: ARG002
        self.locks.append(why)

    def locked(self, accounts: tuple[Account, ...]) -> str | None:  # noqa: ARG002
        return self.locks[-1] if self.locks else None


class MemoryKeys:
    """Mask keys that are forgotten with the test; `rotate` puts a new one in front of the others."""

    def __init__(self) -> None:
        self._keys: list[bytes] = []
        self.rotate()

    def rotate(self) -> None:
        self._keys.insert(0, os.urandom(KEY_BYTES))
        self._ring = KeyRing(self._keys)

    def ring(self) -> KeyRing:
        return self._ring

    def latest(self) -> KeyRing:
        return self._ring


class PlainRefusals:
    """Refusals that are our own exceptions only."""

    def denied(self, plan: Plan, decision_id: str) -> StatementDenied:
        return _dressed(StatementDenied(_words(plan)), plan, decision_id)

    def approval_required(self, plan: Plan, request: Request, decision_id: str) -> ApprovalRequired:
        refusal = _dressed(ApprovalRequired(_words(plan)), plan, decision_id)
        refusal.task = {"id": request.id}
        return refusal

    def did_nothing(self, error: BaseException) -> bool:
        """Errors of our own classes and interruptions may come after the run; others are the server's."""
        return isinstance(error, Exception) and not isinstance(error, (StatementDenied, OSError))


@attrs.define(eq=False)
class MemoryWorld:
    """Performs the effects of `core.govern` and keeps a transcript of them.

    `rows` says how many rows a statement would change; `failure` is what the driver raises. `later` is
    what is known when somebody looks again, for a schema that has changed meanwhile. `decide` is what
    becomes of a request that is waited for; without it nobody waits.
    """

    knowledge: Knowledge
    audit: MemoryAudit = attrs.field(factory=MemoryAudit)
    approvals: MemoryApprovals = attrs.field(factory=MemoryApprovals)
    budgets: MemoryBudgets = attrs.field(factory=MemoryBudgets)
    rows: int = -1
    failure: BaseException | None = None
    later: Knowledge | None = None
    decide: Callable[[Request], Awaited] | None = None
    transcript: list[str] = attrs.field(factory=list)

    def perform(self, effect: Effect) -> Any:
        """The answer to one effect."""
        match effect:
            case Introspect(stale):
                return self._look(stale=stale)
            case AskApproval(subject):
                return self._ask(subject)
            case AwaitDecision(_, request, is_last):
                return self._wait(request, is_last=is_last)
            case Settle(grant, consumed):
                self.transcript.append("settle: consumed" if consumed else "settle: given back")
                self.approvals.settle(grant, consumed=consumed)
            case Draw(budget, amount):
                got = self.budgets.draw(Account("memory", is_shared=False), budget, amount)
                self.transcript.append(f"draw: {got} of {budget.most} {budget.measure.value}")
                return got
            case Locked():
                return self.budgets.locked(())
            case Lock(budget):
                self.transcript.append(f"lock: {budget.measure.value}")
                self.budgets.lock(Account("memory", is_shared=False), f"out of {budget.measure.value}", None)
            case Run(plan, bound):
                return self._run(plan, bound)
            case Emit(event, durability):
                status = event.fields.get("status")
                told = f"{event.phase} {status}" if status else event.phase
                self.transcript.append(f"tell: {told} ({durability.value})")
                self.audit.write(event)
        return None

    def _look(self, *, stale: bool) -> Knowledge:
        self.transcript.append("look again" if stale else "look")
        if stale and self.later is not None:
            self.knowledge = self.later
        return self.knowledge

    def _ask(self, subject: Subject) -> Grant | Request:
        answer = self.approvals.reserve(subject) or self.approvals.request(subject)
        self.transcript.append(f"ask: {'granted' if isinstance(answer, Grant) else 'requested'}")
        return answer

    async def aperform(self, effect: Effect) -> Any:
        """The same in an async world."""
        return self.perform(effect)

    def gperform(self, effect: Effect) -> Generator[None, None, Any]:
        """The same in a world that is a generator."""
        yield
        return self.perform(effect)

    def _wait(self, request: Request, *, is_last: bool) -> Awaited:
        if self.decide is None or is_last:
            return Awaited(request, End.NOT_WAITED)
        self.transcript.append("wait")
        return self.decide(request)

    def _run(self, plan: Plan, bound: int | None) -> RunResult:
        self.transcript.append(f"run: {plan.text}" + ("" if bound is None else f" (at most {bound} rows)"))
        if self.failure is not None:
            raise self.failure
        return RunResult(self.rows, rolled_back=bound is not None and self.rows > bound)


def catalog_of(dialect: Dialect, tables: Mapping[str, Iterable[str]], schema: str = "main") -> Catalog:
    """A catalog of tables by name and columns; the first column of each is its integer key."""
    relations = {
        (schema, name): RelationInfo(
            schema,
            name,
            RelationKind.TABLE,
            tuple(
                Column(column, "integer" if n == 0 else "text", not_null=n == 0)
                for n, column in enumerate(columns)
            ),
            unique_keys=(frozenset(list(columns)[:1]),),
        )
        for name, columns in tables.items()
    }
    return Catalog(dialect, dialect.value, "memory", relations, (schema,), epoch="1")


def known(catalog: Catalog, classes: Mapping[str, str]) -> Knowledge:
    """What is known of a database; `classes` by "schema.relation.column"."""
    return Knowledge(catalog, {ColumnRef(*name.split(".")): kind for name, kind in classes.items()})


def _words(plan: Plan) -> str:
    return "; ".join(f"{reason.code} {reason.message}" for reason in plan.decision.reasons)


def _dressed(refusal: Refusal, plan: Plan, decision_id: str) -> Refusal:
    refusal.reasons = plan.decision.reasons
    refusal.code = plan.decision.reasons[0].code if plan.decision.reasons else "GDB300"
    refusal.decision_id = decision_id
    return refusal
