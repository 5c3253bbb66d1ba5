"""A page's own values and its reader into the whole page: menu, who is signed in, what waits."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any, Final

import attrs
from litestar import Request, Response
from litestar.di import NamedDependency
from litestar.params import SkipValidation
from sqlalchemy import func

from governed_db.server import sessions
from governed_db.server.callers import Caller
from governed_db.server.given import TheSettings, TheStore
from governed_db.server.pages.answers import Shown, page
from governed_db.server.roles import READERS, Role
from governed_db.server.settings import ServerSettings
from governed_db.server.store import Store
from governed_db.server.tables.approvals import REQUESTS

_MENU: Final = (
    ("overview", "Overview", "/", READERS),
    ("approvals", "Approvals", "/approvals", READERS),
    ("activity", "Activity", "/activity", READERS),
    ("policies", "Policies", "/policies", READERS),
    ("classifications", "Classifications", "/classifications", READERS),
    ("coverage", "Coverage", "/coverage", READERS),
    ("integrity", "Integrity", "/integrity", frozenset({Role.AUDITOR, Role.ADMIN})),
)


@attrs.frozen
class Frame:
    """What every page of one request has in common."""

    caller: Caller
    store: Store
    settings: ServerSettings
    csrf: str
    now: float

    def may(self, *roles: Role) -> bool:
        """Whether the reader has one of the roles."""
        return bool(self.caller.roles & set(roles))

    def show(
        self,
        template: str,
        here: str,
        *,
        problem: Shown | None = None,
        said: str | None = None,
        status: int = 200,
        **more: Any,
    ) -> Response[str]:
        """The page."""
        common = self.common() | {
            "here": here,
            "menu": self._menu(),
            "problem": problem,
            "said": said,
        }
        return page(template, common | more, status)

    def part(self, template: str, **more: Any) -> Response[str]:
        """A part of a page, which the page fetches anew by itself."""
        return page(template, self.common() | more)

    def common(self) -> dict[str, Any]:
        told = SimpleNamespace(principal=self.caller.id, tenant=self.caller.tenant)
        roles = ", ".join(sorted(role.value for role in self.caller.roles))
        return {"caller": told, "roles": roles, "csrf": self.csrf, "now": self.now}

    def _menu(self) -> list[SimpleNamespace]:
        waiting = _waiting(self.store, self.caller.tenant)
        return [
            SimpleNamespace(name=name, label=label, path=path, count=waiting if name == "approvals" else 0)
            for name, label, path, roles in _MENU
            if self.caller.roles & roles
        ]


TheFrame = NamedDependency[SkipValidation[Frame]]


def frame_of(request: Request[Any, Any, Any], store: TheStore, settings: TheSettings) -> Frame:
    """A dependency of every page behind the sign-in."""
    cookie = request.cookies.get(sessions.cookie_name(settings), "")
    return Frame(request.user, store, settings, sessions.csrf_of(cookie), time.time())


def _waiting(store: Store, tenant: str) -> int:
    r = REQUESTS.c
    with store.reading(tenant) as tx:
        asked = tx.select(REQUESTS, func.count()).where(r.state == "pending", r.expires > time.time())
        return int(tx.value(asked) or 0)
