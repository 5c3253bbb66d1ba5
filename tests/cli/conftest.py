"""A shop on each database, and a state folder of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.fixtures import FreshDatabase

DIALECTS = ("sqlite", "postgres", "mysql")


@pytest.fixture(params=DIALECTS)
def shop(request: pytest.FixtureRequest, fresh_database: FreshDatabase) -> Iterator[str]:
    """The URL of tests/shop.py on one of the databases."""
    with fresh_database(request.param, shop=True) as url:
        yield url


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """GOVERNED_DB_HOME of this test."""
    folder = tmp_path / "state"
    monkeypatch.setenv("GOVERNED_DB_HOME", str(folder))
    return folder
