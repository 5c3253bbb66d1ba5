"""A live session into a key that is equal for sessions whose catalogs are equal.

Cheap beside loading the catalog: one to three small queries. A session with temporary tables of its own
has no such key, because nothing cheap tells them from those of another session.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from typing import TypeAlias, assert_never

from governed_db.context.catalog import mysql, mysql_queries, postgres_queries, sqlite, sqlite_queries
from governed_db.context.catalog.rows import Rows, only_row, text, words
from governed_db.model.catalog import Dialect

Seeing: TypeAlias = Generator[str, Rows, tuple[str, ...] | None]


def seen(dialect: Dialect) -> Seeing:
    """What the session sees, as texts; the last is the epoch of the schema. None: not to be shared."""
    match dialect:
        case Dialect.POSTGRES:
            return _postgres()
        case Dialect.MYSQL:
            return _mysql()
        case Dialect.SQLITE:
            return _sqlite()
        case _:
            assert_never(dialect)


def _postgres() -> Seeing:
    """Temporary tables are told by the oids in the epoch."""
    return tuple(text(value) for value in only_row((yield postgres_queries.SESSION)))


def _mysql() -> Seeing:
    made = yield mysql_queries.TEMPORARY
    session = words(only_row((yield mysql_queries.SESSION)))
    epoch = yield from mysql.epoch()
    return (*session, epoch) if [text(row[1]) for row in made] == ["0"] else None


def _sqlite() -> Seeing:
    """A file that was made anew can have the version of the old one: the texts tell them apart."""
    epoch = yield from sqlite.epoch()
    session = words(only_row((yield sqlite_queries.SESSION)))
    schemas = [text(row[1]) for row in (yield sqlite_queries.DATABASES)]
    made = repr(sorted(words(row) for row in (yield sqlite_queries.texts(schemas))))
    digest = hashlib.sha256(made.encode("utf-8", "surrogateescape")).hexdigest()
    return (*session, digest, epoch) if "temp=0:" in epoch.split("/") else None
