"""A new approval store with a clock of the test's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from governed_db.remote.approvals import ApprovalStore
from tests.approvals.subjects import Clock


@pytest.fixture
def clock() -> Clock:
    """A clock that the test moves."""
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> ApprovalStore:
    """A new store."""
    return ApprovalStore(tmp_path / "state" / "approvals.db", clock=clock)
