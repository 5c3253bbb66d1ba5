"""PyMySQL with every connection governed: `from governed_db import pymysql` in place of `import pymysql`.

`connect` takes `governed_policy`, `governed_principal`, `governed_state_dir` and `governed_on_approval`
beside the driver's own arguments.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import pymysql as _driver

from governed_db.drivers.pymysql import PyMySQLDriver
from governed_db.drivers.surface import Answer
from governed_db.drivers.surface.pymysql import MODULE
from governed_db.enforce.compose import disguise
from governed_db.enforce.gate import Gate
from governed_db.enforce.pymysql.connection import GovernedConnection
from governed_db.runtime import open_gate, split_options


def _open(connection: Any, options: Mapping[str, Any]) -> Gate:
    ours, _ = split_options(options)
    database = _text(connection.db)
    place = connection.unix_socket or f"{connection.host}:{connection.port}"
    key = f"mysql:{place}:{_text(connection.user)}:{database}"
    return open_gate(PyMySQLDriver(), database, key, **ours)


def _text(name: Any) -> str:
    return name.decode() if isinstance(name, bytes) else str(name or "")


class Connection(GovernedConnection):
    """pymysql.connections.Connection, governed. Subclasses of it are governed too."""

    _governed_open = staticmethod(_open)


disguise(Connection, _driver.connections.Connection)
Connect = connect = Connection


def install_as_MySQLdb() -> None:  # noqa: N802  # the driver's name
    """Code that imports MySQLdb from now on gets this module."""
    sys.modules["MySQLdb"] = sys.modules[__name__]


def _governed_connections() -> ModuleType:
    """The driver's `connections` module as seen from here: its one class that connects is ours."""
    module = ModuleType(_driver.connections.__name__, _driver.connections.__doc__)
    module.__dict__.update(
        {name: value for name, value in vars(_driver.connections).items() if not name.startswith("__")}
    )
    module.__dict__["Connection"] = Connection
    return module


connections = _governed_connections()


def _taken_over() -> dict[str, Any]:
    """What the driver's module offers and needs no governing: errors, types, constants, cursor classes."""
    names = [name for name, answer in MODULE.items() if answer is Answer.DELEGATED]
    return {name: getattr(_driver, name) for name in names if hasattr(_driver, name)}


globals().update(_taken_over())
__version__ = _driver.__version__

__all__ = sorted(  # noqa: PLE0605  # made of the driver's own
    ["Connect", "Connection", "connect", "connections", "install_as_MySQLdb", *_taken_over()]
)
