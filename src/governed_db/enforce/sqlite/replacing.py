"""The bytes of a database into the content of a governed connection's own, where policy observes.

SQLite (3.40) reads freed memory when `deserialize` replaces a database whose pragma functions were used
before, and our catalog queries use them. So the bytes are read by a connection of their own and copied page
by page, which is the same for a database in memory. One in a file would be overwritten: that is refused.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

from governed_db.enforce.sqlite.lookup import read
from governed_db.enforce.sqlite.session import SqliteSession


def replace_database(session: SqliteSession, data: Any, /, *, name: str = "main") -> None:
    """What the driver's method does, with its complaints about threads and arguments."""
    real = session.real
    sqlite3.Connection.getlimit(real, sqlite3.SQLITE_LIMIT_LENGTH)
    with closing(sqlite3.connect(":memory:")) as aside:
        aside.deserialize(data)
        query = session.texts.own(f"SELECT file FROM pragma_database_list WHERE name = {quoted(name)}")
        listed = read(session, sqlite3.Cursor(real), query)
        if not listed or listed[0][0]:
            raise session.gate.driver.refused_call(
                "deserialize", "it works for databases in memory only: change rows with statements"
            )
        aside.backup(real, name=name)
    session.gate.schema_changed()


def quoted(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"
