"""The governed connection and cursor classes for sqlite3."""
