"""sqlite3 with every connection governed: `from governed_db import sqlite3` in place of `import sqlite3`.

`connect` takes `governed_policy`, `governed_principal`, `governed_state_dir` and `governed_on_approval`
beside the driver's own arguments.
"""

from __future__ import annotations

import os
import sqlite3 as _driver
import sqlite3.dump as _dump
import sys
import warnings
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any, Final
from uuid import uuid4

from governed_db.config.options import split_options
from governed_db.drivers.sqlite import SqliteDriver
from governed_db.drivers.surface import Answer
from governed_db.drivers.surface.sqlite import MODULE
from governed_db.enforce.compose import compose, disguise
from governed_db.enforce.gate import Gate
from governed_db.enforce.sqlite.connection import GovernedConnection, passing
from governed_db.enforce.sqlite.cursor import GovernedCursor
from governed_db.errors import ConfigurationError
from governed_db.runtime import open_gate

_DELEGATED: Final = frozenset(name for name, answer in MODULE.items() if answer is Answer.DELEGATED)
_FACTORY: Final = 4  # the place of `factory` among the positional arguments after `database`


def _open(database: Any, options: Mapping[str, Any]) -> Gate:
    uri = bool(options["uri"])
    ours, _ = split_options({name: value for name, value in options.items() if name != "uri"})
    name = os.fsdecode(database)
    path = name.removeprefix("file:").partition("?")[0] if uri and name.startswith("file:") else name
    is_memory = path in ("", ":memory:") or (uri and "mode=memory" in name)
    # What one connection keeps in memory, no other has seen.
    key = f"memory:{uuid4()}" if is_memory else f"sqlite:{os.path.realpath(path)}:{name if uri else ''}"
    return open_gate(SqliteDriver(), ":memory:" if is_memory else PurePath(path).stem, key, **ours)


Cursor = GovernedCursor


class Connection(GovernedConnection):
    """sqlite3.Connection, governed."""

    _governed_open = staticmethod(_open)


disguise(Connection, _driver.Connection)


def connect(database: Any, *args: Any, **kwargs: Any) -> Any:
    """A governed connection.

    `factory=` may be any subclass of Connection, ours or the driver's, or a function that makes ours.
    """
    options = {name: kwargs.pop(name) for name in list(kwargs) if name.startswith("governed_")}
    split_options(options)
    wanted = args[_FACTORY] if len(args) > _FACTORY else kwargs.get("factory", Connection)
    is_class = isinstance(wanted, type) and issubclass(wanted, _driver.Connection)
    factory = compose(wanted, Connection) if is_class else wanted
    if len(args) > _FACTORY:
        args = (*args[:_FACTORY], factory, *args[_FACTORY + 1 :])
    else:
        kwargs["factory"] = factory
    with passing(options):
        made = _driver.connect(database, *args, **kwargs)
    if not isinstance(made, Connection):
        if isinstance(made, _driver.Connection):
            made.close()
        raise ConfigurationError(
            "factory= made a connection that is not governed",
            code="GDB702",
            help="give a subclass of sqlite3.Connection, or a function that makes governed_db's",
        )
    return made


dbapi2 = sys.modules[__name__]

# `from governed_db.sqlite3 import dbapi2` and `import governed_db.sqlite3.dbapi2` as with the driver, which
# is a package; and its C code finds `dump` also where this module has taken the driver's name.
__path__: list[str] = []
sys.modules[f"{__name__}.dbapi2"] = dbapi2
sys.modules[f"{__name__}.dump"] = _dump


def _taken_over() -> dict[str, Any]:
    """What the driver's module offers and needs no governing: errors, types, constants, registries."""
    there = vars(_driver)
    return {name: there[name] for name in there if name in _DELEGATED or name.startswith("SQLITE_")}


def __getattr__(name: str) -> Any:
    """Names that the driver's module makes when asked, most of them with a warning."""
    if name in _DELEGATED:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            value = getattr(_driver, name)
        for one in told:  # about the line that asks, which is not this one
            warnings.warn(str(one.message), one.category, stacklevel=2)
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


globals().update(_taken_over())

__all__ = sorted(["Connection", "Cursor", "connect", *_taken_over()])  # noqa: PLE0605  # made of the driver's own
