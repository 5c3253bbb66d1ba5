"""Running control planes, as tests/server has them."""

from __future__ import annotations

from tests.server.conftest import plane, postgres_plane, sqlite_plane

__all__ = ["plane", "postgres_plane", "sqlite_plane"]
