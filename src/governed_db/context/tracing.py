"""OpenTelemetry's current span, where a program uses OpenTelemetry, into the ids that events carry.

It is looked for among the modules that are there: it is never imported for this.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from governed_db.model.audit import Trace

Tracing = Callable[[], Trace | None]


def tracing() -> Tracing | None:
    """What tells the current span from now on; None in a program without OpenTelemetry."""
    module: Any = sys.modules.get("opentelemetry.trace")
    if module is None or not hasattr(module, "get_current_span"):
        return None
    current = module.get_current_span

    def told() -> Trace | None:
        span = current().get_span_context()
        return (span.trace_id, span.span_id, span.trace_flags.sampled) if span.is_valid else None

    return told
