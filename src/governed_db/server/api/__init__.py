"""The routes of a control plane: each module has its ROUTES."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from governed_db.server.api import health, ingest


def routes() -> Sequence[Any]:
    """All route handlers."""
    return [*health.ROUTES, *ingest.ROUTES]
