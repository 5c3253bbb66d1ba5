"""Clients without an identity provider into callers, by keys that are shown once and kept as hashes."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from typing import Any, Final

import attrs

from governed_db.model.ids import spoken_id
from governed_db.model.principal import Principal
from governed_db.server.callers import Caller, How
from governed_db.server.journal import record
from governed_db.server.roles import Role
from governed_db.server.settings import ServerSettings
from governed_db.server.store import Store, Tx
from governed_db.server.tables.base import plain
from governed_db.server.tables.enrolment import ENROLMENTS

PREFIX: Final = "gdbk_"
CLIENT_ONLY: Final = frozenset({Role.CLIENT})
_KEY: Final = re.compile(r"gdbk_([a-z0-9-]{1,64})_(key-[0-9a-z]{10})_([A-Za-z0-9_-]{43})")


@attrs.frozen
class Enrolment:
    """One enrolled client. The key is not in it."""

    id: str
    label: str
    roles: tuple[str, ...]
    created: float
    created_by: str
    expires: float | None
    revoked: float | None


def enrol(
    tx: Tx, caller: Caller, label: str, now: float, *, roles: Iterable[Role], expires: float | None = None
) -> tuple[Enrolment, str]:
    """A new key: what is known of it, and its text, which nobody can tell again."""
    name, secret = spoken_id("key"), secrets.token_urlsafe(32)
    made = Enrolment(name, label, tuple(sorted(role.value for role in roles)), now, caller.id, expires, None)
    row = attrs.asdict(made) | {"roles": ",".join(made.roles), "hash": _hash(secret)}
    tx.insert(ENROLMENTS, row)
    record(tx, caller, "enrolment.made", name, {"label": label, "roles": list(made.roles)})
    return made, f"{PREFIX}{tx.tenant}_{name}_{secret}"


def revoke(tx: Tx, caller: Caller, name: str, now: float) -> bool:
    """From now on the key opens nothing. Whether there was one."""
    e = ENROLMENTS.c
    changed = tx.run(
        tx.update(ENROLMENTS).where(e.id == plain(name, 32), e.revoked.is_(None)).values(revoked=now)
    )
    if changed:
        record(tx, caller, "enrolment.revoked", name, {})
    return bool(changed)


def listed(tx: Tx) -> list[Enrolment]:
    """All of them, the newest first."""
    rows = tx.rows(tx.select(ENROLMENTS).order_by(ENROLMENTS.c.created.desc(), ENROLMENTS.c.id))
    return [_enrolment(row) for row in rows]


def caller_of(store: Store, settings: ServerSettings, text: str, now: float) -> Caller | None:
    """Whose key it is, None if it opens nothing."""
    match = _KEY.fullmatch(text)
    if match is None or settings.tenant(match[1]) is None:
        return None
    with store.reading(match[1]) as tx:
        row = tx.row(tx.select(ENROLMENTS).where(ENROLMENTS.c.id == match[2]))
    if row is None or not hmac.compare_digest(row.hash, _hash(match[3])):
        return None
    if row.revoked is not None or (row.expires is not None and now >= row.expires):
        return None
    roles = frozenset(Role(name) for name in row.roles.split(",") if name)
    return Caller(match[1], Principal(f"key:{row.label}", kind="service"), roles, How.ENROLMENT)


def _hash(secret: str) -> str:
    """The secret has 256 random bits: nobody can try them all, so a fast hash does."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _enrolment(row: Any) -> Enrolment:
    return Enrolment(
        row.id, row.label, tuple(row.roles.split(",")), row.created, row.created_by, row.expires, row.revoked
    )
