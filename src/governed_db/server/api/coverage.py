"""Who is there, over HTTP: clients, principals and their groups, and numbers for Prometheus."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.params import JSONBody, QueryParameter

from governed_db.server import coverage, principals
from governed_db.server.answers import Problem
from governed_db.server.callers import PUBLIC, requires
from governed_db.server.coverage import Beat, Client
from governed_db.server.given import TheCaller, ThePorts, TheStore
from governed_db.server.principals import Group, Seen
from governed_db.server.roles import READERS, Role

_MOST_TOLD = 16 * 1024


@post("/v1/coverage", opt=requires(Role.CLIENT), status_code=204, sync_to_thread=True)
def beat(data: JSONBody[Beat], caller: TheCaller, store: TheStore, ports: ThePorts) -> None:
    """A client says that it is there, with which version, and which bundle it obeys."""
    texts = ((data.client, 256), (data.version, 64), (data.revision, 128), (data.process, 64))
    is_told = data.client and all(text.isprintable() and len(text) <= most for text, most in texts)
    if not is_told or not 0 <= data.ungoverned <= coverage.MOST_UNGOVERNED:
        raise Problem(422, "GDB671", "no client says this of itself", "see the OpenAPI document")
    if len(msgspec.json.encode(data.told)) > _MOST_TOLD:
        raise Problem(413, "GDB669", f"it tells more than {_MOST_TOLD} bytes", "tell less")
    with store.writing(caller.tenant) as tx:
        coverage.beat(tx, data, sender=caller.id, now=ports.now())


@get("/v1/coverage", opt=requires(*READERS), sync_to_thread=True)
def clients(caller: TheCaller, store: TheStore) -> list[Client]:
    """All clients, the last seen first."""
    with store.reading(caller.tenant) as tx:
        return coverage.clients(tx)


@get("/v1/principals", opt=requires(Role.AUDITOR, Role.ADMIN), sync_to_thread=True)
def seen(
    caller: TheCaller,
    store: TheStore,
    after: Annotated[str, QueryParameter(max_length=512)] = "",
    limit: Annotated[int, QueryParameter(ge=1, le=1000)] = 200,
) -> list[Seen]:
    """Principals as events name them, in order of their ids; `after`: the last id of the page before."""
    with store.reading(caller.tenant) as tx:
        return principals.listed(tx, after, limit)


@get("/v1/groups", opt=requires(Role.AUDITOR, Role.ADMIN), sync_to_thread=True)
def groups(caller: TheCaller, store: TheStore) -> list[Group]:
    """Groups as they were told of principals, and how many of them there are in each."""
    with store.reading(caller.tenant) as tx:
        return principals.groups(tx)


@get("/metrics", opt=dict(PUBLIC), sync_to_thread=True, include_in_schema=False)
def metrics(ports: ThePorts) -> Response[bytes]:
    """Numbers of this server process for Prometheus; they tell nothing of any tenant."""
    return Response(ports.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


ROUTES: list[Any] = [beat, clients, seen, groups, metrics]
