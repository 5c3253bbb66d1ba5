"""Keys of an issuer rotate, are read by one thread for all, and outlive its outages for a while."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from governed_db.context.tokens.bearer import Bearer
from governed_db.context.tokens.issuers import load_identity
from governed_db.context.tokens.keys import FRESH_SECONDS, GRACE_SECONDS, PAUSE_SECONDS
from governed_db.context.tokens.verify import Verifier
from governed_db.errors import IdentityError
from tests.clock import Clock
from tests.identity.provider import Provider


@pytest.fixture
def clock() -> Clock:
    """A clock."""
    return Clock()


@pytest.fixture
def verifier(provider: Provider, clock: Clock) -> Verifier:
    """What verifies the provider's tokens."""
    return Verifier(load_identity(provider.identity()), clock=clock)


def settled() -> None:
    """Wait for the readings in the background."""
    for thread in threading.enumerate():
        if thread.name == "governed-db-jwks":
            thread.join(60)


def test_read_once(provider: Provider, verifier: Verifier) -> None:
    """The keys are read once for many tokens."""
    for _ in range(5):
        verifier.verify(Bearer(provider.token()))

    assert provider.asked == ["/.well-known/openid-configuration", "/keys"]


def test_rotation(provider: Provider, verifier: Verifier, clock: Clock) -> None:
    """A key that is not known is looked for at once; one that is gone counts no more."""
    old = provider.token()
    verifier.verify(Bearer(old))
    clock.now += PAUSE_SECONDS
    provider.rotate("EdDSA")
    verifier.verify(Bearer(provider.token()))
    clock.now += 61

    with pytest.raises(IdentityError, match="GDB551"):
        verifier.verify(Bearer(old))


def test_forged_kids_do_not_flood_the_issuer(provider: Provider, verifier: Verifier) -> None:
    """A thousand tokens with keys that do not exist have the issuer asked once."""
    verifier.verify(Bearer(provider.token()))
    provider.asked.clear()
    for number in range(50):
        with pytest.raises(IdentityError, match="GDB551"):
            verifier.verify(Bearer(provider.token(header={"kid": f"k{number}"})))

    assert provider.asked == []


def test_single_flight(provider: Provider, verifier: Verifier) -> None:
    """Threads that need keys at the same moment wait for one reading."""
    provider.delay = 0.05
    tokens = [Bearer(provider.token()) for _ in range(8)]
    found: list[Any] = []
    threads = [
        threading.Thread(target=lambda token=token: found.append(verifier.verify(token))) for token in tokens
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 8
    assert provider.asked == ["/.well-known/openid-configuration", "/keys"]


def test_refresh_in_the_background(provider: Provider, verifier: Verifier, clock: Clock) -> None:
    """Keys that are no longer fresh are read again while the old ones go on serving."""
    verifier.verify(Bearer(provider.token()))
    clock.now += FRESH_SECONDS + 1
    provider.asked.clear()
    verifier.verify(Bearer(provider.token()))
    settled()

    assert provider.asked == ["/.well-known/openid-configuration", "/keys"]


def test_grace(provider: Provider, verifier: Verifier, clock: Clock) -> None:
    """While the issuer is away its keys count for some hours, and then no more; expiry counts all along."""
    verifier.verify(Bearer(provider.token()))
    provider.is_down = True
    clock.now += FRESH_SECONDS + 100
    during = verifier.verify(Bearer(provider.token(exp=int(time.time()) + 86400)))
    settled()
    with pytest.raises(IdentityError, match="GDB550"):
        verifier.verify(Bearer(provider.token(exp=int(time.time()) - 1)))
    settled()
    clock.now += GRACE_SECONDS
    with pytest.raises(IdentityError, match="GDB553"):
        verifier.verify(Bearer(provider.token()))
    provider.is_down = False
    clock.now += PAUSE_SECONDS
    after = verifier.verify(Bearer(provider.token()))

    assert (during.principal, after.principal) == (after.principal, during.principal)


def test_away_from_the_start(provider: Provider, verifier: Verifier) -> None:
    """Without keys nobody is believed."""
    provider.is_down = True

    with pytest.raises(IdentityError, match="GDB553"):
        verifier.verify(Bearer(provider.token()))


def test_discovery_of_somebody_else(provider: Provider, verifier: Verifier) -> None:
    """A discovery document about another issuer names no keys of ours."""
    provider.tells_issuer = "https://evil.test"

    with pytest.raises(IdentityError, match="GDB553"):
        verifier.verify(Bearer(provider.token()))


@pytest.mark.parametrize(
    "answer", [{}, {"keys": None}, {"keys": [1, None, {"kty": "EC"}]}, {"keys": [{"kty": "EC", "kid": 5}]}]
)
def test_odd_lists_of_keys(provider: Provider, answer: dict[str, Any]) -> None:
    """What is no list of keys holds none."""
    found = Verifier(
        load_identity(provider.identity(jwks=f"{provider.url}/keys")), get=lambda *_, **__: answer
    )

    with pytest.raises(IdentityError, match="GDB551"):
        found.verify(Bearer(provider.token()))


def test_short_keys(provider: Provider) -> None:
    """An RSA key that is too short for its time is none."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    provider.keys = {"short": ("RS256", rsa.generate_private_key(65537, 1024))}

    with pytest.raises(IdentityError, match="GDB551"):
        Verifier(load_identity(provider.identity())).verify(Bearer(provider.token()))
