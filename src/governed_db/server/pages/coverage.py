"""The fleet into its page."""

from __future__ import annotations

from typing import Any

from litestar import Response, get

from governed_db.server.bundles import keys
from governed_db.server.pages import fleet
from governed_db.server.pages.frame import Frame, TheFrame
from governed_db.server.roles import READERS
from governed_db.server.store import Tx


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
        return {"clients": fleet.clients(tx, frame.now), "client_url": client_url(tx, frame)}


def client_url(tx: Tx, frame: Frame) -> str:
    """What a client has to know to be governed from here: the address, and the key that signs bundles."""
    public = next((key.public for key in keys.listed(tx) if key.state == "current"), None)
    return f"{frame.settings.base_url}/v1" + (f"#key={public}" if public else "#key=KEY")


ROUTES: list[Any] = [coverage, coverage_part]
