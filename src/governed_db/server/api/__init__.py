"""The routes of a control plane: each module has its ROUTES."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from governed_db.server.api import approvals, bundles, coverage, enrolments, events, health, ingest


def routes() -> Sequence[Any]:
    """All route handlers."""
    ours = (health, ingest, events, coverage, enrolments, bundles, approvals)
    return [route for module in ours for route in module.ROUTES]
