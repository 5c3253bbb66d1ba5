"""Django's compilers for PostgreSQL, with many new rows written as VALUES.

Django (5.2 and later) hands them over as arrays to UNNEST. Into a unique protected column that would be
any number of guesses in one statement of one shape, and is refused; rows that are written down are not.
Where policy only observes, statements are Django's own.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import compiler
from django.db.backends.postgresql.compiler import (
    SQLAggregateCompiler,
    SQLCompiler,
    SQLDeleteCompiler,
    SQLUpdateCompiler,
)
from django.db.models.sql.compiler import SQLInsertCompiler as PlainInsertCompiler

from governed_db.django.options import observes

__all__ = [
    "SQLAggregateCompiler",
    "SQLCompiler",
    "SQLDeleteCompiler",
    "SQLInsertCompiler",
    "SQLUpdateCompiler",
]


class SQLInsertCompiler(compiler.SQLInsertCompiler):
    """INSERT ... VALUES."""

    def assemble_as_sql(self, fields: Any, value_rows: Any) -> Any:
        if observes(self.connection.connection):
            return super().assemble_as_sql(fields, value_rows)
        return PlainInsertCompiler.assemble_as_sql(self, fields, value_rows)
