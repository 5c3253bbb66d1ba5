"""Any object into whether it is a governed connection."""

from __future__ import annotations

from typing import Any


def is_governed(connection: object) -> bool:
    """Whether statements on this connection go the line; asked of its class, which no attribute changes."""
    return is_governed_class(type(connection))


def is_governed_class(made: type[Any]) -> bool:
    """Whether connections of this class are governed."""
    return getattr(made, "_governed_plan", None) is not None


def title(connection: object) -> str:
    """What it is, for messages."""
    made: type[Any] = type(connection)
    return f"{made.__module__}.{made.__qualname__}"
