"""The identity file (or the same as a mapping) into the issuers that are trusted.

All that is wrong with it is told at once, with places.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any, Final
from urllib.parse import urlsplit

import attrs

from governed_db.context.tokens.providers import ASYMMETRIC, PROVIDERS, Path, Provider
from governed_db.errors import PolicyError
from governed_db.model.policy import Glob, Pattern
from governed_db.model.principal import PrincipalKind
from governed_db.model.scope import Scope
from governed_db.model.statement import Kind
from governed_db.policy.fields import Fields
from governed_db.policy.tree import Node, Problems, read_mapping, read_yaml

_KEYS: Final = ("version", "required", "issuers")
_ISSUER: Final = (
    "issuer",
    "provider",
    "audience",
    "algorithms",
    "types",
    "require",
    "clients",
    "jwks",
    "ca",
    "bearer_file",
    "prefix",
    "kind",
    "agents",
    "claims",
    "scopes",
    "one_time",
    "trust_domain",
    "leeway",
    "max_age",
)
_CLAIMS: Final = ("id", "groups", "scopes", "attributes")
_SCOPE: Final = ("actions", "databases", "relations")
_KINDS: Final[Mapping[str, PrincipalKind]] = {"human": "human", "agent": "agent", "service": "service"}
_LOCAL: Final = ("localhost", "127.0.0.1", "::1")
_MAX_BYTES: Final = 1_000_000


@attrs.frozen
class Agent:
    """Ids of agents, and the groups that they are in, None where nobody said."""

    id: Glob
    groups: tuple[str, ...] | None = None


@attrs.frozen
class Issuer:
    """One identity provider that is trusted, for which tokens, and how they are read.

    `prefix` stands before its ids and groups, so that two issuers cannot name the same somebody. `leeway`
    is for clocks that are behind when a token begins; its end is never put off. `max_age`: seconds that a
    token may last from its issue, None for any.
    """

    url: str
    audiences: tuple[str, ...]
    provider: Provider = PROVIDERS["oidc"]
    provider_name: str = "oidc"
    algorithms: tuple[str, ...] = ("RS256",)
    types: frozenset[str] = frozenset()
    required: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()
    jwks: str | None = None
    ca: str | None = None
    bearer_file: str | None = None
    prefix: str = ""
    kind: PrincipalKind | None = None
    agents: tuple[Agent, ...] = ()
    id: tuple[Path, ...] = (("sub",),)
    groups: tuple[Path, ...] = (("groups",),)
    scope_claims: tuple[Path, ...] = ()
    attributes: Mapping[str, Path] = attrs.field(factory=dict)
    scopes: tuple[Scope, ...] | None = None
    is_one_time: bool = False
    trust_domain: str | None = None
    leeway: int = 30
    max_age: int | None = None


@attrs.frozen
class Identity:
    """The issuers that are trusted. `required`: nothing runs unless a token proves who acts."""

    issuers: tuple[Issuer, ...]
    required: bool = False


def load_identity(source: str | os.PathLike[str] | Mapping[str, Any] | Identity) -> Identity:
    """The identity that a file or mapping describes. Raises PolicyError with everything that is wrong."""
    if isinstance(source, Identity):
        return source
    if isinstance(source, Mapping):
        return _read(read_mapping(source), "identity")
    return _read(read_yaml(_text(FilePath(source)), str(source)), str(source))


def _text(path: FilePath) -> str:
    try:
        with path.open("rb") as file:
            read = file.read(_MAX_BYTES + 1)
        if len(read) > _MAX_BYTES:
            raise PolicyError([f"1:1 is larger than {_MAX_BYTES} bytes"], source=str(path))
        return read.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise PolicyError(["1:1 is not UTF-8 text"], source=str(path)) from None
    except (OSError, ValueError) as error:
        said = (getattr(error, "strerror", None) or "not a path").lower()
        raise PolicyError([f"1:1 cannot be read: {said}"], source=str(path)) from None


def _read(node: Node, source: str) -> Identity:
    problems = Problems()
    fields = Fields(node, problems, what="an identity file", known=_KEYS)
    version = fields.get("version")
    if version is None or version.value != 1 or isinstance(version.value, bool):
        problems.add(version or node, "version is 1; this release reads no other")
    issuers = [_issuer(item, problems) for item in fields.items("issuers")]
    if not issuers:
        problems.add(node, "names no issuers: nobody could prove who acts")
    _report_twins(node, issuers, problems)
    problems.raise_if_any(source)
    return Identity(tuple(issuers), required=fields.flag("required"))


def _issuer(node: Node, problems: Problems) -> Issuer:
    fields = Fields(node, problems, what="an issuer", known=_ISSUER)
    name = fields.text("provider") or "oidc"
    if name not in PROVIDERS:
        problems.unknown(fields.get("provider") or node, "provider", name, PROVIDERS)
    provider = PROVIDERS.get(name, PROVIDERS["oidc"])
    claims = fields.within("claims", what="claims", known=_CLAIMS)
    return Issuer(
        url=_url(fields, name),
        audiences=_audiences(fields),
        provider=provider,
        provider_name=name,
        algorithms=_algorithms(fields) or provider.algorithms,
        types=frozenset(_type(text) for text in fields.names("types", what="a type")) or provider.types,
        required=tuple(dict.fromkeys((*provider.required, *fields.names("require", what="a claim")))),
        clients=fields.names("clients", what="a client"),
        jwks=_address(fields, "jwks"),
        ca=fields.text("ca"),
        bearer_file=fields.text("bearer_file"),
        prefix=fields.text("prefix") or "",
        kind=_kind(fields) or provider.kind,
        agents=tuple(_agent(item, problems) for item in fields.items("agents")),
        id=_paths(claims, "id") or provider.id,
        groups=_paths(claims, "groups") or provider.groups,
        scope_claims=_paths(claims, "scopes") or provider.scopes,
        attributes=_attributes(claims),
        scopes=_scopes(fields),
        is_one_time=fields.flag("one_time"),
        trust_domain=_trust_domain(fields, name),
        leeway=fields.integer("leeway", 30, least=0),
        max_age=fields.seconds("max_age", 0) or None,
    )


def _url(fields: Fields, provider: str) -> str:
    found = _address(fields, "issuer")
    if found is None and provider != "spiffe":
        fields.problems.add(fields.node, "says no issuer: write its address as tokens name it")
    tenants = ("/common/", "/organizations/", "/consumers/")
    if found is not None and provider == "entra" and any(name in f"{found}/" for name in tenants):
        fields.problems.add(fields.node, "names no tenant: every tenant of Entra would be trusted")
    if found is None and provider == "spiffe" and "jwks" not in fields:
        fields.problems.add(fields.node, "says neither issuer nor jwks: there would be no keys")
    return found or ""


def _address(fields: Fields, key: str) -> str | None:
    """Keys that come over plain http are whoever's is in between; this machine is let be."""
    text, node = fields.text(key), fields.get(key)
    if text is None or node is None:
        return None
    try:
        parts = urlsplit(text)
        is_usable = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL)
        is_usable = is_usable and bool(parts.hostname) and "@" not in parts.netloc and not parts.fragment
    except ValueError:
        is_usable = False
    if not is_usable:
        fields.problems.add(node, f"{key} is an https address")
    return text


def _audiences(fields: Fields) -> tuple[str, ...]:
    found = fields.names("audience", what="an audience")
    if not found:
        where = fields.get("audience") or fields.node
        fields.problems.add(where, "says no audience: tokens for other services would be taken")
    return found


def _algorithms(fields: Fields) -> tuple[str, ...]:
    found = fields.texts("algorithms", what="an algorithm")
    for node, name in found:
        if name not in ASYMMETRIC:
            fields.problems.unknown(node, "algorithm with a pair of keys", name, ASYMMETRIC)
    return tuple(name for _, name in found)


def _type(text: str) -> str:
    """RFC 7515: the part before the slash may be left out."""
    return text.lower().removeprefix("application/")


def _kind(fields: Fields) -> PrincipalKind | None:
    text = fields.text("kind")
    if text is not None and text not in _KINDS:
        fields.problems.unknown(fields.get("kind") or fields.node, "kind", text, _KINDS)
    return _KINDS.get(text) if text else None


def _agent(node: Node, problems: Problems) -> Agent:
    if isinstance(node.value, str):
        return Agent(Glob(node.value))
    fields = Fields(node, problems, what="an agent", known=("id", "groups"))
    name = fields.text("id")
    if name is None:
        problems.add(node, "says no id")
    groups = fields.names("groups", what="a group") if "groups" in fields else None
    return Agent(Glob(name or ""), groups)


def _paths(fields: Fields | None, key: str) -> tuple[Path, ...]:
    """A name is one claim, dots and slashes and all; a list is followed from member to member."""
    if fields is None or key not in fields:
        return ()
    node = fields.get(key)
    if node is not None and isinstance(node.value, str):
        return ((node.value,),)
    path = fields.names(key, what="a claim")
    return (path,) if path else ()


def _attributes(fields: Fields | None) -> dict[str, Path]:
    if fields is None:
        return {}
    found: dict[str, Path] = {}
    for name, _, node in fields.pairs("attributes"):
        inner = Fields(
            Node({name: (node, node)}, node.place), fields.problems, what="attributes", known=(name,)
        )
        paths = _paths(inner, name)
        if paths:
            found[name] = paths[0]
    return found


def _scopes(fields: Fields) -> tuple[Scope, ...] | None:
    if "scopes" not in fields:
        return None
    return tuple(_scope(name, node, fields.problems) for name, _, node in fields.pairs("scopes"))


def _scope(name: str, node: Node, problems: Problems) -> Scope:
    if not node.is_map:
        node = Node({"actions": (node, node)}, node.place)
    fields = Fields(node, problems, what="a scope", known=_SCOPE)
    known = {*(kind.value for kind in Kind), "reveal"}
    found = fields.texts("actions", what="an action")
    for where, action in found:
        if action != "*" and action not in known:
            problems.unknown(where, "action", action, known)
    actions = {action for _, action in found}
    return Scope(
        name,
        frozenset(known if "*" in actions else actions),
        fields.globs("databases", what="a database"),
        tuple(Pattern(text) for text in fields.names("relations", what="a relation")),
    )


def _trust_domain(fields: Fields, provider: str) -> str | None:
    found = fields.text("trust_domain")
    if provider == "spiffe" and found is None:
        fields.problems.add(fields.node, "says no trust_domain")
    return found


def _report_twins(node: Node, issuers: list[Issuer], problems: Problems) -> None:
    """Two issuers without a prefix could both name the same person: the weaker would speak for the other."""
    for name, values in (
        ("issuer", [issuer.url for issuer in issuers if issuer.url]),
        ("trust_domain", [issuer.trust_domain for issuer in issuers if issuer.trust_domain]),
    ):
        for twin in sorted({value for value in values if values.count(value) > 1}):
            problems.add(node, f"{name} {twin} is named twice")
    prefixes = [issuer.prefix for issuer in issuers]
    for twin in sorted({prefix for prefix in prefixes if prefixes.count(prefix) > 1}):
        problems.add(
            node, f"two issuers have the prefix {twin!r}: they could name the same person; give each its own"
        )
