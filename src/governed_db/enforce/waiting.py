"""One gate's questions to people into answers, in the way its connection is set to."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

import attrs

from governed_db.core.effects import AwaitDecision
from governed_db.core.waiting import Awaited, Delays, End, Place, decision, differences
from governed_db.drivers.refusals import task
from governed_db.model.approval import Grant, Request, Subject

if TYPE_CHECKING:
    from governed_db.enforce.gate import Gate
    from governed_db.enforce.ports import Ports

Idle = Callable[[], bool]


@attrs.frozen
class Pause:
    """How a connection waits whose input and output are generators."""

    idle: Idle
    sleep: Callable[[float], Generator[Any, Any, None]]
    is_async: bool


def never() -> bool:
    """Of a connection that cannot tell whether a transaction is open, none is waited for."""
    return False


def ask(ports: Ports, subject: Subject) -> Grant | Request:
    """The grant for this, or the request: the one that is resumed, else one that is filed if need be."""
    grant = ports.approvals.reserve(subject)
    if grant is not None:
        return grant
    resumed = ports.resumed()
    return ports.approvals.request(subject) if resumed is None else ports.approvals.get(resumed)


def await_decision(
    gate: Gate, asked: AwaitDecision, idle: Idle, *, is_async: bool = False
) -> Delays[Awaited]:
    """Sleep until the request is decided, if this connection waits."""
    ports, request = gate.ports, asked.request
    if ports.resumed() is not None:
        different = differences(request, asked.subject)
        if different:
            return Awaited(request, End.DIFFERENT, " and ".join(different))
    how = None if asked.is_last else ports.on_approval
    place = Place(idle, ports.approvals, time.monotonic, is_async)
    return (yield from decision(request, how, place, task))


def noting(gate: Gate, delays: Delays[Awaited]) -> Delays[Awaited]:
    """The same, for a driver that tells all that goes wrong while it waits in other words."""
    try:
        return (yield from delays)
    except Exception as error:
        gate.note_callers(error)
        raise
