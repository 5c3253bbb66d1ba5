"""A driver into its governed form before a suite that is not ours imports it. A pytest plugin, by itself.

SUITE_DRIVER names the driver, SUITE_WAY how it is governed: `import` puts our drop-in module in its place,
`install` is governed_db.install(), `raw` leaves it alone.
"""

from __future__ import annotations

import os
import sys
from typing import Any

DRIVER, WAY = os.environ["SUITE_DRIVER"], os.environ["SUITE_WAY"]


def _psycopg() -> None:
    """Its submodules stay the driver's, as after `from governed_db import psycopg`."""
    import psycopg

    from governed_db import psycopg as governed
    from governed_db.drivers.surface import Answer
    from governed_db.drivers.surface.psycopg import MODULE

    for name, answer in MODULE.items():
        if answer is Answer.WRAPPED:
            setattr(psycopg, name, getattr(governed, name))


def _pymysql() -> None:
    import pymysql
    from pymysql import connections

    from governed_db import pymysql as governed

    module: Any = pymysql
    module.connect = module.Connect = module.Connection = governed.Connection
    connections.Connection = governed.Connection  # type: ignore[misc,assignment]  # that is the point


def _sqlite3() -> None:
    from governed_db import sqlite3 as governed

    sys.modules["sqlite3"] = governed


def _extend() -> None:
    """PyMySQL's tests are modules of its package, which is installed without them."""
    import pymysql

    pymysql.__path__.append(os.environ["SUITE_TESTS"])


if DRIVER == "pymysql":
    _extend()
if WAY == "install":
    import governed_db

    governed_db.install(DRIVER)
elif WAY == "import":
    {"psycopg": _psycopg, "pymysql": _pymysql, "sqlite3": _sqlite3}[DRIVER]()
