"""Ordinary SQL runs through a governed connection: no server disagrees with what analysis found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import governed_db
from tests.servers.fixtures import FreshDatabase
from tests.sql.statements import Ordinary, ordinary
from tests.sql.world import DIALECTS, build

_PARAMETERS = {"postgres": "$", "mysql": "?", "sqlite": "?:@$"}
_EXPECTED = {
    "GDB201",  # a protected column in ORDER BY or LIKE
    "IntegrityError",  # keys of the data that is there; below as PostgreSQL names them
    "OperationalError",  # a column without a default, in MariaDB
    "CheckViolation",
    "ForeignKeyViolation",
    "NotNullViolation",
    "UniqueViolation",
}


def _runnable(dialect: str) -> list[Ordinary]:
    marks = _PARAMETERS[dialect]
    return [one for one in ordinary(dialect) if one.is_query and not any(mark in one.sql for mark in marks)]


@pytest.fixture(params=DIALECTS)
def governed(request: Any, fresh_database: FreshDatabase, tmp_path: Path) -> Iterator[tuple[str, Any]]:
    """A governed connection under the pack `standard`, to a database of its own."""
    with fresh_database(request.param, shop=True) as url:
        build(request.param, url).session.connection.close()
        connection = governed_db.connect(url, state_dir=tmp_path, principal="tester")
        with closing(connection):
            yield request.param, connection


def test_ordinary_statements_run(governed: tuple[str, Any]) -> None:
    """Under the pack `standard` a statement runs, fails as it would without us, or meets protected data."""
    dialect, connection = governed
    stopped = defaultdict(list)

    for statement in _runnable(dialect):
        try:
            with closing(connection.cursor()) as cursor:
                cursor.execute(statement.sql)
                if cursor.description:
                    cursor.fetchall()
        except Exception as error:  # noqa: BLE001 - each driver has its own
            stopped[getattr(error, "code", type(error).__name__)].append(statement.sql)
        connection.rollback()

    assert set(stopped) <= _EXPECTED, {code: each for code, each in stopped.items() if code not in _EXPECTED}
