"""Time into what a control plane does by itself: partitions ahead, and an end to what is old."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from governed_db.server import partitions
from governed_db.server.settings import ServerSettings
from governed_db.server.store import Store

_EVERY: Final = 3600.0
_DAY: Final = 86_400.0
_LOG: Final = logging.getLogger("governed_db.server")


def step(store: Store, settings: ServerSettings, now: float) -> list[str]:
    """Do what is due, however often it is called, in however many processes; what was dropped."""
    partitions.ensure(store, now)
    return partitions.drop_older(store, now - settings.retention_days * _DAY)


@contextmanager
def kept(store: Store, settings: ServerSettings) -> Iterator[None]:
    """Do it every hour, in the background."""
    over = threading.Event()
    thread = threading.Thread(
        target=_run, args=(store, settings, over), name="governed-db-keeping", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(10)


def _run(store: Store, settings: ServerSettings, over: threading.Event) -> None:
    while not over.wait(_EVERY):
        try:
            gone = step(store, settings, time.time())
        except Exception:  # noqa: BLE001  # whatever it was: the server goes on, and the log tells
            _LOG.exception("housekeeping failed; it is tried again in an hour")
        else:
            if gone:
                _LOG.warning("retention: dropped %s", ", ".join(gone))
