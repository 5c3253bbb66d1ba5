"""A decision or a request into what a driver's own exception carries for people and programs."""

from __future__ import annotations

import enum
from typing import Any, TypeVar

from governed_db.core.plan import Plan
from governed_db.errors import ApprovalRequired, StatementDenied
from governed_db.model.approval import Request, Task
from governed_db.policy.explain import render

Refusal = TypeVar("Refusal", bound=StatementDenied)


class Cause(enum.Enum):
    """What a server would have said of the same statement, as far as its error class tells."""

    PRIVILEGE = "privilege"
    RELATION = "unknown relation"
    COLUMN = "unknown column"
    SYNTAX = "syntax"


_CAUSES = {
    "GDB105": Cause.SYNTAX,
    "GDB106": Cause.SYNTAX,
    "GDB110": Cause.RELATION,
    "GDB111": Cause.COLUMN,
    "GDB112": Cause.COLUMN,
}


def cause(plan: Plan) -> Cause:
    """Programs tell a missing table from a missing right by the class of the driver's exception."""
    reasons = plan.decision.reasons
    return _CAUSES.get(reasons[0].code, Cause.PRIVILEGE) if reasons else Cause.PRIVILEGE


def message(plan: Plan, decision_id: str) -> str:
    """The page of help; literals of the statement are replaced in it."""
    return render(plan.decision, plan.shown or plan.redacted, decision_id=decision_id)


def dressed(refusal: Refusal, plan: Plan, decision_id: str) -> Refusal:
    """The exception with `code`, `reasons` and `decision_id` of the decision."""
    reasons = plan.decision.reasons
    refusal.reasons = reasons
    refusal.code = reasons[0].code if reasons else "GDB300"
    refusal.decision_id = decision_id
    refusal._sought = plan.rewrite
    return refusal


def asked(refusal: Refusal, plan: Plan, request: Request, decision_id: str) -> Refusal:
    """The same for a request; `task` is what is handed to approvers."""
    if isinstance(refusal, ApprovalRequired):
        refusal.task = task(request)
    return dressed(refusal, plan, decision_id)


def task(request: Request) -> Task:
    """A request as JSON-able values."""
    subject = request.subject
    described: dict[str, Any] = {
        "id": request.id,
        "state": request.state.value,
        "database": subject.database,
        "statement": subject.statement,
        "principals": list(subject.principals),
        "rows": subject.rows,
        "rule": subject.rule,
        "reason": subject.reason,
        "approvers": list(subject.approvers),
        "created": request.created,
        "expires": request.expires,
    }
    return described


def refused_call(name: str, help: str) -> str:
    """The message for a public name of a driver that must not be used."""
    return f"GDB701 {name} is not available on a governed connection\n  = help: {help}"


UNGOVERNED = (
    "GDB700 a statement reached the driver without having been governed; it was not sent"
    "\n  = help: use the cursors that the governed connection makes, and their own methods"
)
