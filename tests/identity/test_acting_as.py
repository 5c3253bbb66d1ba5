"""Who a statement runs as is what the innermost `acting_as` says, and nobody else's."""

from __future__ import annotations

import asyncio
import contextvars
import os
import pwd
import threading
from collections.abc import Iterator

import pytest

from governed_db.context.identity import (
    acting_as,
    current_context,
    default_principal,
    operating_system_principal,
    resolve_context,
)
from governed_db.errors import ConfigurationError
from governed_db.model.principal import Context, Principal

ALICE, BOB = Principal("alice", kind="human"), Principal("bob", kind="human")


def who() -> str | None:
    """The id of whoever acts here and now."""
    context = current_context()
    return context.principal.id if context else None


def test_block() -> None:
    """Statements in the block run as the principal, those before and after do not."""
    before = who()
    with acting_as(ALICE, conversation="c1", purpose="support", tool="sql", model="m") as context:
        inside = current_context()

    assert (before, inside, who()) == (None, context, None)
    assert context == Context(ALICE, "c1", "support", "sql", "m")


def test_left_by_an_exception() -> None:
    """An exception ends the block too, and passes through unchanged."""
    with pytest.raises(KeyError), acting_as(ALICE):
        raise KeyError

    assert who() is None


def test_innermost_wins() -> None:
    """Of nested blocks the innermost decides, and the outer one is back after it."""
    with acting_as(ALICE):
        with acting_as(BOB):
            inside = who()
        after = who()

    assert (inside, after) == ("bob", "alice")


def test_nested_block_of_the_same_principal_adds() -> None:
    """What a nested block leaves out stays as the block around it says."""
    with (
        acting_as(ALICE, conversation="c1", purpose="support", model="m"),
        acting_as(ALICE, tool="sql") as inner,
    ):
        assert inner == Context(ALICE, "c1", "support", "sql", "m")


def test_another_principal_inherits_only_the_conversation() -> None:
    """Budgets of a conversation go on when work is handed on; a purpose is not handed on."""
    with acting_as(ALICE, conversation="c1", purpose="support", tool="t", model="m"), acting_as(BOB) as inner:
        assert inner == Context(BOB, conversation="c1")


def test_inner_circumstances_win() -> None:
    """What a nested block does say is what holds."""
    with (
        acting_as(ALICE, conversation="c1", purpose="a"),
        acting_as(ALICE, conversation="c2", purpose="b") as inner,
    ):
        assert inner == Context(ALICE, conversation="c2", purpose="b")


def test_tasks_are_kept_apart() -> None:
    """Concurrent asyncio tasks each act as their own principal, across awaits."""

    async def task(principal: Principal) -> list[str | None]:
        seen = []
        with acting_as(principal):
            for _ in range(3):
                await asyncio.sleep(0)
                seen.append(who())
        return seen

    async def both() -> list[list[str | None]]:
        return await asyncio.gather(task(ALICE), task(BOB))

    assert asyncio.run(both()) == [["alice"] * 3, ["bob"] * 3]


def test_asyncio_to_thread_acts_the_same() -> None:
    """Work that asyncio hands to a thread runs as the principal who handed it on."""

    async def hand_on() -> str | None:
        with acting_as(ALICE):
            return await asyncio.to_thread(who)

    assert asyncio.run(hand_on()) == "alice"


def test_threads_by_copied_context() -> None:
    """A plain thread starts as nobody in particular; with a copied context it acts the same."""
    seen: dict[str, str | None] = {}

    with acting_as(ALICE):
        copied = contextvars.copy_context()
        plain = threading.Thread(target=lambda: seen.update(plain=who()))
        copy = threading.Thread(target=lambda: seen.update(copy=copied.run(who)))
        for thread in (plain, copy):
            thread.start()
            thread.join()

    assert seen == {"plain": None, "copy": "alice"}


def test_left_in_another_context() -> None:
    """A block that a framework enters in one context and leaves in another had no effect: an error."""

    def dependency() -> Iterator[None]:
        with acting_as(ALICE):
            yield

    steps = dependency()
    contextvars.copy_context().run(next, steps)

    assert who() is None
    with pytest.raises(ConfigurationError, match="GDB508"):
        next(steps)


def test_only_principals_act() -> None:
    """A mere name is refused, because its kind would be a guess."""
    with pytest.raises(ConfigurationError, match="takes a Principal"), acting_as("alice"):  # type: ignore[arg-type]
        pass


def test_order_of_resolution() -> None:
    """First the innermost block, then the connection, then the environment, then the system's user."""
    connection, environment = Principal("connection"), Principal("environment")
    outside = Context(default_principal(connection, environment))

    with acting_as(ALICE):
        first = resolve_context(outside).principal

    assert [
        first,
        resolve_context(outside).principal,
        default_principal(None, environment),
        default_principal(None, None),
    ] == [ALICE, connection, environment, operating_system_principal()]


def test_operating_system_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """The user comes from the process's user id; variables that anybody can set do not count."""
    for name in ("USER", "LOGNAME", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "somebody-else")

    assert operating_system_principal() == Principal(pwd.getpwuid(os.geteuid()).pw_name, kind="service")
