"""One world for each dialect and test module, made when the first attack on it runs."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

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
            # Not below pytest's folder, which nobody else may enter: the servers' users write here.
            folder = Path(tempfile.mkdtemp(prefix="governed-db-outside-"))
            folder.chmod(0o777)
            made[dialect] = World(dialect, folder, tmp_path_factory.mktemp("state"), fresh_database)
        return made[dialect]

    yield world
    for one in made.values():
        one.close()
        shutil.rmtree(one.folder)
