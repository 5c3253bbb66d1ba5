"""Whoever holds a governed PyMySQL connection and calls what they like gets no protected value (level T2)."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

import governed_db
from tests.attacks.drivers import pymysql_attacks
from tests.attacks.drivers.held import Held, attacks
from tests.attacks.drivers.proofs import check_unchanged, check_withheld
from tests.attacks.worlds import World, open_raw

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

WorldOf = Callable[[str], World]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Rows that an attack leaves on the wire make the driver warn."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _run(world: World, name: str, attack: Callable[..., None], arguments: tuple[Any, ...]) -> Held:
    """The attack on a connection of its own; what escapes it is judged with the rest."""
    url = world.url(name)

    def connect(**options: Any) -> Any:
        options = {"read_timeout": 2, **options}  # an attack may wait for what never comes
        if name == "raw":
            return open_raw(url, **options)
        return governed_db.connect(url, state_dir=world.state, **options)

    connection = connect()
    held = Held(connection, connect, outside=lambda: open_raw(url))
    held.attempt(attack, held, *arguments)
    with suppress(Exception):
        connection._result.unbuffered_active = False  # else the raw driver reads on when it is collected
    for call in (connection.commit, connection.rollback, connection._force_close):
        with suppress(Exception):
            call()
    return held


@pytest.mark.parametrize(("attack", "arguments"), attacks(pymysql_attacks, "leak"))
def test_no_protected_value_comes_out(attack: Any, arguments: Any, world_of: WorldOf) -> None:
    """What the raw driver hands out to such a caller is withheld."""
    check_withheld(_run, world_of("mysql"), attack, arguments, renews=True)


@pytest.mark.parametrize(("attack", "arguments"), attacks(pymysql_attacks, "effect"))
def test_no_forbidden_effect_happens(attack: Any, arguments: Any, world_of: WorldOf) -> None:
    """What the raw driver changes for such a caller stays as it was."""
    check_unchanged(_run, world_of("mysql"), attack, arguments)
