"""Frameworks of agents and observers, each behind an import of its own."""
