"""What identity providers put where in their tokens, as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import attrs

from governed_db.model.principal import PrincipalKind

Claims = Mapping[str, Any]
Path = tuple[str, ...]

# Only pairs of keys: whoever can check a token with a shared secret can also make one.
RSA: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
ASYMMETRIC: Final = (*RSA, "ES256", "ES384", "ES512", "EdDSA")

_ACCESS: Final = frozenset({"at+jwt", "jwt", ""})  # "" is a header without typ
_REQUIRED: Final = ("iss", "sub", "aud", "exp", "iat")


@attrs.frozen
class Provider:
    """Where its claims stand. A path is followed from member to member; the first that is there counts.

    `is_machine`: whether the token is a program's own, not one that a person signed in for. `is_cut`: whether
    the list of groups may be cut. `refused`: values of the claim `typ` that are not for us to take.
    """

    id: tuple[Path, ...] = (("sub",),)
    groups: tuple[Path, ...] = (("groups",),)
    scopes: tuple[Path, ...] = (("scope",), ("scp",))
    client: tuple[Path, ...] = (("client_id",), ("azp",), ("cid",), ("appid",))
    algorithms: tuple[str, ...] = ("RS256", "ES256", "EdDSA")
    types: frozenset[str] = _ACCESS
    required: tuple[str, ...] = _REQUIRED
    kind: PrincipalKind | None = None
    is_machine: Callable[[Claims], bool] = lambda _: False
    is_cut: Callable[[Claims, int], bool] = lambda _claims, _count: False
    refused: frozenset[str] = frozenset()


def _own(claims: Claims) -> bool:
    """Client credentials: RFC 9068 has the client itself as subject then."""
    return claims["sub"] in (claims.get("client_id"), claims.get("azp"))


def _of_okta(claims: Claims) -> bool:
    return bool(claims["sub"] == claims.get("cid"))


def _of_entra(claims: Claims) -> bool:
    # Version 2 says idtyp only if asked to; a token that a person signed in for has scopes (scp).
    return claims.get("idtyp") == "app" or (claims.get("idtyp") is None and "scp" not in claims)


def _of_google(claims: Claims) -> bool:
    return str(claims.get("email", "")).endswith(".gserviceaccount.com")


def _of_auth0(claims: Claims) -> bool:
    return claims.get("gty") == "client-credentials" or str(claims["sub"]).endswith("@clients")


def _of_keycloak(claims: Claims) -> bool:
    return str(claims.get("preferred_username", "")).startswith("service-account-")


def _overage(claims: Claims, _count: int) -> bool:
    """Above 200 groups Entra sends a link in their place, or only says that there are some."""
    names = claims.get("_claim_names")
    return claims.get("hasgroups") is True or (isinstance(names, Mapping) and "groups" in names)


_NONE: Final = ()

PROVIDERS: Final[Mapping[str, Provider]] = MappingProxyType(
    {
        "oidc": Provider(is_machine=_own),
        # Okta cuts the list at 100 groups and does not say so.
        "okta": Provider(algorithms=("RS256",), is_machine=_of_okta, is_cut=lambda _, count: count >= 100),
        # oid is the same for all applications of a tenant; e-mail and names are what anybody can set.
        "entra": Provider(
            id=(("oid",),),
            algorithms=("RS256",),
            required=(*_REQUIRED, "oid", "tid"),
            is_machine=_of_entra,
            is_cut=_overage,
        ),
        # Access tokens are opaque: what can be verified is the ID token. It names no groups.
        "google": Provider(algorithms=("RS256",), types=frozenset({"jwt"}), is_machine=_of_google),
        "auth0": Provider(algorithms=("RS256",), is_machine=_of_auth0),
        "keycloak": Provider(
            groups=(("groups",), ("realm_access", "roles")),
            algorithms=("RS256", "ES256", "EdDSA"),
            is_machine=_of_keycloak,
            refused=frozenset({"id", "refresh", "offline", "logout"}),
        ),
        # system:serviceaccount:NAMESPACE:NAME
        "kubernetes": Provider(
            groups=_NONE,
            scopes=_NONE,
            algorithms=("RS256", "ES256"),
            required=(*_REQUIRED, "kubernetes.io"),
            kind="service",
        ),
        # JWT-SVID: issuer, time of issue and type may be left out; the trust domain stands in the subject.
        "spiffe": Provider(
            groups=_NONE,
            scopes=_NONE,
            algorithms=("RS256", "ES256", "ES384"),
            types=frozenset({"jwt", "jose", ""}),
            required=("sub", "aud", "exp"),
            kind="service",
        ),
    }
)
