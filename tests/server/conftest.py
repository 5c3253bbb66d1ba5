"""Control planes for the tests of this folder: on each database, alive for a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.server.running import Plane, running
from tests.servers.fixtures import FreshDatabase


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def plane(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, fresh_database: FreshDatabase
) -> Iterator[Plane]:
    """A running control plane; what a test puts there stays until its module ends."""
    folder = tmp_path_factory.mktemp("plane")
    if request.param == "sqlite":
        with running(folder) as made:
            yield made
    else:
        with fresh_database("postgres") as url, running(folder, url) as made:
            yield made


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
