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

# psycopg.rows calls functions of callers with values of callers, and has no need of libpq.
_CALLS_CALLERS: Final = "psycopg.rows"
_MODULES: Final = tuple(
    module
    for name, module in sys.modules.items()
    if name == "psycopg" or (name.startswith("psycopg.") and name != _CALLS_CALLERS)
)
_DRIVER: Final = frozenset(id(vars(module)) for module in _MODULES)
# The rest of this package calls what callers gave it (row factories), and is not trusted more than they.
_MASKING: Final = f"{__package__}.masking"


def is_driver(frame: FrameType) -> bool:
    """Whether the code of this frame is psycopg's, or ours that makes psycopg's transformers."""
    if id(frame.f_globals) in _DRIVER:
        return True
    # Ours, and modules of psycopg that were imported after this one (psycopg.types.shapely).
    name = frame.f_globals.get("__name__", "")
    is_psycopg = type(name) is str and name.startswith("psycopg.") and name != _CALLS_CALLERS
    is_candidate = is_psycopg or name == _MASKING
    module = sys.modules.get(name) if is_candidate else None
    return module is not None and vars(module) is frame.f_globals
