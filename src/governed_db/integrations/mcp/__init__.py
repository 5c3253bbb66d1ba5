"""An MCP server over a governed engine."""

from __future__ import annotations

from governed_db.integrations.mcp.people import Agency, Bearers, OnePerson, People, Person
from governed_db.integrations.mcp.server import bearer_server, governed_server

__all__ = ["Agency", "Bearers", "OnePerson", "People", "Person", "bearer_server", "governed_server"]
