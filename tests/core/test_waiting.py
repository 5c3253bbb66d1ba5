"""Waiting for people, told by delays and transcripts: nobody sleeps in these tests."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from governed_db.config.waiting import on_approval
from governed_db.core.waiting import Awaited, End, OnApproval, Place, Wait, decision
from governed_db.drivers.refusals import task
from governed_db.errors import ApprovalRequired, ConfigurationError, StatementDenied
from governed_db.model.approval import Request, RequestState, Subject
from governed_db.testing import MemoryApprovals
from tests.core.worlds import planner, shop, told

DELETE = "DELETE FROM orders"


class Clock:
    """Time that passes only when somebody sleeps."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def asked() -> MemoryApprovals:
    """A store with one open request."""
    store = MemoryApprovals()
    store.request(Subject(("me",), "shop", DELETE, "s", "p", "rule", "revision"))
    return store


def slept(how: OnApproval, store: MemoryApprovals, decided_at: float) -> tuple[list[float], Awaited]:
    """The delays of a wait for a decision that is made at a moment, and its end."""
    clock = Clock()
    place = Place(lambda: True, store, clock)
    delays = decision(store.requests[0], how, place, task)
    named: list[float] = []
    while True:
        try:
            delay = next(delays)
        except StopIteration as stop:
            return named, stop.value
        named.append(round(delay, 3))
        clock.now += delay
        if clock.now >= decided_at:
            store.requests[0] = attrs.evolve(store.requests[0], state=RequestState.APPROVED)


def test_who_waits_asks_ever_more_seldom() -> None:
    """At first every tenth of a second, half as much longer each time, every five seconds in the end."""
    named, end = slept(Wait(timeout=3600), asked(), decided_at=60)

    assert named[:4] == [0.1, 0.15, 0.225, 0.338]
    assert max(named) == named[-1] == 5.0
    assert sum(named) < 66
    assert end.end is End.APPROVED


def test_a_wait_ends_when_its_time_is_up() -> None:
    """Not a moment later: the last delay is what is left."""
    named, end = slept(Wait(timeout=1), asked(), decided_at=60)

    assert sum(named) == pytest.approx(1, abs=0.01)
    assert (end.end, end.note) == (End.TOO_LONG, "1 s")


def test_after_an_approval_everything_is_looked_at_again() -> None:
    """People take their time: the statement begins anew with the catalog."""
    world, plans = shop(rows=3), planner()

    def agree(request: Request) -> Awaited:
        world.approvals.approve()
        return Awaited(request, End.APPROVED)

    world.decide = agree
    told(DELETE, world, plans)

    assert [line for line in world.transcript if not line.startswith(("tell", "look again"))] == [
        "look",
        "ask: requested",
        "wait",
        "look",
        "ask: granted",
        f"run: {DELETE}",
        "settle: consumed",
    ]


def test_nobody_waits_twice_for_one_call() -> None:
    """Somebody else took what was granted meanwhile: the new request is raised."""
    world = shop()
    world.decide = lambda request: Awaited(request, End.APPROVED)

    with pytest.raises(ApprovalRequired):
        told(DELETE, world, planner())

    assert world.transcript.count("wait") == 1


def test_a_denial_is_a_refusal_in_the_trail() -> None:
    """The request is one event, the denial that the caller waited for another."""
    world = shop()
    denied: dict[str, Any] = {"state": RequestState.DENIED, "decided_by": "grace"}
    world.decide = lambda request: Awaited(attrs.evolve(request, **denied), End.REFUSED)

    with pytest.raises(StatementDenied) as refusal:
        told(DELETE, world, planner())

    assert refusal.value.code == "GDB433"
    assert world.transcript[-3:] == ["tell: refusal asked (strict)", "wait", "tell: refusal refused (strict)"]


SAID = (
    ("raise", None),
    ("wait", Wait(300)),
    ("wait:60", Wait(60)),
    ("wait:0.5", Wait(0.5)),
    (Wait(7), Wait(7)),
    (print, print),
)


@pytest.mark.parametrize(("said", "meant"), SAID, ids=str)
def test_what_can_be_said(said: object, meant: OnApproval) -> None:
    """The keyword comes before the environment, and both before raising."""
    assert on_approval(said, {"GOVERNED_DB_ON_APPROVAL": "wait:1"}) == meant
    assert on_approval(None, {"GOVERNED_DB_ON_APPROVAL": "wait:1"}) == Wait(1)
    assert on_approval(None, {"GOVERNED_DB_ON_APPROVAL": ""}) is None


@pytest.mark.parametrize("said", ["waits", "wait:", "wait:0", "wait:-1", "approve", True, 5, Wait], ids=str)
def test_what_cannot_be_said(said: object) -> None:
    """An unknown word is an error when the connection opens, not when somebody is to be asked."""
    with pytest.raises(ConfigurationError) as error:
        on_approval(said, {})

    assert error.value.code == "GDB509"
