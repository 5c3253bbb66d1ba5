"""Promise: what programs do with sqlite3 every day works as it does without us."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from typing import Any

import pytest

import governed_db
from governed_db import Principal, acting_as
from governed_db import sqlite3 as governed_sqlite3
from tests.shop import leaked


def test_a_with_block_commits(shop: Any, raw: sqlite3.Connection) -> None:
    """Leaving it commits, leaving it by an exception rolls back, and it binds the governed connection."""
    with shop as inside:
        inside.execute("UPDATE orders SET status = 'kept' WHERE id = 1")
    with pytest.raises(sqlite3.OperationalError), shop:  # noqa: PT012  # the second statement fails
        shop.execute("UPDATE orders SET status = 'lost' WHERE id = 2")
        shop.execute("SELECT nothing FROM nowhere")

    assert inside is shop
    assert raw.execute("SELECT status FROM orders WHERE id <= 2 ORDER BY id").fetchall() == [
        ("kept",),
        ("packed",),
    ]


def test_setting_the_isolation_level_commits(shop: Any, raw: sqlite3.Connection) -> None:
    """None commits what is open, as the driver does, and from then on nothing is begun."""
    shop.execute("UPDATE orders SET status = 'kept' WHERE id = 1")
    shop.isolation_level = None
    shop.execute("UPDATE orders SET status = 'kept' WHERE id = 2")

    assert (shop.isolation_level, shop.in_transaction) == (None, False)
    assert raw.execute("SELECT count(*) FROM orders WHERE status = 'kept'").fetchone() == (2,)


def test_transactions_by_statement(shop: Any) -> None:
    """BEGIN, SAVEPOINT and ROLLBACK may be written by hand."""
    shop.isolation_level = None
    for text in (
        "BEGIN IMMEDIATE",
        "UPDATE orders SET status = 'a' WHERE id = 1",
        "SAVEPOINT mine",
        "UPDATE orders SET status = 'b' WHERE id = 1",
        "ROLLBACK TO mine",
        "COMMIT",
    ):
        shop.execute(text)

    assert shop.execute("SELECT status FROM orders WHERE id = 1").fetchone() == ("a",)


def test_scripts_run_statement_by_statement(shop: Any, raw: sqlite3.Connection) -> None:
    """What ran before a refused statement stays done, what comes after it is not run."""
    script = """
        UPDATE orders SET status = 'one; and a half' WHERE id = 1; -- a comment; with a semicolon
        DELETE FROM orders;
        UPDATE orders SET status = 'three' WHERE id = 3;
    """
    with pytest.raises(governed_db.ApprovalRequired):
        shop.executescript(script)

    assert raw.execute("SELECT status FROM orders WHERE id IN (1, 3) ORDER BY id").fetchall() == [
        ("one; and a half",),
        ("shipped",),
    ]
    assert (shop.isolation_level, shop.in_transaction) == ("", False)


def test_scripts_commit_first(shop: Any, raw: sqlite3.Connection) -> None:
    """An open transaction is committed before a script, as the driver does."""
    shop.execute("UPDATE orders SET status = 'open' WHERE id = 1")
    shop.executescript("UPDATE orders SET status = 'script' WHERE id = 2")

    assert raw.execute("SELECT status FROM orders WHERE id <= 2 ORDER BY id").fetchall() == [
        ("open",),
        ("script",),
    ]


def test_parameters_may_be_read_once(shop: Any) -> None:
    """executemany takes generators."""

    def rows() -> Iterator[tuple[str, int]]:
        for number in range(1, 4):
            yield f"status {number}", number

    cursor = shop.executemany("UPDATE orders SET status = ? WHERE id = ?", rows())

    assert cursor.rowcount == 3


def test_named_parameters(shop: Any) -> None:
    """:name, @name, $name and ?1 are the driver's own."""
    for mark in (":id", "@id", "$id"):
        assert shop.execute(f"SELECT id FROM orders WHERE id = {mark}", {"id": 5}).fetchall() == [(5,)]
    assert shop.execute("SELECT ?1 + ?1", (2,)).fetchone() == (4,)


def test_wrong_parameters_are_the_drivers_errors(shop: Any) -> None:
    """Too few, of the wrong type, or no text at all."""
    with pytest.raises(sqlite3.ProgrammingError, match="bindings"):
        shop.execute("SELECT id FROM customers WHERE id = ? AND city = ?", (1,))
    with pytest.raises(sqlite3.ProgrammingError, match="type"):
        shop.execute("SELECT id FROM customers WHERE id = ?", (object(),))
    with pytest.raises(TypeError):
        shop.execute(b"SELECT 1")


def test_texts_are_what_they_are_not_what_they_show(reading: Any) -> None:
    """A subclass of str cannot show us one text and the driver another."""

    class Liar(str):
        """Two faces."""

        __slots__ = ()

        def __str__(self) -> str:
            return "SELECT 1"

        def __eq__(self, _other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return hash("SELECT 1")

    reading.execute("SELECT 1").fetchall()

    assert leaked(reading.execute(Liar("SELECT email FROM customers")).fetchall()) == ()


def test_row_ids_and_counts(shop: Any) -> None:
    """lastrowid, rowcount and total_changes are the driver's."""
    cursor = shop.execute("INSERT INTO orders VALUES (999, 1, 5, 'new', '2025-01-01')")

    assert (cursor.lastrowid, cursor.rowcount, shop.total_changes) == (999, 1, 1)
    assert shop.execute("SELECT id FROM customers").rowcount == -1


def test_a_closed_cursor_gives_nothing(reading: Any) -> None:
    """A masked result is gone when its cursor is closed."""
    cursor = reading.execute("SELECT email FROM customers")
    cursor.close()

    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        cursor.fetchone()


def test_a_cursor_is_used_again(reading: Any) -> None:
    """Masked and plain results on one cursor do not mix."""
    cursor = reading.cursor()
    cursor.execute("SELECT email FROM customers WHERE id <= 2")
    cursor.fetchone()

    assert cursor.execute("SELECT id FROM orders WHERE id <= 2").fetchall() == [(1,), (2,)]
    assert cursor.execute("SELECT email FROM customers WHERE id = 1").fetchall() == [("***",)]
    assert cursor.description[0][0] == "email"


def test_a_dump_is_governed(reading: Any) -> None:
    """iterdump reads with statements of its own: what they may not show is not in the dump."""
    dumped = list(reading.iterdump())

    assert any(text.startswith("CREATE TABLE products") for text in dumped)
    assert leaked(dumped) == ()


def test_threads_each_with_their_own_permits(open_: Any) -> None:
    """A connection that threads share stays governed for each of them."""
    connection = open_(check_same_thread=False)
    lock = threading.Lock()
    found: list[Any] = []

    def work(number: int) -> None:
        for _ in range(20):
            with lock:
                cursor = connection.execute("SELECT id, email FROM customers WHERE id = ?", (number,))
                found.append(cursor.fetchone())

    threads = [threading.Thread(target=work, args=(number,)) for number in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(set(found)) == [(number, "***") for number in range(1, 5)]


def test_the_principal_is_that_of_the_moment(open_: Any) -> None:
    """One connection, two people: each is decided on by itself, on the short path too."""
    policy = {
        "version": 1,
        "extends": "standard",
        "rules": [
            {
                "id": "support-sees-mail",
                "effect": "permit",
                "actions": ["select"],
                "principals": {"groups": ["support"]},
                "mask": {"pii.email": "partial(4)", "*": "redact"},
            }
        ],
    }
    connection = open_(policy=policy)
    query = "SELECT email FROM customers WHERE id = 1"
    support = Principal("ann", kind="human", groups=("support",))
    found = []
    for _ in range(3):
        with acting_as(support):
            found.append(connection.execute(query).fetchone()[0])
        found.append(connection.execute(query).fetchone()[0])

    assert found == ["***mple", "***"] * 3


def test_memory_databases_are_not_shared(open_: Any) -> None:
    """What was learned of one database in memory is not taken for another's."""
    rule = {"id": "standard/schema-changes", "effect": "permit", "actions": ["ddl"]}
    policy = {"version": 1, "extends": "standard", "rules": [rule]}
    first, second = open_("sqlite://", policy=policy), open_("sqlite://", policy=policy)
    first.execute("CREATE TABLE people (id integer, email text)")
    second.execute("CREATE TABLE people (email text, id integer)")
    for connection in (first, second):
        connection.execute("INSERT INTO people (id, email) VALUES (1, 'cnry0001@canary.example')")

    assert first.execute("SELECT * FROM people").fetchall() == [(1, "***")]
    assert second.execute("SELECT * FROM people").fetchall() == [("***", 1)]


def test_changes_of_structure_are_seen_at_once(shop: Any, raw: sqlite3.Connection) -> None:
    """A table that another connection has just made can be read."""
    with pytest.raises(sqlite3.OperationalError, match="GDB110"):
        shop.execute("SELECT * FROM brand_new")
    raw.execute("CREATE TABLE brand_new (id integer)")
    raw.commit()

    assert shop.execute("SELECT * FROM brand_new").fetchall() == []


def test_time_is_bounded(open_: Any) -> None:
    """A statement that runs too long is stopped and says so; the next one runs."""
    policy = {
        "version": 1,
        "extends": "standard",
        "rules": [
            {"id": "quick", "effect": "permit", "actions": ["select"], "limits": {"seconds": 0.1}},
        ],
    }
    connection = open_(policy=policy)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"

    with pytest.raises(governed_db.StatementDenied, match="GDB331"):
        connection.execute(endless).fetchall()

    assert connection.execute("SELECT count(*) FROM orders").fetchone() == (60,)


def test_explain_runs_nothing(shop: Any) -> None:
    """explain tells what would happen, and it does not happen."""
    told = governed_db.explain(shop, "DELETE FROM orders")
    read = governed_db.explain(shop, "SELECT email AS x FROM customers WHERE city = ?", ("Graz",))

    assert (told.effect, told.kind, told.relations) == ("ask", "delete", ("main.orders",))
    (output,) = read.to_dict()["outputs"]
    assert output["labels"] == ["main.customers.email"]
    assert (output["name"], output["mask"], output["place"]) == ("x", "redact", "in_driver")
    assert read.controls == ("main.customers.city",)
    assert shop.execute("SELECT count(*) FROM orders").fetchone() == (60,)


def test_explain_takes_governed_connections_only() -> None:
    """A raw connection is answered with help."""
    connection = sqlite3.connect(":memory:")

    with pytest.raises(governed_db.ConfigurationError, match="governed connection"):
        governed_db.explain(connection, "SELECT 1")
    connection.close()


def test_the_drop_in_connects_like_the_driver(shared_shop: str) -> None:
    """Positional arguments, Path objects and URIs."""
    path = shared_shop.removeprefix("sqlite:///")
    for connection in (
        governed_sqlite3.connect(path, 5.0, 0, None),
        governed_sqlite3.connect(database=path),
        governed_sqlite3.connect(f"file:{path}?mode=ro", uri=True),
    ):
        assert connection.execute("SELECT email FROM customers WHERE id = 1").fetchone() == ("***",)
        connection.close()
