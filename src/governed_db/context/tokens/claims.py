"""The verified claims of a token into a principal.

Nothing here checks that the token is genuine: verify.py has done so. What is missing or of another type
than it must be is a refusal, never a guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import attrs

from governed_db.context.tokens.issuers import Agent, Issuer
from governed_db.context.tokens.providers import Claims, Path
from governed_db.errors import IdentityError
from governed_db.model.principal import Principal, PrincipalKind
from governed_db.model.scope import Scope

_MAX_TEXT: Final = 512
_MAX_GROUPS: Final = 10_000
_MAX_CHAIN: Final = 8
_SERVICE_ACCOUNT: Final = "system:serviceaccount:"


def principal_of(claims: Claims, issuer: Issuer, trusted: Sequence[Issuer] = ()) -> Principal:
    """Who the token says its bearer is, with who acts for them. Raises IdentityError GDB552."""
    name = _id(claims, issuer)
    client = client_of(claims, issuer)
    is_machine = issuer.provider.is_machine(claims)
    agent = _agent(issuer, name, client if is_machine else None)
    kind: PrincipalKind = "agent" if agent else issuer.kind or ("service" if is_machine else "human")
    groups, is_complete = _groups(claims, issuer, name, kind)
    if agent is not None and agent.groups is not None:
        groups, is_complete = agent.groups, True
    return Principal(
        issuer.prefix + name,
        kind=kind,
        groups=tuple(dict.fromkeys(issuer.prefix + group for group in groups)),
        groups_complete=is_complete,
        attributes=_attributes(claims, issuer),
        actor=_actor(claims, issuer, trusted, client if kind == "human" else None),
        scopes=_scopes(claims, issuer),
    )


def client_of(claims: Claims, issuer: Issuer) -> str | None:
    """The application that the token was issued to."""
    for path in issuer.provider.client:
        found = _at(claims, path)
        if found is not None:
            return _text(found, path)
    return None


def _at(claims: Claims, path: Path) -> Any:
    found: Any = claims
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _first(claims: Claims, paths: Iterable[Path]) -> tuple[Path, Any]:
    for path in paths:
        found = _at(claims, path)
        if found is not None:
            return path, found
    return (), None


def _text(value: object, path: Path) -> str:
    if (
        isinstance(value, str)
        and 0 < len(value) <= _MAX_TEXT
        and value.isprintable()
        and value == value.strip()
    ):
        return value
    raise _unusable(f"its claim {'.'.join(path)} is no plain text")


def _unusable(
    what: str, help: str = "see `claims:` in the identity file, and what the issuer sends"
) -> IdentityError:
    return IdentityError(f"the token cannot be read: {what}", code="GDB552", help=help)


def _id(claims: Claims, issuer: Issuer) -> str:
    path, found = _first(claims, issuer.id)
    if found is None:
        raise _unusable(f"it has no claim {'.'.join(issuer.id[0])}, which names who it is about")
    if path[-1] == "email" and claims.get("email_verified") not in (True, "true"):
        # In many directories anybody can write somebody else's address into their own profile.
        raise _unusable("its e-mail address is not verified (email_verified)", "identify by sub or oid")
    return _text(found, path)


def _groups(claims: Claims, issuer: Issuer, name: str, kind: PrincipalKind) -> tuple[tuple[str, ...], bool]:
    """The groups, and whether these are all. A person's list that was left out may hold anything."""
    if issuer.provider_name == "kubernetes":
        return _of_service_account(name), True
    path, found = _first(claims, issuer.groups)
    if found is None:
        is_machine = kind != "human"
        return (), is_machine and not issuer.provider.is_cut(claims, 0)
    listed = [found] if isinstance(found, str) else found
    if not isinstance(listed, list) or len(listed) > _MAX_GROUPS:
        raise _unusable(f"its claim {'.'.join(path)} is no list of groups")
    groups = tuple(_text(group, path) for group in listed)
    return groups, not issuer.provider.is_cut(claims, len(groups))


def _of_service_account(name: str) -> tuple[str, ...]:
    """As Kubernetes itself names them."""
    namespace, _, account = name.removeprefix(_SERVICE_ACCOUNT).partition(":")
    if not name.startswith(_SERVICE_ACCOUNT) or not namespace or not account:
        raise _unusable("its subject is no service account")
    return ("system:serviceaccounts", f"system:serviceaccounts:{namespace}")


def _scopes(claims: Claims, issuer: Issuer) -> tuple[Scope, ...] | None:
    """The scopes that the token has, of those that the identity file gives a meaning."""
    if issuer.scopes is None:
        return None
    path, found = _first(claims, issuer.scope_claims)
    named = found.split() if isinstance(found, str) else found
    if found is not None and not isinstance(named, list):
        raise _unusable(f"its claim {'.'.join(path)} is no list of scopes")
    return tuple(scope for scope in issuer.scopes if scope.name in (named or ()))


def _attributes(claims: Claims, issuer: Issuer) -> dict[str, Any]:
    found: dict[str, Any] = {"issuer": issuer.url or f"spiffe://{issuer.trust_domain}"}
    for name, path in issuer.attributes.items():
        value = _at(claims, path)
        if isinstance(value, (str, bool, int, float)):
            found[name] = value
        elif isinstance(value, list) and all(isinstance(item, str) for item in value):
            found[name] = tuple(value)
        elif value is not None:
            raise _unusable(f"its claim {'.'.join(path)} is neither a text, a number nor a list of texts")
    return found


# -- who acts --------------------------------------------------------------------------------------------


def _agent(issuer: Issuer, *names: str | None) -> Agent | None:
    for agent in issuer.agents:
        if any(name is not None and agent.id.matches(name) for name in names):
            return agent
    return None


def _actor(claims: Claims, issuer: Issuer, trusted: Sequence[Issuer], client: str | None) -> Principal | None:
    """RFC 8693: who acts for the subject, and who acted before. All of them count: the chain is intersected.

    A token without `act` that was issued to the client of an agent is the agent's acting, too.
    """
    act = claims.get("act")
    if act is not None:
        return _actors(act, issuer, (issuer, *trusted), depth=0)
    agent = _agent(issuer, client) if client is not None else None
    return _as_agent(issuer, client, agent) if client is not None and agent is not None else None


def _actors(act: object, issuer: Issuer, trusted: Sequence[Issuer], *, depth: int) -> Principal:
    if not isinstance(act, Mapping) or depth >= _MAX_CHAIN:
        raise _unusable("its claim act does not say who acts")
    named = act.get("iss", issuer.url)
    home = next((one for one in trusted if one.url == named), None)
    if home is None:
        raise _unusable(
            "its claim act names an issuer that is not trusted", "add the issuer to the identity file"
        )
    name = _text(act.get("sub"), ("act", "sub"))
    agent = _agent(home, name)
    acting = _as_agent(home, name, agent)
    groups = act.get("groups")
    if groups is not None and (agent is None or agent.groups is None):
        if not isinstance(groups, list) or len(groups) > _MAX_GROUPS:
            raise _unusable("its claim act.groups is no list of groups")
        texts = tuple(home.prefix + _text(group, ("act", "groups")) for group in groups)
        acting = attrs.evolve(acting, groups=texts, groups_complete=True)
    before = act.get("act")
    if before is None:
        return acting
    return attrs.evolve(acting, actor=_actors(before, issuer, trusted, depth=depth + 1))


def _as_agent(issuer: Issuer, name: str, agent: Agent | None) -> Principal:
    """Groups that nobody told are unknown, not none: what is forbidden to a group may be forbidden to it."""
    groups = agent.groups if agent is not None else None
    attributes: dict[str, Any] = {"issuer": issuer.url}
    return Principal(
        issuer.prefix + name,
        kind="agent",
        groups=tuple(issuer.prefix + group for group in groups or ()),
        groups_complete=groups is not None,
        attributes=attributes,
    )
