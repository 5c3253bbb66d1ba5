"""A call of a tool into who makes it, in which conversation, and how that is known.

Nothing that a model writes counts here: not the arguments, not the name of the client, not a session id that
is not the transport's own. Whoever calls, a model does so for them: the chain always has an agent in it.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

import attrs

from governed_db.errors import IdentityError
from governed_db.model.principal import Context, Principal, Proof
from governed_db.model.scope import Scope

# EXPLAIN and settings of a session reach no data, and scopes do not speak of them.
READ_ONLY: Final = Scope("reads only", frozenset({"select"}))

_TRACE: Final = re.compile(r"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


@attrs.frozen
class Person:
    """Who calls. `proof` is None where the program that started the server said who it serves."""

    principal: Principal
    proof: Proof | None
    conversation: str


class People(Protocol):
    """Who makes a call."""

    def of(self, call: Any) -> Person:
        """Raises IdentityError."""


@attrs.frozen
class Agency:
    """The agent that acts for whoever calls, where their own token names none."""

    agent: str = "mcp"
    groups: tuple[str, ...] = ()

    def through(self, principal: Principal) -> Principal:
        if any(link.kind == "agent" for link in principal.chain()):
            return principal
        agent = Principal(self.agent, kind="agent", groups=self.groups, actor=principal.actor)
        return attrs.evolve(principal, actor=agent)


def reading(principal: Principal) -> Principal:
    """The same within what only reads: a further limit, never a right."""
    if principal.scopes is None:
        return attrs.evolve(principal, scopes=(READ_ONLY,))
    scopes = [
        attrs.evolve(one, name=f"{one.name} ({READ_ONLY.name})", actions=one.actions & READ_ONLY.actions)
        for one in principal.scopes
    ]
    return attrs.evolve(principal, scopes=tuple(scopes))


class OnePerson:
    """Standard input and output: one client for the life of the process, which its host started."""

    def __init__(self, context: Callable[[], Context], agency: Agency) -> None:
        self._context = context
        self._agency = agency
        self._conversation = f"mcp:{secrets.token_hex(8)}"

    def of(self, call: Any) -> Person:  # noqa: ARG002  # there is only one
        context = self._context()
        return Person(self._agency.through(context.principal), context.proof, self._conversation)


class Bearers:
    """HTTP: whoever the token of this very request proves, however many share the server."""

    def __init__(self, agency: Agency) -> None:
        self._agency = agency

    def of(self, call: Any) -> Person:
        request = call.request_context.request
        # Of this request: a context variable would be that of the request which opened the session.
        user = request.scope.get("user") if request is not None else None
        verified = getattr(getattr(user, "access_token", None), "verified", None)
        if verified is None:
            raise IdentityError("the request brought no token", code="GDB555", help="send a bearer token")
        principal = self._agency.through(verified.principal)
        session = getattr(call.session, "_connection", None)
        name = getattr(session, "session_id", None) or _token_name(verified)
        return Person(principal, verified.proof, conversation_of(principal, name))


def conversation_of(principal: Principal, name: str) -> str:
    """One per principal chain and session: nobody's budget is drawn upon, or left, under another name.

    Where the protocol has no sessions, the token is the conversation.
    """
    said = json.dumps([[(link.kind, link.id) for link in principal.chain()], name])
    return f"mcp:{hashlib.sha256(said.encode()).hexdigest()[:16]}"


def _token_name(verified: Any) -> str:
    found = verified.claims.get("sid") or verified.claims.get("jti") or verified.claims.get("iat")
    return f"token {found}"


def trace_of(meta: Any) -> str | None:
    """The trace that a call belongs to, as its client says (W3C): to find it by, no proof."""
    said = meta.get("traceparent") if isinstance(meta, Mapping) else None
    found = _TRACE.fullmatch(said) if isinstance(said, str) else None
    return found[1] if found is not None else None
