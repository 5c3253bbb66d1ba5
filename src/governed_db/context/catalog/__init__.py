"""A live session into a `Catalog`, by a generator that says which queries it wants answered.

The generators yield query texts and are sent lists of row tuples; a driver answers them with its
lowest-level calls, sync or async, on the very session that the catalog is for. `epoch` gives the
cheap value that a catalog carries: when it differs from `Catalog.epoch`, load again.
"""

from __future__ import annotations

from typing import assert_never

from governed_db.context.catalog.mysql import epoch as epoch_mysql
from governed_db.context.catalog.mysql import load as load_mysql
from governed_db.context.catalog.postgres import epoch as epoch_postgres
from governed_db.context.catalog.postgres import load as load_postgres
from governed_db.context.catalog.rows import EpochReading, Loading, Rows
from governed_db.context.catalog.sqlite import epoch as epoch_sqlite
from governed_db.context.catalog.sqlite import load as load_sqlite
from governed_db.model.catalog import Catalog, Dialect

__all__ = ["EpochReading", "Loading", "Rows", "epoch", "load", "load_mysql", "load_postgres", "load_sqlite"]


def load(dialect: Dialect, before: Catalog | None = None) -> Loading:
    """The catalog of the session that answers the queries; `before`: one that the same user saw there."""
    match dialect:
        case Dialect.POSTGRES:
            return load_postgres()
        case Dialect.MYSQL:
            return load_mysql(before)
        case Dialect.SQLITE:
            return load_sqlite()
        case _:
            assert_never(dialect)


def epoch(dialect: Dialect) -> EpochReading:
    """A text that differs whenever the schema, or where names are looked up, differs."""
    match dialect:
        case Dialect.POSTGRES:
            return epoch_postgres()
        case Dialect.MYSQL:
            return epoch_mysql()
        case Dialect.SQLITE:
            return epoch_sqlite()
        case _:
            assert_never(dialect)
