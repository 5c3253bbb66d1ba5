"""What clients do: ask, look, reach for a grant, and say whether it was used.

Who asked is the credential that asked: what is granted to it nobody else can use, whatever subject they show.
Races are decided by single statements: of several that reach for a grant one changes its row.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from typing import Any, Final

import attrs
import msgspec

from governed_db.model.approval import Grant, GrantState, Request, RequestState, Subject
from governed_db.model.ids import spoken_id
from governed_db.policy.approvals.rules import (
    GRANT_MOVES,
    REQUEST_MOVES,
    ApprovalRefused,
    asked_for,
    binding,
    differences,
    move,
)
from governed_db.server.answers import not_found
from governed_db.server.approvals.rows import encoded, grant_of, kind_of_statement, request_of
from governed_db.server.callers import Caller
from governed_db.server.store import Tx
from governed_db.server.tables.approvals import GRANTS, PREVIEWS, REQUESTS, VOTES

PENDING_SECONDS: Final = 86400.0
_NEAR: Final = 50


def request(tx: Tx, caller: Caller, subject: Subject) -> Request:
    """The pending request of this caller for this subject, made if there is none.

    The newest measurement and policy count. When they differ from what was voted on, earlier votes are void.
    """
    now = time.time()
    run_out(tx, now)
    differs = _differing(tx, caller, subject, now)
    made = {
        "id": spoken_id("req"),
        "asker": caller.id,
        "binding": asked_for(subject),
        "state": RequestState.PENDING.value,
        "subject": encoded(subject),
        "created": now,
        "expires": now + PENDING_SECONDS,
        "comment": "",
        "statement": kind_of_statement(subject),
        "differs": encoded(differs),
    }
    tx.insert_new(REQUESTS, made)  # unless one waits already: the table's index has only one pending
    r = REQUESTS.c
    waiting = (r.asker == caller.id, r.binding == made["binding"], r.state == "pending")
    row = tx.row(tx.select(REQUESTS).where(*waiting).with_for_update())
    if row is None:  # decided in this very moment: ask once more
        raise _once_more()
    if row.id == made["id"]:
        return request_of(tx, row)
    return _ask_again(tx, request_of(tx, row), subject, differs)


def get(tx: Tx, caller: Caller, id: str) -> Request:
    """A request of this caller's, as it stands now."""
    row = tx.row(tx.select(REQUESTS).where(REQUESTS.c.id == id, REQUESTS.c.asker == caller.id))
    if row is None:
        raise not_found("there is no such request of yours")
    found = request_of(tx, row)
    if found.state is RequestState.PENDING and found.expires <= time.time():
        return attrs.evolve(found, state=RequestState.EXPIRED)
    return found


def keep_preview(tx: Tx, caller: Caller, id: str, preview: Mapping[str, Any]) -> None:
    """Store what approvers are shown, in place of an earlier one; not once somebody has decided."""
    found = get(tx, caller, id)
    move(REQUEST_MOVES, found.state, RequestState.CANCELLED)  # whether it is open still
    tx.run(tx.delete(PREVIEWS).where(PREVIEWS.c.request == id))
    tx.insert(PREVIEWS, {"request": id, "at": time.time(), "preview": encoded(preview)})


def preview(tx: Tx, caller: Caller, id: str) -> Mapping[str, Any] | None:
    """What was stored for a request of this caller's."""
    get(tx, caller, id)
    return stored_preview(tx, id)


def stored_preview(tx: Tx, id: str) -> Mapping[str, Any] | None:
    text = tx.value(tx.select(PREVIEWS, PREVIEWS.c.preview).where(PREVIEWS.c.request == id))
    return None if text is None else msgspec.json.decode(text, type=dict[str, Any])


def reserve(tx: Tx, caller: Caller, subject: Subject, attempt: str) -> Grant | None:
    """Take the active grant for this subject that runs out first, or None.

    The same attempt, told again because its answer was lost, has what it took before.
    """
    now, g = time.time(), GRANTS.c
    run_out(tx, now)
    bound = (g.binding == binding(subject), g.asker == caller.id)
    held = hashlib.sha256(attempt.encode()).hexdigest()
    known = tx.row(tx.select(GRANTS).where(*bound, g.attempt == held, g.state == GrantState.RESERVED.value))
    if known is not None:
        return grant_of(known)
    first = (
        tx.select(GRANTS, g.id)
        .where(*bound, g.state == GrantState.ACTIVE.value, g.uses_left > 0, g.expires > now)
        .order_by(g.expires, g.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    name = tx.value(first)
    if name is None:
        return None
    taken = tx.run(
        tx.update(GRANTS)
        .where(g.id == name, g.state == GrantState.ACTIVE.value)
        .values(state=GrantState.RESERVED.value, attempt=held)
    )
    return grant_of(tx.row(tx.select(GRANTS).where(g.id == name))) if taken == 1 else None


def settle(tx: Tx, caller: Caller, id: str, uses_left: int, *, consumed: bool) -> None:
    """Give a reserved grant back, one use fewer if it was used. One that ran out meanwhile stays so."""
    g = GRANTS.c
    row = tx.row(tx.select(GRANTS).where(g.id == id, g.asker == caller.id).with_for_update())
    if row is None:
        raise not_found("there is no such grant of yours")
    found = grant_of(row)
    if found.uses_left != uses_left or found.state in (GrantState.ACTIVE, GrantState.CONSUMED):
        raise ApprovalRefused(
            "GDB406", f"grant {id} is not reserved", help="reserve it before use, settle it once"
        )
    left = found.uses_left - consumed
    values: dict[str, Any] = {"uses_left": left, "attempt": None}
    if found.state is GrantState.RESERVED:
        after = GrantState.ACTIVE if left else GrantState.CONSUMED
        values["state"] = move(GRANT_MOVES, found.state, after).value
    tx.run(tx.update(GRANTS).where(g.id == id).values(values))


def run_out(tx: Tx, now: float) -> None:
    """Mark what has run out, before anything else is looked at."""
    for table, moves, after in (
        (REQUESTS, REQUEST_MOVES, RequestState.EXPIRED),
        (GRANTS, GRANT_MOVES, GrantState.EXPIRED),
    ):
        before = [state.value for state, possible in moves.items() if after in possible]
        ended = (table.c.expires <= now, table.c.state.in_(before))
        tx.run(tx.update(table).where(*ended).values(state=after.value))


def _ask_again(tx: Tx, known: Request, subject: Subject, differs: tuple[str, ...]) -> Request:
    rows = max((each for each in (known.subject.rows, subject.rows) if each is not None), default=None)
    newest = attrs.evolve(subject, rows=rows)
    values = {"differs": encoded(differs)}
    if newest != known.subject:
        values["subject"] = encoded(newest)
        tx.run(tx.delete(VOTES).where(VOTES.c.request == known.id))
        known = attrs.evolve(known, subject=newest, votes=())
    tx.run(tx.update(REQUESTS).where(REQUESTS.c.id == known.id).values(values))
    return attrs.evolve(known, differs=differs)


def _differing(tx: Tx, caller: Caller, subject: Subject, now: float) -> tuple[str, ...]:
    """Of a grant for nearly the same what differs; "used" or "in use" when there is one for just this."""
    g, r = GRANTS.c, REQUESTS.c
    states = [state.value for state in (GrantState.ACTIVE, GrantState.RESERVED, GrantState.CONSUMED)]
    rows = tx.rows(
        tx.select(GRANTS, r.subject, g.state)
        .join(REQUESTS, (r.tenant == g.tenant) & (r.id == g.request))
        .where(r.statement == kind_of_statement(subject), g.asker == caller.id)
        .where(g.expires > now, g.state.in_(states))
        .order_by(g.expires.desc())
        .limit(_NEAR)
    )
    found = [
        (differences(subject, msgspec.json.decode(row.subject, type=Subject)), row.state) for row in rows
    ]
    for state, said in (("reserved", "in use"), ("consumed", "used")):
        if ((), state) in found:
            return (said,)
    near = [differs for differs, state in found if differs and state == "active"]
    return min(near, key=len, default=())


def _once_more() -> ApprovalRefused:
    return ApprovalRefused(
        "GDB634", "the request was decided while it was asked again", help="run the same statement again"
    )
