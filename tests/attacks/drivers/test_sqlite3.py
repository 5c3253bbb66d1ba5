"""Whoever holds a governed sqlite3 connection and calls what they like gets no protected value (level T2)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from typing import Any

import pytest

import governed_db
from tests.attacks.drivers import sqlite_attacks
from tests.attacks.drivers.held import Held, attacks
from tests.attacks.drivers.proofs import check_unchanged, check_withheld
from tests.attacks.worlds import World

WorldOf = Callable[[str], World]


def _run(world: World, name: str, attack: Callable[..., None], arguments: tuple[Any, ...]) -> Held:
    """The attack on a connection of its own; what escapes it is judged with the rest."""
    path = world.url(name).removeprefix("sqlite:///")

    def connect(**options: Any) -> Any:
        if name == "raw":
            return sqlite3.connect(path, **options)
        return governed_db.connect(f"sqlite:///{path}", state_dir=world.state, **options)

    with closing(connect()) as connection:
        held = Held(connection, connect)
        held.attempt(attack, held, *arguments)
        for commit in (connection.commit, lambda: sqlite3.Connection.commit(connection)):
            with suppress(Exception):
                commit()
    return held


@pytest.mark.parametrize(("attack", "arguments"), attacks(sqlite_attacks, "leak"))
def test_no_protected_value_comes_out(attack: Any, arguments: Any, world_of: WorldOf) -> None:
    """What the raw driver hands out to such a caller is withheld."""
    check_withheld(_run, world_of("sqlite"), attack, arguments, renews=True)


@pytest.mark.parametrize(("attack", "arguments"), attacks(sqlite_attacks, "effect"))
def test_no_forbidden_effect_happens(attack: Any, arguments: Any, world_of: WorldOf) -> None:
    """What the raw driver changes for such a caller stays as it was."""
    check_unchanged(_run, world_of("sqlite"), attack, arguments)
