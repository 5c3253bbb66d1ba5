"""The trail into OpenTelemetry, for programs that use it (extra `otel`)."""

from governed_db.integrations.otel.telemetry import instrument

__all__ = ["instrument"]
