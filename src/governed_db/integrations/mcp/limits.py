"""A call of a tool into a refusal if its arguments are not what the tool takes, before anything reads them.

A model that writes `principal` or `conversation` among the arguments is told so; it is not passed over in
silence, as the SDK would.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

from governed_db.integrations.mcp.results import refusal

# Tool, its arguments, and how many characters or members each may have.
LIMITS: Final[Mapping[str, Mapping[str, int]]] = {
    "query": {"sql": 50_000},
    "explain": {"sql": 50_000},
    "schema": {"tables": 200},
    "request_change": {"sql": 50_000},
    "approval_status": {"id": 200},
}
_LISTS: Final = frozenset({"tables"})  # may be left out; all else is a text that must be there
_LONGEST_NAME: Final = 200
READ_ONLY_SERVER: Final = (
    "GDB716",
    "this server only reads",
    "tell the user; whoever runs it can start it with --allow-changes",
)


class ArgumentLimits:
    """Middleware of the SDK's server."""

    def __init__(self, *, allows_changes: bool) -> None:
        self._allows_changes = allows_changes

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        if ctx.method != "tools/call":
            return await call_next(ctx)
        params = ctx.params or {}
        found = objection(params.get("name"), params.get("arguments"))
        if params.get("name") == "request_change" and not self._allows_changes:
            found = READ_ONLY_SERVER
        return refusal(*found) if found is not None else await call_next(ctx)


def objection(tool: object, arguments: object) -> tuple[str, str, str] | None:
    """Code, message and help; nothing of the arguments is repeated."""
    limits = LIMITS.get(tool) if isinstance(tool, str) else None
    if limits is None:
        return "GDB712", "there is no such tool", f"tools are: {', '.join(LIMITS)}"
    given = {} if arguments is None else arguments
    if not isinstance(given, Mapping):
        return "GDB712", "the arguments are no object", f"give {', '.join(limits)}"
    if any(name not in limits for name in given):
        help_ = (
            f"this tool takes {', '.join(limits)}; who asks is told by the transport, never by an argument"
        )
        return "GDB712", "there is an argument that this tool does not take", help_
    for name, most in limits.items():
        why = _wrong_list(given.get(name), most) if name in _LISTS else _wrong_text(given.get(name), most)
        if why is not None:
            return "GDB713", f"the argument {name} {why}", "say it otherwise, or in several calls"
    return None


def _wrong_text(value: object, most: int) -> str | None:
    """Why the value cannot be taken."""
    if not isinstance(value, str) or not value.strip():
        return "has to be a text"
    return f"is longer than {most} characters" if len(value) > most else None


def _wrong_list(value: object, most: int) -> str | None:
    """The same for a list of names."""
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        return "has to be a list of texts"
    if len(value) > most:
        return f"has more than {most} members"
    is_long = any(len(one) > _LONGEST_NAME for one in value)
    return f"has a member of more than {_LONGEST_NAME} characters" if is_long else None
