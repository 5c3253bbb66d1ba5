"""A request and the route that it is for into its caller, or a refusal: the one guard of all routes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from anyio import to_thread
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from governed_db.server.answers import Problem
from governed_db.server.callers import Caller
from governed_db.server.credentials import Credentials

Connection = ASGIConnection[Any, Any, Any, Any]
Session = Callable[[Connection], Caller | None]


def nobody(_: Connection) -> None:
    """Where there are no browser sessions."""


class Guard:
    """Who may use what. Callable as Litestar's guards are."""

    def __init__(self, credentials: Credentials, session: Session = nobody) -> None:
        self._credentials = credentials
        self._session = session

    async def __call__(self, connection: Connection, handler: BaseRouteHandler) -> None:
        access = handler.opt.get("access")
        connection.scope["user"] = None
        if access == "public":
            return
        caller = await to_thread.run_sync(self._caller, connection)
        connection.scope["user"] = caller
        if not isinstance(access, frozenset) or not access & caller.roles:
            raise Problem(403, "GDB665", "you may not do this here", "ask an administrator for the role")

    def _caller(self, connection: Connection) -> Caller:
        if connection.url.path.startswith("/v1/"):
            return self._credentials.caller(connection.headers.getall("authorization", []))
        found = self._session(connection)
        if found is None:
            raise Problem(401, "GDB664", "nobody is signed in", "sign in")
        return found
