"""Who comes in, how, for how long, and who does not."""

from __future__ import annotations

import time
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from governed_db.server import sessions
from governed_db.server.roles import Role
from governed_db.server.tables.browsers import SESSIONS
from tests.server.pages.visiting import Site, Visitor

COOKIE = "governed-db"


def _to_provider(visitor: Visitor, next: str = "/approvals") -> requests.Response:
    """Press the provider's button, go there, and come back with what it answers."""
    begun = visitor.get(f"/sign-in/with?tenant=default&label=Test%20provider&next={next}")
    assert begun.status_code == 303, begun.text
    there = requests.get(begun.headers["Location"], timeout=60, allow_redirects=False)
    back = urlsplit(there.headers["Location"])
    return visitor.get(f"{back.path}?{back.query}")


@pytest.fixture
def visitor(site: Site) -> Visitor:
    """Somebody who is not signed in."""
    return Visitor(site.url)


def test_by_an_identity_provider(site: Site, visitor: Visitor) -> None:
    """Somebody whom the identity provider vouches for is signed in, with the roles of their groups."""
    site.plane.providers["default"].claims = {"sub": "grace", "groups": ["approvers"]}

    back = _to_provider(visitor)

    assert (back.status_code, back.headers["Location"]) == (303, "/approvals")
    page = visitor.get("/approvals").text
    assert "grace" in page
    assert "approver" in page


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"nonce": "another"}, "nonce"),
        ({"aud": "another-application"}, "aud"),
        ({"exp": 1_700_000_000}, "expired"),
        ({"iss": "https://elsewhere.example"}, "issuer"),
    ],
    ids=["nonce", "audience", "expired", "issuer"],
)
def test_an_answer_that_is_not_for_us(
    site: Site, visitor: Visitor, claims: dict[str, object], said: str
) -> None:
    """An ID token of another sign-in, application, time or issuer lets nobody in."""
    provider = site.plane.providers["default"]
    provider.claims, provider.id_claims = {"sub": "grace", "groups": ["approvers"]}, claims
    try:
        back = _to_provider(visitor)
    finally:
        provider.id_claims = {}

    assert back.status_code == 400
    assert said in back.text
    assert COOKIE not in visitor.session.cookies


def test_a_group_without_a_role(site: Site, visitor: Visitor) -> None:
    """Who has no role here is told so, and sees nothing."""
    site.plane.providers["default"].claims = {"sub": "stranger", "groups": ["visitors"]}

    back = _to_provider(visitor)

    assert back.status_code == 403
    assert "GDB644" in back.text
    assert visitor.get("/").status_code == 303


def test_an_answer_holds_once(site: Site, visitor: Visitor) -> None:
    """The address that the provider sent a browser back to lets nobody in a second time."""
    site.plane.providers["default"].claims = {"sub": "grace", "groups": ["approvers"]}
    begun = visitor.get("/sign-in/with?tenant=default&label=Test%20provider")
    there = requests.get(begun.headers["Location"], timeout=60, allow_redirects=False)
    back = urlsplit(there.headers["Location"])
    assert visitor.get(f"{back.path}?{back.query}").status_code == 303

    assert visitor.get(f"{back.path}?{back.query}").status_code == 400


def test_somebody_elses_answer(site: Site, visitor: Visitor) -> None:
    """A link that carries an attacker's own sign-in does not sign its victim in as the attacker."""
    site.plane.providers["default"].claims = {"sub": "mallory", "groups": ["approvers"]}
    attacker = Visitor(site.url)
    begun = attacker.get("/sign-in/with?tenant=default&label=Test%20provider")
    there = requests.get(begun.headers["Location"], timeout=60, allow_redirects=False)
    back = urlsplit(there.headers["Location"])
    visitor.get("/sign-in")

    answer = visitor.get(f"{back.path}?{back.query}")

    assert answer.status_code == 400
    assert COOKIE not in visitor.session.cookies


def test_what_is_sent_to_the_provider(visitor: Visitor) -> None:
    """The provider is asked for a code with PKCE, and is told state and nonce that nobody can guess."""
    begun = visitor.get("/sign-in/with?tenant=default&label=Test%20provider")

    asked = {name: one[0] for name, one in parse_qs(urlsplit(begun.headers["Location"]).query).items()}
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert min(len(asked["state"]), len(asked["nonce"]), len(asked["code_challenge"])) >= 32


def test_a_code_holds_once(site: Site, visitor: Visitor) -> None:
    """A printed code signs in who types it first."""
    code = site.code("grace")
    assert visitor.sign_in(code).status_code == 303

    again = Visitor(site.url).sign_in(code)

    assert again.status_code == 400
    assert "GDB641" in again.text


def test_the_session_is_new(site: Site) -> None:
    """A cookie that somebody planted before the sign-in is not the session afterwards."""
    visitor = Visitor(site.url)
    visitor.session.cookies.set(COOKIE, "planted.default", domain="127.0.0.1", path="/")

    visitor.sign_in(site.code("grace"))

    kept = [cookie for cookie in visitor.session.cookies if cookie.name == COOKIE]
    assert "planted.default" not in [cookie.value for cookie in kept] or len(kept) > 1
    planted = requests.get(
        site.url + "/", cookies={COOKIE: "planted.default"}, timeout=60, allow_redirects=False
    )
    assert planted.status_code == 303


def test_the_cookie(site: Site) -> None:
    """No script can read the session's cookie, and no other site's form sends it."""
    visitor = Visitor(site.url)

    answer = visitor.sign_in(site.code("grace"))

    said = next(one for one in answer.raw.headers.getlist("Set-Cookie") if one.startswith(f"{COOKIE}="))
    assert "HttpOnly" in said
    assert "SameSite=lax" in said
    assert "Path=/" in said


def test_only_hashes_are_kept(site: Site) -> None:
    """Who reads the table of sessions can act for nobody."""
    visitor = Visitor(site.url)
    visitor.sign_in(site.code("grace"))
    cookie = visitor.session.cookies[COOKIE]

    with site.plane.store.reading("default") as tx:
        kept = repr(tx.rows(tx.select(SESSIONS)))

    assert cookie.partition(".")[0] not in kept


def test_signing_out_ends_it_on_the_server(site: Site) -> None:
    """After signing out the cookie is worth nothing, wherever a copy of it is."""
    visitor = site.visitor("grace")
    copy = visitor.session.cookies[COOKIE]
    assert visitor.send("/", {}, to="/sign-out").status_code == 303

    answer = requests.get(site.url + "/", cookies={COOKIE: copy}, timeout=60, allow_redirects=False)

    assert answer.headers["Location"] == "/sign-in?next=%2F"


@pytest.mark.parametrize(
    ("later", "counts", "is_in"),
    [(3000.0, True, True), (3700.0, True, False), (13 * 3600.0, True, False)],
    ids=["soon", "idle", "too long"],
)
def test_a_session_ends(site: Site, later: float, *, counts: bool, is_in: bool) -> None:
    """A session ends an hour after its person last did something."""
    visitor = site.visitor("grace")
    plane = site.plane

    found = sessions.caller_by(
        plane.store, plane.settings, visitor.session.cookies[COOKIE], now=time.time() + later, counts=counts
    )

    assert (found is not None) is is_in


def test_pages_that_refresh_themselves_do_not_keep_it_alive(site: Site) -> None:
    """A page that is left open does not hold the session beyond its hour."""
    visitor, plane, now = site.visitor("grace"), site.plane, time.time()
    cookie = visitor.session.cookies[COOKIE]
    for minutes in range(0, 60, 10):
        at = now + minutes * 60
        assert sessions.caller_by(plane.store, plane.settings, cookie, now=at, counts=False)

    assert sessions.caller_by(plane.store, plane.settings, cookie, now=now + 3700, counts=False) is None


@pytest.mark.parametrize(
    "next", ["//evil.example", "https://evil.example", "/\\evil.example", "/sign-out", "javascript:alert(1)"]
)
def test_nobody_is_sent_away(site: Site, next: str) -> None:
    """A link to our sign-in cannot send somebody to another site afterwards."""
    visitor = Visitor(site.url)

    answer = visitor.send("/sign-in", {"code": site.code("grace"), "next": next}, to="/sign-in/local")

    assert answer.headers["Location"] == "/"


def test_a_session_is_of_one_tenant(site: Site) -> None:
    """The name of another tenant in the cookie opens nothing there."""
    visitor = site.visitor("grace")
    secret = visitor.session.cookies[COOKIE].partition(".")[0]

    answer = requests.get(
        site.url + "/", cookies={COOKIE: f"{secret}.other"}, timeout=60, allow_redirects=False
    )

    assert answer.status_code == 303


def test_pages_take_no_bearer_and_the_api_no_cookie(site: Site) -> None:
    """What pages do needs a page's form; what programs do needs a credential that no form can send."""
    token = site.plane.token("approver")
    assert site.plane.get("/approvals", token, allow_redirects=False).status_code == 303

    assert site.visitor("grace", Role.ADMIN).get("/v1/approvals").status_code == 401
