"""SQLAlchemy's sqlite3 dialect over governed_db.sqlite3."""

from __future__ import annotations

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
