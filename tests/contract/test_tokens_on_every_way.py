"""Promise: tokens are turned back whichever way a statement is sent, and nobody on the way sees values."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import psycopg
import pymysql
import pytest
from psycopg import sql
from psycopg._preparing import PrepareManager
from psycopg.types.string import StrDumper
from pymysql.cursors import DictCursor, SSCursor

from tests.contract.adapter import as_tuple
from tests.contract.adapter_psycopg import PSYCOPG, PSYCOPG_ASYNC
from tests.contract.adapter_pymysql import PYMYSQL
from tests.contract.adapter_sqlite3 import SQLITE
from tests.contract.conftest import OpenShop
from tests.contract.shop import Shop
from tests.contract.test_tokens import TOKENS, token_of
from tests.shop import leaked

Ask = Callable[[Any, str], Any]
ONE_OF = "SELECT id FROM customers WHERE email {}"
QUERY = "SELECT id FROM customers WHERE email = {} AND status <> {}"
TWO, NAMED = QUERY.format("%s", "%s"), QUERY.format("%(a)s", "%(b)s")


@pytest.fixture
def reader(open_reading: OpenShop) -> Shop:
    """A shop in which names, e-mail addresses and phone numbers are shown as tokens."""
    return open_reading(policy=TOKENS)


def asked(cursor: Any, *arguments: Any, **more: Any) -> list[tuple[Any, ...]]:
    """The rows of one statement."""
    cursor.execute(*arguments, **more)
    return [as_tuple(row) for row in cursor.fetchall()]


def served(connection: Any, *arguments: Any) -> list[tuple[Any, ...]]:
    """The rows of one statement, by a server-side cursor."""
    cursor = connection.cursor("portal")
    try:
        return asked(cursor, *arguments)
    finally:
        cursor.close()


def streamed(connection: Any, token: str) -> list[tuple[Any, ...]]:
    """psycopg's row by row."""
    query = TWO
    return [tuple(row) for row in connection.cursor().stream(query, (token, "x"))]


def pipelined(connection: Any, token: str) -> list[tuple[Any, ...]]:
    """psycopg's pipeline, with another statement behind it."""
    with connection.pipeline():
        first, second = connection.cursor(), connection.cursor()
        first.execute(TWO, (token, "x"))
        second.execute("SELECT id FROM customers WHERE id = %s", (5,))
        return [tuple(row) for row in first.fetchall()]


def prepared(connection: Any, token: str) -> list[tuple[Any, ...]]:
    """Often enough that psycopg prepares it, with parameters and with the token in the text."""
    for _ in range(7):
        found = asked(connection.cursor(), TWO, (token, "x"), prepare=True)
        assert found == asked(connection.cursor(), QUERY.format(f"'{token}'", "'x'"), prepare=True)
    kept = connection.execute("SELECT count(*) FROM customers WHERE email = %s", (token,)).fetchone()
    assert kept == (1,)
    return found


WAYS: list[tuple[Any, str, Ask]] = [
    (PSYCOPG, "named", lambda c, t: asked(c.cursor(), NAMED, {"a": t, "b": "x"})),
    (PSYCOPG, "cast", lambda c, t: asked(c.cursor(), QUERY.format("%s::varchar", "%s"), (t, t))),
    (PSYCOPG, "binary", lambda c, t: asked(c.cursor(binary=True), QUERY.format("%b", "%s"), (t, "x"))),
    (PSYCOPG, "raw", lambda c, t: asked(psycopg.RawCursor(c), QUERY.format("$2", "$1"), ("x", t))),
    (PSYCOPG, "client side", lambda c, t: asked(psycopg.ClientCursor(c), TWO, (t, "x"))),
    (PSYCOPG, "server side", lambda c, t: served(c, TWO, (t, "x"))),
    (PSYCOPG, "server side, in the text", lambda c, t: served(c, QUERY.format(f"'{t}'", "'%'"))),
    (PSYCOPG, "composed", lambda c, t: asked(c.cursor(), sql.SQL(QUERY).format(t, "x"))),
    (PSYCOPG, "array", lambda c, t: asked(c.cursor(), ONE_OF.format("= ANY(ARRAY[%s, %s])"), ("x", t))),
    (PSYCOPG, "stream", streamed),
    (PSYCOPG, "pipeline", pipelined),
    (PSYCOPG, "prepared", prepared),
    (PSYCOPG, "connection.execute", lambda c, t: list(c.execute(TWO, [t, "x"]))),
    (PSYCOPG_ASYNC, "named", lambda c, t: asked(c.cursor(), NAMED, {"a": t, "b": "x"})),
    (PSYCOPG_ASYNC, "server side", lambda c, t: served(c, TWO, (t, "x"))),
    (PYMYSQL, "named", lambda c, t: asked(c.cursor(), NAMED, {"a": t, "b": "x"})),
    (PYMYSQL, "dicts", lambda c, t: asked(c.cursor(DictCursor), TWO, (t, "x"))),
    (PYMYSQL, "unbuffered", lambda c, t: asked(c.cursor(SSCursor), TWO, (t, "x"))),
    (PYMYSQL, "mogrified", lambda c, t: asked(c.cursor(), c.cursor().mogrify(TWO, (t, "x")))),
    (PYMYSQL, "double quotes", lambda c, t: asked(c.cursor(), QUERY.format(f'"{t}"', "'%'"))),
    (PYMYSQL, "list", lambda c, t: asked(c.cursor(), ONE_OF.format("IN %s"), (["x", t],))),
    (SQLITE, "named", lambda c, t: asked(c.cursor(), QUERY.format(":a", "@b"), {"a": t, "b": "x"})),
    (SQLITE, "numbered", lambda c, t: asked(c.cursor(), QUERY.format("?2", "?1"), ("x", t))),
    (SQLITE, "connection.execute", lambda c, t: list(c.execute(QUERY.format("?", "?"), [t, "x"]))),
]  # fmt: skip


@pytest.mark.parametrize(
    ("adapter", "way", "ask"), [pytest.param(*w, id=f"{w[0].name}-{w[1]}") for w in WAYS]
)
def test_every_way_turns_tokens_back(reader: Shop, way: str, ask: Ask) -> None:
    """Named and numbered parameters, composed and prepared statements, cursors of all kinds."""
    assert way
    token = token_of(reader, "email", 3)

    for _ in range(2):
        assert ask(reader.connection, token) == [(3,)]
        reader.connection.rollback()


def both(token: str) -> list[tuple[Any, ...]]:
    """A statement with the token as a parameter, and with the token in its text."""
    return [(TWO, (token, "x")), (QUERY.format(f"'{token}'", "'x'"),)]


# -- spies on the way ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("adapter", [PSYCOPG])
def test_psycopg_shows_tokens_to_its_callers_code(reader: Shop) -> None:
    """Dumpers of the caller see the token, and so does who looks at the cursor's query."""
    token, seen = token_of(reader, "email", 3), []

    class Dumper(StrDumper):
        def dump(self, obj: Any) -> Any:
            seen.append(obj)
            return super().dump(obj)

    connection = reader.connection
    connection.adapters.register_dumper(str, Dumper)
    for query, *parameters in both(token):
        cursor = psycopg.Cursor(connection)
        assert asked(cursor, query, *parameters) == [(3,)]
        seen += [cursor._query.query, cursor._query.params, cursor._last_query]
        seen += [PrepareManager.key(cursor._query), reader.connection._prepared.__dict__]

    assert token in str(seen)
    assert leaked(str(seen)) == ()


@pytest.mark.parametrize("adapter", [PYMYSQL])
def test_pymysql_shows_tokens_to_its_callers_code(reader: Shop) -> None:
    """Cursor classes, encoders and what is kept of the last statement have the token."""
    token, seen = token_of(reader, "email", 3), []

    driver: Any = pymysql.cursors.Cursor

    class Cursor(driver):  # type: ignore[misc]  # has no types
        def _query(self, q: Any) -> Any:
            seen.append(q)
            return super()._query(q)

    def encode(value: Any, mapping: Any = None) -> str:
        seen.append((value, mapping))
        return "'" + str(value) + "'"

    connection = reader.connection
    connection.encoders = {**connection.encoders, str: encode}
    for query, *parameters in both(token):
        cursor = connection.cursor(Cursor)
        assert asked(cursor, query, *parameters) == [(3,)]
        seen += [cursor._executed, cursor.mogrify(query, *parameters)]

    assert token in str(seen)
    assert leaked(str(seen)) == ()


@pytest.mark.parametrize("adapter", [SQLITE])
def test_sqlite3_shows_tokens_to_its_callers_code(reader: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Adapters for text and trace callbacks see the token, in whatever order the parameters are bound."""
    token, seen = token_of(reader, "email", 3), []
    adapters = dict(sqlite3.adapters)

    def spy(value: Any) -> Any:
        seen.append(value)
        return value

    class Late:
        """Registers a spy while the parameters are being bound."""

        def __conform__(self, protocol: Any) -> str:
            sqlite3.register_adapter(str, spy)
            seen.append(protocol)
            return "x"

    reader.connection.set_trace_callback(seen.append)
    try:
        for first in ("x", Late(), "x"):
            query = "SELECT id FROM customers WHERE status <> ? AND email = ?"
            assert asked(reader.connection.cursor(), query, (first, token)) == [(3,)]
        assert asked(reader.connection.cursor(), QUERY.format(f"'{token}'", "'x'")) == [(3,)]
    finally:
        reader.connection.set_trace_callback(None)
        sqlite3.adapters.clear()
        sqlite3.adapters.update(adapters)

    assert token in str(seen)
    assert leaked(str(seen)) == ()
