"""What callers have queued into the events that are written, in the writer's time.

An item is an event that somebody waits for, a function with its arguments, or one of many hits alike.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import attrs

from governed_db.model.audit import AuditEvent
from governed_db.model.codec import Members
from governed_db.model.ids import uuid7

Make = Callable[..., AuditEvent | Members]
Outcomes = Callable[[Sequence[Any]], Sequence[Members]]


class Written:
    """An event whose caller waits until it is on disk."""

    __slots__ = ("event", "is_durable")

    def __init__(self, event: AuditEvent) -> None:
        self.event = event
        self.is_durable = False


def made(make: Make, arguments: tuple[Any, ...]) -> AuditEvent | Members:
    """The event; one that says so where it cannot be made."""
    try:
        event = make(*arguments)
        if isinstance(event, bytes):
            return event
        if event.id and isinstance(event, AuditEvent):
            return event
        return attrs.evolve(event, id=uuid7(event.time))
    except Exception as error:  # noqa: BLE001 - any: a fact that cannot be told is itself told in the trail
        return own_event({"unrecorded": type(error).__name__, "by": getattr(make, "__qualname__", "")})


def alike(waiting: Sequence[Any], start: int, end: int) -> list[Any]:
    """The hits from `start` on that are told together."""
    outcomes = waiting[start][0]
    hits: list[Any] = []
    for item in waiting[start:end]:
        if isinstance(item, Written) or len(item) != 3 or item[0] != outcomes:
            break
        hits.append(item[1])
    return hits


def tallied(outcomes: Outcomes, hits: list[Any]) -> Sequence[AuditEvent | Members]:
    """Hits as few records."""
    try:
        return outcomes(hits)
    except Exception as error:  # noqa: BLE001 - any: as in `made`
        return [own_event({"unrecorded": type(error).__name__, "events": len(hits)})]


def own_event(fields: dict[str, Any]) -> AuditEvent:
    """What is told of the recording itself."""
    now = time.time()
    return AuditEvent(id=uuid7(now), time=now, phase="session", fields=fields)
