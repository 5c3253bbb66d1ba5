"""An issuer into the public keys that it signs with.

Keys older than a few minutes are read again in the background, by one thread however many ask; a caller
waits only for a key that nobody has seen yet. While the issuer cannot be reached the keys are good for
some hours more. That is a grace for keys: a token's own end is never put off.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import attrs
import jwt

from governed_db.context.tokens.fetch import Fetch, fetch, is_safe
from governed_db.context.tokens.issuers import Issuer
from governed_db.context.tokens.providers import RSA
from governed_db.core import forks
from governed_db.errors import IdentityError

FRESH_SECONDS: Final = 300.0
GRACE_SECONDS: Final = 6 * 3600.0
PAUSE_SECONDS: Final = 10.0  # between two looks for keys that are not known: forged tokens name many
_WAIT: Final = 20.0
_MOST: Final = 200
_MIN_RSA_BITS: Final = 2048
_CURVES: Final = MappingProxyType(
    {
        "P-256": ("ES256",),
        "P-384": ("ES384",),
        "P-521": ("ES512",),
        "Ed25519": ("EdDSA",),
        "Ed448": ("EdDSA",),
    }
)


@attrs.frozen
class _Known:
    """The issuer's keys by id, and when they were read (time.monotonic())."""

    keys: Mapping[str, Mapping[str, Any]]
    read: float


class _Flight:
    """One reading of the keys, which everybody waits for who wants one meanwhile."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.landed = threading.Event()
        self.error: IdentityError | None = None


class IssuerKeys:
    """The keys of one issuer; safe for several threads, and after a fork."""

    def __init__(
        self, issuer: Issuer, get: Fetch = fetch, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._issuer = issuer
        self._get = get
        self._clock = clock
        self._lock = forks.lock()
        self._known: _Known | None = None
        self._flight: _Flight | None = None
        self._tried = -PAUSE_SECONDS  # when a reading was last begun

    def find(self, kid: str, algorithm: str) -> jwt.PyJWK:
        """The key of this name, for this algorithm only. Raises IdentityError GDB551 or GDB553."""
        known = self._current()
        found = known.keys.get(kid) if known is not None else None
        if found is None:
            found = self._read_anew(known).keys.get(kid)
        if found is None:
            raise IdentityError(
                "the token is signed with a key that its issuer does not have",
                help="it may be forged, or of another environment; sign in again",
            )
        return _bound(found, algorithm)

    def _current(self) -> _Known | None:
        """What is known, if it may still be used; a reading in the background if it is not fresh."""
        known = self._known
        if known is None:
            return None
        age = self._clock() - known.read
        if age > GRACE_SECONDS:
            return None
        if age > FRESH_SECONDS and self._clock() - self._tried >= PAUSE_SECONDS:
            flight, is_ours = self._board()
            if is_ours:
                threading.Thread(
                    target=self._fly, args=(flight,), daemon=True, name="governed-db-jwks"
                ).start()
        return known

    def _read_anew(self, known: _Known | None) -> _Known:
        """Wait for the keys as they are now, unless somebody has just looked."""
        if known is not None and self._clock() - self._tried < PAUSE_SECONDS and self._flight is None:
            return known
        flight, is_ours = self._board()
        if is_ours:
            self._fly(flight)
        else:
            flight.landed.wait(_WAIT)
        read = self._known
        if read is not None and self._clock() - read.read <= GRACE_SECONDS:
            return read
        raise flight.error or IdentityError(
            "the issuer's keys could not be read in time", code="GDB553", help="try again"
        )

    def _board(self) -> tuple[_Flight, bool]:
        with self._lock:
            flight = self._flight
            if flight is not None and flight.pid == os.getpid():  # threads do not outlive a fork
                return flight, False
            self._flight = _Flight()
            self._tried = self._clock()
            return self._flight, True

    def _fly(self, flight: _Flight) -> None:
        try:
            keys = _by_id(
                self._get(self._address(), ca=self._issuer.ca, bearer_file=self._issuer.bearer_file)
            )
            self._known = _Known(keys, self._clock())
        except IdentityError as error:
            flight.error = error.with_traceback(None)
        finally:
            with self._lock:
                self._flight = None
            flight.landed.set()

    def _address(self) -> str:
        issuer = self._issuer
        if issuer.jwks is not None:
            return issuer.jwks
        at = f"{issuer.url.rstrip('/')}/.well-known/openid-configuration"
        document = self._get(at, ca=issuer.ca, bearer_file=issuer.bearer_file)
        address = document.get("jwks_uri")
        if document.get("issuer") != issuer.url or not is_safe(address):
            raise IdentityError(
                f"what is at {at} is not about the issuer {issuer.url}, or names no keys",
                code="GDB553",
                help="write the issuer exactly as its tokens and this document do, slash at the end and all",
            )
        return str(address)


def _by_id(document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Public keys for signatures, by their ids. Shared secrets and keys of unknown kinds are left out."""
    listed = document.get("keys")
    found: dict[str, Mapping[str, Any]] = {}
    for key in listed[:_MOST] if isinstance(listed, list) else ():
        if not isinstance(key, dict) or key.get("kty") not in ("RSA", "EC", "OKP"):
            continue
        operations = key.get("key_ops")
        is_for_signatures = key.get("use") in (None, "sig", "jwt-svid") and (
            operations is None or (isinstance(operations, list) and "verify" in operations)
        )
        if is_for_signatures and isinstance(key.get("kid"), str):
            # A private part has no business there, and must not be kept.
            found[key["kid"]] = {name: value for name, value in key.items() if name in _PUBLIC}
    return found


_PUBLIC: Final = frozenset({"kty", "kid", "alg", "n", "e", "crv", "x", "y"})


def _bound(key: Mapping[str, Any], algorithm: str) -> jwt.PyJWK:
    """The key, bound to an algorithm that fits its kind, so that none can be talked into another."""
    fitting = RSA if key["kty"] == "RSA" else _CURVES.get(str(key.get("crv")), ())
    made: jwt.PyJWK | None = None
    if algorithm in fitting and key.get("alg") in (None, algorithm, "Ed25519"):
        try:
            made = jwt.PyJWK(dict(key), algorithm)
        except Exception:  # noqa: BLE001  # numbers that are no key
            made = None
    if made is None or getattr(made.key, "key_size", _MIN_RSA_BITS) < _floor(key):
        raise IdentityError(
            "the token's algorithm does not go with the key that it names",
            help="it is forged, or its issuer's keys are too short (RSA needs 2048 bits)",
        )
    return made


def _floor(key: Mapping[str, Any]) -> int:
    return _MIN_RSA_BITS if key["kty"] == "RSA" else 0
