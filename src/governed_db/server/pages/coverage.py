"""The fleet into its page."""

from __future__ import annotations

from typing import Any

from litestar import Response, get

from governed_db.server.pages import fleet
from governed_db.server.pages.frame import Frame, TheFrame
from governed_db.server.roles import READERS


@get("/coverage", opt={"access": READERS}, sync_to_thread=True)
def coverage(frame: TheFrame) -> Response[str]:
    """Which programs are governed."""
    return frame.show("coverage.html", "coverage", **_shown(frame))


@get("/coverage/live", opt={"access": READERS}, sync_to_thread=True)
def coverage_part(frame: TheFrame) -> Response[str]:
    """The same, for the page that refreshes itself."""
    return frame.part("coverage_rows.html", **_shown(frame))


def _shown(frame: Frame) -> dict[str, Any]:
    with frame.store.reading(frame.caller.tenant) as tx:
        return {"clients": fleet.clients(tx, frame.now), "client_url": client_url(frame)}


def client_url(frame: Frame) -> str:
    """What a client has to know to be governed from here."""
    return f"{frame.settings.base_url}/v1#key=…"


ROUTES: list[Any] = [coverage, coverage_part]
