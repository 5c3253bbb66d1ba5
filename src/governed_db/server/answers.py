"""What went wrong with a request into an answer that says so, with a code and what to do."""

from __future__ import annotations

import logging
from typing import Any, Final

import attrs
from litestar import Request, Response
from litestar.exceptions import HTTPException
from sqlalchemy.exc import DataError

_LOG: Final = logging.getLogger("governed_db.server")


class Problem(Exception):
    """A request that is not granted; nothing of it was done."""

    def __init__(
        self, status: int, code: str, detail: str, help: str = "", *, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(f"{code} {detail}")
        self.status = status
        self.code = code
        self.detail = detail
        self.help = help
        self.headers = headers or {}


@attrs.frozen
class ProblemBody:
    """The body of every answer that grants nothing."""

    status: int
    code: str
    detail: str
    help: str = ""


def not_found(what: str = "there is nothing here by this name") -> Problem:
    """Also for what belongs to another tenant: that it exists is not told."""
    return Problem(404, "GDB661", what, "check the name; you see only what belongs to your tenant")


def tell_problem(_: Request[Any, Any, Any], error: Problem) -> Response[ProblemBody]:
    body = ProblemBody(error.status, error.code, error.detail, error.help)
    return Response(body, status_code=error.status, headers=error.headers)


def tell_refusal(_: Request[Any, Any, Any], error: HTTPException) -> Response[ProblemBody]:
    """What the framework refuses: unknown paths, methods, parameters that are none."""
    detail = error.detail
    extra: Any = error.extra
    if error.status_code == 400 and isinstance(extra, list):
        named = [str(one.get("key", "")) for one in extra if isinstance(one, dict)]
        detail = f"these are not as they must be: {', '.join(named)}" if any(named) else detail
    body = ProblemBody(error.status_code, "GDB662", detail or "it is refused", "see /schema/openapi.json")
    return Response(body, status_code=error.status_code, headers=error.headers)


def tell_nonsense(_: Request[Any, Any, Any], error: DataError) -> Response[ProblemBody]:  # noqa: ARG001  # it holds what was sent
    """What the database cannot hold, wherever it was sent: a NUL in a text, a number that is too large."""
    body = ProblemBody(400, "GDB637", "a text or a number cannot be kept", "send no NUL, and no huge numbers")
    return Response(body, status_code=400)


def tell_failure(_: Request[Any, Any, Any], error: Exception) -> Response[ProblemBody]:
    """Our own mistake. The log has the traceback; the answer says nothing of it, for it may hold anything."""
    _LOG.error("a request failed", exc_info=error)
    body = ProblemBody(500, "GDB663", "the control plane failed", "look into its log")
    return Response(body, status_code=500)
