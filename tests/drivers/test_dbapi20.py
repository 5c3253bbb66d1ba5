"""The compliance tests of the DB-API (PyPI: dbapi-compliance) give governed what they give raw.

Nothing may differ under `observe`, nor under `standard` with changes of the schema permitted; and the trail
holds exactly as many statements as the tests sent. MariaDB under `standard` runs with `make compliance`: to
read its catalog after each change of the schema takes its time.
"""

from __future__ import annotations

import os
import sqlite3
import unittest
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import dbapi20
import psycopg
import pymysql
import pytest

import governed_db.psycopg
import governed_db.pymysql
import governed_db.sqlite3
from governed_db.remote.reader import read
from governed_db.runtime import release
from tests.servers.fixtures import FreshDatabase
from tests.servers.urls import Address

RAW: Mapping[str, Any] = {"postgres": psycopg, "mysql": pymysql, "sqlite": sqlite3}
GOVERNED: Mapping[str, Any] = {
    "postgres": governed_db.psycopg,
    "mysql": governed_db.pymysql,
    "sqlite": governed_db.sqlite3,
}
SCHEMA_PERMITTED = {
    "version": 1,
    "extends": "standard",
    "rules": [{"id": "standard/schema-changes", "effect": "permit", "actions": ["ddl"]}],
}
CASES = [(dialect, policy) for dialect in RAW for policy in ("observe", "standard")]
WHOLE = os.environ.get("GOVERNED_DB_TEST_COMPLIANCE") == "whole"


class Counting:
    """In front of a connection or a cursor: counts the calls that send a statement."""

    def __init__(self, real: Any, sent: list[str], driver: Any) -> None:
        vars(self).update(_real=real, _sent=sent, _driver=driver)

    def cursor(self) -> Counting:
        return Counting(self._real.cursor(), self._sent, self._driver)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        return self._counted(found) if name in ("execute", "executemany", "callproc") else found

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._real, name, value)

    def _counted(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any) -> Any:
            try:
                answer = call(*arguments)
            except self._driver.Error as error:
                if not isinstance(error, self._driver.InterfaceError) and "closed" not in str(error):
                    self._sent.append(str(arguments[0]))
                raise
            self._sent.append(str(arguments[0]))
            return answer

        return counted


def outcomes(
    driver: Any, arguments: tuple[Any, ...], options: Mapping[str, Any]
) -> tuple[dict[str, str], int]:
    """What became of each test, and how many statements they sent."""
    sent: list[str] = []

    class Compliance(dbapi20.DatabaseAPI20Test):  # type: ignore[misc]  # of a package without types
        def setUp(self) -> None:
            self.driver, self.connect_args, self.connect_kw_args = driver, arguments, dict(options)

        def _connect(self) -> Any:
            made = super()._connect()
            self.addCleanup(close, made, driver)  # the suite leaves some open
            return Counting(made, sent, driver)

        def help_nextset_setUp(self, cur: Any) -> None:  # noqa: N802  # the suite's name
            if driver.paramstyle != "pyformat" or not hasattr(cur, "nextset"):
                raise NotImplementedError
            self.executeDDL1(cur)
            for statement in self._populate():
                cur.execute(statement)
            cur.execute(
                f"CREATE PROCEDURE deleteme() BEGIN SELECT count(*) FROM {self.table_prefix}booze;"
                f" SELECT name FROM {self.table_prefix}booze; END"
            )

        def help_nextset_tearDown(self, cur: Any) -> None:  # noqa: N802  # the suite's name
            cur.execute("DROP PROCEDURE IF EXISTS deleteme")

    result = unittest.TestResult()
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(Compliance)
    names = [test.id().rpartition(".")[2] for test in suite]  # type: ignore[union-attr]  # of one class
    suite.run(result)
    failed = {test.id().rpartition(".")[2] for test, _ in (*result.failures, *result.errors)}
    return {name: "failed" if name in failed else "passed" for name in names}, len(sent)


def close(connection: Any, driver: Any) -> None:
    """Some drivers complain about a connection that is closed already."""
    with suppress(driver.Error):
        connection.close()


def place(dialect: str, url: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """What `connect` is given."""
    if dialect == "postgres":
        return (url,), {}
    if dialect == "sqlite":
        return (url.removeprefix("sqlite:///"),), {}
    at = Address.of(url)
    return (), {
        "host": at.host,
        "port": at.port,
        "user": at.user,
        "password": at.password,
        "database": at.database,
        "sql_mode": "STRICT_TRANS_TABLES,TRADITIONAL",
    }


@pytest.mark.parametrize(
    ("dialect", "policy"), [case for case in CASES if WHOLE or case != ("mysql", "standard")]
)
def test_governed_as_raw(dialect: str, policy: str, fresh_database: FreshDatabase, tmp_path: Path) -> None:
    """No test passes raw and fails governed, and each statement is in the trail once."""
    chosen = "observe" if policy == "observe" else SCHEMA_PERMITTED
    ours = {"governed_policy": chosen, "governed_state_dir": tmp_path / "state"}
    with fresh_database(dialect) as url:
        arguments, options = place(dialect, url)
        before, _ = outcomes(RAW[dialect], arguments, options)
        after, sent = outcomes(GOVERNED[dialect], arguments, options | ours)
    release(tmp_path / "state")

    differing = {name for name, was in before.items() if was != after[name]}
    recorded = [one for one in read(tmp_path / "state" / "audit") if one["phase"] in ("outcome", "refusal")]
    assert differing == set()
    assert sum(was == "passed" for was in before.values()) >= 20
    assert len(recorded) == sent > 100
