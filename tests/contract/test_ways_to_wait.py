"""Promise: who asks can wait for the answer, be told, or come back later; nobody else is kept waiting."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

import governed_db
from governed_db import ApprovalRequired, ConfigurationError, Wait
from governed_db.model.approval import RequestState
from governed_db.remote.approvals import ApprovalStore
from tests.contract.shop import BOUNDED, Shop

LARGE = "UPDATE products SET stock = stock + ? WHERE stock > 30"  # nine rows
OTHERS = "UPDATE products SET stock = stock + 100 WHERE stock > 30"
STOCK = "SELECT sum(stock) FROM products"
TOTAL = 10 * 12 * 13 // 2
SOON = Wait(timeout=30)

Open = Callable[[object], Shop]


@pytest.fixture
def open_waiting(open_shop: Callable[..., Shop]) -> Open:
    """Opens a shop in which five rows may change at once, with a way to wait."""
    return lambda on_approval: open_shop(policy=BOUNDED, on_approval=on_approval)


def store(shop: Shop) -> ApprovalStore:
    """Where requests of the shop's state folder are."""
    return ApprovalStore(shop.state_dir / "approvals.sqlite")


def states(shop: Shop) -> list[str]:
    """The states of all requests."""
    return [request.state.value for request in store(shop).list()]


class Second:
    """A callback behind which a second person decides: `does(store, id)` is called, then `answer` given."""

    def __init__(self, does: Callable[[ApprovalStore, str], object], answer: object = SOON) -> None:
        self.shop: Shop | None = None
        self.tasks: list[Any] = []
        self._does, self._answer = does, answer

    def __call__(self, task: Any) -> object:
        assert self.shop is not None
        self.tasks.append(task)
        self._does(store(self.shop), task["id"])
        return self._answer

    def at(self, shop: Shop) -> Shop:
        self.shop = shop
        return shop


def approve(found: ApprovalStore, request: str) -> None:
    """A second person agrees."""
    found.approve(request, "grace")


def deny(found: ApprovalStore, request: str) -> None:
    """A second person says no."""
    found.deny(request, "grace", comment="not before Monday")


def nothing(found: ApprovalStore, request: str) -> None:
    """Nobody decides."""


def test_who_waits_goes_on_when_somebody_agrees(open_waiting: Open) -> None:
    """A person in another thread agrees; the call comes back as if nothing had been in its way."""
    shop = open_waiting("wait:30")

    def agree() -> None:
        while not (pending := store(shop).list(RequestState.PENDING)):
            over.wait(0.02)
        approve(store(shop), pending[0].id)

    over = threading.Event()
    person = threading.Thread(target=agree)
    person.start()
    cursor = shop.run(LARGE, 1)
    person.join()

    assert (cursor.rowcount, states(shop)) == (9, ["approved"])


def test_nothing_is_locked_while_somebody_waits(open_waiting: Open) -> None:
    """Others change the very rows meanwhile, and what runs in the end finds them as they are then."""

    def change_and_approve(found: ApprovalStore, request: str) -> None:
        cursor = shop.raw.cursor()
        cursor.execute(OTHERS)
        shop.raw.commit()
        approve(found, request)

    second = Second(change_and_approve)
    shop = second.at(open_waiting(second))

    cursor = shop.run(LARGE, 1)
    shop.connection.commit()

    assert cursor.rowcount == 9
    assert shop.stored(STOCK)[0][0] == TOTAL + 9 * 101


def test_a_denial_is_told_with_its_reason(open_waiting: Open) -> None:
    """It is a refusal and no request any more, and nothing is asked for anew."""
    second = Second(deny)
    shop = second.at(open_waiting(second))

    error = shop.refused(LARGE, 1)

    assert not isinstance(error, ApprovalRequired)
    assert (error.code, states(shop)) == ("GDB433", ["denied"])  # type: ignore[attr-defined]
    assert "grace" in str(error)
    assert "not before Monday" in str(error)


def test_who_has_waited_long_enough_gets_the_task(open_waiting: Open) -> None:
    """The request stays open, and what the second person says later still counts."""
    shop = open_waiting(Wait(timeout=0.05))

    error = shop.refused(LARGE, 1)
    approve(store(shop), error.task["id"])  # type: ignore[attr-defined]

    assert isinstance(error, ApprovalRequired)
    assert [reason.code for reason in error.reasons] == ["GDB311", "GDB432"]
    assert shop.run(LARGE, 1).rowcount == 9


def test_nobody_waits_with_a_transaction_open(open_waiting: Open) -> None:
    """It would keep its locks; it is neither committed nor rolled back behind the caller's back."""
    shop = open_waiting(Wait(timeout=3600))
    shop.run("UPDATE orders SET status = 'mine' WHERE id = 7")

    error = shop.refused(LARGE, 1)

    assert isinstance(error, ApprovalRequired)
    assert [reason.code for reason in error.reasons] == ["GDB311", "GDB431"]
    assert (shop.in_transaction, states(shop)) == (True, ["pending"])


def test_a_callback_is_told_and_says_how_to_go_on(open_waiting: Open) -> None:
    """It is given the task, as JSON could carry it; with no answer the request is raised."""
    second = Second(nothing, None)
    shop = second.at(open_waiting(second))

    error = shop.refused(LARGE, 1)

    assert isinstance(error, ApprovalRequired)
    assert json.loads(json.dumps(second.tasks)) == [dict(error.task)]
    assert (error.task["rows"], error.task["state"]) == (9, "pending")


def test_a_callback_cannot_agree(open_waiting: Open) -> None:
    """Whoever wrote it is the one who asks: an answer that sounds like an approval is a mistake."""
    answers = iter([True, "approve", "approved", 1])
    shop = open_waiting(lambda task: next(answers))

    for _ in range(4):
        with pytest.raises(ConfigurationError, match="only another person can approve"):
            shop.run(LARGE, 1)

    assert (states(shop), shop.stored(STOCK)[0][0]) == (["pending"], TOTAL)


class Interrupt(Exception):
    """What a framework raises to suspend an agent."""


def test_an_interrupted_wait_leaves_the_request(open_waiting: Open) -> None:
    """What a callback raises comes out as it is; the request stays, and the connection works."""
    errors = [Interrupt("suspended"), KeyboardInterrupt()]
    left = iter(errors)

    def suspend(task: object) -> None:
        raise next(left)

    shop = open_waiting(suspend)
    for error in errors:
        with pytest.raises(type(error)) as raised:
            shop.run(LARGE, 1)
        assert raised.value is error

    assert states(shop) == ["pending"]
    assert shop.rows("SELECT count(*) FROM products") == [(12,)]


# -- coming back later -----------------------------------------------------------------------------------


@pytest.fixture
def asked(open_waiting: Open) -> tuple[Shop, dict[str, Any]]:
    """A shop in which somebody asked, and the task as another process gets it."""
    shop = open_waiting("raise")
    error = shop.refused(LARGE, 1)
    return shop, json.loads(json.dumps(error.task))  # type: ignore[attr-defined]


def resumed(shop: Shop, task: dict[str, Any], text: str, *parameters: object) -> Any:
    """The statement of the task on the driver's own connection."""
    with governed_db.resume(task, state_dir=shop.state_dir):
        return shop.run(text, *parameters)


def refused(shop: Shop, task: dict[str, Any], text: str, *parameters: object) -> str:
    """What the statement says when it does not run for the task."""
    with pytest.raises(governed_db.StatementDenied) as refusal:
        resumed(shop, task, text, *parameters)
    return str(refusal.value)


def test_a_task_tells_what_became_of_it(asked: tuple[Shop, dict[str, Any]]) -> None:
    """By the task or its id; first nobody has decided, then somebody has."""
    shop, task = asked
    before = governed_db.resume(task, state_dir=shop.state_dir)
    store(shop).approve(task["id"], "grace", comment="go ahead")
    after = governed_db.resume(task["id"], state_dir=shop.state_dir)

    assert (before.state, before.is_approved, before.decided_by) == ("pending", False, None)
    assert (after.state, after.is_approved, after.decided_by, after.comment) == (
        "approved",
        True,
        "grace",
        "go ahead",
    )
    assert after.task["id"] == after.id == task["id"]


def test_an_approved_task_runs_once(asked: tuple[Shop, dict[str, Any]]) -> None:
    """The second time its approval has been used, and nothing is asked for anew."""
    shop, task = asked
    approve(store(shop), task["id"])

    assert resumed(shop, task, LARGE, 1).rowcount == 9
    shop.connection.commit()
    assert refused(shop, task, LARGE, 1).startswith("GDB436")
    assert states(shop) == ["approved"]


def test_a_task_that_nobody_agreed_to_does_not_run(asked: tuple[Shop, dict[str, Any]]) -> None:
    """Still open: the same request again. Denied: the answer that was given. Nothing is asked for anew."""
    shop, task = asked

    assert refused(shop, task, LARGE, 1).startswith("GDB311")
    deny(store(shop), task["id"])
    assert refused(shop, task, LARGE, 1).startswith("GDB433")
    assert states(shop) == ["denied"]


def test_another_statement_does_not_run_for_a_task(asked: tuple[Shop, dict[str, Any]]) -> None:
    """Other parameters, text, principal or table: refused with what is different, nothing filed."""
    shop, task = asked
    approve(store(shop), task["id"])

    other = refused(shop, task, LARGE, 2)
    text = refused(shop, task, LARGE.replace("30", "29"), 1)
    with governed_db.acting_as(governed_db.Principal("mallory", kind="human")):
        principal = refused(shop, task, LARGE, 1)
    shop.connection.rollback()
    shop.raw.cursor().execute("ALTER TABLE products ADD COLUMN colour VARCHAR(9)")
    shop.raw.commit()
    table = refused(shop, task, LARGE, 1)

    assert other.splitlines()[0].endswith("other than then: the parameters")
    assert "the statement" in text
    assert principal.splitlines()[0].endswith("other than then: the principal")
    assert table.splitlines()[0].endswith("other than then: the definition of what it touches")
    assert states(shop) == ["approved"]
