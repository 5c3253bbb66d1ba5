"""Django's SQLite backend with governed connections."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django.db.backends.sqlite3 import base

from governed_db import sqlite3
from governed_db.django.masked import MaskedUUIDs
from governed_db.django.options import governed_arguments, require_governed
from governed_db.enforce.compose import compose
from governed_db.enforce.sqlite.converters import comparisons, converters_of

# Django's own for dates and times, as they were before anybody could register others in their place; and for
# booleans, which is a comparison of bytes.
_DJANGOS: Final = (*converters_of(base.__name__), *comparisons("bool"))


class DatabaseOperations(MaskedUUIDs, base.DatabaseOperations):
    """Django's, for masked UUIDs too."""


class DatabaseWrapper(base.DatabaseWrapper):
    """`"ENGINE": "governed_db.django.sqlite3"`; settings of ours stand in `OPTIONS["governed"]`."""

    Database: ClassVar[Any] = sqlite3
    ops_class = DatabaseOperations

    def get_connection_params(self) -> dict[str, Any]:
        parameters = governed_arguments(super().get_connection_params())
        wanted = parameters.get("factory", sqlite3.Connection)
        return parameters | {"factory": compose(wanted, sqlite3.Connection)}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = require_governed(super().get_new_connection(conn_params))
        connection._governed.trust_functions()
        connection._governed.trust_converters(_DJANGOS)
        return connection
