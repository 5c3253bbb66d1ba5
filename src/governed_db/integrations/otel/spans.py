"""A stored event into a span of OpenTelemetry that lies where the statement was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs
from opentelemetry import context
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
    set_span_in_context,
)

from governed_db.model.audit import mapping, principals

Event = Mapping[str, Any]

_TOLD: Final = ("outcome", "refusal")
_SHOWN: Final = ("conversation", "run", "purpose", "tool", "model", "approval", "call_site", "status")


def operation(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Which operation on which database it was, in the words of the semantic conventions."""
    kind = str(fields.get("kind") or fields.get("call") or "")
    relations = list(fields.get("relations") or ())
    told = {
        "db.system.name": fields.get("system"),
        "db.namespace": fields.get("database"),
        "db.operation.name": kind.upper() or None,
        "db.collection.name": relations[0] if len(relations) == 1 else None,
    }
    return {name: value for name, value in told.items() if value is not None}


def failure(fields: Mapping[str, Any]) -> str | None:
    """What kind of failure it was: a code of ours, or the class of the driver's exception."""
    if fields.get("status") in ("refused", "asked"):
        reasons = mapping(fields.get("decision")).get("reasons") or ()
        return str(mapping(reasons[0]).get("code")) if reasons else str(fields["status"])
    return str(fields["error"]) if fields.get("error") else None


@attrs.frozen
class Spans:
    """Makes spans with `tracer`."""

    tracer: Tracer

    def tell(self, event: Event) -> None:
        """The span of an outcome or a refusal; other events have none."""
        fields = event["fields"]
        if event["phase"] not in _TOLD or "database" not in fields:
            return
        ends = int(event["time"] * 1e9)
        span = self.tracer.start_span(
            _name(fields),
            _parent(mapping(fields.get("trace"))),
            SpanKind.CLIENT,
            _attributes(event),
            start_time=ends - int(fields.get("seconds", 0.0) * 1e9),
        )
        if failure(fields) is not None:
            span.set_status(Status(StatusCode.ERROR, str(fields.get("status"))))
        span.end(ends)


def _name(fields: Mapping[str, Any]) -> str:
    """`SELECT public.orders public.customers`: few different ones, and no value in any."""
    kind = str(fields.get("kind") or fields.get("call") or "statement")
    return " ".join([kind.upper(), *(fields.get("relations") or ())])[:255]


def _parent(trace: Mapping[str, Any]) -> context.Context:
    """Where the statement was run; a trace of its own where that is not known."""
    if not trace:
        return context.Context()
    flags = TraceFlags(TraceFlags.DEFAULT if trace.get("sampled") is False else TraceFlags.SAMPLED)
    parent = SpanContext(int(trace["id"], 16), int(trace["span"], 16), is_remote=False, trace_flags=flags)
    return set_span_in_context(NonRecordingSpan(parent), context.Context())


def _attributes(event: Event) -> dict[str, Any]:
    fields = event["fields"]
    decision, chain = mapping(fields.get("decision")), principals(fields)
    told = operation(fields) | {
        "db.query.text": fields.get("statement"),
        "db.query.summary": _name(fields) if "statement" in fields else None,
        "db.response.status_code": str(fields["sqlstate"]) if fields.get("sqlstate") else None,
        "error.type": failure(fields),
        "governed_db.event.id": event["id"],
        "governed_db.principal": chain[0] if chain else None,
        "governed_db.actors": chain[1:] or None,
        "governed_db.decision.id": decision.get("id"),
        "governed_db.decision.effect": decision.get("effect"),
        "governed_db.decision.rule": decision.get("rule"),
        "governed_db.decision.revision": decision.get("revision"),
        "governed_db.masked.columns": len(fields.get("masked") or ()),
        "governed_db.classifications": sorted({one["classification"] for one in fields.get("seen") or ()})
        or None,
        "governed_db.risk.score": mapping(fields.get("risk")).get("score"),
        "governed_db.rows": fields["rows"] if fields.get("rows", -1) >= 0 else None,
    }
    told |= {f"governed_db.{name}": fields.get(name) for name in _SHOWN}
    return {name: value for name, value in told.items() if value is not None}
