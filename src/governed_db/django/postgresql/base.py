"""Django's PostgreSQL backend with governed connections, pooled or not."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.backends.postgresql import base
from psycopg import sql

from governed_db import psycopg
from governed_db.django.options import governed_arguments, require_governed
from governed_db.enforce.psycopg.connection import governed_connection


class DatabaseOperations(base.DatabaseOperations):
    """Django's, with our compilers."""

    compiler_module = "governed_db.django.postgresql.compiler"


class DatabaseWrapper(base.DatabaseWrapper):
    """`"ENGINE": "governed_db.django.postgresql"`; settings of ours stand in `OPTIONS["governed"]`."""

    Database: ClassVar[Any] = psycopg
    ops_class = DatabaseOperations

    @property
    def pool(self) -> Any:
        """psycopg_pool makes its connections itself, of the class that it is given before it is opened."""
        pool = super().pool
        if pool is not None:
            pool.connection_class = governed_connection(pool.connection_class, psycopg.OPENER)
        return pool

    def get_connection_params(self) -> dict[str, Any]:
        return governed_arguments(super().get_connection_params())

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        return require_governed(super().get_new_connection(conn_params))

    def _configure_timezone(self, connection: Any) -> bool:
        """Django calls set_config, which could set anything; SET TIME ZONE sets the time zone."""
        name = self.timezone_name
        if not name or connection.info.parameter_status("TimeZone") == name:
            return False
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("SET TIME ZONE {}").format(sql.Literal(name)))
        return True
