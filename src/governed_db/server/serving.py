"""Settings into a server that answers, until it is stopped."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Any

import uvicorn

from governed_db.server import migrations, partitions
from governed_db.server.main import create_app
from governed_db.server.ports import Ports
from governed_db.server.settings import ServerSettings
from governed_db.server.store import Store


def prepared(settings: ServerSettings) -> Store:
    """The database, ready. A file of our own is brought up to date; a shared one must be already."""
    settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    store = Store(settings.url)
    try:
        if settings.is_embedded:
            migrations.upgrade(store)
        migrations.demand_current(store)
        partitions.ensure(store, time.time())
    except BaseException:
        store.close()
        raise
    return store


def server(settings: ServerSettings, store: Store, **more: Any) -> uvicorn.Server:
    """A server of one process; several may share a PostgreSQL database."""
    ports = Ports.of(settings)
    config = uvicorn.Config(
        create_app(settings, store, ports),
        log_level="warning",
        access_log=False,  # who asked what stands in the audit log; paths could name things
        server_header=False,
        timeout_graceful_shutdown=10,
        **more,
    )
    return _Server(config, ports.watch.end)


class _Server(uvicorn.Server):
    """Answers clients that wait for a bundle before it ends: they ask again, elsewhere or later."""

    def __init__(self, config: uvicorn.Config, end: Callable[[], None]) -> None:
        super().__init__(config)
        self._end = end

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End what would wait for half a minute, then what uvicorn ends."""
        self._end()
        await super().shutdown(sockets)
