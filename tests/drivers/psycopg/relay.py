"""A TCP relay to PostgreSQL that notes every statement which a client sends.

It reads the client's half of the frontend/backend protocol 3.0: Query and Parse carry texts, Bind runs a
parsed one.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from types import TracebackType

import attrs

from tests.servers.urls import Address

_HEADER = 5  # one byte of type, four of length


class Relay:
    """`url` leads through the relay; `sent` are the texts as they ran, in order."""

    def __init__(self, url: str) -> None:
        self._target = Address.of(url)
        self._server = socket.create_server(("127.0.0.1", 0))
        port = self._server.getsockname()[1]
        address = attrs.evolve(self._target, host="127.0.0.1", port=port)
        self.url = f"{address.url}?sslmode=disable&gssencmode=disable"
        self.sent: list[str] = []

    def __enter__(self) -> Relay:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            server = socket.create_connection((self._target.host, self._target.port))
            for source, sink, reader in ((client, server, Statements(self.sent)), (server, client, None)):
                threading.Thread(target=_pump, args=(source, sink, reader), daemon=True).start()


class Statements:
    """Bytes of a client into the statements that they run."""

    def __init__(self, sent: list[str]) -> None:
        self._sent = sent
        self._bytes = b""
        self._is_started = False
        self._parsed: dict[bytes, str] = {}

    def feed(self, received: bytes) -> None:
        self._bytes += received
        while len(self._bytes) >= _HEADER:
            if not self._is_started:
                whole = int.from_bytes(self._bytes[:4], "big")
            else:
                whole = 1 + int.from_bytes(self._bytes[1:_HEADER], "big")
            if len(self._bytes) < whole:
                return
            message, self._bytes = self._bytes[:whole], self._bytes[whole:]
            if self._is_started:
                self._note(message[:1], message[_HEADER:])
            self._is_started = True

    def _note(self, kind: bytes, body: bytes) -> None:
        if kind == b"Q":
            self._sent.append(body.rstrip(b"\0").decode())
        elif kind == b"P":
            name, text, _ = body.split(b"\0", 2)
            self._parsed[name] = text.decode()
        elif kind == b"B":
            _, name, _ = body.split(b"\0", 2)
            self._sent.append(self._parsed[name])


def _pump(source: socket.socket, sink: socket.socket, reader: Statements | None) -> None:
    with suppress(OSError):
        while received := source.recv(65536):
            if reader is not None:
                reader.feed(received)
            sink.sendall(received)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)  # close alone would leave the other thread waiting in recv
