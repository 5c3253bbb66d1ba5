"""The trail of this process into OpenTelemetry's spans and metrics, without a moment of any statement's time.

A thread makes them of what is on disk, with the times that the events have; the span in which a statement
was run is its parent. Names are those of the semantic conventions for databases; `governed_db.*` is ours.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import attrs
from opentelemetry.metrics import Meter, MeterProvider, get_meter_provider
from opentelemetry.trace import TracerProvider, get_tracer_provider

import governed_db
from governed_db import runtime
from governed_db.integrations.otel.metrics import Instruments
from governed_db.integrations.otel.spans import Spans
from governed_db.model.audit import apart
from governed_db.model.chain import stored_event
from governed_db.remote.backlog import Backlog, Batch
from governed_db.remote.shipper import TIMEOUT, Shipper
from governed_db.remote.shipping import Route, Shipping
from governed_db.remote.spool import Spool

_NAME: Final = "governed_db"
_SCHEMA: Final = "https://opentelemetry.io/schemas/1.38.0"


def instrument(
    *, tracer_provider: TracerProvider | None = None, meter_provider: MeterProvider | None = None
) -> None:
    """Tell the statements of this process from now on; to be called once.

    Without providers, those that are the program's when this is called.
    """
    tracers, meters = tracer_provider or get_tracer_provider(), meter_provider or get_meter_provider()
    tracer = tracers.get_tracer(_NAME, governed_db.__version__, _SCHEMA)
    meter: Meter = meters.get_meter(_NAME, governed_db.__version__, _SCHEMA)
    sink = Telemetry(Spans(tracer), Instruments(meter))

    def follow(_: Path, spool: Spool) -> Shipping:
        backlog = Backlog(spool.directory, only=lambda: spool.boot)
        return Shipping((Route("OpenTelemetry", Shipper(backlog, sink)),), spool.flush)

    runtime.listen(follow)


@attrs.frozen
class Telemetry:
    """Takes batches, like any receiver; what it is handed it has taken."""

    spans: Spans
    instruments: Instruments

    def send(self, batch: Batch, *, within: float = TIMEOUT) -> None:  # noqa: ARG002  # exporters have their own
        """Make spans and metrics of a batch."""
        for line in batch.content.splitlines():
            for event in apart(stored_event(line)):
                self.spans.tell(event)
                self.instruments.count(event)
