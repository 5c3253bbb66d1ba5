"""PyMySQL with every connection governed: `from governed_db import pymysql` in place of `import pymysql`.

`connect` takes `governed_policy`, `governed_principal`, `governed_state_dir` and `governed_on_approval`
beside the driver's own arguments.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any
from uuid import uuid4

import pymysql as _driver

from governed_db.config.options import split_options
from governed_db.drivers.pymysql import DRIVER
from governed_db.drivers.surface import Answer
from governed_db.drivers.surface.pymysql import MODULE
from governed_db.enforce.compose import disguise
from governed_db.enforce.gate import Gate
from governed_db.enforce.pymysql.connection import GovernedConnection
from governed_db.runtime import open_gate


def _open(connection: Any, options: Mapping[str, Any]) -> Gate:
    ours, _ = split_options(options)
    database = connection.db or ""
    name = database.decode("utf-8", "replace") if isinstance(database, bytes) else str(database)
    place = (connection.unix_socket or f"{connection.host}:{connection.port}", connection.user, name)
    # Nobody but the caller knows where a socket leads that the caller brings.
    key = uuid4().hex if connection._governed.takes_sockets else "|".join(str(part) for part in place)
    return open_gate(DRIVER, name, f"mysql:{key}", **ours)


class Connection(GovernedConnection):
    """pymysql.connections.Connection, governed. Subclasses of it are governed too."""

    _governed_open = staticmethod(_open)


disguise(Connection, _driver.connections.Connection)
Connect = connect = Connection


def _governed_connections() -> ModuleType:
    """The driver's module `connections` as seen from here: its one class that connects is ours."""
    original = _driver.connections
    made = ModuleType(original.__name__, original.__doc__)
    made.__dict__.update({name: value for name, value in vars(original).items() if not name.startswith("__")})
    made.__dict__["Connection"] = Connection
    return made


def _taken_over() -> dict[str, Any]:
    """What the driver's module offers and needs no governing: errors, types, constants, cursor classes."""
    names = [name for name, answer in MODULE.items() if answer is Answer.DELEGATED]
    return {name: getattr(_driver, name) for name in (*names, "__version__") if hasattr(_driver, name)}


globals().update(_taken_over())
connections = _governed_connections()


def _be_a_package(name: str) -> None:
    """`from <name>.cursors import DictCursor` works as it does with the driver, which is a package."""
    for part, module in list(globals().items()):
        if isinstance(module, ModuleType) and module.__name__ == f"{_driver.__name__}.{part}":
            sys.modules[f"{name}.{part}"] = module


def install_as_MySQLdb() -> None:  # noqa: N802  # PyMySQL's name
    """After this, importing MySQLdb gives this module."""
    sys.modules["MySQLdb"] = sys.modules[__name__]
    _be_a_package("MySQLdb")


__path__: list[str] = []
_be_a_package(__name__)

__all__ = sorted(  # noqa: PLE0605  # made of the driver's own
    ["Connect", "Connection", "connect", "connections", "install_as_MySQLdb", *_taken_over()]
)
