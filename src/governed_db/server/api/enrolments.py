"""Enrolment keys, over HTTP."""

from __future__ import annotations

from typing import Any

import attrs
from litestar import delete, get, post
from litestar.params import FromPath, JSONBody

from governed_db.server import enrolment
from governed_db.server.answers import Problem, not_found
from governed_db.server.callers import requires
from governed_db.server.enrolment import Enrolment
from governed_db.server.given import TheCaller, ThePorts, TheStore
from governed_db.server.roles import Role

_DAY = 86_400.0


@attrs.frozen
class Wanted:
    """A key for a client. `days`: how long it is good; None for as long as nobody revokes it."""

    label: str
    roles: tuple[Role, ...] = (Role.CLIENT,)
    days: int | None = None


@attrs.frozen
class Made:
    """What is known of a new key, and its text, which is told this once."""

    enrolment: Enrolment
    key: str


@get("/v1/enrolments", opt=requires(Role.ADMIN), sync_to_thread=True)
def enrolments(caller: TheCaller, store: TheStore) -> list[Enrolment]:
    """All enrolment keys, the newest first; never their texts."""
    with store.reading(caller.tenant) as tx:
        return enrolment.listed(tx)


@post("/v1/enrolments", opt=requires(Role.ADMIN), sync_to_thread=True)
def enrol(data: JSONBody[Wanted], caller: TheCaller, store: TheStore, ports: ThePorts) -> Made:
    """Make a key. Nobody gives away a role that they do not have themselves, but that of a client."""
    is_named = 0 < len(data.label) <= 100 and data.label.isprintable()
    if not is_named or not data.roles or not (data.days is None or 0 < data.days <= 36_500):
        raise Problem(422, "GDB671", "this describes no key", "a label, at least one role, and days, if any")
    if set(data.roles) - caller.roles - enrolment.CLIENT_ONLY:
        raise Problem(403, "GDB665", "you do not have all of these roles yourself", "ask somebody who has")
    now = ports.now()
    expires = None if data.days is None else now + data.days * _DAY
    with store.writing(caller.tenant) as tx:
        return Made(*enrolment.enrol(tx, caller, data.label, now, roles=data.roles, expires=expires))


@delete("/v1/enrolments/{key_id:str}", opt=requires(Role.ADMIN), sync_to_thread=True)
def revoke(caller: TheCaller, store: TheStore, ports: ThePorts, key_id: FromPath[str]) -> None:
    """From now on the key opens nothing."""
    with store.writing(caller.tenant) as tx:
        is_known = enrolment.revoke(tx, caller, key_id, ports.now())
    if not is_known:
        raise not_found("there is no such key that is still good")


ROUTES: list[Any] = [enrolments, enrol, revoke]
