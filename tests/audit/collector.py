"""A loopback collector."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import attrs

from governed_db.model.chain import header


@attrs.define
class Collector:
    """A loopback collector: what it was sent, and what it is to answer next (then 204)."""

    url: str
    bodies: list[bytes] = attrs.field(factory=list)
    tokens: list[str | None] = attrs.field(factory=list)
    answers: list[tuple[int, dict[str, str]]] = attrs.field(factory=list)

    @property
    def places(self) -> list[tuple[str, int]]:
        """The (boot, seq) of every line that was taken; each line's hash and checksum fit."""
        heads = [header(line)[0] for body in self.bodies for line in body.splitlines()]
        return [(head.boot, head.seq) for head in heads]


@contextmanager
def collecting() -> Iterator[Collector]:
    """A real HTTP server."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = gzip.decompress(self.rfile.read(int(self.headers["Content-Length"])))
            code, headers = found.answers.pop(0) if found.answers else (204, {})
            if code == 204:
                found.bodies.append(body)
                found.tokens.append(self.headers["Authorization"])
            self.send_response(code)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *words: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found = Collector(f"http://127.0.0.1:{server.server_address[1]}/events")
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield found
        server.shutdown()
        thread.join()
