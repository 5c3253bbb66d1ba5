"""Promise: a change of several statements on a connection of SQLAlchemy is part of its transaction."""

from __future__ import annotations

from typing import Any

import pytest

import governed_db
from tests.sqlalchemy.conftest import OpenEngine

POLICY = {
    "version": 1,
    "rules": [{"id": "all", "effect": "permit", "actions": ["ddl", "select", "insert", "session"]}],
}


@pytest.mark.parametrize("dialect", ["sqlite", "postgres"])
@pytest.mark.parametrize("commits", [True, False])
def test_it_is_committed_with_the_connection(open_engine: OpenEngine, dialect: str, *, commits: bool) -> None:
    """What the change did is there after the connection's commit, and gone without it."""
    engine = open_engine(dialect, fresh=True, policy=POLICY)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE boxes (id integer PRIMARY KEY, size integer)")

    with engine.connect() as connection:
        with governed_db.change(connection, reason="two boxes") as change:
            change.execute("INSERT INTO boxes VALUES (1, 10)")
            change.execute("INSERT INTO boxes VALUES (2, 20)")
        if commits:
            connection.commit()

    with engine.connect() as connection:
        found: Any = connection.exec_driver_sql("SELECT count(*) FROM boxes").scalar()
    assert [step.rows for step in change.steps] == [1, 1]
    assert found == (2 if commits else 0)
