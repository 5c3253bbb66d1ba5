"""Questions about events, over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

import attrs
from litestar import get
from litestar.params import FromPath, PathParameter, QueryParameter

from governed_db.server import integrity
from governed_db.server import search as searching
from governed_db.server import series as sums
from governed_db.server.answers import not_found
from governed_db.server.callers import requires
from governed_db.server.given import TheCaller, ThePorts, TheStore
from governed_db.server.integrity import ChainReport, Odd
from governed_db.server.roles import READERS, Role
from governed_db.server.search import Page, Question
from governed_db.server.series import Series

_Word = Annotated[str | None, QueryParameter(max_length=512)]
_Time = Annotated[float | None, QueryParameter(ge=0, le=1e11)]
_DAY = 86_400.0


@get("/v1/events", opt=requires(*READERS), sync_to_thread=True)
def search(
    caller: TheCaller,
    store: TheStore,
    since: _Time = None,
    until: _Time = None,
    principal: _Word = None,
    tool: _Word = None,
    model: _Word = None,
    conversation: _Word = None,
    relation: _Word = None,
    column: _Word = None,
    classification: _Word = None,
    database: _Word = None,
    kind: _Word = None,
    rule: _Word = None,
    revision: _Word = None,
    effect: _Word = None,
    code: _Word = None,
    act: _Word = None,
    status: _Word = None,
    phase: _Word = None,
    decision: _Word = None,
    text: _Word = None,
    after: Annotated[str | None, QueryParameter(max_length=256)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=searching.MOST)] = 50,
) -> Page:
    """Events that answer a question, the newest first. `after` of an answer asks for those that follow."""
    said = locals()
    question = Question(**{field.name: said[field.name] for field in attrs.fields(Question)})
    with store.reading(caller.tenant) as tx:
        return searching.search(tx, question, after=after, limit=limit)


@get("/v1/events/{event_id:str}", opt=requires(*READERS), sync_to_thread=True)
def one_event(caller: TheCaller, store: TheStore, event_id: FromPath[str]) -> dict[str, Any]:
    """One event whole, as its client wrote it."""
    with store.reading(caller.tenant) as tx:
        found = searching.event(tx, event_id)
    if found is None:
        raise not_found("there is no event with this id")
    return found


@get("/v1/series", opt=requires(*READERS), sync_to_thread=True)
def series(
    caller: TheCaller,
    store: TheStore,
    ports: ThePorts,
    since: _Time = None,
    until: _Time = None,
    step: Annotated[float, QueryParameter(gt=0, le=31 * _DAY)] = 3600.0,
) -> Series:
    """Sums over time for charts; the last day where nothing else is said."""
    end = ports.now() if until is None else until
    with store.reading(caller.tenant) as tx:
        return sums.series(tx, min(end - _DAY if since is None else since, end), end, step)


@get("/v1/integrity", opt=requires(Role.AUDITOR), sync_to_thread=True)
def whole(caller: TheCaller, store: TheStore, ports: ThePorts, client: _Word = None) -> list[ChainReport]:
    """What was noticed about the chains of clients: missing records, broken links, clocks that jumped."""
    with store.reading(caller.tenant) as tx:
        return integrity.reports(tx, ports.now(), client=client)


@get("/v1/integrity/{chain:int}", opt=requires(Role.AUDITOR), sync_to_thread=True)
def walked(
    caller: TheCaller, store: TheStore, chain: Annotated[int, PathParameter(ge=0, le=2**62)]
) -> list[Odd]:
    """The stored lines of one chain followed again from the first to the last; what does not fit."""
    with store.reading(caller.tenant) as tx:
        if not integrity.is_known(tx, chain):
            raise not_found("there is no such chain")
        return integrity.walked(tx, chain)


ROUTES: list[Any] = [search, one_event, series, whole, walked]
