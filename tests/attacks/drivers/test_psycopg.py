"""Whoever holds a governed psycopg connection and calls what they like gets no protected value (level T2)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing, suppress
from typing import Any

import psycopg
import pytest

import governed_db
from tests.attacks.drivers import psycopg_aside_attacks, psycopg_attacks
from tests.attacks.drivers.held import Held, attacks
from tests.attacks.drivers.proofs import check_unchanged, check_withheld
from tests.attacks.worlds import World

WorldOf = Callable[[str], World]


def _run(world: World, name: str, attack: Callable[..., None], arguments: tuple[Any, ...]) -> Held:
    """The attack on a connection of its own; what escapes it is judged with the rest."""
    url = world.url(name)

    def connect(**options: Any) -> Any:
        if name == "raw":
            return psycopg.connect(url, **options)
        return governed_db.connect(url, state_dir=world.state, **options)

    with closing(connect()) as connection:
        held = Held(connection, connect, outside=lambda: psycopg.connect(url))
        held.attempt(attack, held, *arguments)
        with suppress(Exception):
            connection.rollback()
    return held


LEAKS = [*attacks(psycopg_attacks, "leak"), *attacks(psycopg_aside_attacks, "leak")]


@pytest.mark.parametrize(("attack", "arguments"), LEAKS)
def test_no_protected_value_comes_out(attack: Any, arguments: Any, world_of: WorldOf) -> None:
    """What the raw driver hands out to such a caller is withheld."""
    check_withheld(_run, world_of("postgres"), attack, arguments)


@pytest.mark.parametrize(("attack", "arguments"), attacks(psycopg_attacks, "effect"))
def test_no_forbidden_effect_happens(attack: Any, arguments: Any, world_of: WorldOf) -> None:
    """What the raw driver changes for such a caller stays as it was."""
    check_unchanged(_run, world_of("postgres"), attack, arguments)
