"""Keyword arguments of a connection into ours and the driver's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from governed_db.errors import ConfigurationError

GOVERNED: Final = (
    "policy",
    "principal",
    "state_dir",
    "on_approval",
    "token",
    "identity",
    "control_plane",
    "collector",
)
PREFIX: Final = "governed_"


def split_options(arguments: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Keyword arguments of a drop-in `connect`: ours without their prefix, and the driver's."""
    ours = {name.removeprefix(PREFIX): value for name, value in arguments.items() if name.startswith(PREFIX)}
    unknown = sorted(set(ours) - set(GOVERNED))
    if unknown:
        known = ", ".join(PREFIX + name for name in GOVERNED)
        raise ConfigurationError(
            f"unknown argument: {PREFIX}{unknown[0]}", code="GDB509", help=f"known are {known}"
        )
    return ours, {name: value for name, value in arguments.items() if not name.startswith(PREFIX)}
