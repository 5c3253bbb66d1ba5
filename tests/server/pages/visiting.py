"""A running control plane into visits: by a browser, or by plain requests with a cookie."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import attrs
import requests
from playwright.sync_api import Browser, BrowserContext, Page

from governed_db.model.approval import Subject, Terms
from governed_db.model.preview import Preview, Previews
from governed_db.model.principal import Principal
from governed_db.server import sessions
from governed_db.server.approvals import asking
from governed_db.server.callers import Caller, How
from governed_db.server.roles import READERS, Role
from tests.server.running import Plane

WAIT = 30_000.0
BOT = Caller("default", Principal("refund-bot", kind="agent"), frozenset({Role.CLIENT}), How.ENROLMENT)
_CSRF = re.compile(r'name="csrf" value="([0-9a-f]+)"')


@attrs.define
class Site:
    """One control plane and who visits it."""

    plane: Plane
    seen: list[str] = attrs.field(factory=list)  # every address that a browser asked for
    said: list[str] = attrs.field(factory=list)  # what its console said

    @property
    def url(self) -> str:
        return self.plane.url

    def code(self, who: str, *roles: Role, tenant: str = "default") -> str:
        """What somebody at the machine may sign in with."""
        with self.plane.store.writing(tenant) as tx:
            return sessions.new_code(tx, who, roles or READERS, time.time())

    def visitor(self, who: str, *roles: Role, tenant: str = "default") -> Visitor:
        """Somebody who is signed in, without a browser."""
        made = Visitor(self.url)
        made.sign_in(self.code(who, *roles, tenant=tenant))
        return made

    @contextlib.contextmanager
    def opened(self, browser: Browser, who: str | None = None, *roles: Role, **more: Any) -> Iterator[Page]:
        """A page of a fresh browser context; of somebody who is signed in."""
        context: BrowserContext = browser.new_context(**more)
        context.set_default_timeout(WAIT)
        context.on("request", lambda request: self.seen.append(request.url))
        try:
            page = context.new_page()
            page.on("console", lambda message: self.said.append(message.text))
            page.on("pageerror", lambda error: self.said.append(str(error)))
            if who is not None:
                self._sign_in(page, who, roles or tuple(READERS))
            yield page
        finally:
            context.close()

    def _sign_in(self, page: Page, who: str, roles: tuple[Role, ...]) -> None:
        """By a code where the control plane is embedded, else by its identity provider."""
        page.goto(self.url + "/sign-in")
        if self.plane.settings.is_embedded:
            page.get_by_label("One-time code").fill(self.code(who, *roles))
            page.get_by_role("button", name="Sign in").click()
        else:
            groups = [f"{role.value}s" for role in roles]
            self.plane.providers["default"].claims = {"sub": who, "groups": groups}
            page.get_by_role("link", name="Continue with Test provider (default)").click()
        page.get_by_role("heading", name="Overview").wait_for()

    def ask(self, statement: str, *, preview: Preview | None = None, **more: Any) -> str:
        """A request of the bot's, for alice; its id."""
        with self.plane.store.writing("default") as tx:
            found = asking.request(tx, BOT, subject(statement, **more))
            if preview is not None:
                asking.keep_preview(tx, BOT, found.id, Previews((preview,)).to_json())
        return found.id

    @property
    def outside(self) -> list[str]:
        """Addresses that are not of this machine."""
        return [url for url in self.seen if urlsplit(url).hostname not in ("127.0.0.1", "localhost")]


def subject(statement: str, **more: Any) -> Subject:
    """What a request is about."""
    told: dict[str, Any] = {
        "principals": ("alice", "refund-bot"),
        "database": "shop",
        "statement": statement,
        "statement_digest": statement,
        "parameters_digest": "",
        "rule": "support/refunds",
        "revision": "1:aa",
        "rows": 12,
        "reason": "changes more than 10 rows",
        "terms": Terms(),
    }
    return Subject(**told | more)


class Visitor:
    """A browser that runs no script: keeps cookies and sends forms."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False

    def sign_in(self, code: str) -> requests.Response:
        """With a code, as the page's form does."""
        return self.send("/sign-in", {"code": code, "next": "/"}, to="/sign-in/local")

    def get(self, path: str, **more: Any) -> requests.Response:
        return self.session.get(self.url + path, timeout=60, allow_redirects=False, **more)

    def send(self, page: str, form: Mapping[str, str], *, to: str | None = None) -> requests.Response:
        """The form of a page, with the token that stands there."""
        found = _CSRF.search(self.get(page).text)
        assert found is not None, page
        return self.post(to or page, dict(form) | {"csrf": found[1]})

    def post(self, path: str, form: Mapping[str, str], **more: Any) -> requests.Response:
        return self.session.post(self.url + path, data=dict(form), timeout=60, allow_redirects=False, **more)
