"""What the routes of one server share that is no row of its database."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import attrs

from governed_db.server.bundles.watching import Watch
from governed_db.server.dimensions import Known
from governed_db.server.metrics import Metrics
from governed_db.server.settings import ServerSettings


@attrs.frozen
class Ports:
    """The clock, what bounds how much is taken in at once, what is known of rows, and what is counted."""

    now: Callable[[], float]
    ingests: threading.BoundedSemaphore
    known: Known
    metrics: Metrics
    watch: Watch = attrs.field(factory=Watch)

    @classmethod
    def of(cls, settings: ServerSettings) -> Ports:
        """Those of a server that runs."""
        return cls(time.time, threading.BoundedSemaphore(settings.limits.ingests), Known(), Metrics())
