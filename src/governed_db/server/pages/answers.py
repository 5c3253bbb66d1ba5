"""Pages and refusals into answers that a browser can do no harm with.

Nothing on a page comes from another host, no script or style stands in the page itself, nobody may frame it,
and no copy of it is kept. Each form brings along what only a page of this session could know.
"""

from __future__ import annotations

import hmac
from typing import Any, Final
from urllib.parse import quote, urlsplit

import attrs
from litestar import MediaType, Request, Response
from litestar.connection import ASGIConnection
from litestar.exceptions import HTTPException
from litestar.handlers import BaseRouteHandler
from litestar.response import Redirect

from governed_db.errors import Error
from governed_db.server import sessions
from governed_db.server.answers import Problem
from governed_db.server.answers import tell_failure as log_failure
from governed_db.server.pages import render
from governed_db.server.settings import ServerSettings

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
SIGNING_COOKIE: Final = "governed-db-signing"  # of browsers that are not signed in yet
_TITLES: Final = {
    400: "That does not do",
    403: "Not for your role",
    404: "Not here",
    409: "Meanwhile changed",
}


@attrs.frozen
class Shown:
    """A refusal as a page shows it."""

    title: str
    message: str
    help: str = ""
    code: str = ""
    way: str = "/"
    way_label: str = "To the overview"


def page(template: str, shown: dict[str, Any], status: int = 200) -> Response[str]:
    """A rendered page."""
    return Response(render.html(template, shown), status_code=status, media_type=MediaType.HTML)


def secured(response: Response[Any]) -> Response[Any]:
    """After every request of these pages."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def go_to(path: str) -> Redirect:
    """The page to look at after something was done (303: by GET)."""
    return Redirect(path, status_code=303)


def shown(error: Problem | Error) -> Shown:
    """What a page says of a refusal."""
    if isinstance(error, Problem):
        return Shown(_TITLES.get(error.status, "Refused"), _sentence(error.detail), error.help, error.code)
    message = getattr(error, "message", None) or str(error).partition("\n")[0]
    return Shown("Refused", _sentence(message), getattr(error, "help", ""), error.code)


def tell_problem(request: Request[Any, Any, Any], error: Problem) -> Response[Any]:
    """A refusal as a page; who is not signed in is asked to, and comes back then."""
    if error.status == 401 and sessions.PART not in request.headers and request.method == "GET":
        asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return secured(go_to(f"/sign-in?next={quote(asked, safe='')}"))
    return secured(page("refusal.html", {"problem": shown(error)}, error.status))


def tell_refusal(_: Request[Any, Any, Any], error: Error) -> Response[Any]:
    return secured(page("refusal.html", {"problem": shown(error)}, 409))


def tell_http(_: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """What the framework refuses: parameters that are none, forms that are too large."""
    refused = Problem(
        error.status_code, "GDB662", "the address or form is not as it must be", "go back and use the page"
    )
    return secured(page("refusal.html", {"problem": shown(refused)}, error.status_code))


def nowhere() -> Response[Any]:
    """Where there is no page; the address is not repeated."""
    missed = Problem(404, "GDB661", "there is no page at this address", "a link may be old, or cut off")
    return secured(page("refusal.html", {"problem": shown(missed)}, 404))


def tell_failure(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    log_failure(request, error)
    failed = Problem(500, "GDB663", "the control plane failed", "try again; what happened stands in its log")
    return secured(page("refusal.html", {"problem": shown(failed)}, 500))


class Unforged:
    """What changes something comes from a form of ours: a guard of every page.

    The token is of the session, or of the browser that is about to sign in. The two headers tell the same
    without it; a browser that sends neither is old, and still has to bring the token.
    """

    def __init__(self, settings: ServerSettings) -> None:
        self._cookie = sessions.cookie_name(settings)

    async def __call__(self, connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        if not isinstance(connection, Request) or connection.method in ("GET", "HEAD", "OPTIONS"):
            return
        headers = connection.headers
        origin = headers.get("origin")
        is_foreign = headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")
        if is_foreign or (origin is not None and urlsplit(origin).netloc != headers.get("host")):
            raise _forged()
        name = SIGNING_COOKIE if connection.url.path.startswith("/sign-in") else self._cookie
        held = connection.cookies.get(name, "")
        brought = str((await connection.form()).get("csrf", ""))
        if not held or not hmac.compare_digest(brought.encode(), sessions.csrf_of(held).encode()):
            raise _forged()


def inside(path: str | None) -> str:
    """A path of this server to go to, "/" for anything else: nobody is sent away by a link to us."""
    if not path or not path.startswith("/") or path.startswith(("//", "/\\", "/sign-")):
        return "/"
    return path if path.isascii() and path.isprintable() and "\\" not in path else "/"


def _forged() -> Problem:
    return Problem(
        403,
        "GDB640",
        "the form did not come from a page of this session",
        "nothing was done; open the page anew and send the form again",
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
