"""The test servers are private, fresh for every test, and gone when the run is."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import attrs
import psycopg
import pymysql
import pytest

from tests import shop
from tests.servers import install, keeper, locate
from tests.servers.fixtures import FreshDatabase
from tests.servers.urls import Address

DIALECTS = ("postgres", "mysql", "sqlite")
SCHEMES = {"postgres": "postgresql://", "mysql": "mysql://", "sqlite": "sqlite:///"}
ERRORS = (psycopg.Error, pymysql.Error, sqlite3.Error)
dialects = pytest.mark.parametrize("dialect", DIALECTS)


@contextmanager
def _opened(url: str) -> Iterator[Any]:
    opened = (
        sqlite3.connect(url.removeprefix("sqlite:///"))
        if url.startswith("sqlite")
        else Address.of(url).connect()
    )
    with closing(opened) as connection:
        yield connection


def _all(connection: Any, sql: str) -> list[tuple[Any, ...]]:
    cursor = connection.cursor()
    cursor.execute(sql)
    return list(cursor.fetchall())


@dialects
def test_an_empty_database_takes_tables(dialect: str, request: pytest.FixtureRequest) -> None:
    """Each empty database is real: what one statement writes the next one reads."""
    url = request.getfixturevalue(f"{dialect}_database")
    assert url.startswith(SCHEMES[dialect])

    with _opened(url) as connection:
        _run(connection, "CREATE TABLE t (a integer)", "INSERT INTO t VALUES (41), (42)")

        assert _all(connection, "SELECT a FROM t ORDER BY a") == [(41,), (42,)]


def _run(connection: Any, *statements: str) -> None:
    cursor = connection.cursor()
    for statement in statements:
        cursor.execute(statement)


@dialects
def test_two_databases_share_nothing(dialect: str, fresh_database: FreshDatabase) -> None:
    """What is created in one fresh database is not seen in the next."""
    with fresh_database(dialect) as first, fresh_database(dialect) as second:
        with _opened(first) as connection:
            _run(connection, "CREATE TABLE t (a integer)")

        with _opened(second) as connection, pytest.raises(ERRORS, match=r"\bt\b"):
            _run(connection, "SELECT a FROM t")


@dialects
def test_the_shop_is_the_same_on_every_database(dialect: str, fresh_database: FreshDatabase) -> None:
    """Every dialect holds the same shop, row for row, generated columns and views included."""
    with fresh_database(dialect, shop=True) as url, _opened(url) as connection:
        counts = {table: _all(connection, f"SELECT count(*) FROM {table}")[0][0] for table in shop.COLUMNS}
        generated = _all(connection, "SELECT count(*) FROM customers WHERE email_key = lower(email)")
        views = [_all(connection, f"SELECT count(*) FROM {v}") for v in ("customer_emails", "active_orders")]
        totals = _all(
            connection,
            "SELECT count(*) FROM orders o WHERE total <>"
            " (SELECT sum(line_total) FROM order_items i WHERE i.order_id = o.id)",
        )

    assert counts == {table: len(found) for table, found in shop.rows().items()}
    assert generated == [(shop.CUSTOMERS,)]
    assert views == [[(24,)], [(36,)]]
    assert totals == [(0,)]


@dialects
def test_ids_go_on_where_the_shop_ends(dialect: str, fresh_database: FreshDatabase) -> None:
    """An INSERT that leaves the id to the database works in the filled shop."""
    with fresh_database(dialect, shop=True) as url, _opened(url) as connection:
        _run(connection, "INSERT INTO products (sku, title, price, stock) VALUES ('SKU-X', 'Vase', 3, 1)")

        assert _all(connection, "SELECT max(id) FROM products") == [(shop.PRODUCTS + 1,)]


@dialects
def test_every_canary_is_recognised_where_a_driver_returns_it(
    dialect: str, fresh_database: FreshDatabase
) -> None:
    """Whatever a raw driver hands out of the sensitive tables, `leaked` finds every canary in it."""
    with fresh_database(dialect, shop=True) as url, _opened(url) as connection:
        seen = [_all(connection, f"SELECT * FROM {table}") for table in shop.COLUMNS]

    assert set(shop.leaked(seen)) == set(shop.canaries())


def test_canaries_are_unique_and_never_part_of_harmless_values() -> None:
    """No canary occurs in another column, so that a hit names the column it leaked from."""
    forms = [form for canary in shop.canaries() for form in canary.forms]
    harmless = [
        value
        for table, found in shop.rows().items()
        for row in found
        for name, value in zip(shop.COLUMNS[table], row, strict=True)
        if f"{table}.{name}" not in shop.SENSITIVE
    ]

    assert len(forms) == len(set(forms))
    assert len(shop.canaries()) == 7 * shop.CUSTOMERS + 5 * shop.EMPLOYEES
    assert shop.leaked(harmless) == ()


def test_canaries_do_not_contain_each_other() -> None:
    """No canary's form is part of another's: one leak is reported as one leak."""
    forms = [form for canary in shop.canaries() for form in canary.forms]

    inside = [(a, b) for a in forms for b in forms if a != b and a in b]

    assert inside == []


def test_a_masked_value_is_no_canary() -> None:
    """What masks leave over (last four characters, a domain, a year) is not reported as a leak."""
    masked = ("***0017", "c***@canary.example", "1931-01-01", "datetime.date(1931, 1, 1)", "70000.00")

    assert shop.leaked(masked) == ()


def test_servers_do_not_run_as_root(postgres_url: str, mysql_url: str) -> None:
    """Both servers answer on this machine only, under credentials made for this run."""
    for url in (postgres_url, mysql_url):
        assert Address.of(url).password
    if locate.POSTGRES_URL in os.environ:
        return
    with _opened(postgres_url) as connection:
        folder = Path(_all(connection, "SHOW data_directory")[0][0])
        assert _all(connection, "SHOW listen_addresses") == [("127.0.0.1",)]

    assert folder.stat().st_uid != 0
    assert folder.stat().st_mode & 0o077 == 0


def test_a_server_ends_with_the_run_that_owns_it(tmp_path: Path) -> None:
    """A run that is killed leaves no server behind: its keeper notices and stops it by its pid."""
    folder = tmp_path / "server"
    folder.mkdir()
    owner = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    pid_file = tmp_path / "pid"
    program = f"import os, time; open({str(pid_file)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    arguments = [str(owner.pid), str(folder), "", "15", sys.executable, "-c", program]
    with subprocess.Popen([sys.executable, keeper.__file__, *arguments]) as kept:
        _until(lambda: pid_file.exists() and pid_file.read_text())

        owner.kill()
        owner.communicate()

        assert kept.wait(timeout=60) == 0
    assert not folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid_file.read_text()), 0)


def _until(ready: Any) -> None:
    deadline = time.monotonic() + 60
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("wanted", [locate.POSTGRES, locate.MARIADB], ids=lambda wanted: wanted.name)
def test_a_missing_server_says_what_to_install(
    wanted: locate.Wanted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a server the run fails and names the package to install and the variable to set."""
    monkeypatch.setenv("PATH", "/nonexistent")
    elsewhere = attrs.evolve(wanted, folders=(), initialise="no-such-program")

    with pytest.raises(locate.ServerMissing) as raised:
        elsewhere.find()

    assert f"apt-get install {wanted.apt}" in str(raised.value)
    assert wanted.variable in str(raised.value)


def test_a_given_server_counts_as_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pointing the variables at other servers is enough: nothing is looked for or installed."""
    monkeypatch.setenv(locate.POSTGRES_URL, "postgresql://u:p@db.example/x")
    monkeypatch.setenv(locate.MYSQL_URL, "mysql://u:p@db.example/x")
    monkeypatch.setattr(locate.Wanted, "find", None)

    assert install.main() == 0


def test_the_home_of_a_test_run_is_its_own(governed_db_home: Path) -> None:
    """No test reads or writes the settings of the person who runs it."""
    assert os.environ["GOVERNED_DB_HOME"] == str(governed_db_home)
    assert governed_db_home.is_dir()
