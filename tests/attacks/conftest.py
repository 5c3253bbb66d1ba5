"""One world for each dialect and test module, made when the first attack on it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.attacks.worlds import FreshDatabase, World


@pytest.fixture(scope="module")
def world_of(
    fresh_database: FreshDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], World]]:
    """A function from a dialect to its world."""
    made: dict[str, World] = {}

    def world(dialect: str) -> World:
        if dialect not in made:
            folder = tmp_path_factory.mktemp("outside")
            for path in (folder, *folder.parents[:3]):
                path.chmod(0o777 if path == folder else path.stat().st_mode | 0o011)
            made[dialect] = World(dialect, folder, tmp_path_factory.mktemp("state"), fresh_database)
        return made[dialect]

    yield world
    for one in made.values():
        one.close()
