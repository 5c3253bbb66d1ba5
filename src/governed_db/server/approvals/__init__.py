"""Requests of a fleet's clients into decisions of people, and grants that are used once."""
