"""A control plane that is stopped and started again at the same address."""

from __future__ import annotations

import socket
import threading
from typing import Any

import attrs

from governed_db.server.serving import server
from tests.server.running import Plane, forget


class Stoppable:
    """A second server process's worth of `plane`, on a port that is kept while nobody listens there."""

    def __init__(self, plane: Plane) -> None:
        self._kept = _socket(0)
        port = self._kept.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._settings = attrs.evolve(plane.settings, base_url=self.url)
        self._store = plane.store
        self._serving: Any = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Answer from now on."""
        listening = _socket(self._kept.getsockname()[1])
        listening.listen(100)
        self._serving = server(self._settings, _Shared(self._store))
        self._thread = threading.Thread(
            target=self._serving.run, kwargs={"sockets": [listening]}, daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Answer nobody: connections are refused at once."""
        self._serving.should_exit = self._serving.force_exit = True
        assert self._thread is not None
        self._thread.join(60)
        forget()

    def close(self) -> None:
        """Give the port back."""
        self.stop()
        self._kept.close()


class _Shared:
    """The store of a plane that is still alive when a server on it is stopped."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def close(self) -> None:
        """The plane does."""


def _socket(port: int) -> socket.socket:
    """Several may be bound to a port; those that do not listen get no connections."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind(("127.0.0.1", port))
    return made
