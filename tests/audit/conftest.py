"""What the tests of the trail share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.audit.collector import Collector, collecting


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A real HTTP server that takes events."""
    with collecting() as found:
        yield found
