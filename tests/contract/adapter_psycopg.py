"""psycopg for the contract suite, sync and async."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
from psycopg import rows

import governed_db
from tests.contract.adapter import Adapter, Synchronous
from tests.servers.urls import Address

_IDLE = psycopg.pq.TransactionStatus.IDLE


def _postgres_raw(url: str) -> Any:
    return Address.of(url).connect()


PSYCOPG = Adapter(
    name="psycopg",
    dialect="postgres",
    mark="%s",
    error=psycopg.Error,
    integrity_error=psycopg.IntegrityError,
    connect=governed_db.connect,
    raw=_postgres_raw,
    cursors={
        "cursor": lambda connection: connection.cursor(),
        "dict": lambda connection: connection.cursor(row_factory=rows.dict_row),
        "binary": lambda connection: connection.cursor(binary=True),
        "server side": lambda connection: connection.cursor("contract"),
        "client side": psycopg.ClientCursor,
        "by hand": psycopg.Cursor,
    },
    in_transaction=lambda connection: connection.info.transaction_status != _IDLE,
    set_autocommit=lambda connection, on: setattr(connection, "autocommit", on),
)


def _connect_async(url: str, **options: Any) -> Synchronous:
    loop = asyncio.new_event_loop()
    connection = loop.run_until_complete(governed_db.connect_async(url, **options))
    return Synchronous(connection, loop)


PSYCOPG_ASYNC = Adapter(
    name="psycopg async",
    dialect="postgres",
    mark="%s",
    error=psycopg.Error,
    integrity_error=psycopg.IntegrityError,
    connect=_connect_async,
    raw=_postgres_raw,
    cursors={
        "cursor": lambda connection: connection.cursor(),
        "dict": lambda connection: connection.cursor(row_factory=rows.dict_row),
        "server side": lambda connection: connection.cursor("contract"),
    },
    in_transaction=lambda connection: connection.info.transaction_status != _IDLE,
    set_autocommit=lambda connection, on: connection.set_autocommit(on),
    close=Synchronous.shut,
)
