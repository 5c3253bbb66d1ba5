"""What a settings file says of an identity provider into how people sign in there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import attrs

from governed_db.context.tokens.issuers import Issuer, load_identity
from governed_db.errors import ConfigurationError, PolicyError
from governed_db.policy.fields import Fields
from governed_db.policy.tree import Node, Problems, plain

_KEYS: Final = ("label", "client_id", "client_secret", "scope")
_ISSUER: Final = ("issuer", "provider", "algorithms", "claims", "prefix", "ca", "jwks")
_TYPES: Final = frozenset({"jwt", ""})  # an access token (at+jwt) is no ID token


@attrs.frozen
class SignIn:
    """One way for people to sign in. `client_secret` says where the secret is, never what it is."""

    label: str
    issuer: Issuer
    client_id: str
    client_secret: str | None = None
    scope: str = "openid profile"

    def secret(self) -> str | None:
        """The secret as it is now, None for an application without one."""
        said = self.client_secret
        if said is None:
            return None
        if said.startswith("env:"):
            found = os.environ.get(said.removeprefix("env:"), "")
        else:
            try:
                found = Path(said.removeprefix("file:")).read_text("utf-8").strip()
            except (OSError, UnicodeDecodeError):
                found = ""
        if not found:
            raise ConfigurationError(
                f"the secret of the sign-in with {self.label} is not there: {said}",
                code="GDB643",
                help="set what client_secret names, readable for the server only",
            )
        return found


def read_sign_in(node: Node, problems: Problems) -> SignIn | None:
    """One entry of `sign_in:`; what is wrong with it is added to `problems`."""
    fields = Fields(node, problems, what="a way to sign in", known=(*_KEYS, *_ISSUER))
    client_id, secret = fields.text("client_id"), fields.text("client_secret")
    if client_id is None:
        problems.add(node, "says no client_id: write the one that the identity provider gave this server")
        return None
    if secret is not None and not secret.startswith(("env:", "file:")):
        problems.add(
            fields.get("client_secret") or node, "client_secret is env:NAME or file:PATH, not the secret"
        )
        return None
    issuer = _issuer(fields, client_id, node, problems)
    if issuer is None:
        return None
    label = fields.text("label") or issuer.url.partition("//")[2]
    return SignIn(label, issuer, client_id, secret, fields.text("scope") or _scope(issuer))


def people(issuer: Issuer) -> Issuer:
    """The issuer as its ID tokens are read: of people, who are called what their access tokens call them."""
    provider = attrs.evolve(
        issuer.provider, refused=issuer.provider.refused - {"id"}, is_machine=lambda _: False
    )
    # Okta's access tokens have the login as subject, its ID tokens a number; the login stands here.
    is_okta = issuer.provider_name == "okta" and issuer.id == provider.id
    return attrs.evolve(
        issuer,
        provider=provider,
        types=_TYPES,
        kind="human",
        id=(("preferred_username",),) if is_okta else issuer.id,
    )


def _issuer(fields: Fields, client_id: str, node: Node, problems: Problems) -> Issuer | None:
    told: dict[str, Any] = {}
    for name in _ISSUER:
        found = fields.get(name)
        if found is not None:
            told[name] = plain(found)
    try:
        read = load_identity({"version": 1, "issuers": [told | {"audience": client_id}]})
    except PolicyError as error:
        for problem in error.problems:
            problems.add(node, problem)
        return None
    return people(read.issuers[0])


def _scope(issuer: Issuer) -> str:
    return {"okta": "openid profile groups"}.get(issuer.provider_name, "openid profile")
