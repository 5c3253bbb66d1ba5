"""What may become of requests and grants, and what a grant is bound to, as data and pure functions.

Two state machines. A request asks; a grant answers it and is used up. A grant is taken (reserved)
before the statement runs and settled after it. One that was taken and never settled stays taken until
it expires: whether its statement ran is not known, and then the answer is no.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from governed_db.errors import Error
from governed_db.model.approval import GrantState, Request, RequestState, Review, Subject

REQUEST_MOVES: Mapping[RequestState, frozenset[RequestState]] = {
    RequestState.PENDING: frozenset(
        {RequestState.APPROVED, RequestState.DENIED, RequestState.EXPIRED, RequestState.CANCELLED}
    ),
    RequestState.APPROVED: frozenset(),
    RequestState.DENIED: frozenset(),
    RequestState.EXPIRED: frozenset(),
    RequestState.CANCELLED: frozenset(),
}
GRANT_MOVES: Mapping[GrantState, frozenset[GrantState]] = {
    GrantState.ACTIVE: frozenset({GrantState.RESERVED, GrantState.EXPIRED, GrantState.REVOKED}),
    GrantState.RESERVED: frozenset(
        {GrantState.ACTIVE, GrantState.CONSUMED, GrantState.EXPIRED, GrantState.REVOKED}
    ),
    GrantState.CONSUMED: frozenset(),
    GrantState.EXPIRED: frozenset(),
    GrantState.REVOKED: frozenset(),
}

State = TypeVar("State", RequestState, GrantState)


class ApprovalRefused(Error):
    """An approval step that may not be taken, or a store that cannot take it; nothing was changed."""

    def __init__(self, code: str, message: str, *, help: str) -> None:
        super().__init__(f"{code} {message}\n  = help: {help}")
        self.code, self.message, self.help = code, message, help


class ApprovalsAway(ApprovalRefused):
    """Nobody can be asked just now; asking again later may do."""


def move(moves: Mapping[State, frozenset[State]], before: State, after: State) -> State:
    """`after`, if the table allows it from `before`."""
    if after not in moves[before]:
        raise ApprovalRefused(
            "GDB402",
            f"what is {before.value} cannot become {after.value}",
            help="see its state with `governed-db approvals show`; ask again to get a new request",
        )
    return after


def asked_for(subject: Subject) -> str:
    """The digest of what is asked for: while it waits, asking for the same again is the same request."""
    return _digest([_PARTS[name](subject) for name in ("principal", "database", "statement", "parameters")])


def binding(subject: Subject) -> str:
    """The digest of what a grant is bound to: who, where, what exactly would run, under which policy and
    on which definitions."""
    return _digest([part(subject) for part in _PARTS.values()])


def differences(subject: Subject, granted: Subject) -> tuple[str, ...]:
    """In which parts two subjects differ, in the words of people."""
    return tuple(name for name, part in _PARTS.items() if part(subject) != part(granted))


_PARTS: Mapping[str, Callable[[Subject], Any]] = {
    "principal": lambda subject: [list(subject.principals), list(subject.agents)],
    "database": lambda subject: subject.database,
    "statement": lambda subject: subject.statement_digest,
    "parameters": lambda subject: subject.parameters_digest,
    "policy revision": lambda subject: subject.revision,
    "table definitions": lambda subject: subject.schema,
}


def _digest(bound: list[Any]) -> str:
    return hashlib.sha256(json.dumps(bound).encode()).hexdigest()


def check_bound(subject: Subject, at_most: int | None) -> None:
    """Refuse when more rows are asked for than the approver looked at: asks can grow meanwhile."""
    if at_most is not None and (subject.rows is None or subject.rows > at_most):
        raise ApprovalRefused(
            "GDB407",
            f"the request is now for {subject.rows} rows (None: not known), not {at_most}",
            help="look at the request again before you decide",
        )


def to_task(request: Request) -> dict[str, Any]:
    """The request as JSON-portable facts: what a waiting caller or an approver's screen needs.

    `statement` has its literals replaced, and no digest leaves the store.
    """
    subject = request.subject
    return {
        "id": request.id,
        "state": request.state.value,
        "statement": subject.statement,
        "principals": list(subject.principals),
        "database": subject.database,
        "rule": subject.rule,
        "revision": subject.revision,
        "rows": subject.rows,
        "reason": subject.reason,
        "approvers": list(subject.approvers),
        "quorum": subject.terms.quorum,
        "votes": [
            {"by": vote.by, "agrees": vote.agrees, "proof": vote.proof.value, "comment": vote.comment}
            for vote in request.votes
        ],
        "differs": list(request.differs),
        "created": _utc(request.created),
        "expires": _utc(request.expires),
        "decided_by": request.decided_by,
        "comment": request.comment,
        "approve": f"governed-db approvals approve {request.id}",
        "deny": f"governed-db approvals deny {request.id}",
        "review": _review(request.review),
    }


def _review(review: Review | None) -> dict[str, Any] | None:
    if review is None:
        return None
    return {"state": review.state.value, "due": _utc(review.due), "by": review.by, "comment": review.comment}


def _utc(seconds: float) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat(timespec="seconds")
