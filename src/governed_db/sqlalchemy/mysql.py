"""SQLAlchemy's PyMySQL dialects over governed_db.pymysql."""

from __future__ import annotations

from typing import Any

from pymysql.constants import CLIENT
from sqlalchemy.dialects.mysql.mariadb import MariaDBDialect
from sqlalchemy.dialects.mysql.pymysql import MySQLDialect_pymysql

from governed_db.sqlalchemy.dialect import GovernedDialect
from governed_db.sqlalchemy.processors import GovernedContext


class _PyMySQL(GovernedDialect):
    """What the two names of one protocol share."""

    @classmethod
    def import_dbapi(cls) -> Any:
        from governed_db import pymysql

        return pymysql

    def _found_rows_client_flag(self) -> int:
        """Row counts are of rows found, as SQLAlchemy has it; it looks for the flag by the driver's name."""
        return int(CLIENT.FOUND_ROWS)


class Context(GovernedContext, MySQLDialect_pymysql.execution_ctx_cls):  # type: ignore[misc,valid-type]  # a variable
    """One run of a statement."""


class MySQL(_PyMySQL, MySQLDialect_pymysql):
    """mysql+governed://"""

    supports_statement_cache = True
    execution_ctx_cls = Context


class MariaDB(_PyMySQL, MariaDBDialect, MySQLDialect_pymysql):
    """mariadb+governed://"""

    supports_statement_cache = True
    execution_ctx_cls = Context
