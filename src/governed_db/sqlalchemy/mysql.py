"""SQLAlchemy's PyMySQL dialects over governed_db.pymysql."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects.mysql.mariadb import MariaDBDialect
from sqlalchemy.dialects.mysql.pymysql import MySQLDialect_pymysql

from governed_db.sqlalchemy.dialect import GovernedDialect


class MySQL(GovernedDialect, MySQLDialect_pymysql):
    """mysql+governed://"""

    supports_statement_cache = True

    @classmethod
    def import_dbapi(cls) -> Any:
        from governed_db import pymysql

        return pymysql


class MariaDB(GovernedDialect, MariaDBDialect, MySQLDialect_pymysql):
    """mariadb+governed://"""

    supports_statement_cache = True

    @classmethod
    def import_dbapi(cls) -> Any:
        from governed_db import pymysql

        return pymysql
