"""Settings into the application that serves them."""

from __future__ import annotations

from typing import Any

from litestar import Litestar, Request, Response, Router
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.types import Scope
from sqlalchemy.exc import DataError

from governed_db import __version__
from governed_db.server import api, pages
from governed_db.server.answers import Problem, tell_failure, tell_nonsense, tell_problem, tell_refusal
from governed_db.server.callers import PUBLIC, Caller
from governed_db.server.credentials import Credentials
from governed_db.server.guard import Guard
from governed_db.server.ports import Ports
from governed_db.server.sessions import Sessions
from governed_db.server.settings import ServerSettings
from governed_db.server.store import Store


def create_app(settings: ServerSettings, store: Store | None = None, ports: Ports | None = None) -> Litestar:
    """The application. Its tables must be there: see `governed_db.server.migrations`."""
    store = store or Store(settings.url)
    ports = ports or Ports.of(settings)
    return Litestar(
        route_handlers=[*api.routes(), pages.routes(settings)],
        guards=[Guard(Credentials(settings, store, now=ports.now), Sessions(settings, store))],
        dependencies={
            "caller": Provide(_caller, sync_to_thread=False),
            "store": Provide(lambda: store, sync_to_thread=False),
            "settings": Provide(lambda: settings, sync_to_thread=False),
            "ports": Provide(lambda: ports, sync_to_thread=False),
        },
        exception_handlers={
            Problem: tell_problem,
            HTTPException: _tell_refusal,
            DataError: tell_nonsense,
            Exception: tell_failure,
        },
        openapi_config=_openapi(),
        before_send=[ports.metrics.answered],
        request_max_body_size=settings.limits.body_bytes,
        on_shutdown=[store.close],
    )


def _tell_refusal(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """Where there is no page, who came with a browser is shown one that says so."""
    is_page = not request.url.path.startswith(("/v1/", "/schema")) and request.method in ("GET", "HEAD")
    if is_page and error.status_code == 404 and "text/html" in request.headers.get("accept", ""):
        return pages.nowhere()
    return tell_refusal(request, error)


def _caller(scope: Scope) -> Caller:
    caller = scope["user"]
    assert isinstance(caller, Caller)  # noqa: S101  # the guard has put it there, or the route is PUBLIC
    return caller


def _openapi() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="governed_db control plane",
        version=__version__,
        openapi_router=Router("/schema", route_handlers=[], opt=dict(PUBLIC), include_in_schema=False),
        render_plugins=[JsonRenderPlugin()],
        components=Components(
            security_schemes={"bearer": SecurityScheme(type="http", scheme="bearer", bearer_format="JWT")}
        ),
        security=[{"bearer": []}],
        use_handler_docstrings=True,
    )
