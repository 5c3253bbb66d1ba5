"""What people do: look at requests, approve or deny them, take grants back, and look back at broken glass.

Only a verified token or a session says who decides; the rules of who may are those of the embedded store.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import attrs
from sqlalchemy.exc import IntegrityError

from governed_db.model.approval import (
    Grant,
    GrantState,
    Proof,
    Request,
    RequestState,
    Review,
    ReviewState,
    Subject,
)
from governed_db.model.ids import spoken_id
from governed_db.policy.approvals import deciders
from governed_db.policy.approvals.deciders import alike
from governed_db.policy.approvals.rules import (
    GRANT_MOVES,
    REQUEST_MOVES,
    ApprovalRefused,
    binding,
    check_bound,
    move,
)
from governed_db.server import journal
from governed_db.server.answers import Problem, not_found
from governed_db.server.approvals import asking
from governed_db.server.approvals.rows import encoded, grant_of, request_of, votes_of
from governed_db.server.callers import Caller, How
from governed_db.server.store import Tx
from governed_db.server.tables.approvals import GRANTS, REQUESTS, VOTES


def listed(
    tx: Tx, state: RequestState | None = None, *, limit: int = 200, due: bool = False
) -> tuple[Request, ...]:
    """Requests, the newest first; with `state` those in it. `due`: whose broken glass waits for a review."""
    r, now = REQUESTS.c, time.time()
    asked = tx.select(REQUESTS).order_by(r.created.desc(), r.id).limit(limit)
    if due:
        asked = tx.select(REQUESTS).where(r.review_due.is_not(None)).order_by(r.review_due, r.id)
    elif state is RequestState.PENDING:
        asked = asked.where(r.state == "pending", r.expires > now)
    elif state is RequestState.EXPIRED:
        asked = asked.where((r.state == "expired") | ((r.state == "pending") & (r.expires <= now)))
    elif state is not None:
        asked = asked.where(r.state == state.value)
    return tuple(_as_of(request_of(tx, row), now) for row in tx.rows(asked))


def get(tx: Tx, id: str, *, locks: bool = False) -> Request:
    """Any request of the tenant, as it stands now."""
    asked = tx.select(REQUESTS).where(REQUESTS.c.id == id)
    row = tx.row(asked.with_for_update() if locks else asked)
    if row is None:
        raise not_found("there is no such request")
    return _as_of(request_of(tx, row), time.time())


def preview(tx: Tx, id: str) -> Mapping[str, Any] | None:
    """What its approvers are shown."""
    get(tx, id)
    return asking.stored_preview(tx, id)


def grants(tx: Tx, id: str) -> tuple[Grant, ...]:
    """What the request led to."""
    g = GRANTS.c
    rows = tx.rows(tx.select(GRANTS).where(g.request == id).order_by(g.expires, g.id))
    return tuple(map(grant_of, rows))


def approve(tx: Tx, caller: Caller, id: str, comment: str = "", *, at_most: int | None = None) -> Request:
    """Agree; when as many agree as policy wants, the statement may run within bounds.

    `at_most`: the rows that were shown; refused when the request has grown since.
    """
    request, now = _open(tx, caller, id, RequestState.APPROVED)
    deciders.check_decider(request.subject, caller.id, caller.groups, Proof.TOKEN)
    check_bound(request.subject, at_most)
    request = _vote(tx, caller, request, comment, now, agrees=True)
    if sum(vote.agrees for vote in request.votes) < request.subject.terms.quorum:
        _record(tx, caller, "approval.voted", request, comment)
        return request
    _grant(tx, request, now)
    return _decide(tx, caller, request, RequestState.APPROVED, comment, now)


def deny(tx: Tx, caller: Caller, id: str, comment: str = "") -> Request:
    """Refuse; one refusal is enough."""
    request, now = _open(tx, caller, id, RequestState.DENIED)
    deciders.check_decider(request.subject, caller.id, caller.groups, Proof.TOKEN)
    request = _vote(tx, caller, request, comment, now, agrees=False)
    return _decide(tx, caller, request, RequestState.DENIED, comment, now)


def cancel(tx: Tx, caller: Caller, id: str, comment: str = "") -> Request:
    """Withdraw it: who asked for it, or whom it is asked for, and nobody else."""
    request, now = _open(tx, caller, id, RequestState.CANCELLED)
    if alike(caller.id) not in {alike(name) for name in (*request.subject.principals, _asker(tx, id))}:
        raise ApprovalRefused(
            "GDB404", "only who asked withdraws a request", help="deny it, if you may decide on it"
        )
    return _decide(tx, caller, request, RequestState.CANCELLED, comment, now)


def break_glass(tx: Tx, caller: Caller, id: str, justification: str) -> Request:
    """Let it run without a second person, where policy says so; somebody has to look back at it."""
    request, now = _open(tx, caller, id, RequestState.APPROVED)
    deciders.check_breaker(request.subject, caller.id, caller.groups, Proof.TOKEN)
    deciders.check_justification(justification)
    deciders.check_debts(listed(tx, due=True), caller.id, now)
    review = Review(ReviewState.DUE, now + request.subject.terms.review_seconds)
    _reviewed(tx, request, review)
    _grant(tx, request, now)
    decided = attrs.evolve(request, review=review)
    return _decide(
        tx, caller, decided, RequestState.APPROVED, justification, now, act="approval.glass_broken"
    )


def review(tx: Tx, caller: Caller, id: str, comment: str = "", *, accepts: bool = True) -> Request:
    """Look back at a broken glass."""
    _check_person(caller)
    request, now = get(tx, id, locks=True), time.time()
    if request.review is None or request.review.state is not ReviewState.DUE:
        raise ApprovalRefused("GDB415", f"request {id} has no review due", help="see the list of those due")
    deciders.check_reviewer(request, caller.id)
    state = ReviewState.ACCEPTED if accepts else ReviewState.OBJECTED
    request = _reviewed(tx, request, Review(state, request.review.due, caller.id, now, comment))
    _record(tx, caller, "approval.reviewed", request, comment)
    return request


def revoke(tx: Tx, caller: Caller, id: str, comment: str = "") -> Request:
    """Take back what was granted for a request; a statement that runs is not interrupted.

    Whoever may decide on it may; and whose request it is, for that makes nothing possible.
    """
    _check_person(caller)
    request = get(tx, id, locks=True)
    if alike(caller.id) not in deciders.barred(request.subject):
        deciders.check_decider(request.subject, caller.id, caller.groups, Proof.TOKEN)
    asking.run_out(tx, time.time())
    before = [state.value for state, after in GRANT_MOVES.items() if GrantState.REVOKED in after]
    g = GRANTS.c
    ended = tx.update(GRANTS).where(g.request == id, g.state.in_(before)).values(state="revoked")
    if not tx.run(ended):
        raise ApprovalRefused("GDB402", "nothing of it is left to be taken back", help="see its grants")
    _record(tx, caller, "approval.revoked", request, comment)
    return request


# -- steps --------------------------------------------------------------------------------------------------


def _open(tx: Tx, caller: Caller, id: str, after: RequestState) -> tuple[Request, float]:
    """The request, if it may become `after`; nobody else changes it meanwhile."""
    _check_person(caller)
    now = time.time()
    asking.run_out(tx, now)
    request = get(tx, id, locks=True)
    if request.state is RequestState.EXPIRED:
        raise ApprovalRefused(
            "GDB405", f"request {id} has expired", help="let the requester ask again: a new request is made"
        )
    move(REQUEST_MOVES, request.state, after)
    return request, now


def _vote(tx: Tx, caller: Caller, request: Request, comment: str, now: float, *, agrees: bool) -> Request:
    """The request with this vote; who has agreed before may still refuse, and agrees only once."""
    v, voter = VOTES.c, alike(caller.id)
    mine = (v.request == request.id, v.voter_alike == voter)
    if alike(_asker(tx, request.id)) == voter:
        raise ApprovalRefused(
            "GDB403", "nobody decides on what they asked for themselves", help="ask a second person to decide"
        )
    if not agrees:
        tx.run(tx.delete(VOTES).where(*mine))
    said = {"request": request.id, "voter": caller.id, "voter_alike": voter, "agrees": int(agrees)}
    try:
        tx.insert(VOTES, said | {"at": now, "comment": comment, "proof": Proof.TOKEN.value})
    except IntegrityError:
        raise ApprovalRefused(
            "GDB410",
            f"{caller.id} has agreed to {request.id} already",
            help="another person has to agree too",
        ) from None
    return attrs.evolve(request, votes=votes_of(tx, request.id))


def _grant(tx: Tx, request: Request, now: float) -> None:
    subject: Subject = request.subject
    made = {
        "id": spoken_id("grant"),
        "request": request.id,
        "asker": _asker(tx, request.id),
        "binding": binding(subject),
        "state": GrantState.ACTIVE.value,
        "expires": now + subject.grant_seconds,
        "uses_left": subject.grant_uses,
        "rows": subject.rows,
    }
    tx.insert(GRANTS, made)


def _decide(
    tx: Tx,
    caller: Caller,
    request: Request,
    state: RequestState,
    comment: str,
    now: float,
    *,
    act: str | None = None,
) -> Request:
    values = {"state": state.value, "decided_by": caller.id, "decided_at": now, "comment": comment}
    r = REQUESTS.c
    changed = tx.run(tx.update(REQUESTS).where(r.id == request.id, r.state == "pending").values(values))
    if changed != 1:
        raise ApprovalRefused("GDB402", "somebody else has decided meanwhile", help="look at it again")
    decided = attrs.evolve(request, state=state, decided_by=caller.id, decided_at=now, comment=comment)
    _record(tx, caller, act or f"approval.{state.value}", decided, comment)
    return decided


def _reviewed(tx: Tx, request: Request, review: Review) -> Request:
    due = review.due if review.state is ReviewState.DUE else None
    values = {"review": encoded(review), "review_due": due}
    tx.run(tx.update(REQUESTS).where(REQUESTS.c.id == request.id).values(values))
    return attrs.evolve(request, review=review)


def _record(tx: Tx, caller: Caller, act: str, request: Request, comment: str) -> None:
    subject = request.subject
    told = {
        "approval": request.id,
        "state": request.state.value,
        "for": list(subject.principals),
        "database": subject.database,
        "statement": subject.statement,
        "rule": subject.rule,
        "rows": subject.rows,
        "comment": comment,
    }
    journal.record(tx, caller, act, request.id, told)


def _asker(tx: Tx, id: str) -> str:
    name: str = tx.value(tx.select(REQUESTS, REQUESTS.c.asker).where(REQUESTS.c.id == id))
    return name


def _check_person(caller: Caller) -> None:
    """Keys are of workloads and several hold one; an agent's token is no person's either."""
    principal = caller.principal
    if caller.how not in (How.TOKEN, How.SESSION) or principal.actor is not None or principal.kind == "agent":
        raise Problem(
            403, "GDB622", "only a person decides", "sign in, or show a token of your own: no key, no agent"
        )


def _as_of(request: Request, now: float) -> Request:
    if request.state is RequestState.PENDING and request.expires <= now:
        return attrs.evolve(request, state=RequestState.EXPIRED)
    return request
