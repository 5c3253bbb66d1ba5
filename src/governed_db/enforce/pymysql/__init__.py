"""The governed connection and cursor classes for PyMySQL."""
