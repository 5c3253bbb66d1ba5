"""Approvals over HTTP: clients ask and reach for grants, people decide.

`/v1/approvals/requests` and `/v1/approvals/grants` are the clients' port, in the words of ApprovalPort. The
rest is for people and their programs: a request as a task, with subject, action, resource and context as the
OpenID AuthZEN working group names them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Annotated, Any, Final

import attrs
from litestar import get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from governed_db.model import preview as previews
from governed_db.model.approval import Grant, Request, RequestState, Subject
from governed_db.policy.approvals.rules import ApprovalRefused
from governed_db.server.answers import Problem
from governed_db.server.approvals import asking, deciding
from governed_db.server.approvals.telling import Task, task
from governed_db.server.callers import Caller, requires
from governed_db.server.given import TheCaller, TheSettings, TheStore
from governed_db.server.roles import READERS, Role
from governed_db.server.store import Store, Tx

_CLIENT: Final = requires(Role.CLIENT)
_READ: Final = requires(*READERS)
_DECIDE: Final = requires(Role.APPROVER)
_STATUS: Final = {"GDB401": 404, "GDB403": 403, "GDB404": 403, "GDB411": 403, "GDB413": 403}
Limit = Annotated[int, QueryParameter(ge=1, le=1000)]
_LONGEST: Final = 30 * 86400
_MOST_USES: Final = 1000
_MOST_ROWS: Final = 1 << 62


@attrs.frozen
class Asking:
    """What a client asks for."""

    subject: Subject


@attrs.frozen
class Reaching:
    """What a client wants to run now. `attempt`: its own name for this one try."""

    subject: Subject
    attempt: str


@attrs.frozen
class Reached:
    """The grant that is reserved now, if there is one."""

    grant: Grant | None


@attrs.frozen
class Settling:
    """Whether the reserved grant was used. `uses_left`: as it was when it was reserved."""

    uses_left: int
    consumed: bool


@attrs.frozen
class Preview:
    """What approvers are shown: what the statement would change."""

    preview: dict[str, Any] | None


@attrs.frozen
class Comment:
    """Why."""

    comment: str = ""


@attrs.frozen
class Agreeing:
    """`at_most`: the rows that were shown; refused when the request has grown since."""

    comment: str = ""
    at_most: int | None = None


@attrs.frozen
class Insisting:
    """Why it cannot wait."""

    justification: str


@attrs.frozen
class Reviewing:
    """What is said of a broken glass."""

    accepts: bool = True
    comment: str = ""


# -- the clients' port --------------------------------------------------------------------------------------


@post("/v1/approvals/requests", opt=_CLIENT, status_code=200, sync_to_thread=True)
def ask(data: JSONBody[Asking], caller: TheCaller, store: TheStore) -> Request:
    """Ask for approval; asking for the same again gives the same request."""
    _check(data.subject)
    with _writing(store, caller) as tx:
        return asking.request(tx, caller, data.subject)


@get("/v1/approvals/requests/{id:str}", opt=_CLIENT, sync_to_thread=True)
def asked(id: FromPath[str], caller: TheCaller, store: TheStore) -> Request:
    """A request of yours, as it stands now."""
    with store.reading(caller.tenant) as tx:
        return asking.get(tx, caller, id)


@put("/v1/approvals/requests/{id:str}/preview", opt=_CLIENT, status_code=204, sync_to_thread=True)
def keep_preview(id: FromPath[str], data: JSONBody[Preview], caller: TheCaller, store: TheStore) -> None:
    """Store what approvers of your request are shown."""
    try:
        previews.from_json(data.preview or {})
    except ValueError:
        raise Problem(
            400, "GDB635", "this is no preview", "send what governed_db.model.preview.Previews tells"
        ) from None
    with _writing(store, caller) as tx:
        asking.keep_preview(tx, caller, id, data.preview or {})


@get("/v1/approvals/requests/{id:str}/preview", opt=_CLIENT, sync_to_thread=True)
def kept_preview(id: FromPath[str], caller: TheCaller, store: TheStore) -> Preview:
    """What was stored for your request."""
    with store.reading(caller.tenant) as tx:
        found = asking.preview(tx, caller, id)
    return Preview(dict(found) if found is not None else None)


@post("/v1/approvals/grants/reserve", opt=_CLIENT, status_code=200, sync_to_thread=True)
def reserve(data: JSONBody[Reaching], caller: TheCaller, store: TheStore) -> Reached:
    """Take the grant for what you want to run now. Of many who reach for one, one gets it."""
    with _writing(store, caller) as tx:
        return Reached(asking.reserve(tx, caller, data.subject, data.attempt))


@post("/v1/approvals/grants/{id:str}/settle", opt=_CLIENT, status_code=204, sync_to_thread=True)
def settle(id: FromPath[str], data: JSONBody[Settling], caller: TheCaller, store: TheStore) -> None:
    """Say whether your reserved grant was used."""
    with _writing(store, caller) as tx:
        asking.settle(tx, caller, id, data.uses_left, consumed=data.consumed)


# -- people -------------------------------------------------------------------------------------------------


@get("/v1/approvals", opt=_READ, sync_to_thread=True)
def list_requests(
    caller: TheCaller,
    store: TheStore,
    settings: TheSettings,
    *,
    status: FromQuery[RequestState | None] = None,
    limit: Limit = 200,
    due: FromQuery[bool] = False,
) -> list[Task]:
    """Requests as tasks, the newest first. `due`: whose broken glass waits for a review."""
    with store.reading(caller.tenant) as tx:
        found = deciding.listed(tx, status, limit=limit, due=due)
    return [task(request, settings.base_url) for request in found]


@get("/v1/approvals/{id:str}", opt=_READ, sync_to_thread=True)
def show_request(id: FromPath[str], caller: TheCaller, store: TheStore, settings: TheSettings) -> Task:
    """One request with its preview and grants."""
    with store.reading(caller.tenant) as tx:
        found, grants = deciding.get(tx, id), deciding.grants(tx, id)
        return task(found, settings.base_url, grants=grants, preview=deciding.preview(tx, id))


@post("/v1/approvals/{id:str}/approve", opt=_DECIDE, status_code=200, sync_to_thread=True)
def approve(
    id: FromPath[str], data: JSONBody[Agreeing], caller: TheCaller, store: TheStore, settings: TheSettings
) -> Task:
    """Agree: the same caller may run the same statement, within what was measured."""
    with _writing(store, caller) as tx:
        return task(deciding.approve(tx, caller, id, data.comment, at_most=data.at_most), settings.base_url)


@post("/v1/approvals/{id:str}/deny", opt=_DECIDE, status_code=200, sync_to_thread=True)
def deny(
    id: FromPath[str], data: JSONBody[Comment], caller: TheCaller, store: TheStore, settings: TheSettings
) -> Task:
    """Refuse: the request is closed."""
    with _writing(store, caller) as tx:
        return task(deciding.deny(tx, caller, id, data.comment), settings.base_url)


@post("/v1/approvals/{id:str}/cancel", opt=requires(*Role), status_code=200, sync_to_thread=True)
def cancel(
    id: FromPath[str], data: JSONBody[Comment], caller: TheCaller, store: TheStore, settings: TheSettings
) -> Task:
    """Withdraw a request of your own."""
    with _writing(store, caller) as tx:
        return task(deciding.cancel(tx, caller, id, data.comment), settings.base_url)


@post("/v1/approvals/{id:str}/break-glass", opt=requires(*Role), status_code=200, sync_to_thread=True)
def break_glass(
    id: FromPath[str], data: JSONBody[Insisting], caller: TheCaller, store: TheStore, settings: TheSettings
) -> Task:
    """Let it run now, where policy lets you; somebody else has to look back at it."""
    with _writing(store, caller) as tx:
        return task(deciding.break_glass(tx, caller, id, data.justification), settings.base_url)


@post("/v1/approvals/{id:str}/review", opt=_DECIDE, status_code=200, sync_to_thread=True)
def review(
    id: FromPath[str], data: JSONBody[Reviewing], caller: TheCaller, store: TheStore, settings: TheSettings
) -> Task:
    """Look back at a broken glass."""
    with _writing(store, caller) as tx:
        found = deciding.review(tx, caller, id, data.comment, accepts=data.accepts)
        return task(found, settings.base_url)


@post("/v1/approvals/{id:str}/revoke", opt=_DECIDE, status_code=200, sync_to_thread=True)
def revoke_grants(
    id: FromPath[str], data: JSONBody[Comment], caller: TheCaller, store: TheStore, settings: TheSettings
) -> Task:
    """Take back what was approved and has not been used."""
    with _writing(store, caller) as tx:
        found = deciding.revoke(tx, caller, id, data.comment)
        return task(found, settings.base_url, grants=deciding.grants(tx, id))


# -- refusals -----------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _writing(store: Store, caller: Caller) -> Iterator[Tx]:
    try:
        with store.writing(caller.tenant) as tx:
            yield tx
    except ApprovalRefused as refused:
        status = _STATUS.get(refused.code, 409)
        raise Problem(status, refused.code, refused.message, refused.help) from None


def _check(subject: Subject) -> None:
    """What no policy says, no client asks."""
    terms = subject.terms
    is_sound = (
        subject.principals
        and all(name.strip() for name in subject.principals)
        and 1 <= subject.grant_uses <= _MOST_USES
        and 1 <= subject.grant_seconds <= _LONGEST
        and 1 <= terms.quorum <= _MOST_USES
        and 1 <= terms.review_seconds <= _LONGEST * 12
        and (subject.rows is None or 0 <= subject.rows < _MOST_ROWS)
    )
    if not is_sound:
        raise Problem(400, "GDB635", "this cannot be asked for", "ask with governed_db of this release")


ROUTES: list[Any] = [
    ask,
    asked,
    keep_preview,
    kept_preview,
    reserve,
    settle,
    list_requests,
    show_request,
    approve,
    deny,
    cancel,
    break_glass,
    review,
    revoke_grants,
]
