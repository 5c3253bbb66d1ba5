"""Agents of frameworks over governed engines."""
