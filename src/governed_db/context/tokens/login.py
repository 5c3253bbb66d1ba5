"""A person at a terminal into a token: in a browser (code with PKCE on loopback), or on another device.

Nothing is asked of the person here but to go to their own issuer; no password passes this program.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec

from governed_db.context.tokens.fetch import fetch, is_safe
from governed_db.errors import IdentityError

_DEVICE: Final = "urn:ietf:params:oauth:grant-type:device_code"
_PATIENCE: Final = 300.0
_SECONDS: Final = 10.0
_PAGE: Final = (
    b"<!doctype html><title>governed_db</title><p>You may close this page and go back to the terminal."
)

Answer = Mapping[str, Any]


class Client:
    """One public client of one issuer, which has no secret."""

    def __init__(self, issuer: str, client_id: str, scope: str, audience: str | None = None) -> None:
        document = fetch(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if document.get("issuer") != issuer:
            raise _failed("what the issuer says of itself is about another issuer")
        self._document = document
        self.client_id = client_id
        self._more = {"scope": scope} | ({"audience": audience} if audience else {})
        self.issuer = issuer

    def in_browser(self, show: Callable[[str], object]) -> Answer:
        """`show` is given the address to go to; the answer comes back to a port of this machine."""
        verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
        digest = hashlib.sha256(verifier.encode()).digest()
        with _Listener() as listener:
            asked = {
                "response_type": "code",
                "client_id": self.client_id,
                "redirect_uri": listener.url,
                "state": state,
                "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
                "code_challenge_method": "S256",
            }
            at = self._address("authorization_endpoint")
            show(f"{at}{'&' if '?' in at else '?'}{urlencode(asked | self._more)}")
            found = listener.wait(state)
            # RFC 9207: an answer of another issuer is no answer.
            if found.get("iss", self.issuer) != self.issuer or "code" not in found:
                raise _failed(f"the issuer gave no code ({_plain(found.get('error'))})")
            return self._token(
                grant_type="authorization_code",
                code=found["code"],
                redirect_uri=listener.url,
                code_verifier=verifier,
            )

    def on_device(
        self, show: Callable[[str, str], object], sleep: Callable[[float], None] = time.sleep
    ) -> Answer:
        """`show` is given the address to go to and the code to type there, on whatever device."""
        begun = self._post(self._address("device_authorization_endpoint"), self._more)
        if not all(
            isinstance(begun.get(name), str) for name in ("device_code", "user_code", "verification_uri")
        ):
            raise _failed(f"the issuer does not offer it ({_plain(begun.get('error'))})")
        show(_plain(begun["verification_uri"]), _plain(begun["user_code"]))
        pause = float(begun.get("interval", 5))
        ends = time.monotonic() + min(float(begun.get("expires_in", _PATIENCE)), _PATIENCE)
        while time.monotonic() < ends:
            sleep(pause)
            found = self._post(
                self._address("token_endpoint"), {"grant_type": _DEVICE, "device_code": begun["device_code"]}
            )
            if "access_token" in found:
                return found
            if found.get("error") == "slow_down":
                pause += 5
            elif found.get("error") != "authorization_pending":
                raise _failed(f"the issuer said no ({_plain(found.get('error'))})")
        raise _failed("nobody agreed in time")

    def refreshed(self, refresh: str) -> Answer:
        """New tokens for one that was given with the last ones."""
        return self._token(grant_type="refresh_token", refresh_token=refresh)

    def _token(self, **asked: str) -> Answer:
        found = self._post(self._address("token_endpoint"), asked)
        if not isinstance(found.get("access_token"), str):
            raise _failed(f"the issuer gave no token ({_plain(found.get('error'))})")
        return found

    def _address(self, name: str) -> str:
        found = self._document.get(name)
        if not is_safe(found):
            raise _failed(f"the issuer offers no {name.replace('_', ' ')}")
        return str(found)

    def _post(self, url: str, asked: Mapping[str, str]) -> Answer:
        import requests

        said = ""
        try:
            told = {"client_id": self.client_id, **asked}
            answer = requests.post(url, data=told, timeout=_SECONDS, allow_redirects=False)
            found = msgspec.json.decode(answer.content)
        except Exception as error:  # noqa: BLE001  # whatever it was: there is no answer
            said, found = type(error).__name__, None
        if not isinstance(found, dict):
            raise _failed(f"the issuer cannot be asked: {said or 'no JSON object'}")
        return found


class _Listener:
    """A port of this machine that takes one answer."""

    def __init__(self) -> None:
        self._found: dict[str, str] | None = None
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                is_ours = parts.path == "/callback"
                if is_ours:
                    listener._found = {name: one[0] for name, one in parse_qs(parts.query).items()}
                self.send_response(200 if is_ours else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(_PAGE)))
                self.end_headers()
                self.wfile.write(_PAGE)

            def log_message(self, *_: object) -> None:
                """The code would be in it."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self._server.timeout = 1.0
        self.url = f"http://127.0.0.1:{self._server.server_port}/callback"

    def __enter__(self) -> _Listener:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.server_close()

    def wait(self, state: str) -> dict[str, str]:
        """The answer to our question; others, which anybody can send, are passed over."""
        ends = time.monotonic() + _PATIENCE
        while time.monotonic() < ends:
            self._server.handle_request()
            found, self._found = self._found, None
            if found is not None and secrets.compare_digest(found.get("state", "").encode(), state.encode()):
                return found
        raise _failed("nobody signed in in time")


def _plain(said: object) -> str:
    text = str(said)
    return text if text.isprintable() and len(text) < _PATIENCE else "(not shown)"


def _failed(why: str) -> IdentityError:
    return IdentityError(
        f"signing in did not work: {why}", code="GDB558", help="try again; see what the issuer's own log says"
    )
