"""Promise: what does not come down the line is not run, whatever it is called on."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import governed_db
from governed_db import sqlite3 as governed_sqlite3
from governed_db.config import load_settings
from governed_db.runtime import open_runtime
from tests.shop import leaked

RAW = "SELECT email, ssn FROM customers"


def by_hand(connection: Any) -> Any:
    """A cursor of the driver's class, made by hand."""
    return sqlite3.Cursor(connection).execute(RAW).fetchall()


def unbound_execute(connection: Any) -> Any:
    """The driver's method, on our cursor."""
    return sqlite3.Cursor.execute(connection.cursor(), RAW).fetchall()


def unbound_connection_execute(connection: Any) -> Any:
    """The driver's shortcut, on our connection."""
    return sqlite3.Connection.execute(connection, RAW).fetchall()


def unbound_cursor(connection: Any) -> Any:
    """A cursor that the driver's method makes."""
    return sqlite3.Connection.cursor(connection).execute(RAW).fetchall()


def text_seen_before(connection: Any) -> Any:
    """A text that the driver has prepared and kept: it does not ask the authorizer again."""
    connection.execute(RAW).fetchall()
    return sqlite3.Cursor.execute(connection.cursor(), RAW).fetchall()


def without_authorizer(connection: Any) -> Any:
    """The driver's own way to take an authorizer away."""
    sqlite3.Connection.set_authorizer(connection, None)
    return sqlite3.Cursor.execute(connection.cursor(), RAW).fetchall()


def statement_object(connection: Any) -> Any:
    """What the driver makes of a text when its connection is called."""
    return connection(RAW)


def through_the_cursor(connection: Any) -> Any:
    """The connection that a cursor knows is no other."""
    return sqlite3.Cursor.execute(connection.execute("SELECT 1").connection.cursor(), RAW).fetchall()


def through_with(connection: Any) -> Any:
    """The connection that a with block binds is no other."""
    with connection as inside:
        return sqlite3.Cursor(inside).execute(RAW).fetchall()


def from_a_trace_callback(connection: Any) -> Any:
    """Code of the caller's that runs while a statement of ours does, with the text that was sent."""
    seen: list[Any] = []

    def spy(text: str) -> None:
        seen.append(sqlite3.Cursor(connection).execute(text).fetchall())

    connection.set_trace_callback(spy)
    connection.execute(RAW).fetchall()
    connection.set_trace_callback(None)
    return seen


def from_a_parameter(connection: Any) -> Any:
    """Code of the caller's that runs while parameters are bound."""
    seen: list[Any] = []

    class Spy:
        def __conform__(self, _protocol: object) -> int:
            seen.append(sqlite3.Cursor(connection).execute(RAW).fetchall())
            return 1

    connection.execute("SELECT id FROM customers WHERE id = ?", (Spy(),)).fetchall()
    return seen


def from_an_authorizer(connection: Any) -> Any:
    """Code of the caller's that runs while a statement of ours is prepared."""
    seen: list[Any] = []

    def spy(*_asked: object) -> int:
        if not seen:
            seen.append(None)
            seen[0] = sqlite3.Cursor(connection).execute(RAW).fetchall()
        return 0

    connection.set_authorizer(spy)
    connection.execute("SELECT id FROM customers").fetchall()
    return seen


def raw_rows_of_a_masked_cursor(connection: Any) -> Any:
    """The driver's fetch methods, on a cursor with a masked result."""
    cursor = connection.execute(RAW)
    sqlite3.Cursor.row_factory.__set__(cursor, None)  # type: ignore[attr-defined]  # C member
    return [
        sqlite3.Cursor.fetchone(cursor),
        sqlite3.Cursor.fetchall(cursor),
        list(sqlite3.Cursor.__iter__(cursor)),
    ]


def factory_set_behind_our_back(connection: Any) -> Any:
    """A text_factory that is set on the driver's own class."""
    seen: list[Any] = []
    cursor = connection.execute(RAW)
    sqlite3.Connection.text_factory.__set__(connection, lambda raw: seen.append(raw) or "")  # type: ignore[attr-defined]
    try:
        cursor.fetchall()
    except sqlite3.DatabaseError:
        return seen
    return seen


WAYS = [
    by_hand,
    unbound_execute,
    unbound_connection_execute,
    unbound_cursor,
    text_seen_before,
    without_authorizer,
    statement_object,
    through_the_cursor,
    through_with,
    from_a_trace_callback,
    from_a_parameter,
    from_an_authorizer,
    raw_rows_of_a_masked_cursor,
    factory_set_behind_our_back,
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_no_value_gets_out(reading: Any, way: Callable[[Any], Any]) -> None:
    """Each way around is refused or finds nothing."""
    try:
        found = way(reading)
    except sqlite3.DatabaseError as error:
        found = error

    assert leaked(found) == ()


@pytest.mark.parametrize(
    "way",
    [by_hand, unbound_execute, unbound_connection_execute, unbound_cursor],
    ids=lambda way: way.__name__,
)
def test_the_backstop_says_so(reading: Any, way: Callable[[Any], Any]) -> None:
    """A statement that came past us is refused with our code."""
    with pytest.raises(governed_db.StatementDenied, match="GDB700"):
        way(reading)


def test_the_backstop_is_recorded(shop: Any, tmp_path: Path) -> None:
    """What came past us is in the trail, as a refusal."""
    with pytest.raises(governed_db.StatementDenied):
        by_hand(shop)
    open_runtime(load_settings(state_dir=tmp_path / "state")).spool.flush()

    written = b"".join(
        path.read_bytes() for path in (tmp_path / "state" / "audit").rglob("*") if path.is_file()
    )

    assert b'"call":"backstop"' in written


def test_the_same_ways_work_raw(shared_shop: str) -> None:
    """The attacks are real: on the driver's own connection each of the first four shows everything."""
    connection = sqlite3.connect(shared_shop.removeprefix("sqlite:///"))

    assert all(leaked(way(connection)) for way in WAYS[:4])
    connection.close()


def test_the_authorizer_cannot_be_taken_away(reading: Any) -> None:
    """The driver's own set_authorizer reaches an empty database only; governed statements run as before."""
    sqlite3.Connection.set_authorizer(reading, None)

    assert reading.execute("SELECT id FROM orders WHERE id = 12").fetchall() == [(12,)]


def test_scripts_unbound_change_nothing(shop: Any, raw: sqlite3.Connection) -> None:
    """The driver prepares scripts by another way: the authorizer stops them there."""
    with pytest.raises(sqlite3.DatabaseError):
        sqlite3.Cursor.executescript(shop.cursor(), "DELETE FROM orders;")

    assert raw.execute("SELECT count(*) FROM orders").fetchone() == (60,)


def test_a_cursor_needs_a_governed_connection() -> None:
    """Our cursor class on the driver's connection is an error, not an ungoverned cursor."""
    connection = sqlite3.connect(":memory:")

    with pytest.raises(sqlite3.ProgrammingError):
        governed_sqlite3.Cursor(connection).execute("SELECT 1")
    connection.close()


def test_connection_classes_of_applications_are_governed(shared_shop: str) -> None:
    """A class given as factory= is composed with ours, also when it runs statements while it opens."""

    class Application(sqlite3.Connection):
        """As an application may write it."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.first = self.execute("SELECT email FROM customers LIMIT 1").fetchone()

    connection = governed_sqlite3.connect(shared_shop.removeprefix("sqlite:///"), factory=Application)

    assert isinstance(connection, Application)
    assert connection.first == ("***",)
    connection.close()


def test_subclasses_opened_directly_are_governed(shared_shop: str) -> None:
    """Calling the class is connecting, and the same protection applies."""

    class Application(governed_sqlite3.Connection):
        """A subclass of the drop-in's own class."""

    connection = Application(shared_shop.removeprefix("sqlite:///"))

    assert connection.execute("SELECT email FROM customers LIMIT 1").fetchone() == ("***",)
    connection.close()


def test_factories_must_make_governed_connections(shared_shop: str) -> None:
    """What a function makes must be governed, or it is closed again."""
    made: list[sqlite3.Connection] = []

    def raw_factory(database: str, **_options: Any) -> sqlite3.Connection:
        made.append(sqlite3.Connection(database))
        return made[0]

    with pytest.raises(governed_db.ConfigurationError, match="GDB702"):
        governed_sqlite3.connect(shared_shop.removeprefix("sqlite:///"), factory=raw_factory)
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        made[0].execute("SELECT 1")


def test_cursor_factories_that_make_raw_cursors_are_refused(reading: Any) -> None:
    """A function that makes cursors by hand is refused."""

    def by_hand_cursor(connection: sqlite3.Connection) -> sqlite3.Cursor:
        return sqlite3.Cursor(connection)

    with pytest.raises(governed_db.StatementDenied, match="GDB701"):
        reading.cursor(by_hand_cursor)


def test_every_statement_that_leaves_was_governed(shop: Any) -> None:
    """Of a mixed session, what SQLite runs is what was governed, and what we send ourselves."""
    seen: list[str] = []
    sqlite3.Connection.set_trace_callback(shop._governed.real, seen.append)
    shop.execute(RAW).fetchall()
    shop.executemany("UPDATE orders SET status = ? WHERE id = ?", [("a", 1), ("b", 2)])
    shop.executescript("SELECT 1; SELECT 2;")
    for way in (by_hand, unbound_execute, text_seen_before):
        with pytest.raises(governed_db.StatementDenied):
            way(shop)
    shop.commit()

    texts = [text for text in seen if not text.startswith(("--", "BEGIN", "COMMIT"))]

    assert texts
    assert [text for text in texts if not text.startswith("/*governed ")] == []
