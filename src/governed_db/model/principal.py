"""Who acts: an authenticated identity and the chain of actors behind it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

import attrs

if TYPE_CHECKING:
    from governed_db.model.scope import Scope

PrincipalKind = Literal["human", "agent", "service"]


def _groups(value: Iterable[str]) -> tuple[str, ...]:
    if isinstance(value, str):
        raise TypeError("groups is a collection of names, not one string")
    return tuple(value)


def _frozen_mapping(value: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted(value.items()))


@attrs.frozen
class Principal:
    """An authenticated identity.

    `actor` is the party that acts for this one, as the `act` claim of RFC 8693 names it: a human
    with an agent as actor. What the chain may do is the intersection of what each may do.
    `groups_complete` is false when the identity provider may have cut the list (Okta at 100).
    `scopes` is what a token was issued for, None where nothing was said: a further limit, never a right.
    """

    id: str = attrs.field(validator=attrs.validators.instance_of(str))
    kind: PrincipalKind = attrs.field(
        default="service", validator=attrs.validators.in_(("human", "agent", "service"))
    )
    groups: tuple[str, ...] = attrs.field(default=(), converter=_groups)
    groups_complete: bool = True
    attributes: Mapping[str, Any] = attrs.field(factory=dict, converter=dict, eq=_frozen_mapping)
    actor: Principal | None = None
    scopes: tuple[Scope, ...] | None = None

    def chain(self) -> Iterator[Principal]:
        """This principal, then its actor, then the actor's actor."""
        link: Principal | None = self
        while link is not None:
            yield link
            link = link.actor

    def __hash__(self) -> int:
        return hash((self.id, self.kind, self.groups, self.actor))


@attrs.frozen
class Credential:
    """A token that was verified, as a revocation list names it. The token itself is nowhere kept."""

    issuer: str
    subject: str
    id: str | None = None
    issued: float = 0.0


@attrs.frozen
class Proof:
    """How it is known who acts: by these tokens, and until then (seconds since 1970) at the latest."""

    expires: float
    credentials: tuple[Credential, ...]


@attrs.frozen
class Context:
    """The circumstances of a statement: who, in which conversation, for what, with which tool.

    `run`: the id of the agent's run. `prompt`: the digest of the prompt that led to it, never its text.
    `proof` is None where the program said who acts, and nothing proves it.
    """

    principal: Principal
    conversation: str | None = None
    purpose: str | None = None
    tool: str | None = None
    model: str | None = None
    proof: Proof | None = None
    run: str | None = None
    prompt: str | None = None
