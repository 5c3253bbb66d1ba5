"""Drivers that a program imports itself into governed ones, without a change to the program.

Each driver is changed at the one place that all of its connections come through, so that it does not
matter who imported what before: `from psycopg import connect`, pools, ORMs, subclasses. Only sqlite3 is C
code without such a place: there every module's reference to its `connect` is replaced, and later imports
find the replacement.
"""

from __future__ import annotations

import os
import sys
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from types import FrameType, MappingProxyType, ModuleType
from typing import Any, Final

import wrapt

from governed_db.enforce import opened
from governed_db.enforce.recognise import is_governed_class
from governed_db.errors import ConfigurationError
from governed_db.remote.answers import answer

_lock: Final = threading.Lock()
_MARK: Final = "__governed_db_installed__"
_DRIVERS: Final = tuple(
    """aiomysql asyncpg duckdb mysql.connector MySQLdb oracledb pg8000 psycopg psycopg2 pymysql pyodbc
    sqlite3""".split()
)


def install(*drivers: str) -> None:
    """Govern these drivers (default: all that are known) in this process, wherever they are imported.

    Settings come from the environment: GOVERNED_DB_POLICY, GOVERNED_DB_PRINCIPAL, GOVERNED_DB_HOME.
    """
    unknown = sorted(set(drivers) - set(_INSTALLERS))
    if unknown:
        raise ConfigurationError(
            f"no such driver can be installed: {unknown[0]}",
            code="GDB509",
            help=f"known are {', '.join(_INSTALLERS)}",
        )
    for driver in drivers or _INSTALLERS:
        wrapt.register_post_import_hook(_once(_INSTALLERS[driver]), driver)


def ungoverned_connections() -> list[str]:
    """The classes of connections in this process that are open and not governed."""
    return sorted(Counter(opened.ungoverned()).elements())


def connections() -> dict[str, Any]:
    """What `governed-db doctor --pid` is told: this process's open connections, governed and not."""
    governed, ungoverned = opened.counted()
    return {
        "pid": os.getpid(),
        "program": " ".join(sys.argv) or sys.executable,
        "governed": governed,
        "ungoverned": ungoverned,
        "drivers": sorted(name for name in _DRIVERS if name in sys.modules),
        "installed": sorted(name for name in _INSTALLERS if vars(sys.modules.get(name, os)).get(_MARK)),
    }


def _is_ours(frame: FrameType) -> bool:
    """Whether our own code asks: for its files, and for the driver below a governed connection."""
    return str(frame.f_globals.get("__name__", "")).partition(".")[0] == "governed_db"


def _once(patch: Callable[[ModuleType], None]) -> Callable[[ModuleType], None]:
    def patched(driver: ModuleType) -> None:
        with _lock:
            if not any(vars(sys.modules.get(name, os)).get(_MARK) for name in _INSTALLERS):
                answer(connections)  # the first driver: from now on there is something to tell
            if not vars(driver).get(_MARK):
                setattr(driver, _MARK, True)
                patch(driver)

    return patched


# -- the places, by driver -------------------------------------------------------------------------------
# What is ours is imported when a connection is made: a driver may be imported by our own module for it.


def _psycopg(driver: Any) -> None:
    """Every connection, sync or async, is made by one generator of its class."""
    original = vars(driver.BaseConnection)["_connect_gen"].__func__

    def connect_gen(cls: Any, conninfo: str = "") -> Any:
        from governed_db.enforce.psycopg.connection import _open_gate, governed_connection
        from governed_db.psycopg import OPENER

        if is_governed_class(cls):
            return (yield from original(cls, conninfo))
        connection = yield from original(governed_connection(cls, OPENER), conninfo)
        _open_gate(connection, {})
        return connection

    driver.BaseConnection._connect_gen = classmethod(connect_gen)


def _pymysql(driver: Any) -> None:
    """`connect` is the class; what is made of it is of the governed class."""

    def new(cls: Any, *_arguments: Any, **_options: Any) -> Any:
        if _is_ours(sys._getframe(1)):
            return object.__new__(cls)
        from governed_db.enforce.compose import compose
        from governed_db.pymysql import Connection

        return object.__new__(compose(cls, Connection))

    driver.connections.Connection.__new__ = staticmethod(new)


def _sqlite3(driver: Any) -> None:
    original = driver.connect

    def connect(wrapped: Any, _instance: Any, arguments: Any, options: Any) -> Any:
        if _is_ours(sys._getframe(1)):
            return wrapped(*arguments, **options)
        from governed_db import sqlite3

        return sqlite3.connect(*arguments, **options)

    governed = wrapt.FunctionWrapper(original, connect)
    for module in list(sys.modules.values()):
        names = list(getattr(module, "__dict__", {}).items())
        for name in [name for name, value in names if value is original]:
            setattr(module, name, governed)


_INSTALLERS: Final[Mapping[str, Callable[[Any], None]]] = MappingProxyType(
    {"psycopg": _psycopg, "pymysql": _pymysql, "sqlite3": _sqlite3}
)
