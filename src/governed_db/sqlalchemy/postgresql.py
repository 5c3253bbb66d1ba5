"""SQLAlchemy's psycopg dialects over governed_db.psycopg, sync and async."""

from __future__ import annotations

from typing import Any, Final

from psycopg.pq import ExecStatus
from sqlalchemy.dialects.postgresql import HSTORE
from sqlalchemy.dialects.postgresql.psycopg import (
    PGCompiler_psycopg,
    PGDialect_psycopg,
    PGDialectAsync_psycopg,
    PGExecutionContext_psycopg,
    PsycopgAdaptDBAPI,
)

from governed_db.sqlalchemy.dialect import GovernedDialect
from governed_db.sqlalchemy.processors import GovernedContext, Processor, is_masked


class Compiler(PGCompiler_psycopg):
    """Reflection asks for settings by a parameter; which one is asked for must be seen in the statement."""

    def visit_current_setting_func(self, func: Any, **options: Any) -> str:
        written = self.function_argspec(func, **options | {"literal_execute": True})
        return f"current_setting{written}"


class Context(GovernedContext, PGExecutionContext_psycopg):
    """One run of a statement."""


class Hstore(PGDialect_psycopg.colspecs[HSTORE]):  # type: ignore[misc,valid-type]  # SQLAlchemy's private class
    """Read by the driver; a masked one is text, of which no dictionary can be made."""

    def result_processor(self, dialect: Any, coltype: Any) -> Processor:
        parent: Processor | None = super().result_processor(dialect, coltype)
        return parent or _unmasked


def _unmasked(value: Any) -> Any:
    return None if is_masked(value) else value


_COLSPECS: Final = {**PGDialect_psycopg.colspecs, HSTORE: Hstore}


class PostgreSQL(GovernedDialect, PGDialect_psycopg):
    """postgresql+governed://"""

    supports_statement_cache = True
    statement_compiler = Compiler
    execution_ctx_cls = Context
    colspecs = _COLSPECS

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
    statement_compiler = Compiler
    execution_ctx_cls = Context
    colspecs = _COLSPECS

    @classmethod
    def import_dbapi(cls) -> Any:
        from governed_db import psycopg

        return PsycopgAdaptDBAPI(psycopg, ExecStatus)

    @classmethod
    def get_async_dialect_cls(cls, url: Any) -> Any:  # noqa: ARG003  # SQLAlchemy's signature
        return cls
