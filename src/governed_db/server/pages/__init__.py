"""The settings of a control plane into the pages that people see of it."""

from __future__ import annotations

from governed_db.server.pages.answers import nowhere
from governed_db.server.pages.routes import routes

__all__ = ["nowhere", "routes"]
