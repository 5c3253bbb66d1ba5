"""Promise: of many processes that reach for one approval at once exactly one runs, on every database.

GOVERNED_DB_TEST_RACERS=20 races twenty of them, GOVERNED_DB_TEST_RACES=10 does it ten times over.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from governed_db.model.approval import GrantState
from governed_db.remote.approvals import ApprovalStore
from tests.approvals.bound import approve, attempt, connected, policy
from tests.approvals.racer import race
from tests.servers.fixtures import FreshDatabase

RACERS = int(os.environ.get("GOVERNED_DB_TEST_RACERS", "3"))
RACES = int(os.environ.get("GOVERNED_DB_TEST_RACES", "1"))
RAISE = "UPDATE orders SET total = total + 1000000 WHERE id = 1"


@pytest.fixture(params=["sqlite", "postgres", "mysql"])
def shop(request: pytest.FixtureRequest, fresh_database: FreshDatabase) -> Iterator[str]:
    """The URL of the shop on each database."""
    with fresh_database(request.param, shop=True) as url:
        yield url


@pytest.mark.timeout(600)
def test_exactly_one_runs(shop: str, tmp_path: Path) -> None:
    """One single-use approval, many processes: one changes its row, the others are asked for approval."""
    store = ApprovalStore(tmp_path / "approvals.sqlite")
    for times in range(1, RACES + 1):
        with connected(shop, policy(), state_dir=tmp_path) as connection:
            task = attempt(connection, RAISE)
            approve(tmp_path, task)

        came = race(shop, tmp_path, policy(), RAISE, RACERS)

        assert came == ["asked"] * (RACERS - 1) + ["ran 1"]
        assert [grant.state for grant in store.grants(task.task["id"])] == [GrantState.CONSUMED]
        with connected(shop, policy(), state_dir=tmp_path) as connection:
            cursor = connection.cursor()
            cursor.execute("SELECT total FROM orders WHERE id = 1")
            assert times * 1_000_000 <= float(cursor.fetchone()[0]) < (times + 1) * 1_000_000
