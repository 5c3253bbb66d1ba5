"""What a write sets off is read like the write itself: what triggers copy stays protected, and what cannot
be read is refused unless a policy names it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

import governed_db
from tests.servers.fixtures import FreshDatabase
from tests.servers.urls import Address

SECRET = "vantrigger@canary.example"
TABLES = (
    "CREATE TABLE customers (id integer PRIMARY KEY, email varchar(80), status varchar(80))",
    "CREATE TABLE history (id integer, what varchar(80), old_value varchar(200))",
    "CREATE TABLE totals (id integer PRIMARY KEY, changes integer, changed_at varchar(80))",
    "CREATE TABLE odd (id integer PRIMARY KEY, v integer)",
    f"INSERT INTO customers VALUES (1, '{SECRET}', 'new')",
    "INSERT INTO totals VALUES (1, 0, NULL)",
    "INSERT INTO odd VALUES (1, 1)",
)
KEPT = "INSERT INTO history (what, old_value) VALUES ('customers', OLD.email);"
TRIGGERS: Mapping[str, Sequence[str]] = {
    "postgres": (
        """CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN NEW.changed_at := now()::text; RETURN NEW; END $$""",
        f"""CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              IF TG_OP = 'UPDATE' AND NEW.status IS DISTINCT FROM OLD.status THEN
                {KEPT}
                UPDATE totals SET changes = changes + 1 WHERE id = 1;
              ELSE
                RAISE NOTICE 'nothing';
              END IF;
              RETURN COALESCE(NEW, OLD);
            END; $$""",
        """CREATE FUNCTION odd() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN EXECUTE 'SELECT 1'; RETURN NEW; END $$""",
        "CREATE TRIGGER totals_touch BEFORE UPDATE ON totals FOR EACH ROW EXECUTE FUNCTION touch()",
        "CREATE TRIGGER customers_keep AFTER UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION keep()",
        "CREATE TRIGGER odd_one BEFORE UPDATE ON odd FOR EACH ROW EXECUTE FUNCTION odd()",
    ),
    "mysql": (
        "CREATE TRIGGER totals_touch BEFORE UPDATE ON totals FOR EACH ROW SET NEW.changed_at = NOW()",
        f"""CREATE TRIGGER customers_keep AFTER UPDATE ON customers FOR EACH ROW
            BEGIN
              IF NEW.status <> OLD.status THEN
                {KEPT}
                UPDATE totals SET changes = changes + 1 WHERE id = 1;
              END IF;
            END""",
        """CREATE TRIGGER odd_one BEFORE UPDATE ON odd FOR EACH ROW
            BEGIN DECLARE a integer; SET a = 1; SET NEW.v = a; END""",
    ),
    "sqlite": (
        """CREATE TRIGGER totals_touch AFTER UPDATE OF changes ON totals
            BEGIN UPDATE totals SET changed_at = datetime('now') WHERE id = NEW.id; END""",
        f"""CREATE TRIGGER customers_keep AFTER UPDATE OF status ON customers WHEN NEW.status <> OLD.status
            BEGIN
              SELECT CASE WHEN NEW.status = 'never' THEN RAISE(ABORT, 'no') END;
              {KEPT}
              UPDATE totals SET changes = changes + 1 WHERE id = 1;
            END""",
        "CREATE TRIGGER odd_one AFTER UPDATE ON odd BEGIN UPDATE nowhere SET v = 1; END",
    ),
}
CHANGE = "UPDATE customers SET status = 'old' WHERE id = 1"

Open = Callable[..., Any]


def raw_connection(url: str) -> Any:
    """Outside of all governance."""
    if url.startswith("sqlite:"):
        return sqlite3.connect(url.removeprefix("sqlite:///"))
    return Address.of(url).connect()


@pytest.fixture(params=["postgres", "mysql", "sqlite"])
def connect(request: pytest.FixtureRequest, fresh_database: FreshDatabase, tmp_path: Path) -> Iterator[Open]:
    """Opens a database with triggers, under any policy."""
    opened: list[Any] = []
    with fresh_database(request.param) as url:
        with closing(raw_connection(url)) as raw:
            for statement in (*TABLES, *TRIGGERS[request.param]):
                raw.cursor().execute(statement)
            raw.commit()

        def connect(**options: Any) -> Any:
            opened.append(governed_db.connect(url, state_dir=tmp_path, principal="tester", **options))
            return opened[-1]

        yield connect
        for connection in opened:
            connection.close()


def rows(connection: Any, sql: str) -> list[tuple[Any, ...]]:
    """All rows."""
    cursor = connection.cursor()
    cursor.execute(sql)
    return [tuple(row) for row in cursor.fetchall()]


def test_what_a_trigger_copied_is_masked(connect: Open) -> None:
    """The column that it copies into is classified like the one it copies."""
    connection = connect()

    connection.cursor().execute(CHANGE)

    assert rows(connection, "SELECT what, old_value FROM history") == [("customers", "***")]
    assert rows(connection, "SELECT changes FROM totals") == [(1,)]


def test_a_copy_into_what_is_open_is_refused(connect: Open) -> None:
    """A policy that takes the column out of protection makes the write a leak."""
    connection = connect(
        policy={"version": 1, "extends": "standard", "classifications": {"history.old_value": "none"}}
    )

    with pytest.raises(governed_db.StatementDenied, match="GDB204") as refused:
        connection.cursor().execute(CHANGE)

    assert "customers_keep" in str(refused.value)
    assert rows(connection, "SELECT what FROM history") == []


def test_time_stamps_are_no_obstacle(connect: Open) -> None:
    """A trigger that sets a column from what is no column is nothing to ask about."""
    connection = connect()

    connection.cursor().execute("UPDATE totals SET changes = 5 WHERE id = 1")

    assert rows(connection, "SELECT changed_at IS NOT NULL FROM totals") in ([(True,)], [(1,)])


def test_a_trigger_that_cannot_be_read_is_refused(connect: Open) -> None:
    """Nobody knows what it does with the row."""
    connection = connect()

    with pytest.raises(governed_db.StatementDenied, match="GDB302") as refused:
        connection.cursor().execute("UPDATE odd SET v = 2 WHERE id = 1")

    assert "odd_one" in str(refused.value)


def test_a_policy_can_name_a_trigger(connect: Open) -> None:
    """Somebody has read it."""
    rule = {"id": "read", "effect": "permit", "functions": ["odd_one"]}
    connection = connect(policy={"version": 1, "extends": "standard", "rules": [rule]})

    with suppress(sqlite3.OperationalError):  # the server's own: there the trigger really is broken
        connection.cursor().execute("UPDATE odd SET v = 2 WHERE id = 1")

    assert rows(connection, "SELECT count(*) FROM odd") == [(1,)]
