"""A token counts only if its issuer is trusted, its signature genuine, and it was meant for us, now."""

from __future__ import annotations

import base64
import time
from typing import Any

import jwt
import pytest

from governed_db.context.tokens.bearer import Bearer
from governed_db.context.tokens.issuers import load_identity
from governed_db.context.tokens.verify import Verified, Verifier
from governed_db.errors import IdentityError, PolicyError
from governed_db.model.principal import Principal
from tests.identity.provider import AUDIENCE, Provider, new_key, part, public_jwk


def verifier(provider: Provider, **more: Any) -> Verifier:
    """A verifier that trusts this provider."""
    return Verifier(load_identity(provider.identity(**more)))


def verify(provider: Provider, token: str, **more: Any) -> Verified:
    """Who its bearer is."""
    return verifier(provider, **more).verify(Bearer(token))


def code(provider: Provider, token: str, **more: Any) -> str:
    """With which code the token is refused."""
    with pytest.raises(IdentityError) as refused:
        verify(provider, token, **more)
    return refused.value.code


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "ES384", "EdDSA"])
def test_genuine(provider: Provider, algorithm: str) -> None:
    """A genuine token says who its bearer is, with each sort of key."""
    provider.rotate(algorithm)

    found = verify(provider, provider.token(sub="alice", groups=["support", "eu"]))

    assert found.principal == Principal(
        "alice", kind="human", groups=("support", "eu"), attributes={"issuer": provider.url}
    )
    assert found.proof.expires == found.claims["exp"]


def test_unsigned(provider: Provider) -> None:
    """alg none is no signature."""
    header, claims, _ = provider.token().split(".")
    kid = jwt.get_unverified_header(provider.token())["kid"]

    for algorithm in ("none", "None", "NONE", ""):
        forged = part({"alg": algorithm, "kid": kid, "typ": "at+jwt"})
        assert code(provider, f"{forged}.{claims}.AA") == "GDB551"
    assert code(provider, f"{header}.{claims}.") == "GDB551"


def test_public_key_as_secret(provider: Provider) -> None:
    """Algorithm confusion: the public key, which everybody has, is no shared secret."""
    import hashlib
    import hmac

    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    provider.rotate("RS256")
    kid, (_, key) = next(iter(provider.keys.items()))
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signed = part({"alg": "HS256", "kid": kid, "typ": "at+jwt"}) + "." + provider.token().split(".")[1]
    tag = hmac.new(public, signed.encode(), hashlib.sha256).digest()
    forged = signed + "." + base64.urlsafe_b64encode(tag).rstrip(b"=").decode()

    assert code(provider, forged) == "GDB551"


def test_key_of_another_kind(provider: Provider) -> None:
    """A key serves the algorithms of its kind only, and only the one that it is listed with."""
    token = provider.token()
    kid, (_, key) = next(iter(provider.keys.items()))
    header = part({"alg": "EdDSA", "kid": kid, "typ": "at+jwt"})

    assert code(provider, ".".join([header, *token.split(".")[1:]])) == "GDB551"
    provider.keys = {kid: ("ES256", key)}
    header = part({"alg": "ES384", "kid": kid, "typ": "at+jwt"})
    assert code(provider, ".".join([header, *token.split(".")[1:]])) == "GDB551"


def test_no_shared_secrets_in_the_file() -> None:
    """An identity file cannot name an algorithm with a shared secret."""
    told = {"version": 1, "issuers": [{"issuer": "https://a.test", "audience": "x", "algorithms": ["HS256"]}]}

    with pytest.raises(PolicyError, match="algorithm with a pair of keys 'HS256'"):
        load_identity(told)


def test_secret_among_the_keys(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shared secret in the issuer's list of keys is left out."""
    secret = "c" * 64
    listed = {
        "kty": "oct",
        "k": base64.urlsafe_b64encode(secret.encode()).decode(),
        "kid": "s",
        "alg": "HS256",
    }
    found = Verifier(
        load_identity(provider.identity(jwks=f"{provider.url}/keys")), get=lambda *_, **__: {"keys": [listed]}
    )
    forged = jwt.encode({"iss": provider.url, "sub": "root"}, secret, "HS256", headers={"kid": "s"})

    with pytest.raises(IdentityError, match="algorithm"):
        found.verify(Bearer(forged))


def test_without_kid(provider: Provider) -> None:
    """A token that does not name its key is refused, even if there is only one."""
    token = provider.token(header={"kid": None})

    assert code(provider, token) == "GDB551"


def test_key_of_somebody_else(provider: Provider) -> None:
    """A token signed with another key under the issuer's kid is refused; so is a kid that it has not."""
    kid, (algorithm, _) = next(iter(provider.keys.items()))
    honest = provider.keys
    provider.keys = {kid: (algorithm, new_key(algorithm))}
    forged = provider.token()
    unknown = provider.token(header={"kid": "../../etc/passwd"})
    provider.keys = honest

    assert code(provider, forged) == "GDB551"
    assert code(provider, unknown) == "GDB551"


def test_keys_in_the_token(provider: Provider) -> None:
    """Keys that a token brings along, or where it says they are, are not looked at."""
    key = new_key("ES256")
    now = int(time.time())
    claims = {"iss": provider.url, "sub": "root", "aud": AUDIENCE, "iat": now, "exp": now + 60}
    header = {
        "kid": "mine",
        "typ": "at+jwt",
        "jwk": public_jwk(key, "ES256", "mine"),
        "jku": "http://127.0.0.1:9/",
    }

    assert code(provider, jwt.encode(claims, key, "ES256", headers=header)) == "GDB551"


# No clock here: a test can run long after it was collected.
LONG_AGO, IN_A_CENTURY = 1_700_000_000, 5_000_000_000


@pytest.mark.parametrize(
    ("claims", "refused"),
    [
        ({"exp": 1}, "GDB550"),
        ({"exp": LONG_AGO}, "GDB550"),
        ({"nbf": IN_A_CENTURY}, "GDB550"),
        ({"iat": IN_A_CENTURY}, "GDB550"),
        ({"aud": "api://another"}, "GDB552"),
        ({"aud": ["a", "b"]}, "GDB552"),
        ({"aud": []}, "GDB552"),
        ({"iss": "https://evil.test"}, "GDB551"),
        ({"iss": ["https://evil.test"]}, "GDB551"),
        ({"exp": "soon"}, "GDB551"),
        ({"exp": True}, "GDB551"),
        ({"exp": 1e300}, "GDB551"),
        ({"sub": ""}, "GDB552"),
        ({"sub": "alice\n"}, "GDB552"),
        ({"groups": [1]}, "GDB552"),
        ({"groups": {"admins": True}}, "GDB552"),
        ({"act": "agent"}, "GDB552"),
        ({"act": {"sub": "agent", "iss": "https://evil.test"}}, "GDB552"),
    ],
)
def test_claims(provider: Provider, claims: dict[str, Any], refused: str) -> None:
    """Claims that are over, not yet, for others, or no claims at all."""
    assert code(provider, provider.token(**claims)) == refused


@pytest.mark.parametrize("claim", ["iss", "sub", "aud", "exp", "iat"])
def test_missing_claims(provider: Provider, claim: str) -> None:
    """Each of the standard claims must be there."""
    assert code(provider, provider.token(without=(claim,))) in {"GDB551", "GDB552"}


def test_required_claims(provider: Provider) -> None:
    """The identity file can require more."""
    assert code(provider, provider.token(without=("jti",)), require=["jti"]) == "GDB552"


@pytest.mark.parametrize("type_", ["logout+jwt", "dpop+jwt", "secevent+jwt", "id_token", 7])
def test_types(provider: Provider, type_: object) -> None:
    """A token of another type is none, whoever signed it."""
    assert code(provider, provider.token(header={"typ": type_})) == "GDB552"


def test_critical_extensions(provider: Provider) -> None:
    """What a token demands and we do not know is not passed over."""
    assert code(provider, provider.token(header={"crit": ["b64"], "b64": True})) == "GDB551"


def test_other_applications(provider: Provider) -> None:
    """With `clients:` only tokens of these applications count."""
    assert code(provider, provider.token(azp="other"), clients=["ours"]) == "GDB552"
    assert verify(provider, provider.token(azp="ours"), clients=["ours"]).principal.id == "alice"


def test_long_lives(provider: Provider) -> None:
    """With `max_age:` a token that lasts longer is refused."""
    assert code(provider, provider.token(exp=int(time.time()) + 86400), max_age="1h") == "GDB552"


@pytest.mark.parametrize(
    "text", ["", "a", "a.b", "a.b.c.d", "ä.b.c", "a b.c.d", "e30.e30.", "x" * 20_000, "[].[].AA"]
)
def test_no_tokens(provider: Provider, text: str) -> None:
    """Other texts are refused, and nobody is asked about them."""
    assert code(provider, text) == "GDB551"
    assert provider.asked == []


def test_damage(provider: Provider) -> None:
    """A token with one character changed anywhere in claims or signature is refused."""
    token = provider.token()
    first = token.index(".") + 1
    checked = verifier(provider)

    for place in range(first, len(token) - 1, 11):
        if token[place] != ".":
            changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
            with pytest.raises(IdentityError):
                checked.verify(Bearer(changed))


def test_used_once(provider: Provider) -> None:
    """With `one_time:` a token counts once, in whatever form it comes back."""
    used: set[tuple[str, str]] = set()

    def use(issuer: str, name: str, _: float) -> bool:
        is_first = (issuer, name) not in used
        used.add((issuer, name))
        return is_first

    checked = Verifier(load_identity(provider.identity(one_time=True)), use=use)
    token, twin = provider.token(jti="1"), provider.token(jti="1", groups=["other"])
    first = checked.verify(Bearer(token)).principal.id

    for replayed in (token, twin):
        with pytest.raises(IdentityError, match="GDB554"):
            checked.verify(Bearer(replayed))
    with pytest.raises(IdentityError, match="GDB552"):
        checked.verify(Bearer(provider.token(without=("jti",))))
    assert first == "alice"


def test_cached_for_a_minute_and_never_past_the_end(provider: Provider) -> None:
    """A verified token is known for a minute at most, and its end counts all the same."""
    clock, now = [1000.0], [time.time()]
    checked = Verifier(load_identity(provider.identity()), clock=lambda: clock[0], now=lambda: now[0])
    token = Bearer(provider.token(exp=int(now[0]) + 100))
    first = checked.verify(token)
    clock[0] += 59
    again = checked.verify(token)
    clock[0] += 2
    anew = checked.verify(token)
    now[0] += 101

    assert again is first
    assert anew is not first
    with pytest.raises(IdentityError, match="GDB550"):
        checked.verify(token)
