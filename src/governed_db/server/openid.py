"""A person at a browser into a principal, by OpenID Connect: code with PKCE, state and nonce.

Only the ID token counts, verified as every other token is: the issuer's own keys, asymmetric algorithms, its
audience this application and nobody else.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

import attrs
import msgspec

from governed_db.context.tokens.bearer import Bearer
from governed_db.context.tokens.fetch import Fetch, fetch, is_safe
from governed_db.context.tokens.issuers import Identity
from governed_db.context.tokens.verify import Verifier
from governed_db.errors import IdentityError
from governed_db.model.principal import Principal
from governed_db.server.sign_in_settings import SignIn

_FRESH: Final = 300.0
_SECONDS: Final = 10.0
_MOST: Final = 512 * 1024


@attrs.frozen
class Asked:
    """What one sign-in was begun with. None of it leaves the server but in the address to go to."""

    state: str = attrs.field(repr=False)
    nonce: str = attrs.field(repr=False)
    verifier: str = attrs.field(repr=False)
    redirect_uri: str


class OpenId:
    """This application at one identity provider."""

    def __init__(self, sign_in: SignIn, *, get: Fetch = fetch, now: Callable[[], float] = time.time) -> None:
        self.sign_in = sign_in
        self._get = get
        self._verifier = Verifier(Identity((sign_in.issuer,)), get=get, now=now)
        self._document: tuple[float, Mapping[str, Any]] | None = None

    def address(self, asked: Asked) -> str:
        """Where the browser goes."""
        challenge = hashlib.sha256(asked.verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self.sign_in.client_id,
            "redirect_uri": asked.redirect_uri,
            "scope": self.sign_in.scope,
            "state": asked.state,
            "nonce": asked.nonce,
            "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        at = self._endpoint("authorization_endpoint")
        return f"{at}{'&' if '?' in at else '?'}{urlencode(query)}"

    def person(self, code: str, asked: Asked) -> Principal:
        """Who it is that came back with `code`. Raises IdentityError, without the token in it."""
        answer = self._post(code, asked)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise _failed(f"it gave no ID token ({_plain(answer.get('error'))})")
        found = self._verifier.verify(Bearer(token))
        nonce = found.claims.get("nonce")
        if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), asked.nonce.encode()):
            raise _failed("its answer is to another question (nonce)")
        return attrs.evolve(found.principal, kind="human", actor=None)

    def check_issuer(self, said: str | None) -> None:
        """RFC 9207: an answer of another issuer is no answer."""
        if said not in (None, self.sign_in.issuer.url):
            raise _failed("the answer is another issuer's")

    def _endpoint(self, name: str) -> str:
        found = self._discovered().get(name)
        if not is_safe(found):
            raise _failed(f"it offers no {name.replace('_', ' ')}")
        return str(found)

    def _discovered(self) -> Mapping[str, Any]:
        known, now = self._document, time.monotonic()
        if known is not None and now - known[0] < _FRESH:
            return known[1]
        issuer = self.sign_in.issuer
        found = self._get(f"{issuer.url.rstrip('/')}/.well-known/openid-configuration", ca=issuer.ca)
        if found.get("issuer") != issuer.url:
            raise _failed("what it says of itself is about another issuer")
        self._document = (now, found)
        return found

    def _post(self, code: str, asked: Asked) -> Mapping[str, Any]:
        import requests

        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": asked.redirect_uri,
            "client_id": self.sign_in.client_id,
            "code_verifier": asked.verifier,
        }
        secret = self.sign_in.secret()
        said, found = "no JSON object", None
        try:
            with requests.post(
                self._endpoint("token_endpoint"),
                data=form if secret is None else form | {"client_secret": secret},
                timeout=_SECONDS,
                allow_redirects=False,
                stream=True,
                verify=self.sign_in.issuer.ca or True,
            ) as answer:
                found = msgspec.json.decode(answer.raw.read(_MOST, decode_content=True))
        except IdentityError:
            raise
        except Exception as error:  # noqa: BLE001  # whatever it was: there is no answer
            said = type(error).__name__
        if not isinstance(found, dict):
            raise _failed(f"it cannot be asked: {said}")
        return found


def _plain(said: object) -> str:
    text = str(said)
    return text if text.isprintable() and text.isascii() and len(text) < 100 else "not shown"


def _failed(why: str) -> IdentityError:
    return IdentityError(
        f"the identity provider's answer does not do: {why}",
        code="GDB642",
        help="try again; if it stays, compare issuer, client_id and redirect address with those there",
    )
