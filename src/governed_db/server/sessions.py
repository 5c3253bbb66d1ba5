"""A browser's cookie into who is signed in, for as long as that holds.

A session begins with a secret that the browser did not have before (nobody can plant one), lasts half a day
at most, and ends after an hour in which its person did nothing: pages that refresh themselves do not count.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import quote, unquote

import attrs
import msgspec
from litestar.connection import ASGIConnection

from governed_db.model.principal import Principal
from governed_db.server.callers import Caller, How
from governed_db.server.roles import READERS, Role
from governed_db.server.settings import ServerSettings
from governed_db.server.store import Store, Tx
from governed_db.server.tables.browsers import CODES, SESSIONS

LONGEST: Final = 12 * 3600.0
IDLE: Final = 3600.0
CODE_SECONDS: Final = 600.0
_STEP: Final = 60.0  # how exactly it is known when somebody was here last
PART: Final = "x-part"  # the header of what pages fetch by themselves


@attrs.frozen
class Signed:
    """Who has signed in. `roles`: None where they follow from the groups each time."""

    principal: Principal
    provider: str
    roles: frozenset[Role] | None = None


class Sessions:
    """Who is signed in with the cookie of a request."""

    def __init__(self, settings: ServerSettings, store: Store) -> None:
        self._settings = settings
        self._store = store

    def __call__(self, connection: ASGIConnection[Any, Any, Any, Any]) -> Caller | None:
        cookie = connection.cookies.get(cookie_name(self._settings), "")
        is_part = PART in connection.headers
        return caller_by(self._store, self._settings, cookie, now=time.time(), counts=not is_part)


def cookie_name(settings: ServerSettings) -> str:
    """Browsers keep a __Host- cookie from being set by another host of the same domain."""
    return "__Host-governed-db" if settings.base_url.startswith("https:") else "governed-db"


def begin(tx: Tx, signed: Signed, now: float) -> str:
    """A new session; what its cookie says."""
    secret = secrets.token_urlsafe(32)
    tx.run(tx.delete(SESSIONS).where(SESSIONS.c.expires < now))
    tx.insert(
        SESSIONS,
        {
            "hash": hashed(secret),
            "principal": _encoded(signed.principal),
            "roles": None if signed.roles is None else _named(signed.roles),
            "provider": signed.provider,
            "begun": now,
            "used": now,
            "expires": now + LONGEST,
        },
    )
    return f"{secret}.{quote(tx.tenant, safe='')}"


def end(tx: Tx, cookie: str) -> None:
    """Nobody comes in with this cookie any more."""
    tx.run(tx.delete(SESSIONS).where(SESSIONS.c.hash == hashed(cookie.partition(".")[0])))


def caller_by(
    store: Store, settings: ServerSettings, cookie: str, *, now: float, counts: bool = True
) -> Caller | None:
    """Who is signed in with a cookie. `counts`: whether somebody did something."""
    secret, _, named = cookie.partition(".")
    tenant = settings.tenant(unquote(named))
    if not secret or tenant is None:
        return None
    key = hashed(secret)
    with store.reading(tenant.name) as tx:
        row = tx.row(tx.select(SESSIONS).where(SESSIONS.c.hash == key))
    if row is None or now >= row.expires or now - row.used > IDLE:
        return None
    if counts and now - row.used > _STEP:
        with store.writing(tenant.name) as tx:
            tx.run(tx.update(SESSIONS).where(SESSIONS.c.hash == key).values(used=now))
    principal = _decoded(row.principal)
    if row.roles is None:
        roles = tenant.roles_of(principal.id, frozenset(principal.groups)) & READERS
    else:
        roles = frozenset(Role(name) for name in row.roles.split(",") if name)
    return Caller(tenant.name, principal, roles, How.SESSION)


def csrf_of(cookie: str) -> str:
    """What a form of this session must bring along; nobody can tell it who does not have the cookie."""
    return hmac.new(cookie.encode(), b"governed_db forms", hashlib.sha256).hexdigest()


# -- codes for who is at the machine -------------------------------------------------------------------------


def new_code(tx: Tx, principal: str, roles: Iterable[Role], now: float) -> str:
    """A code with which somebody may sign in once, soon."""
    code = "-".join(secrets.token_hex(3) for _ in range(4))
    told = {"hash": hashed(code), "principal": principal, "roles": _named(roles)}
    tx.run(tx.delete(CODES).where(CODES.c.expires < now))
    tx.insert(CODES, told | {"expires": now + CODE_SECONDS})
    return code


def use_code(tx: Tx, code: str, now: float) -> Signed | None:
    """Who has this code; it is gone then."""
    key = hashed(code.strip().lower())
    row = tx.row(tx.select(CODES).where(CODES.c.hash == key))
    if row is None or tx.run(tx.delete(CODES).where(CODES.c.hash == key)) != 1 or now >= row.expires:
        return None
    principal = Principal(row.principal, kind="human")
    return Signed(principal, "local", frozenset(Role(name) for name in row.roles.split(",") if name))


def hashed(secret: str) -> str:
    """What a secret is known by where it must not be kept."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _named(roles: Iterable[Role]) -> str:
    return ",".join(sorted(role.value for role in roles))


def _encoded(principal: Principal) -> str:
    told = {
        "id": principal.id,
        "kind": principal.kind,
        "groups": sorted(principal.groups),
        "groups_complete": principal.groups_complete,
    }
    return msgspec.json.encode(told).decode()


def _decoded(told: str) -> Principal:
    return Principal(**msgspec.json.decode(told))
