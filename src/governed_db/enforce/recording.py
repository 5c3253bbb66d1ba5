"""What one connection did or refused into events of the trail; hits have a way of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from governed_db.core import events
from governed_db.enforce.call_site import call_site
from governed_db.errors import AuditUnavailable
from governed_db.model.audit import AuditEvent, traced
from governed_db.model.decision import Durability

if TYPE_CHECKING:
    from governed_db.core.ports import AuditPort
    from governed_db.enforce.gate import Gate
    from governed_db.enforce.ports import Ports


def emit(gate: Gate, event: AuditEvent, durability: Durability) -> None:
    """Record an event of a statement, or of a change, as durably as policy wants it."""
    if gate.changing is not None and gate.changing.silences(event):
        return
    event = _placed(event, gate.ports)
    match durability:
        case Durability.STRICT:
            gate.audit.write(event)
        case Durability.DURABLE:
            gate.audit.check()
            gate.audit.put(_same, event)
        case Durability.BEST_EFFORT:
            _put_if_possible(event, gate.audit)
    if gate.ports.risks is not None:
        gate.ports.risks.told(event, gate.context())


def record_call(gate: Gate, name: str, status: str) -> None:
    """Record a call of the driver that is not a statement."""
    ports = gate.ports
    fields = events.describe_context(gate.context()) | {
        "database": gate.planner.database,
        "call": name,
        "status": status,
        "decision": {"effect": "deny", "rule": "driver-surface", "revision": ports.policy.revision},
    }
    gate.audit.check()
    event = AuditEvent(ports.new_id(), ports.now(), "refusal", fields)
    gate.audit.put(_same, _placed(event, ports))


def _put_if_possible(event: AuditEvent, audit: AuditPort) -> None:
    """Of a statement that runs also where nothing can be recorded."""
    try:
        audit.put(_same, event)
    except AuditUnavailable:
        audit.lose()


def _placed(event: AuditEvent, ports: Ports) -> AuditEvent:
    """With the place in the program that it came from, and the trace. Hits do without the first: 2 us."""
    tracing = ports.tracing()
    trace = tracing() if tracing is not None else None
    told: dict[str, Any] = {"trace": traced(trace)} if trace is not None else {}
    if event.phase != "outcome" or "shadow" in event.fields:
        told["call_site"] = call_site()
    return attrs.evolve(event, fields=event.fields | told)


def _same(event: AuditEvent) -> AuditEvent:
    return event
