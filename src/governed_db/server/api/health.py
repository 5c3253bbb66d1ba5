"""Whether this server can do its work."""

from __future__ import annotations

from typing import Any

import attrs
from litestar import get
from sqlalchemy import text

from governed_db.server.answers import Problem
from governed_db.server.callers import PUBLIC
from governed_db.server.given import TheStore


@attrs.frozen
class Health:
    """`status` is "ok"; an answer with another status code means that it is not."""

    status: str


@get("/healthz", opt=dict(PUBLIC), sync_to_thread=True)
def healthz(store: TheStore) -> Health:
    """Whether the server answers and reaches its database."""
    try:
        with store.reading("") as tx:
            tx.connection.execute(text("SELECT 1"))
    except Exception:  # noqa: BLE001  # whatever it was: no work can be done
        raise Problem(503, "GDB663", "the database cannot be reached", "look into the server's log") from None
    return Health("ok")


ROUTES: list[Any] = [healthz]
