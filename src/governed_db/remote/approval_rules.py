"""What may become of requests and grants, and who may decide, as data and pure functions.

Two state machines. A request asks; a grant answers it and is used up. A grant is taken (reserved)
before the statement runs and settled after it. One that was taken and never settled stays taken until
it expires: whether its statement ran is not known, and then the answer is no.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from governed_db.errors import Error
from governed_db.model.approval import GrantState, Request, RequestState, Subject

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
        self.code = code


def move(moves: Mapping[State, frozenset[State]], before: State, after: State) -> State:
    """`after`, if the table allows it from `before`."""
    if after not in moves[before]:
        raise ApprovalRefused(
            "GDB402",
            f"what is {before.value} cannot become {after.value}",
            help="see its state with `governed-db approvals show`; ask again to get a new request",
        )
    return after


def binding(subject: Subject) -> str:
    """The digest of what an approval is bound to: who, where, and exactly what would run."""
    bound = [
        list(subject.principals),
        subject.database,
        subject.statement_digest,
        subject.parameters_digest,
    ]
    return hashlib.sha256(json.dumps(bound).encode()).hexdigest()


def check_decider(subject: Subject, by: str, groups: Iterable[str]) -> None:
    """Refuse a decision by somebody whose own request this is, or who was not named to decide."""
    if not by.strip():
        raise ApprovalRefused("GDB403", "a decision needs a name", help="say who decides")
    if _alike(by) in {_alike(principal) for principal in subject.principals}:
        raise ApprovalRefused(
            "GDB403",
            "nobody decides on what they asked for themselves, or what was asked on their behalf",
            help="ask a second person to decide",
        )
    if subject.approvers and not set(subject.approvers) & set(groups):
        raise ApprovalRefused(
            "GDB404",
            f"only members of {', '.join(subject.approvers)} decide on this request",
            help="ask a member of one of these groups",
        )


def check_bound(subject: Subject, at_most: int | None) -> None:
    """Refuse when more rows are asked for than the approver looked at: asks can grow meanwhile."""
    if at_most is not None and (subject.rows is None or subject.rows > at_most):
        raise ApprovalRefused(
            "GDB407",
            f"the request is now for {subject.rows} rows (None: not known), not {at_most}",
            help="look at the request again before you decide",
        )


def _alike(name: str) -> str:
    # Case, padding and compatibility forms do not make a second person.
    return unicodedata.normalize("NFKC", name).strip().casefold()


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
        "created": _utc(request.created),
        "expires": _utc(request.expires),
        "decided_by": request.decided_by,
        "comment": request.comment,
        "approve": f"governed-db approvals approve {request.id}",
        "deny": f"governed-db approvals deny {request.id}",
    }


def _utc(seconds: float) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat(timespec="seconds")
