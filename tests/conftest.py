"""What every test may ask for: private servers, fresh databases, repeatable properties."""

from __future__ import annotations

import gc
import os

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.servers.fixtures", "tests.events"]

# The same examples in every run: a failure that only sometimes shows helps nobody.
settings.register_profile(
    "repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("repeatable")

# PyMySQL reads all certificates of the machine for each connection, which takes 40 ms.
os.environ["SSL_CERT_FILE"] = os.environ["SSL_CERT_DIR"] = os.devnull

# Few tests that take long, because they run programs and browsers: begun last they would be waited for.
LONG = ("django", "server/pages", "docs", "sqlalchemy", "installing", "server", "attacks", "sql", "places")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first: they are handed out to processes in this order (--no-loadscope-reorder)."""
    ranks = {f"tests/{folder}/": rank for rank, folder in enumerate(LONG)}

    def rank(item: pytest.Item) -> int:
        found = [rank for start, rank in ranks.items() if item.nodeid.startswith(start)]
        return min(found, default=len(ranks))

    items.sort(key=rank)


def pytest_collection_finish() -> None:
    """Thousands of tests stay until the end: looking through them for garbage again and again takes long."""
    gc.collect()
    gc.freeze()
