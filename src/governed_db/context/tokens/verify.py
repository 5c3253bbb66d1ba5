"""A token into who its bearer is and how long that is proven, or a refusal.

The token is in no message, and in no frame of a traceback that leaves here: a tool that prints local
variables would print a credential.
"""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs
import jwt
import msgspec

from governed_db.context.tokens.bearer import Bearer
from governed_db.context.tokens.claims import client_of, principal_of
from governed_db.context.tokens.fetch import Fetch, fetch
from governed_db.context.tokens.issuers import Identity, Issuer
from governed_db.context.tokens.keys import IssuerKeys
from governed_db.core import forks
from governed_db.errors import IdentityError
from governed_db.model.principal import Credential, Principal, Proof

CACHE_SECONDS: Final = 60.0
_MOST_CACHED: Final = 1024
_MOST_BYTES: Final = 16 * 1024
_END_OF_TIME: Final = 1e11  # as a float it is exact, and far
_COMPACT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_OTHER_ENVIRONMENT: Final = "it is of another environment or service; sign in again for this one"


@attrs.frozen
class Verified:
    """Who the bearer is. `claims` are kept for binding two tokens, `issuer` as configured."""

    principal: Principal
    proof: Proof
    issuer: Issuer
    claims: Mapping[str, Any] = attrs.field(repr=False)


Uses = Callable[[str, str, float], bool]


class Verifier:
    """Verifies tokens of the issuers that are trusted; what was verified is known for a minute at most.

    `use(issuer, jti, expires)` says whether this is the first use of a token that may be used once.
    """

    def __init__(
        self,
        identity: Identity,
        *,
        get: Fetch = fetch,
        now: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
        use: Uses | None = None,
    ) -> None:
        self.identity = identity
        self._keys = {id(issuer): IssuerKeys(issuer, get, clock) for issuer in identity.issuers}
        self._now = now
        self._clock = clock
        self._use = use
        self._lock = forks.lock()
        self._cached: OrderedDict[bytes, tuple[float, Verified]] = OrderedDict()

    def verify(self, token: Bearer, *, is_again: bool = False) -> Verified:
        """Who the bearer is. `is_again`: the same holder shows it again, which is no second use."""
        digest = token.digest()
        found = self._known(digest)
        if found is None:
            found = self._verify(token)
            with self._lock:
                self._cached[digest] = (self._clock(), found)
                while len(self._cached) > _MOST_CACHED:
                    self._cached.popitem(last=False)
        if found.issuer.is_one_time and not is_again:
            self._spend(found)
        return found

    def verify_pair(self, token: Bearer, actor: Bearer) -> Verified:
        """A person by one token, acting through the agent of another, if the first says that it may."""
        person, agent = self.verify(token), self.verify(actor)
        _check_bound(person, agent)
        acting = attrs.evolve(agent.principal, kind="agent")
        chain = _through(person.principal, acting)
        proof = Proof(
            min(person.proof.expires, agent.proof.expires), person.proof.credentials + agent.proof.credentials
        )
        return attrs.evolve(person, principal=chain, proof=proof)

    def _known(self, digest: bytes) -> Verified | None:
        with self._lock:
            since, found = self._cached.get(digest, (0.0, None))
        if found is None or self._clock() - since > CACHE_SECONDS:
            return None
        _check_end(found.proof.expires, self._now())
        return found

    def _spend(self, verified: Verified) -> None:
        name = verified.claims.get("jti")
        if not isinstance(name, str) or self._use is None:
            raise _refused("it has no id (jti), and may be used only once", "GDB552")
        if not self._use(verified.issuer.url, name, verified.proof.expires):
            raise IdentityError(
                "the token was used before, and may be used only once",
                code="GDB554",
                help="get a new one for each use; if nobody here used it, somebody has a copy",
            )

    def _verify(self, token: Bearer) -> Verified:
        header, claims = _opened(token)
        issuer = self._issuer(claims)
        _check_header(header, issuer)
        key = self._keys[id(issuer)].find(header["kid"], header["alg"])
        checked = _checked(token, key, issuer)
        if isinstance(checked, IdentityError):
            raise checked
        _check_claims(checked, issuer, self._now())
        principal = principal_of(checked, issuer, self.identity.issuers)
        name = checked.get("jti")
        credential = Credential(
            issuer.url or f"spiffe://{issuer.trust_domain}",
            principal.id,
            name if isinstance(name, str) else None,
            float(checked.get("iat", 0.0)),
        )
        return Verified(principal, Proof(float(checked["exp"]), (credential,)), issuer, checked)

    def _issuer(self, claims: Mapping[str, Any]) -> Issuer:
        """Whose token it says to be. Not proven yet: its keys will tell."""
        named, subject = claims.get("iss"), claims.get("sub")
        for issuer in self.identity.issuers:
            if issuer.trust_domain is not None:
                is_of_domain = isinstance(subject, str) and subject.startswith(
                    f"spiffe://{issuer.trust_domain}/"
                )
                if is_of_domain and (not issuer.url or named == issuer.url):
                    return issuer
            elif isinstance(named, str) and issuer.url == named:
                return issuer
        raise IdentityError(
            "the token's issuer is not trusted here",
            help="add it to the identity file, exactly as the token's iss says it: "
            + (named if isinstance(named, str) and len(named) < 200 and named.isprintable() else "(none)"),
        )


def _refused(what: str, code: str = "GDB551", help: str = _OTHER_ENVIRONMENT) -> IdentityError:
    return IdentityError(f"the token is refused: {what}", code=code, help=help)


def _opened(token: Bearer) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a token, before anything is proven."""
    parts = _parts(token)
    if parts is None:
        raise _refused(
            "it is no signed token (three parts with dots between them)", help="was another text given?"
        )
    return parts


def _parts(token: Bearer) -> tuple[dict[str, Any], dict[str, Any]] | None:
    text = token.reveal()
    if len(text) > _MOST_BYTES or _COMPACT.fullmatch(text) is None:
        return None
    try:
        header, claims = (_object(part) for part in text.split(".")[:2])
    except Exception:  # noqa: BLE001  # base64, UTF-8, JSON, depth
        return None
    return (header, claims) if isinstance(header, dict) and isinstance(claims, dict) else None


def _object(part: str) -> Any:
    return msgspec.json.decode(jwt.utils.base64url_decode(part))


def _check_header(header: Mapping[str, Any], issuer: Issuer) -> None:
    if header.get("alg") not in issuer.algorithms:
        raise _refused(
            "it is signed with an algorithm that is not accepted from this issuer",
            help=f"accepted are {', '.join(issuer.algorithms)}; see `algorithms:` in the identity file",
        )
    kid = header.get("kid")
    if not isinstance(kid, str) or not kid:
        raise _refused("it does not say with which key it is signed (kid)", help="have the issuer send a kid")
    if "crit" in header:
        raise _refused("it demands extensions that are not known here (crit)")
    type_ = header.get("typ", "")
    if not isinstance(type_, str) or type_.lower().removeprefix("application/") not in issuer.types:
        raise _refused(
            "it is of another type than access tokens are (typ)",
            "GDB552",
            "give the access token, or say `types:` in the identity file",
        )


def _checked(token: Bearer, key: jwt.PyJWK, issuer: Issuer) -> dict[str, Any] | IdentityError:
    """The claims, if the signature and the standard claims are right; else why not, as a value.

    It does not raise: the frames of a traceback from here, and of PyJWT below, would hold the token.
    """
    try:
        claims: dict[str, Any] = jwt.decode(
            token.reveal(),
            key,
            algorithms=[key.algorithm_name],
            audience=list(issuer.audiences),
            issuer=issuer.url or None,
            options={
                "require": list(issuer.required),
                "verify_iss": bool(issuer.url),
                "enforce_minimum_key_length": True,
                # Its leeway would be for the end, too: `_check_claims` looks at the times.
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
            },
        )
    except jwt.MissingRequiredClaimError as error:
        return _refused(f"it lacks the claim {error.claim}", "GDB552", "see `require:` in the identity file")
    except jwt.InvalidAudienceError:
        return _refused("it was issued for another service (aud)", "GDB552")
    except jwt.InvalidSignatureError:
        return _refused("its signature is not its issuer's", help="it is forged or damaged; sign in again")
    except Exception as error:  # noqa: BLE001  # whatever it was: it was not verified
        return _refused(f"it is not valid ({type(error).__name__})")
    return claims


def _check_claims(claims: Mapping[str, Any], issuer: Issuer, now: float) -> None:
    """What PyJWT leaves to us."""
    expires, issued = _moment(claims, "exp"), _moment(claims, "iat")
    _check_end(expires, now)
    if max(issued, _moment(claims, "nbf")) > now + issuer.leeway:
        raise _refused("it is not valid yet (nbf, iat)", "GDB550", "set the clocks right")
    if issuer.max_age is not None and expires - issued > issuer.max_age:
        raise _refused("it is valid for longer than is accepted from this issuer", "GDB552", "see `max_age:`")
    type_ = claims.get("typ")
    if isinstance(type_, str) and type_.lower() in issuer.provider.refused:
        raise _refused(f"it is no access token ({type_.lower()})", "GDB552", "give the access token")
    if issuer.clients and client_of(claims, issuer) not in issuer.clients:
        raise _refused(
            "it was issued to another application", "GDB552", "see `clients:` in the identity file"
        )


def _moment(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name, 0)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < _END_OF_TIME:
        return float(value)
    raise _refused(f"its claim {name} is no time")


def _check_end(expires: float, now: float) -> None:
    if now >= expires:
        raise expired()


def expired() -> IdentityError:
    """The one wording for a token whose time is over."""
    return IdentityError("the token has expired", code="GDB550", help="get a new one, and run it again")


# -- two tokens ------------------------------------------------------------------------------------------


def _check_bound(person: Verified, agent: Verified) -> None:
    """The person's token must name the agent: else any agent could add itself to any token that it finds."""
    names = {agent.claims.get("sub"), client_of(agent.claims, agent.issuer)} - {None}
    may = person.claims.get("may_act")
    if isinstance(may, Mapping):
        is_named = may.get("sub") in names and may.get("iss", person.issuer.url) == agent.issuer.url
    else:
        is_same = person.issuer.url == agent.issuer.url
        is_named = is_same and client_of(person.claims, person.issuer) in names
    if not is_named:
        raise _refused(
            "the two tokens do not belong together: the person's does not name the agent",
            "GDB552",
            "get a token for the person that the agent's client asked for (azp), or one with may_act or act",
        )


def _through(person: Principal, agent: Principal) -> Principal:
    """The person with the agent at the end of who acts; an actor that both name is one."""
    if person.actor is None or person.actor.id == agent.id:
        return attrs.evolve(person, actor=agent)
    return attrs.evolve(person, actor=_through(person.actor, agent))
