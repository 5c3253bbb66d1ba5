"""The keys that one tenant's bundles are signed with: private halves in the keys folder, the rest in a table.

Each tenant has its own, so that nobody's bundle passes for another's. A key that follows another is told to
clients in a bundle that both have signed; one that is retired signs one last time, so that it is heard of.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Final, Literal

import attrs
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from governed_db.policy.bundles.signatures import PublicKey, public_of, to_base64, unbase64
from governed_db.server import journal
from governed_db.server.answers import Problem, not_found
from governed_db.server.callers import Caller
from governed_db.server.store import Tx
from governed_db.server.tables.bundles import SIGNING_KEYS

State = Literal["current", "leaving", "retired"]
_BYTES: Final = 32


@attrs.frozen
class SigningKey:
    """`public`: what clients pin."""

    kid: str
    public: str
    state: State
    made: float
    made_by: str


def listed(tx: Tx) -> tuple[SigningKey, ...]:
    """All there were, the newest first."""
    k = SIGNING_KEYS.c
    rows = tx.rows(tx.select(SIGNING_KEYS).order_by(k.made.desc(), k.kid))
    return tuple(SigningKey(row.kid, row.public, row.state, row.made, row.made_by) for row in rows)


def current(tx: Tx, caller: Caller, folder: Path) -> SigningKey:
    """The key that is pinned by new clients; made when it is first asked for."""
    found = next((key for key in listed(tx) if key.state == "current"), None)
    return found if found is not None else _make(tx, caller, folder)


def rotate(tx: Tx, caller: Caller, folder: Path) -> SigningKey:
    """A new key takes the place of the current one, which goes on signing until it is retired."""
    k = SIGNING_KEYS.c
    tx.run(tx.update(SIGNING_KEYS).where(k.state == "current").values(state="leaving"))
    made = _make(tx, caller, folder)
    journal.record(tx, caller, "signing_key.rotated", made.kid, {"public": made.public})
    return made


def retire(tx: Tx, caller: Caller, kid: str) -> None:
    """Clients that hear of it take nothing any more that only this key has signed."""
    k = SIGNING_KEYS.c
    known = next((key for key in listed(tx) if key.kid == kid), None)
    if known is None:
        raise not_found("there is no such key")
    if known.state != "leaving":
        raise Problem(409, "GDB628", f"the key is {known.state}", "let another take its place first")
    tx.run(tx.update(SIGNING_KEYS).where(k.kid == kid).values(state="retired"))
    journal.record(tx, caller, "signing_key.retired", kid, {})


def private(tenant: str, key: SigningKey, folder: Path) -> Ed25519PrivateKey:
    """What signs. Raises where this process does not have it: another must not be made in its place."""
    path = _path(tenant, key.kid, folder)
    try:
        read = unbase64(path.read_text("ascii").strip())
        is_open = bool(path.stat().st_mode & 0o077)
    except (OSError, ValueError):
        read, is_open = b"", False
    if len(read) != _BYTES or is_open:
        raise Problem(
            503,
            "GDB629",
            f"the signing key {key.kid} is not in this server's keys folder, or is open to others",
            "give all processes of a server the same folder of keys, readable for them alone",
        )
    return Ed25519PrivateKey.from_private_bytes(read)


def has(tenant: str, key: SigningKey, folder: Path) -> bool:
    """Whether this process can sign with it still."""
    return _path(tenant, key.kid, folder).exists()


def public(key: SigningKey) -> PublicKey:
    return PublicKey(key.public)


def _make(tx: Tx, caller: Caller, folder: Path) -> SigningKey:
    private_key = Ed25519PrivateKey.generate()
    told = public_of(private_key)
    path = _path(tx.tenant, told.kid, folder)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(to_base64(private_key.private_bytes_raw()) + "\n")
        file.flush()
        os.fsync(file.fileno())
    made = SigningKey(told.kid, told.text, "current", time.time(), caller.id)
    tx.insert(SIGNING_KEYS, attrs.asdict(made))
    return made


def _path(tenant: str, kid: str, folder: Path) -> Path:
    """Tenants are named in the settings by plain names."""
    return folder / f"bundles.{tenant}.{kid}.key"
