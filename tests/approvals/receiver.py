"""A real HTTP server on this host that takes messages, and answers as it is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import attrs


@attrs.define
class Receiver:
    """`answers` are the statuses of the next requests; 204 when there are none left."""

    url: str
    answers: list[int] = attrs.field(factory=list)
    headers: dict[str, str] = attrs.field(factory=dict)
    got: list[tuple[str, dict[str, str], bytes]] = attrs.field(factory=list)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A server on a free port, stopped at the end."""
    made = Receiver("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            made.got.append((self.path, headers, body))
            self.send_response(made.answers.pop(0) if made.answers else 204)
            for name, value in made.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing is written."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
