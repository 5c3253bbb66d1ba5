"""One database of each dialect for all tests of a process: they only read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import cache

import pytest

from tests.servers.fixtures import FreshDatabase
from tests.sql.world import World, build

WorldOf = Callable[[str], World]


@pytest.fixture(scope="session")
def world(fresh_database: FreshDatabase) -> Iterator[WorldOf]:
    """Gives the world of a dialect, made when it is first asked for."""
    with ExitStack() as stack:

        @cache
        def make(dialect: str) -> World:
            url = stack.enter_context(fresh_database(dialect, shop=True))
            made = build(dialect, url)
            stack.enter_context(closing(made.session.connection))
            return made

        yield make
