"""Settings into a server that answers, until it is stopped."""

from __future__ import annotations

import time
from typing import Any

import uvicorn

from governed_db.server import migrations, partitions
from governed_db.server.main import create_app
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
    config = uvicorn.Config(
        create_app(settings, store),
        log_level="warning",
        access_log=False,  # who asked what stands in the audit log; paths could name things
        server_header=False,
        timeout_graceful_shutdown=10,
        **more,
    )
    return uvicorn.Server(config)
