"""Identity providers for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.identity.provider import Provider


@pytest.fixture
def provider() -> Iterator[Provider]:
    """An identity provider with one ES256 key."""
    made = Provider()
    yield made
    made.close()
