"""A control plane with pages, and one browser for all tests of a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.server.pages.visiting import Site
from tests.server.running import running
from tests.servers.locate import CHROMIUM

# Nothing but what is asked for may go over the network.
_ARGUMENTS = """--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
    --disable-component-update --disable-sync --disable-default-apps --no-default-browser-check
    --disable-dev-shm-usage""".split()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium of this machine, never a downloaded one."""
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=str(CHROMIUM.find()), args=_ARGUMENTS)
        yield made
        made.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A control plane on SQLite with what visitors need."""
    with running(tmp_path_factory.mktemp("plane")) as plane:
        yield Site(plane)
