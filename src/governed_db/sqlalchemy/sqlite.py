"""SQLAlchemy's sqlite3 dialect over governed_db.sqlite3."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from governed_db.sqlalchemy.dialect import GovernedDialect
from governed_db.sqlalchemy.processors import GovernedContext


class Context(GovernedContext, SQLiteDialect_pysqlite.execution_ctx_cls):  # type: ignore[misc,valid-type]  # a variable
    """One run of a statement."""


class SQLite(GovernedDialect, SQLiteDialect_pysqlite):
    """sqlite+governed://"""

    supports_statement_cache = True
    execution_ctx_cls = Context

    @classmethod
    def import_dbapi(cls) -> Any:
        from governed_db import sqlite3

        return sqlite3

    def on_connect(self) -> Callable[[Any], None]:
        """SQLAlchemy registers `regexp` and `floor`, which look at what they are given and keep nothing."""
        prepare = super().on_connect()

        def connected(connection: Any) -> None:
            prepare(connection)
            connection._governed.trust_functions()

        return connected
