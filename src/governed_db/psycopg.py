"""psycopg with every connection governed: `from governed_db import psycopg` in place of `import psycopg`.

`connect` and the connection classes take `governed_policy`, `governed_principal`, `governed_state_dir` and
`governed_on_approval` beside the driver's own arguments.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import psycopg as _driver

from governed_db.config.options import split_options
from governed_db.drivers.psycopg import DRIVER
from governed_db.drivers.surface import Answer
from governed_db.drivers.surface.psycopg import MODULE
from governed_db.enforce.gate import Gate
from governed_db.enforce.psycopg.compose import governed_cursor
from governed_db.enforce.psycopg.connection import governed_connection
from governed_db.runtime import open_gate

_CURSORS: Final = tuple(
    name for name, answer in MODULE.items() if answer is Answer.WRAPPED and name.endswith("Cursor")
)


class _Opener:
    """The composition root as the connections see it."""

    @staticmethod
    def split(arguments: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        return split_options(arguments)

    @staticmethod
    def open(database: str, target_key: str, options: Mapping[str, Any]) -> Gate:
        return open_gate(DRIVER, database, target_key, **options)


OPENER: Final = _Opener()

Connection = governed_connection(_driver.Connection, OPENER)
AsyncConnection = governed_connection(_driver.AsyncConnection, OPENER)
connect = Connection.connect


def _taken_over() -> dict[str, Any]:
    """What the driver's module offers and needs no governing: errors, types, adapters, submodules."""
    names = (name for name, answer in MODULE.items() if answer is Answer.DELEGATED)
    return {name: getattr(_driver, name) for name in names if hasattr(_driver, name)}


globals().update(_taken_over())
globals().update({name: governed_cursor(getattr(_driver, name)) for name in _CURSORS})

__version__ = _driver.__version__
__all__ = sorted(_driver.__all__)  # noqa: PLE0605  # made of the driver's own
