"""Promise: the server's own log of a connection has what was governed, or one of a few known texts."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any

import pymysql.cursors
import pytest

import governed_db
from governed_db.config import load_settings
from governed_db.context.catalog import mysql_queries
from governed_db.remote.reader import read
from governed_db.runtime import open_runtime
from tests import shop
from tests.drivers.pymysql.conftest import FEW_ROWS, ran
from tests.servers import launch
from tests.servers.urls import Address

# What the driver and we send beside statements: transactions, fences, warnings, and looks at the catalog.
_KNOWN = re.compile(
    r"BEGIN|COMMIT|ROLLBACK|START TRANSACTION|SET AUTOCOMMIT = [01]|SET NAMES \w+|SHOW WARNINGS"
    r"|(?:ROLLBACK TO |RELEASE )?SAVEPOINT `governed_db_bound`|"
)
# What a person is to see of a change before it runs (enforce/previewing.py): undone, and told as a request.
_AHEAD = re.compile(
    r"EXPLAIN FORMAT=JSON (?:UPDATE|DELETE) .*|(?:ROLLBACK TO )?SAVEPOINT `governed_db_preview`"
    r"|ROLLBACK AND NO CHAIN NO RELEASE"
    r"|SET STATEMENT max_statement_time=5\.000 FOR SELECT (?:COUNT\(\*\)|CONVERT\(|`\w+` FROM \().*"
    r"|SET STATEMENT max_statement_time=5, innodb_lock_wait_timeout=1, lock_wait_timeout=1 FOR .*",
    re.DOTALL,
)
_LOOKS = {text for text in vars(mysql_queries).values() if isinstance(text, str)}


@pytest.fixture(autouse=True)
def not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Values are looked at when a table is first met (context/looks.py): not here."""
    monkeypatch.setenv("GOVERNED_DB_SAMPLE_SECONDS", "0")


@pytest.fixture(scope="module")
def logging_server() -> Iterator[str]:
    """A server of its own that writes down all that it is sent, and a shop in it."""
    server = launch.mysql(os.getpid())
    with ExitStack() as stack:
        stack.callback(server.stop)
        admin = stack.enter_context(closing(Address.of(server.url).connect()))
        for text in ("CREATE DATABASE shop", "USE shop"):
            ran(admin, text)
        shop.create(admin, "mysql")
        for text in ("SET GLOBAL log_output = 'TABLE'", "SET GLOBAL general_log = 1"):
            ran(admin, text)
        yield server.url.rsplit("/", 1)[0] + "/shop"


def program(connection: Any) -> None:
    """A bit of everything that programs and attackers do."""
    for kind in (None, pymysql.cursors.DictCursor, pymysql.cursors.SSCursor):
        ran(connection, "SELECT id, email FROM customers WHERE id < %s", (4,), kind=kind)
        ran(connection, "SELECT id, email FROM customers WHERE id < %(n)s", {"n": 5}, kind=kind)
        ran(connection, "SELECT count(*) FROM orders", kind=kind)
    connection.begin()
    ran(connection, "UPDATE products SET stock = stock + 1 WHERE id > 9")
    connection.rollback()
    connection.autocommit(True)
    rows = [(f"n-{number}", "Lamp", 1, number) for number in range(4)]
    connection.cursor().executemany(
        "INSERT INTO products (sku, title, price, stock) VALUES (%s,%s,%s,%s)", rows
    )
    for text in (
        "UPDATE products SET stock = 0",
        "DELETE FROM order_items WHERE order_id > 0",
        "SELECT nothing FROM nowhere",
        "SELECT 1; SELECT 2",
        "DROP TABLE products",
    ):
        with pytest.raises(pymysql.err.Error):
            ran(connection, text)
    connection.ping()
    connection.show_warnings()
    connection.set_character_set("utf8mb4")
    raw: Any = pymysql.connections.Connection
    for call in (raw.query, raw._execute_command, raw._write_bytes):
        with suppress(pymysql.err.Error, TypeError):
            call(connection, "DELETE FROM orders")
    connection.commit()


def test_the_log_has_nothing_else(logging_server: str, tmp_path: Path) -> None:
    """Each text is in the trail, with its literals replaced, as often as the server saw it."""
    with closing(governed_db.connect(logging_server, policy=FEW_ROWS, state_dir=tmp_path)) as connection:
        program(connection)
        number = connection.thread_id()
    open_runtime(load_settings(state_dir=tmp_path)).spool.flush()
    told = [event["fields"] for event in read(tmp_path / "audit") if event["phase"] == "outcome"]

    seen = [text for kind, text in logged(logging_server, number) if kind == "Query"]
    ours = (_KNOWN, _AHEAD)
    others = [text for text in seen if text not in _LOOKS and not any(one.fullmatch(text) for one in ours)]

    assert sorted(map(shape, others)) == sorted(shape(one["statement"]) for one in told)
    assert len(others) >= 12


def test_an_observed_program_sends_the_same(logging_server: str, tmp_path: Path) -> None:
    """Where policy only observes, what reaches the server is what the raw driver sends, and looks."""
    texts = []
    for open_ in (
        lambda: Address.of(logging_server).connect(),
        lambda: governed_db.connect(logging_server, policy="observe", state_dir=tmp_path),
    ):
        with closing(open_()) as connection:
            connection.autocommit(False)
            ran(connection, "SELECT id, email FROM customers WHERE id < %s", (4,))
            ran(connection, "UPDATE products SET stock = stock + %s", (1,))
            connection.rollback()
            number = connection.thread_id()
        found = [text for kind, text in logged(logging_server, number) if kind == "Query"]
        texts.append([text for text in found if text not in _LOOKS and not text.startswith("SET ")])

    assert texts[0] == texts[1]


def logged(url: str, number: int) -> list[tuple[str, str]]:
    """What the server saw of one connection."""
    with closing(Address.of(url).connect()) as admin:
        rows = ran(
            admin, "SELECT command_type, argument FROM mysql.general_log WHERE thread_id=%s", (number,)
        )
    return [(kind, text.decode() if isinstance(text, bytes) else text) for kind, text in rows]


def shape(text: str) -> str:
    """A text without its literals."""
    text = re.sub(r"^SET STATEMENT max_statement_time=[\d.]+ FOR ", "", text)
    bare = re.sub(r"'[^']*'|\b\d+\b|%s|%\(\w+\)s|\?", "?", text)
    return re.sub(r"(\(\?(, ?\?)*\))(, ?\(\?(, ?\?)*\))+", r"\1", bare).replace(" ", "")
