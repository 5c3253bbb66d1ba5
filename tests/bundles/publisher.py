"""Whoever publishes bundles: keys, documents, and a plain web server that hands them out."""

from __future__ import annotations

import hashlib
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from governed_db.policy.bundles.document import Manifest, write
from governed_db.policy.bundles.signatures import public_of

READS = "version: 1\nrules:\n  - {id: all, effect: permit, actions: [select]}\n"
NOTHING = "version: 1\nrules:\n  - {id: none, effect: forbid, actions: '*'}\n"


def published(
    key: Ed25519PrivateKey, version: int, policy: str = READS, *, name: str = "default", **more: Any
) -> bytes:
    """A signed bundle."""
    now = time.time()
    files = {"policy.yaml": policy} | more.pop("files", {})
    said = {"issued": now, "expires": now + 600} | more
    keys = said.pop("signers", [key])
    return write(Manifest(1, name, version, policy="policy.yaml", files={}, **said), files, keys)


class Publisher:
    """A web server with one bundle. `asked` counts questions; `is_down` has it answer 503."""

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.generate()
        self.document = published(self.key, 1)
        self.is_down = False
        self.asked: list[dict[str, str]] = []
        self.posted: list[tuple[str, str | None]] = []  # where to, and with which token
        self.bodies: list[bytes] = []
        publisher = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                publisher._answer(self)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                publisher.posted.append((self.path, self.headers["Authorization"]))
                publisher.bodies.append(body)
                self.send_response(503 if publisher.is_down else 204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    @property
    def public(self) -> str:
        """The key that clients pin."""
        return public_of(self.key).text

    @property
    def url(self) -> str:
        """What clients are told."""
        return f"http://127.0.0.1:{self.server.server_port}/#key={self.public}"

    def publish(self, version: int, policy: str = READS, **more: Any) -> None:
        """Hand out another bundle from now on."""
        self.document = published(self.key, version, policy, **more)

    def close(self) -> None:
        """Stop answering."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.asked.append(dict(handler.headers))
        body = self.document
        etag = f'"{hashlib.sha256(body).hexdigest()}"'
        status = 503 if self.is_down else 200
        if not self.is_down and handler.headers.get("If-None-Match") == etag:
            status, body = 304, b""
        if handler.path != "/bundles/default.json":
            status, body = 404, b""
        handler.send_response(status)
        handler.send_header("ETag", etag)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
