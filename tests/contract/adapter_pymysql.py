"""PyMySQL for the contract suite."""

from __future__ import annotations

from typing import Any

import pymysql
import pymysql.cursors
from pymysql.constants import SERVER_STATUS

import governed_db
from tests.contract.adapter import Adapter
from tests.servers.urls import Address


class OwnCursor(pymysql.cursors.DictCursor):
    """A cursor class of an application's own."""

    def fetchall(self) -> Any:
        """In a list, as the application likes it."""
        return list(super().fetchall())


def _mysql_raw(url: str) -> Any:
    return Address.of(url).connect()


PYMYSQL = Adapter(
    name="pymysql",
    dialect="mysql",
    mark="%s",
    error=pymysql.err.Error,
    integrity_error=pymysql.err.IntegrityError,
    connect=governed_db.connect,
    raw=_mysql_raw,
    cursors={
        "cursor": lambda connection: connection.cursor(),
        "dict": lambda connection: connection.cursor(pymysql.cursors.DictCursor),
        "unbuffered": lambda connection: connection.cursor(pymysql.cursors.SSCursor),
        "unbuffered dict": lambda connection: connection.cursor(pymysql.cursors.SSDictCursor),
        "application": lambda connection: connection.cursor(OwnCursor),
        "by hand": pymysql.cursors.Cursor,
    },
    in_transaction=lambda connection: bool(connection.server_status & SERVER_STATUS.SERVER_STATUS_IN_TRANS),
    set_autocommit=lambda connection, on: connection.autocommit(on),
)
