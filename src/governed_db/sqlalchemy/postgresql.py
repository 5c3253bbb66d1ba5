"""SQLAlchemy's psycopg dialects over governed_db.psycopg, sync and async."""

from __future__ import annotations

from typing import Any

from psycopg.pq import ExecStatus
from sqlalchemy.dialects.postgresql.psycopg import (
    PGDialect_psycopg,
    PGDialectAsync_psycopg,
    PsycopgAdaptDBAPI,
)

from governed_db.sqlalchemy.dialect import GovernedDialect


class PostgreSQL(GovernedDialect, PGDialect_psycopg):
    """postgresql+governed://"""

    supports_statement_cache = True

    @classmethod
    def import_dbapi(cls) -> Any:
        from governed_db import psycopg

        return psycopg

    @classmethod
    def get_async_dialect_cls(cls, url: Any) -> Any:  # noqa: ARG003  # SQLAlchemy's signature
        return AsyncPostgreSQL


class AsyncPostgreSQL(GovernedDialect, PGDialectAsync_psycopg):
    """postgresql+governed:// of create_async_engine, and postgresql+governed_async://"""

    supports_statement_cache = True

    @classmethod
    def import_dbapi(cls) -> Any:
        from governed_db import psycopg

        return PsycopgAdaptDBAPI(psycopg, ExecStatus)

    @classmethod
    def get_async_dialect_cls(cls, url: Any) -> Any:  # noqa: ARG003  # SQLAlchemy's signature
        return cls
