"""The async half of psycopg gives away no more than the other half (level T2)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psycopg
import pytest

import governed_db
from tests.attacks.drivers import psycopg_async_attacks
from tests.attacks.drivers.held import attacks
from tests.attacks.drivers.held_async import AsyncHeld
from tests.attacks.drivers.proofs import check_unchanged, check_withheld
from tests.attacks.worlds import World

WorldOf = Callable[[str], World]
_SECONDS = 30


def _run(world: World, name: str, attack: Callable[..., Any], arguments: tuple[Any, ...]) -> AsyncHeld:
    """The attack on a connection and in a loop of its own; what escapes it is judged with the rest."""
    url = world.url(name)

    async def connect(**options: Any) -> Any:
        if name == "raw":
            return await psycopg.AsyncConnection.connect(url, **options)
        return await governed_db.connect_async(url, state_dir=world.state, **options)

    async def whole() -> AsyncHeld:
        connection = await connect()
        held = AsyncHeld(connection, connect, url=url)
        with suppress(TimeoutError):
            await asyncio.wait_for(held.wait_for(attack, held, *arguments), _SECONDS)
        with suppress(Exception):
            await connection.rollback()
        await connection.close()
        return held

    return asyncio.run(whole())


@pytest.mark.parametrize(("attack", "arguments"), attacks(psycopg_async_attacks, "leak"))
def test_no_protected_value_comes_out(attack: Any, arguments: Any, world_of: WorldOf) -> None:
    """What the raw driver hands out to such a caller is withheld."""
    check_withheld(_run, world_of("postgres"), attack, arguments)


@pytest.mark.parametrize(("attack", "arguments"), attacks(psycopg_async_attacks, "effect"))
def test_no_forbidden_effect_happens(attack: Any, arguments: Any, world_of: WorldOf) -> None:
    """What the raw driver changes for such a caller stays as it was."""
    check_unchanged(_run, world_of("postgres"), attack, arguments, renews=False)
