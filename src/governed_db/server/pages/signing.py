"""A browser into a session, and out of it: by an identity provider, or by a code of this machine."""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Mapping
from typing import Annotated, Any, Final

import attrs
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter, SkipValidation

from governed_db.errors import ConfigurationError, IdentityError
from governed_db.model.principal import Principal
from governed_db.server import journal, sessions
from governed_db.server.callers import PUBLIC, Caller, How
from governed_db.server.given import TheCaller, TheSettings, TheStore
from governed_db.server.openid import Asked, OpenId
from governed_db.server.pages.answers import SIGNING_COOKIE, Shown, go_to, inside, page, shown
from governed_db.server.roles import READERS
from governed_db.server.sessions import Signed
from governed_db.server.settings import DEFAULT_TENANT, ServerSettings
from governed_db.server.store import Store
from governed_db.server.tables.browsers import SIGN_INS

_SECONDS: Final = 600.0
_CALLBACK: Final = "/sign-in/back"
Text = Annotated[str | None, QueryParameter(max_length=4096)]


@attrs.frozen
class Ways:
    """The identity providers of all tenants, by tenant and label."""

    by_name: Mapping[tuple[str, str], OpenId]

    @classmethod
    def of(cls, settings: ServerSettings) -> Ways:
        """As the settings name them."""
        return cls(
            {
                (tenant.name, sign_in.label): OpenId(sign_in)
                for tenant in settings.tenants
                for sign_in in tenant.sign_in
            }
        )


TheWays = NamedDependency[SkipValidation[Ways]]


@get("/sign-in", opt=dict(PUBLIC), sync_to_thread=False)
def sign_in(
    request: Request[Any, Any, Any], settings: TheSettings, ways: TheWays, next: Text = None
) -> Response[Any]:
    """The ways to sign in."""
    return _choose(request, settings, ways, inside(next))


@get("/sign-in/with", opt=dict(PUBLIC), sync_to_thread=True)
def begin(
    request: Request[Any, Any, Any],
    settings: TheSettings,
    store: TheStore,
    ways: TheWays,
    label: Text = None,
    tenant: Text = None,
    next: Text = None,
) -> Response[Any]:
    """To the identity provider."""
    way = ways.by_name.get((tenant or DEFAULT_TENANT, label or ""))
    if way is None:
        return _choose(request, settings, ways, inside(next), _no_way())
    browser = request.cookies.get(SIGNING_COOKIE) or secrets.token_urlsafe(32)
    asked = Asked(
        secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48), _back(settings)
    )
    try:
        address = way.address(asked)
    except (IdentityError, ConfigurationError) as error:
        return _choose(request, settings, ways, inside(next), shown(error))
    now = time.time()
    with store.writing(tenant or DEFAULT_TENANT) as tx:
        tx.run(tx.delete(SIGN_INS).where(SIGN_INS.c.expires < now))
        tx.insert(
            SIGN_INS,
            {
                "state": sessions.hashed(asked.state),
                "browser": sessions.hashed(browser),
                "provider": label,
                "nonce": asked.nonce,
                "verifier": asked.verifier,
                "way": inside(next),
                "expires": now + _SECONDS,
            },
        )
    answer: Response[Any] = go_to(address)
    _keep(answer, settings, SIGNING_COOKIE, browser, _SECONDS)
    return answer


@get(_CALLBACK, opt=dict(PUBLIC), sync_to_thread=True)
def back(
    request: Request[Any, Any, Any],
    settings: TheSettings,
    store: TheStore,
    ways: TheWays,
    code: Text = None,
    given: Annotated[str | None, QueryParameter(name="state", max_length=4096)] = None,
    iss: Text = None,
    error: Text = None,
) -> Response[Any]:
    """Back from the identity provider, with a code or a word of why not."""
    browser = request.cookies.get(SIGNING_COOKIE, "")
    found = _begun(store, settings, given or "", browser)
    if found is None:
        return _choose(request, settings, ways, "/", _not_begun())
    tenant, row = found
    try:
        way = ways.by_name[tenant, row.provider]
        way.check_issuer(iss)
        if code is None:
            raise IdentityError(
                f"{way.sign_in.label} did not let you in ({_plain(error)})",
                code="GDB642",
                help="ask who runs it whether you may use this application",
            )
        person = way.person(code, Asked(given or "", row.nonce, row.verifier, _back(settings)))
    except KeyError:
        return _choose(request, settings, ways, row.way)
    except (IdentityError, ConfigurationError) as refused:
        return _choose(request, settings, ways, row.way, shown(refused))
    return _welcome(store, settings, tenant, Signed(person, row.provider), row.way)


@post("/sign-in/local", opt=dict(PUBLIC), status_code=200)
async def local(
    request: Request[Any, Any, Any], settings: TheSettings, store: TheStore, ways: TheWays
) -> Response[Any]:
    """In with a code that the server printed."""
    form = await request.form()
    way = inside(str(form.get("next", "")))
    for tenant in settings.tenants:
        with store.writing(tenant.name) as tx:
            signed = sessions.use_code(tx, str(form.get("code", "")), time.time())
        if signed is not None:
            return _welcome(store, settings, tenant.name, signed, way)
    refusal = _no_code()
    return _choose(request, settings, ways, way, refusal)


@post("/sign-out", opt={"access": READERS}, status_code=200, sync_to_thread=True)
def sign_out(
    request: Request[Any, Any, Any], settings: TheSettings, store: TheStore, caller: TheCaller
) -> Response[Any]:
    """The session ends here and in the browser."""
    name = sessions.cookie_name(settings)
    with store.writing(caller.tenant) as tx:
        sessions.end(tx, request.cookies.get(name, ""))
        journal.record(tx, caller, "signed.out", caller.id, {})
    answer: Response[Any] = go_to("/sign-in")
    answer.delete_cookie(name, path="/")
    return answer


def _choose(
    request: Request[Any, Any, Any],
    settings: ServerSettings,
    ways: Ways,
    next: str,
    problem: Shown | None = None,
) -> Response[Any]:
    browser = request.cookies.get(SIGNING_COOKIE) or secrets.token_urlsafe(32)
    several = len(settings.tenants) > 1
    issuers = [
        {"label": f"{label} ({tenant})" if several else label, "tenant": tenant, "name": label}
        for tenant, label in ways.by_name
    ]
    has_local = settings.is_embedded or not issuers
    told = {"issuers": issuers, "has_local": has_local, "next": next, "problem": problem}
    answer = page("sign_in.html", told | {"csrf": sessions.csrf_of(browser)}, 400 if problem else 200)
    _keep(answer, settings, SIGNING_COOKIE, browser, _SECONDS)
    return answer


def _begun(store: Store, settings: ServerSettings, state: str, browser: str) -> tuple[str, Any] | None:
    """What was kept when this browser was sent away; it holds once."""
    key = sessions.hashed(state)
    for tenant in settings.tenants:
        with store.writing(tenant.name) as tx:
            row = tx.row(tx.select(SIGN_INS).where(SIGN_INS.c.state == key))
            if row is None or tx.run(tx.delete(SIGN_INS).where(SIGN_INS.c.state == key)) != 1:
                continue
        is_theirs = hmac.compare_digest(row.browser, sessions.hashed(browser))
        return (tenant.name, row) if is_theirs and time.time() < row.expires else None
    return None


def _welcome(store: Store, settings: ServerSettings, tenant: str, signed: Signed, way: str) -> Response[Any]:
    known = settings.tenant(tenant)
    assert known is not None  # noqa: S101  # it was found among them
    principal = signed.principal
    roles = signed.roles
    if roles is None:
        roles = known.roles_of(principal.id, frozenset(principal.groups)) & READERS
    caller = Caller(tenant, principal, roles, How.SESSION)
    with store.writing(tenant) as tx:
        cookie = sessions.begin(tx, signed, time.time())
        told = {"provider": signed.provider, "roles": sorted(role.value for role in roles)}
        journal.record(tx, caller, "signed.in", principal.id, told)
    if not roles:
        return _no_role(principal)
    answer: Response[Any] = go_to(way)
    _keep(answer, settings, sessions.cookie_name(settings), cookie, sessions.LONGEST)
    answer.delete_cookie(SIGNING_COOKIE, path="/")
    return answer


def _no_role(principal: Principal) -> Response[Any]:
    cut = "" if principal.groups_complete else " Your identity provider did not send all of your groups."
    help_ = "Ask who runs this server to give one of your groups a role (roles: in its settings)." + cut
    problem = Shown(
        "No role here",
        f"You are {principal.id}, and nobody said what you may do here.",
        help_,
        "GDB644",
        "/sign-in",
        "Sign in as somebody else",
    )
    return page("refusal.html", {"problem": problem}, 403)


def _no_way() -> Shown:
    return Shown("Sign in", "There is no such way to sign in.", "Choose one of these.", "GDB641")


def _not_begun() -> Shown:
    said = "This sign-in was not begun in this browser, or too long ago."
    return Shown("Sign in", said, "Begin again.", "GDB641")


def _no_code() -> Shown:
    said = "This code is not known here, was used, or has run out."
    return Shown("Sign in", said, "Make another with `governed-db server sign-in`.", "GDB641")


def _keep(answer: Response[Any], settings: ServerSettings, name: str, value: str, seconds: float) -> None:
    """Lax: somebody who follows a link to a request from a chat is still signed in."""
    answer.set_cookie(
        key=name,
        value=value,
        path="/",
        max_age=int(seconds),
        httponly=True,
        secure=settings.base_url.startswith("https:"),
        samesite="lax",
    )


def _back(settings: ServerSettings) -> str:
    return f"{settings.base_url}{_CALLBACK}"


def _plain(said: str | None) -> str:
    text = said or "no reason given"
    return text if text.isascii() and text.isprintable() and len(text) < 100 else "not shown"


ROUTES: list[Any] = [sign_in, begin, back, local, sign_out]
