"""A signed document into a bundle: what it says, from whom, for how long.

One document holds all: the signed manifest and the files that it names by their hashes. Whoever serves it
need not be trusted.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import attrs
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from governed_db.errors import ConfigurationError
from governed_db.model.principal import Context
from governed_db.policy.bundles.signatures import PublicKey, public_key, sign, verified

MOST_BYTES: Final = 4_000_000
FORMAT: Final = 1
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")

Stale = Literal["deny_all", "keep"]


@attrs.frozen
class Revoked:
    """A principal; with `before` only by tokens that were issued before (seconds since 1970)."""

    id: str
    before: float | None = None


@attrs.frozen
class Revocations:
    """Who and what counts no more. `tokens` are their ids (jti)."""

    principals: tuple[Revoked, ...] = ()
    tokens: tuple[str, ...] = ()

    def find(self, context: Context) -> str | None:
        """Which principal or token of this context was revoked."""
        credentials = context.proof.credentials if context.proof is not None else ()
        for one in credentials:
            if one.id is not None and one.id in self.tokens:
                return f"the token of {one.subject}"
        for link in context.principal.chain():
            issued = min((one.issued for one in credentials if one.subject == link.id), default=0.0)
            for revoked in self.principals:
                if revoked.id == link.id and (revoked.before is None or issued < revoked.before):
                    return link.id
        return None


@attrs.frozen
class Manifest:
    """What is signed. `files`: SHA-256 of each by its name. `version` only ever grows.

    `stale`: what happens after `expires`. `keys`, `retired`: keys that count, and do not, from now on.
    `serves`: what whoever publishes it answers for beside bundles: "approvals", "coverage", "events".
    """

    format: int
    name: str
    version: int
    issued: float
    expires: float
    policy: str
    files: dict[str, str]
    schema: str | None = None
    stale: Stale = "deny_all"
    keys: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()
    revoked: Revocations = attrs.field(factory=Revocations)
    serves: tuple[str, ...] = ()


@attrs.frozen
class Bundle:
    """A document that was verified. `digest` is that of the manifest, `kid` the key that signed it."""

    manifest: Manifest
    files: Mapping[str, str] = attrs.field(repr=False)
    digest: str
    kid: str
    document: bytes = attrs.field(repr=False)


def is_name(text: str) -> bool:
    """Whether a file or a bundle may be called so: a plain name, which leads into no other folder."""
    return _NAME.fullmatch(text) is not None


def write(manifest: Manifest, files: Mapping[str, str], keys: Sequence[Ed25519PrivateKey]) -> bytes:
    """The signed document of these files."""
    hashed = {name: _sha256(text) for name, text in files.items()}
    payload = msgspec.json.encode(attrs.evolve(manifest, files=hashed))
    document = {"format": FORMAT, "manifest": sign(payload, keys), "files": dict(files)}
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def read(document: bytes, trusted: Mapping[str, PublicKey], name: str) -> Bundle:
    """The bundle of this name, if a trusted key signed it and nothing was changed since."""
    if len(document) > MOST_BYTES:
        raise _refused(f"it is larger than {MOST_BYTES} bytes")
    outer = _decoded(document)
    payload, kid = verified(outer.get("manifest"), trusted)
    manifest = _manifest(payload)
    if manifest.name != name:
        raise _refused(f"it is called {manifest.name!r}, not {name!r}")
    files = outer.get("files")
    if not isinstance(files, dict) or set(files) != set(manifest.files):
        raise _refused("its files are not those that were signed")
    for file, text in files.items():
        if not isinstance(text, str) or _sha256(text) != manifest.files[file]:
            raise _refused(f"its file {file!r} is not what was signed")
    return Bundle(manifest, files, hashlib.sha256(payload).hexdigest(), kid, document)


def _decoded(document: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(document)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise _refused("it is no bundle of this release")
    return found


def _manifest(payload: bytes) -> Manifest:
    try:
        manifest = msgspec.json.decode(payload, type=Manifest)
    except (ValueError, RecursionError):
        raise _refused("its manifest cannot be read; is this release too old for it?") from None
    names = (*manifest.files, manifest.name, manifest.policy, manifest.schema or "schema")
    if manifest.format != FORMAT or manifest.version < 1 or not all(map(is_name, names)):
        raise _refused("its manifest is not of this release")
    if not {manifest.policy, manifest.schema or manifest.policy} <= set(manifest.files):
        raise _refused("its manifest names a file that it does not hold")
    for key in manifest.keys:
        public_key(key)
    return manifest


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _refused(why: str) -> ConfigurationError:
    return ConfigurationError(
        f"the bundle is not genuine: {why}",
        code="GDB560",
        help="publish it again; `governed-db bundle verify` tells what is wrong with a file",
    )
