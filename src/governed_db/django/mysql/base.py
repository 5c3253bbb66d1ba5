"""Django's MySQL backend with governed connections of PyMySQL, in the place of mysqlclient's.

Django's modules import mysqlclient by its name. While they are imported that name is our driver's, which
says of itself that it is as good as a late mysqlclient; before and afterwards it is whatever it was.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, Final

from django.core.exceptions import ImproperlyConfigured
from django.utils.asyncio import async_unsafe

from governed_db import pymysql
from governed_db.django.masked import MaskedUUIDs
from governed_db.django.options import governed_arguments, require_governed

_NAME: Final = "MySQLdb"


@contextmanager
def _as_mysqlclient() -> Iterator[None]:
    def named() -> dict[str, Any]:
        return {name: sys.modules[name] for name in list(sys.modules) if name.partition(".")[0] == _NAME}

    before = named()
    pymysql.install_as_MySQLdb()
    try:
        yield
    finally:
        for name in named():
            del sys.modules[name]
        sys.modules.update(before)


with _as_mysqlclient():
    from django.db.backends.mysql import base

_theirs: Any = base.Database
_ours: Any = pymysql
if _theirs.Error is not _ours.Error:
    raise ImproperlyConfigured(
        "Django's MySQL backend is in use with mysqlclient in this process; its errors are not PyMySQL's. "
        "Give all MySQL databases of the project the ENGINE governed_db.django.mysql."
    )


class DatabaseOperations(MaskedUUIDs, base.DatabaseOperations):
    """Django's, for masked UUIDs too."""


class DatabaseWrapper(base.DatabaseWrapper):
    """`"ENGINE": "governed_db.django.mysql"`; settings of ours stand in `OPTIONS["governed"]`."""

    Database: ClassVar[Any] = pymysql
    ops_class = DatabaseOperations

    def get_connection_params(self) -> dict[str, Any]:
        return governed_arguments(super().get_connection_params())

    @async_unsafe  # type: ignore[untyped-decorator]  # Django's
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        return require_governed(pymysql.connect(**conn_params))
