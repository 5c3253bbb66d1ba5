"""The things that a statement's life asks of the world, as values."""

from __future__ import annotations

import attrs

from governed_db.core.plan import Plan
from governed_db.model.approval import Grant, Request, Subject
from governed_db.model.audit import AuditEvent
from governed_db.model.decision import Budget, Durability


@attrs.frozen
class Introspect:
    """Read the catalog. Answered with Knowledge.

    `stale`: what was known turned out not to do (a name did not resolve), so the cached snapshot
    may only be used again if the schema epoch proves that it is current.
    """

    stale: bool = False


@attrs.frozen
class AskApproval:
    """Reserve a grant for `subject` or file a request. Answered with the Grant or the Request.

    A request comes with a preview of `plan`. `is_counted`: the conversation's budgets have paid for
    what its row count tells.
    """

    subject: Subject
    plan: Plan | None = None
    is_counted: bool = False


@attrs.frozen
class AwaitDecision:
    """Wait for the decision on a request, as the connection is set to. Answered with Awaited.

    `is_last`: there has been a wait already, and there is to be no other.
    """

    subject: Subject
    request: Request
    is_last: bool = False


@attrs.frozen
class Run:
    """Send `plan.text`. Answered with RunResult; driver errors are thrown in here.

    With `bound` the statement runs inside a savepoint and is rolled back to it when it changed more
    rows than that.
    """

    plan: Plan
    bound: int | None = None


@attrs.frozen
class RunResult:
    """`rows`: the driver's row count (-1: unknown). `rolled_back`: the bound was exceeded."""

    rows: int = -1
    rolled_back: bool = False


@attrs.frozen
class Emit:
    """Record `event`. Raises AuditUnavailable where policy wants the event and it cannot be had."""

    event: AuditEvent
    durability: Durability


@attrs.frozen
class Settle:
    """Say whether a reserved grant was used. Not an effect of its own kind: part of AskApproval's."""

    grant: Grant
    consumed: bool


@attrs.frozen
class Draw:
    """Take up to `amount` of what is left of a budget of this conversation. Answered with what was got.

    A negative amount gives back what was drawn and not used; answered with it.
    """

    budget: Budget
    amount: int


@attrs.frozen
class Locked:
    """Answered with why the conversation or a principal in it is locked, None when nothing is."""


@attrs.frozen
class Lock:
    """Lock whose budget it is: the conversation or the principal."""

    budget: Budget


Effect = Introspect | AskApproval | AwaitDecision | Settle | Draw | Locked | Lock | Run | Emit
