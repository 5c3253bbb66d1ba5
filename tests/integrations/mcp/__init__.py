"""Real clients of the SDK against the MCP server."""
