"""A manifest and Ed25519 keys into a signed one (JWS, RFC 7515, several signatures), and back.

A key is known by itself: its name (kid) is computed from its bytes, so nothing that is sent can rename one.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs
import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from governed_db.errors import ConfigurationError

TYPE: Final = "governed-db-bundle+json"
_PUBLIC: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_MOST_SIGNATURES: Final = 16


@attrs.frozen
class PublicKey:
    """A key that bundles may be signed with, as its 32 bytes in base64url."""

    text: str

    @property
    def kid(self) -> str:
        return hashlib.sha256(unbase64(self.text)).hexdigest()[:16]

    def verifies(self, signature: bytes, signed: bytes) -> bool:
        """Whether the key's owner signed exactly this."""
        try:
            Ed25519PublicKey.from_public_bytes(unbase64(self.text)).verify(signature, signed)
        except (InvalidSignature, ValueError):
            return False
        return True


def public_key(text: str) -> PublicKey:
    """A key as people write it down. Raises ConfigurationError GDB565."""
    told = text.strip()
    if _PUBLIC.fullmatch(told) is None:
        raise ConfigurationError(
            "a key of bundles is not valid",
            code="GDB565",
            help="give the 43 letters that `governed-db bundle keygen` tells",
        )
    return PublicKey(told)


def public_of(key: Ed25519PrivateKey) -> PublicKey:
    """The part that is given away."""
    return PublicKey(to_base64(key.public_key().public_bytes_raw()))


def sign(payload: bytes, keys: Sequence[Ed25519PrivateKey]) -> dict[str, Any]:
    """The payload with a signature of each key."""
    signatures = []
    for key in keys:
        header = {"alg": "EdDSA", "kid": public_of(key).kid, "typ": TYPE}
        protected = to_base64(msgspec.json.encode(header))
        signed = f"{protected}.{to_base64(payload)}".encode()
        signatures.append({"protected": protected, "signature": to_base64(key.sign(signed))})
    return {"payload": to_base64(payload), "signatures": signatures}


def verified(jws: object, trusted: Mapping[str, PublicKey]) -> tuple[bytes, str]:
    """The payload, and which trusted key signed it. Raises ConfigurationError GDB560."""
    if not isinstance(jws, dict) or not isinstance(jws.get("payload"), str):
        raise _refused("it holds no signed manifest")
    payload, listed = jws["payload"], jws.get("signatures")
    for one in listed[:_MOST_SIGNATURES] if isinstance(listed, list) else ():
        kid = _signed_by(one, payload, trusted)
        if kid is not None:
            return unbase64(payload), kid
    raise _refused("no key that is trusted here has signed it")


def _signed_by(one: object, payload: str, trusted: Mapping[str, PublicKey]) -> str | None:
    try:
        protected, signature = one["protected"], one["signature"]  # type: ignore[index]
        header = msgspec.json.decode(unbase64(protected))
        is_ours = header["alg"] == "EdDSA" and header["typ"] == TYPE and "crit" not in header
        key = trusted.get(header["kid"])
        tag = unbase64(signature)
    except (TypeError, KeyError, ValueError, msgspec.MsgspecError):
        return None
    if not is_ours or key is None or not key.verifies(tag, f"{protected}.{payload}".encode()):
        return None
    return key.kid


def _refused(why: str) -> ConfigurationError:
    return ConfigurationError(
        f"the bundle is not genuine: {why}",
        code="GDB560",
        help="compare the keys in the control plane's address with `governed-db bundle verify`",
    )


def to_base64(read: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(read).rstrip(b"=").decode()


def unbase64(text: str) -> bytes:
    """Strict: letters that do not belong are an error, not skipped."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
