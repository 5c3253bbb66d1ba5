"""Promise: code that an application hangs into the driver sees masked values only, or is refused."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import governed_db
from tests.shop import leaked

QUERY = "SELECT id, email, status FROM customers WHERE id <= 3"


def test_row_factories_get_masked_rows(reading: Any) -> None:
    """A row factory is called with the masked row, and with the cursor that the caller has."""
    seen: list[Any] = []

    def factory(cursor: sqlite3.Cursor, row: tuple[Any, ...]) -> tuple[Any, ...]:
        seen.append((cursor, row))
        return row

    reading.row_factory = factory
    cursor = reading.execute(QUERY)
    found = cursor.fetchall()

    assert found == [(1, "***", "active"), (2, "***", "active"), (3, "***", "trial")]
    assert [row for _, row in seen] == found
    assert {id(given) for given, _ in seen} == {id(cursor)}


def test_changing_the_row_factory_does_not_unmask(reading: Any) -> None:
    """Set after the statement has run, it still gets masked rows."""
    cursor = reading.execute(QUERY)
    cursor.row_factory = sqlite3.Row

    row = cursor.fetchone()

    assert (row["email"], row.keys()) == ("***", ["id", "email", "status"])


def test_text_factories_see_unmasked_columns_only(reading: Any) -> None:
    """A text_factory makes the texts that are shown as they are, and never sees the others."""
    seen: list[bytes] = []

    def factory(raw: bytes) -> str:
        seen.append(raw)
        return raw.decode().upper()

    reading.text_factory = factory

    assert reading.execute(QUERY).fetchall() == [
        (1, "***", "ACTIVE"),
        (2, "***", "ACTIVE"),
        (3, "***", "TRIAL"),
    ]
    assert set(seen) == {b"active", b"trial"}
    assert reading.text_factory is factory


def test_text_factories_see_nothing_of_our_own_queries(open_: Any, sqlite_shop: str) -> None:
    """Reading the catalog does not call code of the caller's, and is not misled by it."""
    connection = open_(sqlite_shop)
    seen: list[bytes] = []
    connection.text_factory = lambda raw: seen.append(raw) or "misled"

    connection.execute("SELECT count(*) FROM orders").fetchall()

    assert seen == []


def test_bytes_as_text_factory(reading: Any) -> None:
    """The built-in ones work as they do in the driver, with masks of their own type."""
    reading.text_factory = bytes

    assert reading.execute(QUERY).fetchone() == (1, b"***", b"active")


@pytest.fixture
def converter() -> Iterator[list[bytes]]:
    """A converter of the caller's for columns declared as `text`; what it has seen."""
    seen: list[bytes] = []
    before = dict(sqlite3.converters)
    sqlite3.register_converter("varchar", lambda raw: seen.append(raw) or raw)
    yield seen
    sqlite3.converters.clear()
    sqlite3.converters.update(before)


@pytest.fixture
def typed(open_: Any, tmp_path: Path) -> Any:
    """A database with declared types, opened so that converters are looked up."""
    path = tmp_path / "typed.sqlite"
    raw = sqlite3.connect(path)
    raw.executescript(
        "CREATE TABLE people (id integer PRIMARY KEY, email varchar(80), born date, note varchar(10));"
        "INSERT INTO people VALUES (1, 'cnry0001@canary.example', '1931-02-05', 'fine');"
    )
    raw.close()
    policy = {
        "version": 1,
        "extends": "standard",
        "classifications": {
            "people.email": "pii.email",
            "people.born": "pii.birth_date",
            "people.note": "none",
        },
    }
    detect = sqlite3.PARSE_DECLTYPES | sqlite3.PARSE_COLNAMES
    return open_(f"sqlite:///{path}", policy=policy, detect_types=detect)


def test_converters_of_masked_columns_are_refused(typed: Any, converter: list[bytes]) -> None:
    """A converter runs before any mask could: the statement is refused."""
    with pytest.raises(governed_db.StatementDenied, match="GDB231"):
        typed.execute("SELECT email FROM people")

    assert converter == []


def test_converters_by_column_name_are_refused(typed: Any, converter: list[bytes]) -> None:
    """Also where the name of the result column asks for it."""
    with pytest.raises(governed_db.StatementDenied, match="GDB231"):
        typed.execute('SELECT email AS "mail [varchar]" FROM people')

    assert converter == []


def test_converters_of_other_columns_run(typed: Any, converter: list[bytes]) -> None:
    """What is shown as it is may be converted."""
    assert typed.execute("SELECT id, note FROM people").fetchall() == [(1, b"fine")]
    assert converter == [b"fine"]


def test_the_drivers_own_converters_work(typed: Any) -> None:
    """Dates are dates, and masked as dates."""
    assert typed.execute("SELECT born FROM people").fetchall() == [(None,)]


def test_functions_of_the_application_need_a_policy(reading: Any) -> None:
    """A function that policy does not know is refused when a statement calls it."""
    seen: list[Any] = []
    reading.create_function("mine", 1, lambda value: seen.append(value) or 0)

    with pytest.raises(governed_db.StatementDenied, match="mine"):
        reading.execute("SELECT mine(email) FROM customers")

    assert seen == []


def test_functions_in_place_of_built_ins_see_nothing(reading: Any) -> None:
    """lower() of the application's is not the lower() that may be called on protected columns."""
    seen: list[Any] = []
    reading.create_function("lower", 1, lambda value: seen.append(value) or "low", deterministic=True)

    with pytest.raises(governed_db.StatementDenied, match="GDB130"):
        reading.execute("SELECT lower(email) FROM customers")

    assert seen == []
    assert reading.execute("SELECT lower(title) FROM products WHERE id = 1").fetchone() == ("low",)


def test_functions_that_policy_permits_work(open_: Any) -> None:
    """With a line in the policy they are called, but on no protected column."""
    policy = {
        "version": 1,
        "extends": "standard",
        "rules": [{"id": "ours", "effect": "permit", "functions": ["mine"]}],
    }
    connection = open_(policy=policy)
    connection.create_function("mine", 1, lambda value: f"<{value}>")

    assert connection.execute("SELECT mine(title) FROM products WHERE id = 1").fetchone() == ("<Lamp 1>",)
    with pytest.raises(governed_db.StatementDenied, match="GDB201"):
        connection.execute("SELECT mine(email) FROM customers")


def test_trace_callbacks_see_statements_as_they_were_written(shop: Any) -> None:
    """A trace shows the caller's own statements, and none of ours."""
    seen: list[str] = []
    shop.set_trace_callback(seen.append)

    shop.execute("UPDATE orders SET status = 'x' WHERE total > 1000000")
    shop.execute("SELECT id FROM customers WHERE id = ?", (1,)).fetchall()
    shop.commit()

    assert seen == [
        "UPDATE orders SET status = 'x' WHERE total > 1000000",
        "SELECT id FROM customers WHERE id = 1",
        "COMMIT",
    ]


def test_an_authorizer_of_the_application_is_asked_too(reading: Any) -> None:
    """It can forbid more; taking it away takes nothing of ours away."""
    asked: list[Any] = []
    reading.set_authorizer(lambda *what: asked.append(what) or sqlite3.SQLITE_DENY)
    with pytest.raises(sqlite3.DatabaseError, match=r"not authorized|prohibited"):
        reading.execute("SELECT id FROM orders")
    reading.set_authorizer(None)

    assert asked
    assert reading.execute("SELECT count(*) FROM orders").fetchone() == (60,)
    with pytest.raises(governed_db.StatementDenied, match="GDB700"):
        sqlite3.Cursor(reading).execute("SELECT 1")


def test_undecodable_text_is_not_quoted(shop: Any, raw: sqlite3.Connection) -> None:
    """SQLite's message for text that is no UTF-8 quotes the whole value: it is told without."""
    raw.execute("UPDATE customers SET notes = CAST(x'434e52592d6e6f7465732d30303031ff' AS text) WHERE id = 1")
    raw.commit()

    with pytest.raises(sqlite3.OperationalError) as raised:
        shop.execute("SELECT notes FROM customers WHERE id = 1").fetchall()

    assert leaked((raised.value, raised.value.__context__, raised.value.__cause__)) == ()
