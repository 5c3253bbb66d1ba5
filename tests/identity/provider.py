"""An identity provider on this machine: discovery, keys that rotate, tokens, sign-in."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

AUDIENCE = "api://governed-db"
CLIENT = "cli-client"


def new_key(algorithm: str) -> Any:
    """A private key for the algorithm."""
    if algorithm.startswith(("RS", "PS")):
        return rsa.generate_private_key(65537, 2048)
    if algorithm == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    curves = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}
    return ec.generate_private_key(curves[algorithm])


def public_jwk(key: Any, algorithm: str, kid: str) -> dict[str, Any]:
    """The public part, as a JWKS lists it."""
    made = jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key(), as_dict=True)
    return {**made, "kid": kid, "use": "sig"} | ({} if algorithm == "RS512" else {"alg": algorithm})


def encoded(read: bytes) -> str:
    """Base64 as tokens have it."""
    return base64.urlsafe_b64encode(read).rstrip(b"=").decode()


def part(found: object) -> str:
    """A part of a token."""
    return encoded(json.dumps(found).encode())


class Provider:
    """One issuer. `asked` lists the paths that were asked for; `is_down` has it answer 503."""

    def __init__(self, algorithm: str = "ES256") -> None:
        self.keys: dict[str, tuple[str, Any]] = {}
        self.asked: list[str] = []
        self.is_down = False
        self.refreshes: list[str] = []  # refresh tokens that count
        self.lasts = 300  # seconds, of tokens that people get by signing in
        self.delay = 0.0
        self.codes: dict[str, dict[str, str]] = {}
        self.devices: dict[str, int] = {}
        self.claims: dict[str, Any] = {"sub": "alice", "groups": ["support"]}
        self.id_claims: dict[str, Any] = {}
        self.tells_issuer: str | None = None
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider._get(self)

            def do_POST(self) -> None:
                provider._post(self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()
        self.rotate(algorithm)

    def close(self) -> None:
        """Stop answering."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def rotate(self, algorithm: str = "ES256", *, keep: bool = False) -> str:
        """A new key in place of the old ones, or beside them."""
        kid = f"key-{secrets.token_hex(4)}"
        self.keys = (self.keys if keep else {}) | {kid: (algorithm, new_key(algorithm))}
        return kid

    def token(
        self, *, header: dict[str, Any] | None = None, without: tuple[str, ...] = (), **claims: Any
    ) -> str:
        """A signed token; `claims` come before what an honest one says."""
        kid, (algorithm, key) = list(self.keys.items())[-1]
        now = int(time.time())
        said = {
            "iss": self.url, "sub": "alice", "aud": AUDIENCE, "iat": now, "exp": now + 300, "nbf": now,
            "jti": secrets.token_hex(8), "groups": ["support"],
        } | claims  # fmt: skip
        headers = {"alg": algorithm, "kid": kid, "typ": "at+jwt"} | (header or {})
        parts = (headers, {name: value for name, value in said.items() if name not in without})
        signed = ".".join(part(one) for one in parts)
        return f"{signed}.{encoded(jwt.get_algorithm_by_name(algorithm).sign(signed.encode(), key))}"

    def identity(self, **more: Any) -> dict[str, Any]:
        """What an identity file says of it."""
        issuer = {
            "issuer": self.url,
            "audience": [AUDIENCE],
            "algorithms": ["RS256", "RS512", "ES256", "ES384", "EdDSA"],
        } | more
        return {"version": 1, "issuers": [issuer]}

    # -- what it answers ---------------------------------------------------------------------------------

    def _answer(self, handler: BaseHTTPRequestHandler, found: object, status: int = 200) -> None:
        body = json.dumps(found).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def _get(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        self.asked.append(parts.path)
        time.sleep(self.delay)
        if self.is_down:
            return self._answer(handler, {}, 503)
        if parts.path == "/.well-known/openid-configuration":
            return self._answer(handler, self.document())
        if parts.path == "/keys":
            keys = [public_jwk(key, algorithm, kid) for kid, (algorithm, key) in self.keys.items()]
            return self._answer(handler, {"keys": keys})
        if parts.path == "/authorize":
            return self._authorize(handler, {name: one[0] for name, one in parse_qs(parts.query).items()})
        return self._answer(handler, {}, 404)

    def document(self) -> dict[str, Any]:
        """The discovery document."""
        return {
            "issuer": self.tells_issuer or self.url,
            "jwks_uri": f"{self.url}/keys",
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "device_authorization_endpoint": f"{self.url}/device",
            "code_challenge_methods_supported": ["S256"],
        }

    def _authorize(self, handler: BaseHTTPRequestHandler, asked: dict[str, str]) -> None:
        """Somebody is signed in already: straight back to where they came from."""
        code = secrets.token_hex(8)
        self.codes[code] = asked
        handler.send_response(302)
        back = urlencode({"code": code, "state": asked.get("state", ""), "iss": self.url})
        handler.send_header("Location", f"{asked['redirect_uri']}?{back}")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    def _post(self, handler: BaseHTTPRequestHandler) -> None:
        self.asked.append(handler.path)
        read = handler.rfile.read(int(handler.headers["Content-Length"])).decode()
        asked = {name: one[0] for name, one in parse_qs(read).items()}
        if handler.path == "/device":
            code = secrets.token_hex(8)
            self.devices[code] = 1  # asked once more before the person has agreed
            return self._answer(
                handler,
                {"device_code": code, "user_code": "WDJB-MJHT", "verification_uri": f"{self.url}/activate",
                 "expires_in": 30, "interval": 0},
            )  # fmt: skip
        found = self._granted(asked)
        return self._answer(handler, found, 200 if "access_token" in found else 400)

    def _granted(self, asked: dict[str, str]) -> dict[str, Any]:
        more: dict[str, Any] = {}
        match asked.get("grant_type"):
            case "authorization_code":
                begun = self.codes.pop(asked.get("code", ""), None)
                digest = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
                challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
                if (
                    begun is None
                    or begun.get("code_challenge_method") != "S256"
                    or begun["code_challenge"] != challenge
                    or begun["redirect_uri"] != asked.get("redirect_uri")
                ):
                    return {"error": "invalid_grant"}
                if "openid" in begun.get("scope", ""):
                    more["id_token"] = self.id_token(begun)
            case "urn:ietf:params:oauth:grant-type:device_code":
                left = self.devices.get(asked.get("device_code", ""))
                if left is None:
                    return {"error": "invalid_grant"}
                if left > 0:
                    self.devices[asked["device_code"]] = left - 1
                    return {"error": "authorization_pending"}
            case "refresh_token":
                if asked.get("refresh_token") not in self.refreshes:
                    return {"error": "invalid_grant"}
                self.refreshes.remove(asked["refresh_token"])  # used twice it would be a thief's
            case _:
                return {"error": "unsupported_grant_type"}
        self.refreshes.append(f"refresh-canary-{secrets.token_hex(4)}")
        return {
            "access_token": self.token(azp=CLIENT, **self.claims),
            "token_type": "Bearer",
            "expires_in": self.lasts,
            "refresh_token": self.refreshes[-1],
            **more,
        }

    def id_token(self, begun: dict[str, str], **claims: Any) -> str:
        """Who signed in, told to the application that asked; `claims` and `id_claims` come first."""
        said = {"aud": begun["client_id"], "nonce": begun.get("nonce", "")} | self.claims
        return self.token(header={"typ": "JWT"}, **said | self.id_claims | claims)
