"""Tokens that are not what they pretend to be open nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.identity.provider import Provider, encoded, new_key, part, public_jwk
from tests.server.running import Plane


def _unsigned(provider: Provider) -> str:
    head = {"alg": "none", "kid": next(iter(provider.keys)), "typ": "at+jwt"}
    return f"{part(head)}.{provider.token(groups=['viewers']).split('.')[1]}."


def _confused(provider: Provider) -> str:
    """Signed by HMAC, with the issuer's public key as the secret that it is not."""
    kid, (_, key) = next(iter(provider.keys.items()))
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head = {"alg": "HS256", "kid": kid, "typ": "at+jwt"}
    signed = f"{part(head)}.{provider.token(groups=['viewers']).split('.')[1]}"
    mac = jwt.get_algorithm_by_name("HS256")
    return f"{signed}.{encoded(mac.sign(signed.encode(), public))}"


def _forged(provider: Provider) -> str:
    """Signed with somebody else's key, under the name of the issuer's."""
    kid = next(iter(provider.keys))
    signed = provider.token(groups=["viewers"], header={"kid": kid}).rpartition(".")[0]
    return f"{signed}.{encoded(jwt.get_algorithm_by_name('ES256').sign(signed.encode(), new_key('ES256')))}"


def _own_key(provider: Provider) -> str:
    """It brings the key that it is signed with along."""
    key = new_key("ES256")
    head = {"alg": "ES256", "typ": "at+jwt", "kid": "mine", "jwk": public_jwk(key, "ES256", "mine")}
    signed = f"{part(head)}.{provider.token(groups=['viewers']).split('.')[1]}"
    return f"{signed}.{encoded(jwt.get_algorithm_by_name('ES256').sign(signed.encode(), key))}"


def _edited(provider: Provider) -> str:
    """The claims of a good token are changed."""
    head, _, signature = provider.token().split(".")
    now = int(time.time())
    claims = {"iss": provider.url, "sub": "alice", "aud": "api://governed-db", "iat": now, "exp": now + 300}
    return f"{head}.{part(claims | {'groups': ['admins', 'viewers']})}.{signature}"


_BAD: dict[str, Callable[[Provider], str]] = {
    "unsigned": _unsigned,
    "alg-confused": _confused,
    "forged": _forged,
    "own key": _own_key,
    "edited": _edited,
    "expired": lambda one: one.token(groups=["viewers"], exp=int(time.time()) - 1),
    "not yet": lambda one: one.token(groups=["viewers"], nbf=int(time.time()) + 900),
    "no end": lambda one: one.token(groups=["viewers"], without=("exp",)),
    "other audience": lambda one: one.token(groups=["viewers"], aud="api://another"),
    "no audience": lambda one: one.token(groups=["viewers"], without=("aud",)),
    "other issuer": lambda one: one.token(groups=["viewers"], iss="https://evil.example"),
    "no kid": lambda one: one.token(groups=["viewers"], header={"kid": None}),
    "unknown kid": lambda one: one.token(groups=["viewers"], header={"kid": "nobody"}),
    "another type": lambda one: one.token(groups=["viewers"], header={"typ": "logout+jwt"}),
    "crit": lambda one: one.token(groups=["viewers"], header={"crit": ["b64"], "b64": False}),
    "nobody": lambda one: one.token(groups=["viewers"], without=("sub",)),
    "huge": lambda one: one.token(groups=["viewers"] * 3000),
    "garbage": lambda _: "a.b.c",
    "empty": lambda _: " ",
}


@pytest.mark.parametrize("kind", sorted(_BAD))
def test_a_bad_token_opens_nothing(sqlite_plane: Plane, kind: str) -> None:
    """401, with no word of what is in it."""
    token = _BAD[kind](sqlite_plane.providers["default"])
    answer = sqlite_plane.get("/v1/events", token)

    # A header that is too long is refused before anybody looks at it.
    assert answer.status_code in ((401,) if kind != "huge" else (400, 401, 431))
    assert (
        not token.strip() or token.split(".")[-1][:20] not in answer.text or kind in ("garbage", "unsigned")
    )


def test_a_good_token_opens(sqlite_plane: Plane) -> None:
    """What the others pretend to be."""
    token = sqlite_plane.providers["default"].token(groups=["viewers"])

    assert sqlite_plane.get("/v1/events", token).status_code == 200


def test_a_tenants_issuer_speaks_for_no_other_tenant(sqlite_plane: Plane) -> None:
    """Whatever its tokens say: of which tenant somebody is comes from who signed."""
    token = sqlite_plane.token("admin", "viewer", tenant="other", tenant_name="default", iss_tenant="default")
    made = sqlite_plane.post("/v1/enrolments", token, json={"label": "theirs"}).json()

    assert made["key"].startswith("gdbk_other_")
    default = sqlite_plane.get("/v1/enrolments", sqlite_plane.token("admin")).json()
    assert made["enrolment"]["id"] not in {one["id"] for one in default}


def test_two_credentials_are_none(sqlite_plane: Plane) -> None:
    """Something in between may look at the first, and we at the second."""
    import http.client
    from urllib.parse import urlsplit

    connection = http.client.HTTPConnection(urlsplit(sqlite_plane.url).netloc, timeout=60)
    connection.putrequest("GET", "/v1/events")
    connection.putheader("Authorization", f"Bearer {sqlite_plane.token('viewer')}")
    connection.putheader("Authorization", "Bearer another")
    connection.endheaders()
    assert connection.getresponse().status == 401
    connection.close()


@pytest.mark.parametrize("how", ["other tenant", "other id", "other secret", "cut", "longer", "upper"])
def test_a_key_that_was_guessed_opens_nothing(sqlite_plane: Plane, how: str) -> None:
    """A key is of one tenant, one id and one secret, to the letter."""
    key = sqlite_plane.key(label="guess")
    _, tenant, name, secret = key.split("_", 3)
    wrong = {
        "other tenant": f"gdbk_other_{name}_{secret}",
        "other id": f"gdbk_{tenant}_key-0000000000_{secret}",
        "other secret": f"gdbk_{tenant}_{name}_{'A' * 43}",
        "cut": key[:-1],
        "longer": key + "A",
        "upper": key.upper(),
    }[how]

    assert sqlite_plane.post("/v1/events", wrong, data=b"").status_code == 401
    assert sqlite_plane.post("/v1/events", key, data=b"").status_code == 200


def test_an_issuer_that_is_away_is_no_way_in(sqlite_plane: Plane) -> None:
    """Keys that cannot be read are an answer to come again, never a yes."""
    provider = sqlite_plane.providers["other"]
    provider.rotate()
    provider.is_down = True
    try:
        answer = sqlite_plane.get("/v1/events", provider.token(groups=["viewers"]))
    finally:
        provider.is_down = False

    assert answer.status_code in (401, 503)
    assert "GDB" in json.dumps(answer.json())
