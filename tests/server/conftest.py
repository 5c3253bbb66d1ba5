"""Control planes for the tests of this folder: on each database, alive for a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.server.running import Plane, running
from tests.servers.fixtures import FreshDatabase


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def plane(request: pytest.FixtureRequest) -> Plane:
    """Each of the two; what a test puts there stays until its module ends."""
    found: Plane = request.getfixturevalue(f"{request.param}_plane")
    return found


@pytest.fixture(scope="module")
def sqlite_plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plane]:
    """One on SQLite, for what has nothing to do with the database."""
    with running(tmp_path_factory.mktemp("plane")) as made:
        yield made


@pytest.fixture(scope="module")
def postgres_plane(
    tmp_path_factory: pytest.TempPathFactory, fresh_database: FreshDatabase
) -> Iterator[Plane]:
    """One on PostgreSQL, which is the stricter of the two."""
    with fresh_database("postgres") as url, running(tmp_path_factory.mktemp("plane"), url) as made:
        yield made
