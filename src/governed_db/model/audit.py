"""What is recorded of a statement: an intent before it runs and an outcome after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

import attrs

FORMAT: Final = 1  # of events, as event.schema.json tells it; each chain's first event says which it has

_TOGETHER: Final = frozenset({"plans", "ran", "traces"})  # what only records of many outcomes have

# Ids of OpenTelemetry's trace, and of the span in it; whether the trace is kept.
Trace: TypeAlias = tuple[int, int, bool]


@attrs.frozen
class AuditEvent:
    """One event, before the spool gives it a sequence number and the hash of its predecessor.

    `phase`: "intent" | "outcome" | "refusal" | "session" | "admin" | "facts". `statement` has its literals
    replaced; no field ever holds a value of the database, a literal or a parameter. `time` is seconds since
    the epoch, UTC. `fields` are the facts of architecture section 11 as JSON-able values.
    """

    id: str
    time: float
    phase: str
    fields: dict[str, Any]


def apart(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The outcomes that were written as one record (enforce/hits.py); any other event as it is."""
    if event["phase"] != "outcomes":
        yield event
        return
    shared = {name: value for name, value in event["fields"].items() if name not in _TOGETHER}
    for number, (plan, when, rows, seconds, *traced) in enumerate(event["fields"]["ran"]):
        said = {"status": "ok", "rows": rows, "seconds": seconds}
        if traced and traced[0] is not None:
            said["trace"] = event["fields"]["traces"][traced[0]]
        fields = shared | event["fields"]["plans"][plan] | said
        yield event | {"id": f"{event['id']}.{number}", "time": when, "phase": "outcome", "fields": fields}


def traced(trace: Trace) -> dict[str, Any]:
    """A trace as events tell it: in hexadecimal, as W3C Trace Context writes it."""
    told: dict[str, Any] = {"id": f"{trace[0]:032x}", "span": f"{trace[1]:016x}"}
    return told if trace[2] else told | {"sampled": False}


def principals(fields: Mapping[str, Any]) -> tuple[str, ...]:
    """Who acted, then for whom, as far as the chain goes."""
    return tuple(str(mapping(link).get("id", "")) for link in fields.get("principals") or ())


def seen(fields: Mapping[str, Any]) -> tuple[Mapping[str, str], ...]:
    """The classified columns among the outputs: column, classification and form ("clear", or the mask)."""
    found = fields.get("seen")
    return tuple(map(mapping, found)) if isinstance(found, list) else ()


def mapping(value: object) -> Mapping[str, Any]:
    """A member of an event that should be an object; without members where it is none."""
    return value if isinstance(value, Mapping) else {}
