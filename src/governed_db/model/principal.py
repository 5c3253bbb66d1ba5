"""Who acts: an authenticated identity and the chain of actors behind it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

import attrs

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
    """

    id: str = attrs.field(validator=attrs.validators.instance_of(str))
    kind: PrincipalKind = attrs.field(
        default="service", validator=attrs.validators.in_(("human", "agent", "service"))
    )
    groups: tuple[str, ...] = attrs.field(default=(), converter=_groups)
    groups_complete: bool = True
    attributes: Mapping[str, Any] = attrs.field(factory=dict, converter=dict, eq=_frozen_mapping)
    actor: Principal | None = None

    def chain(self) -> Iterator[Principal]:
        """This principal, then its actor, then the actor's actor."""
        link: Principal | None = self
        while link is not None:
            yield link
            link = link.actor

    def __hash__(self) -> int:
        return hash((self.id, self.kind, self.groups, self.actor))


@attrs.frozen
class Context:
    """The circumstances of a statement: who, in which conversation, for what, with which tool."""

    principal: Principal
    conversation: str | None = None
    purpose: str | None = None
    tool: str | None = None
    model: str | None = None
