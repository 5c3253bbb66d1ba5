"""A stack frame into whether psycopg's own code runs in it.

libpq's connection object sends anything to the server, psycopg keeps it in a public attribute, and its
C functions take no other object in its place. So that attribute, and a few more, are properties that
look at their reader (ADR "who reads pgconn"). C code has no frame: the Python code that called it counts.
"""

from __future__ import annotations

import sys
from types import FrameType
from typing import Final

import psycopg.crdb  # noqa: F401  # with it, every module of psycopg's own code is loaded

_MODULES: Final = tuple(
    module for name, module in sys.modules.items() if name == "psycopg" or name.startswith("psycopg.")
)
_DRIVER: Final = frozenset(id(vars(module)) for module in _MODULES)
_PACKAGES: Final = ("psycopg.", f"{__package__}.")


def is_driver(frame: FrameType) -> bool:
    """Whether the code of this frame is psycopg's, or of this package."""
    if id(frame.f_globals) in _DRIVER:
        return True
    # This package, and modules of psycopg that were imported after it (psycopg.types.shapely).
    name = frame.f_globals.get("__name__", "")
    module = sys.modules.get(name) if type(name) is str and name.startswith(_PACKAGES) else None
    return module is not None and vars(module) is frame.f_globals
