"""A request and how its caller wants to wait into delays to sleep, and what became of it at the end.

Nothing here sleeps: the generator names its delays, and who runs it sleeps in its own way. While it sleeps
no transaction is open, nothing is reserved, and nothing but the request itself remembers the wait: when
it is interrupted, the request stays as it was.
"""

from __future__ import annotations

import enum
import inspect
from collections.abc import Awaitable, Callable, Generator
from contextlib import closing, suppress
from typing import Any, TypeAlias, TypeVar, cast

import attrs

from governed_db.core.ports import ApprovalPort
from governed_db.errors import ConfigurationError
from governed_db.model.approval import Request, RequestState, Subject, Task
from governed_db.model.decision import Decision, Effect, Reason
from governed_db.policy.approvals.rules import ApprovalsAway

T = TypeVar("T")
Delays: TypeAlias = Generator[float, None, T]
Callback: TypeAlias = Callable[[Task], Any]

_FIRST, _GROWTH, _LONGEST = 0.1, 1.5, 5.0  # seconds: a decision is noticed within half of what it took
_TICK = 0.05


def _positive(_: object, __: object, seconds: object) -> None:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < float("inf"):
        raise ConfigurationError(
            "a wait ends after a number of seconds", code="GDB509", help="write Wait(timeout=300)"
        )


@attrs.frozen
class Wait:
    """Wait up to `timeout` seconds for the decision, then raise ApprovalRequired all the same."""

    timeout: float = attrs.field(default=300.0, validator=_positive)


OnApproval: TypeAlias = Wait | Callback | None  # None: raise at once


class End(enum.Enum):
    """Why nobody waits for a decision (any longer)."""

    APPROVED = "approved"
    REFUSED = "refused"  # by a person, or it has expired, or was withdrawn
    NOT_WAITED = "not waited"
    IN_TRANSACTION = "in transaction"
    TOO_LONG = "too long"
    DIFFERENT = "different"  # a statement was resumed that is not the one that was asked for


@attrs.frozen
class Awaited:
    """The request as it stands now. `note`: how long, or what is different."""

    request: Request
    end: End
    note: str = ""


@attrs.frozen
class Place:
    """What a wait has to know of its connection. `is_idle`: no transaction is open, asked when it matters."""

    is_idle: Callable[[], bool]
    approvals: ApprovalPort
    now: Callable[[], float]  # a clock that is never set back
    is_async: bool = False


def decision(
    request: Request, how: OnApproval, place: Place, describe: Callable[[Request], Task]
) -> Delays[Awaited]:
    """Sleep until the request is decided, as its caller wants it."""
    if request.state is not RequestState.PENDING:
        return _ended(request)
    wait = (yield from _answer(how, describe(request), place)) if callable(how) else how
    if wait is None:
        return Awaited(request, End.NOT_WAITED)
    if not place.is_idle():
        return Awaited(request, End.IN_TRANSACTION)
    last = place.now() + wait.timeout
    delay = _FIRST
    while (left := last - place.now()) > 0:
        yield min(delay, left)
        delay = min(delay * _GROWTH, _LONGEST)
        with suppress(ApprovalsAway):  # who is asked may be away for a while: the request is not
            request = place.approvals.get(request.id)
        if request.state is not RequestState.PENDING:
            return _ended(request)
    return Awaited(request, End.TOO_LONG, f"{wait.timeout:g} s")


def _ended(request: Request) -> Awaited:
    return Awaited(request, End.APPROVED if request.state is RequestState.APPROVED else End.REFUSED)


def _answer(callback: Callback, task: Task, place: Place) -> Delays[Wait | None]:
    """What the callback says: how to go on. It can never agree: whoever wrote it is the one who asks."""
    said = callback(task)
    if inspect.isawaitable(said):
        said = yield from _awaited(said, place)
    match said:
        case None | "raise":
            return None
        case "wait":
            return Wait()
        case Wait():
            return said
    raise ConfigurationError(
        "the on_approval callback answered something else than how to go on",
        code="GDB509",
        help='return None or "raise", "wait" or Wait(timeout=...); only another person can approve',
    )


def _awaited(said: Awaitable[Any], place: Place) -> Delays[Any]:
    if not place.is_async:
        if inspect.iscoroutine(said):
            said.close()
        raise ConfigurationError(
            "an async on_approval callback needs an async connection",
            code="GDB509",
            help="give a plain function, or connect with connect_async",
        )
    import asyncio  # here: nobody else needs it

    running = asyncio.ensure_future(said)
    try:
        while not running.done():
            yield _TICK
    finally:
        running.cancel()
    return running.result()


# -- a statement that is run again for a request ---------------------------------------------------------


def differences(request: Request, now: Subject) -> tuple[str, ...]:
    """What of a statement is not as it was when it was asked for, in words.

    What policy and schema are is part of an approval; while nobody has decided they may change.
    """
    asked = request.subject
    bound = {
        "the principal": (asked.principals, now.principals),
        "the database": (asked.database, now.database),
        "the statement": (asked.statement_digest, now.statement_digest),
        "the parameters": (asked.parameters_digest, now.parameters_digest),
    }
    if request.state is RequestState.APPROVED:
        bound |= {
            "the policy": (asked.revision, now.revision),
            "the definition of what it touches": (asked.schema, now.schema),
        }
    return tuple(name for name, (before, after) in bound.items() if before != after)


# -- what is said of it ----------------------------------------------------------------------------------


def told(decision: Decision, awaited: Awaited) -> Decision:
    """The decision on a statement that nobody agreed to: still asked for, or refused for good."""
    if awaited.end is End.NOT_WAITED:
        return decision
    code, message, help_ = _words(awaited)
    reason = Reason(code, message, help=help_, rule=decision.rule)
    if awaited.end in (End.IN_TRANSACTION, End.TOO_LONG):
        return attrs.evolve(decision, reasons=(*decision.reasons, reason))
    return attrs.evolve(decision, effect=Effect.DENY, reasons=(reason,))


def _words(awaited: Awaited) -> tuple[str, str, str]:
    """Code, message and help."""
    request = awaited.request
    match awaited.end:
        case End.IN_TRANSACTION:
            return (
                "GDB431",
                "nothing was waited for, because a transaction is open: what it has locked would stay locked",
                "commit or roll back before this statement, or run it again when it is approved",
            )
        case End.TOO_LONG:
            return (
                "GDB432",
                f"nobody decided within {awaited.note}",
                f"request {request.id} stays open: run the same statement again when it is approved",
            )
        case End.DIFFERENT:
            return (
                "GDB435",
                f"this is not what {request.id} was asked for; other than then: {awaited.note}",
                "run exactly what was asked for, as the same principal, or ask anew without resume",
            )
        case End.REFUSED if request.state is RequestState.DENIED:
            said = f": {request.comment}" if request.comment else ""
            message = f"{request.decided_by} has denied {request.id}{said}"
            return "GDB433", message, "nothing was changed; ask for something else"
        case End.REFUSED:
            message = f"request {request.id} is {request.state.value}"
            return "GDB434", message, "nothing was changed; ask anew: run the statement again"
        case End.APPROVED:
            message = f"what {request.id} permitted was used, has run out or was taken back"
            return "GDB436", message, "nothing was changed; ask anew: run the statement without resume"
        case _:
            raise TypeError(f"there is nothing to be said of {awaited.end}")


# -- three ways to sleep ---------------------------------------------------------------------------------


def run_through(delays: Delays[T], sleep: Callable[[float], None]) -> T:
    """The end of the delays, for a thread that sleeps."""
    while True:
        try:
            delay = next(delays)
        except StopIteration as stop:
            return cast("T", stop.value)
        sleep(delay)


def grun_through(
    delays: Delays[T], sleep: Callable[[float], Generator[Any, Any, None]]
) -> Generator[Any, Any, T]:
    """The same where sleeping is itself a generator (psycopg's protocol: sync and async at once)."""
    with closing(delays):
        while True:
            try:
                delay = next(delays)
            except StopIteration as stop:
                return cast("T", stop.value)
            yield from sleep(delay)
