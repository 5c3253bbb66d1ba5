"""Every governed URL gives an engine whose connections are governed, and no other connection gets into it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, InvalidRequestError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import QueuePool

from governed_db import ConfigurationError, StatementDenied
from governed_db.sqlalchemy import assert_governed
from tests.sqlalchemy.conftest import DIALECTS, OpenEngine, governed_url

FORMS = {
    "postgresql+governed": ("postgres", "postgresql", "psycopg"),
    "postgresql+governed_psycopg": ("postgres", "postgresql", "psycopg"),
    "mysql+governed": ("mysql", "mysql", "pymysql"),
    "mysql+governed_pymysql": ("mysql", "mysql", "pymysql"),
    "mariadb+governed": ("mysql", "mariadb", "pymysql"),
    "mariadb+governed_pymysql": ("mysql", "mariadb", "pymysql"),
    "sqlite+governed": ("sqlite", "sqlite", "pysqlite"),
    "sqlite+governed_pysqlite": ("sqlite", "sqlite", "pysqlite"),
}
EMAILS = text("SELECT email FROM customers WHERE id = 1")


def emails(engine: Engine) -> list[str]:
    """What the engine tells of a protected column."""
    with engine.connect() as connection:
        return list(connection.scalars(EMAILS))


@pytest.mark.parametrize("scheme", FORMS)
def test_every_form_of_url(scheme: str, shops: Callable[[str], str]) -> None:
    """One word in the URL masks what it reads; tools see the name and driver that they know."""
    dialect, name, driver = FORMS[scheme]
    engine = create_engine(governed_url(shops(dialect), scheme))

    assert emails(engine) == ["***"]
    assert (engine.dialect.name, engine.dialect.driver) == (name, driver)
    assert_governed(engine)
    engine.dispose()


@pytest.mark.parametrize("scheme", ["postgresql+governed", "postgresql+governed_async"])
def test_async_forms(scheme: str, shops: Callable[[str], str]) -> None:
    """create_async_engine takes the same URL; the explicit form is for tools that make the engine."""

    async def read() -> list[str]:
        engine = create_async_engine(governed_url(shops("postgres"), scheme))
        async with engine.connect() as connection:
            await connection.run_sync(assert_governed)
            found = list(await connection.scalars(EMAILS))
        await engine.dispose()
        return found

    assert asyncio.run(read()) == ["***"]


@pytest.mark.parametrize("scheme", ["mysql+governed", "sqlite+governed"])
def test_no_async_engine_without_an_async_driver(scheme: str, shops: Callable[[str], str]) -> None:
    """Where there is no governed async driver there is no engine, rather than one that is not governed."""
    with pytest.raises(InvalidRequestError, match="async driver"):
        create_async_engine(governed_url(shops(scheme.partition("+")[0]), scheme))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_engine_made_from_an_engines_url(dialect: str, open_engine: OpenEngine) -> None:
    """Tools that rebuild an engine from its URL get a governed one."""
    again = create_engine(open_engine(dialect).url)

    assert emails(again) == ["***"]
    again.dispose()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_settings_in_the_url(dialect: str, shops: Callable[[str], str], tmp_path: Path) -> None:
    """Parameters that begin with governed_ are ours; the driver does not see them."""
    url = governed_url(shops(dialect), f"{dialect.replace('postgres', 'postgresql')}+governed")
    ours = {"governed_policy": "read-only", "governed_state_dir": str(tmp_path / "state")}
    engine = create_engine(url.update_query_dict(ours))
    try:
        with pytest.raises(DBAPIError) as refused, engine.begin() as connection:
            connection.execute(text("UPDATE orders SET total = 1 WHERE id = 1"))
        assert isinstance(refused.value.orig, StatementDenied)
        assert refused.value.orig.reasons[0].rule == "read-only/no-writes"
        assert (tmp_path / "state" / "audit").is_dir()
    finally:
        engine.dispose()


def test_settings_in_the_environment(shops: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a word in the code: GOVERNED_DB_POLICY."""
    monkeypatch.setenv("GOVERNED_DB_POLICY", "observe")
    engine = create_engine(governed_url(shops("sqlite"), "sqlite+governed"))

    assert emails(engine) != ["***"]
    engine.dispose()


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("query", "code"),
    [({"governed_polcy": "observe"}, "GDB509"), ({"governed_policy": ("observe", "standard")}, "GDB505")],
)
def test_settings_that_are_not_known(
    dialect: str, query: dict[str, str], code: str, shops: Callable[[str], str]
) -> None:
    """A mistyped or doubled setting is an error, never ignored."""
    url = governed_url(shops(dialect), f"{dialect.replace('postgres', 'postgresql')}+governed")
    with pytest.raises(ConfigurationError) as wrong:
        create_engine(url.update_query_dict(query)).connect()

    assert wrong.value.code == code


def test_no_other_connection_gets_in(shops: Callable[[str], str]) -> None:
    """What creator=, module=, events and pools bring must be governed too."""
    path = make_url(shops("sqlite")).database
    url = governed_url(shops("sqlite"), "sqlite+governed")
    made_by_event = create_engine(url)
    event.listen(made_by_event, "do_connect", lambda *_: sqlite3.connect(path))
    engines = [
        create_engine(url, creator=lambda: sqlite3.connect(path)),
        create_engine(url, module=sqlite3),
        create_engine(governed_url(shops("postgres"), "postgresql+governed"), module=psycopg),
        made_by_event,
    ]
    for engine in engines:
        with pytest.raises(ConfigurationError, match="not governed") as wrong:
            engine.connect()
        assert wrong.value.code == "GDB703"
        engine.dispose()


def test_assert_governed_tells_what_is_not(shops: Callable[[str], str]) -> None:
    """An engine of the driver's own dialect, or with a pool from elsewhere, is named."""
    plain = create_engine(shops("sqlite"))
    pool = QueuePool(lambda: sqlite3.connect(make_url(shops("sqlite")).database))
    pooled = create_engine(governed_url(shops("sqlite"), "sqlite+governed"), pool=pool)
    asyncio_plain = create_async_engine(governed_url(shops("postgres"), "postgresql+psycopg"))
    for engine in (plain, pooled, asyncio_plain):
        with pytest.raises(ConfigurationError, match="not governed"):
            assert_governed(engine)
    for engine in (plain, pooled):
        engine.dispose()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_raw_connections_are_governed(dialect: str, open_engine: OpenEngine) -> None:
    """engine.raw_connection() and driver_connection are the governed connection itself."""
    raw = open_engine(dialect).raw_connection()
    for connection in (raw, raw.driver_connection):
        cursor = connection.cursor()
        cursor.execute("SELECT email FROM customers WHERE id = 1")
        assert cursor.fetchall() in ([("***",)], (("***",),))
        cursor.close()
    raw.close()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_refusals_are_sqlalchemys_errors(dialect: str, open_engine: OpenEngine) -> None:
    """A refusal comes as DBAPIError, with ours as `orig`; the connection goes on."""
    with open_engine(dialect).connect() as connection:
        with pytest.raises(DBAPIError) as refused:
            connection.execute(text("DELETE FROM orders"))
        assert not refused.value.connection_invalidated
        assert refused.value.orig.code == "GDB310"
        assert list(connection.scalars(EMAILS)) == ["***"]


class Subscriber:
    """Counts what an engine's events tell."""

    def __init__(self, engine: Engine) -> None:
        self.statements: list[str] = []
        event.listen(engine, "before_cursor_execute", self._before)

    def _before(self, _connection: object, _cursor: object, statement: str, *_more: object) -> None:
        self.statements.append(statement)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_pre_ping_and_reset(dialect: str, open_engine: OpenEngine) -> None:
    """Pools look whether a connection lives, and reset it, under every pack."""
    for pack in ("standard", "observe", "read-only", "agent-strict"):
        engine = open_engine(dialect, policy=pack, pool_pre_ping=True, pool_size=1)
        seen = Subscriber(engine)
        for _ in range(3):
            with engine.connect() as connection:
                connection.execute(text("SELECT id FROM products"))
        assert seen.statements == ["SELECT id FROM products"] * 3


@pytest.mark.parametrize("dialect", ["mysql", "mariadb", "postgres", "sqlite"])
def test_row_counts_are_of_rows_found(dialect: str, open_engine: OpenEngine) -> None:
    """An update that finds a row and changes nothing in it counts it: the ORM relies on that."""
    with open_engine(dialect).connect() as connection:
        stock = connection.scalar(text("SELECT stock FROM products WHERE id = 1"))
        same = connection.execute(text("UPDATE products SET stock = :stock WHERE id = 1"), {"stock": stock})
        assert same.rowcount == 1
        connection.rollback()
