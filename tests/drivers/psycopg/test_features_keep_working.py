"""Promise: what psycopg offers beside statements works as it did."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import closing
from typing import Any

import psycopg
import pytest
from psycopg import rows, sql
from psycopg.types import TypeInfo
from psycopg.types.composite import CompositeInfo
from psycopg.types.enum import EnumInfo
from psycopg.types.hstore import register_hstore
from psycopg.types.range import RangeInfo
from psycopg_pool import AsyncConnectionPool, ConnectionPool

import governed_db
from governed_db import psycopg as governed_psycopg
from tests.drivers.psycopg.relay import Relay

COUNT = "SELECT count(*) FROM orders"
MASKED = [(3, "***")]
NAMED = "SELECT id, name FROM customers WHERE id = %s"


# -- statements --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "params"),
    [
        (NAMED, [3]),
        (NAMED.encode(), [3]),
        ("SELECT id, name FROM customers WHERE id = %(id)s", {"id": 3}),
        ("SELECT id, name FROM customers WHERE id = %b", [3]),
        (sql.SQL("SELECT {}, name FROM customers WHERE id = {}").format(sql.Identifier("id"), 3), None),
        (sql.SQL("SELECT id, name FROM customers WHERE id = {}").format(sql.Placeholder()), [3]),
    ],
)
def test_every_form_of_a_query(reading: Any, query: Any, params: Any) -> None:
    """str, bytes and composed, with parameters in a row or by name."""
    assert reading.execute(query, params).fetchall() == MASKED
    assert reading.execute(query, params).fetchall() == MASKED


def test_what_is_no_query_is_a_type_error(reading: Any) -> None:
    """As in psycopg."""
    with pytest.raises(TypeError):
        reading.execute(42)


@pytest.mark.parametrize("times", [1, 2])
def test_percent_signs_with_and_without_parameters(reading: Any, times: int) -> None:
    """Without parameters they are themselves, with them %% is one; also when the plan is known."""
    for _ in range(times):
        plain = reading.execute("SELECT count(*), 7 % 4 FROM orders WHERE status LIKE 'n%'").fetchone()
        given = reading.execute(
            "SELECT count(*), 7 %% 4 FROM orders WHERE status LIKE 'n%%' AND id > %s", [0]
        )
        raw = psycopg.RawCursor(reading).execute("SELECT count(*), 7 % 4 FROM orders WHERE id > $1", [0])

        assert (plain, given.fetchone(), raw.fetchone()) == ((12, 3), (12, 3), (60, 3))


def test_a_text_means_what_its_parameters_make_of_it(reading: Any) -> None:
    """The same text with and without parameters is two statements, and has two plans."""
    text = "SELECT count(*) FROM orders WHERE status LIKE '%%'"

    assert reading.execute(text, ()).fetchone() == (60,)
    assert reading.execute(text).fetchone() == (60,)
    assert reading.execute("SELECT '%%'", ()).fetchone() == ("%",)
    assert reading.execute("SELECT '%%'").fetchone() == ("%%",)


def test_prepared_statements(relay: Relay) -> None:
    """psycopg prepares what is run often, and the masks stay."""
    with closing(governed_psycopg.connect(relay.url, prepare_threshold=2)) as connection:
        found = [connection.execute(NAMED, [3]).fetchall() for _ in range(6)]

    assert found == [MASKED] * 6
    assert len(connection._prepared._names) == 1


def test_prepared_statements_follow_the_schema(
    open_: Callable[..., Any], postgres_shop: str, raw: Any
) -> None:
    """The server would go on reading the table that had the name when the statement was prepared."""
    raw.execute("CREATE SCHEMA first")
    shop = open_(postgres_shop, options="-c search_path=first,public")
    before = [shop.execute(COUNT, prepare=True).fetchone() for _ in range(3)]
    shop.commit()
    raw.execute("CREATE TABLE first.orders (id integer)")
    shop._governed.gate.schema_changed()

    after = [shop.execute(COUNT, prepare=True).fetchone() for _ in range(3)]

    assert (before, after) == ([(60,)] * 3, [(0,)] * 3)


@pytest.mark.parametrize(
    "factory", [rows.dict_row, rows.namedtuple_row, rows.class_row(dict), rows.kwargs_row(dict)]
)
def test_row_factories(reading: Any, factory: Any) -> None:
    """They make of masked rows what they make of any."""
    row = reading.cursor(row_factory=factory).execute(NAMED, [3]).fetchone()

    assert "***" in (row.values() if isinstance(row, dict) else row)


def test_merging_on_the_client(reading: Any) -> None:
    """mogrify shows the caller's own text and values; sending them goes the line."""
    cursor = psycopg.ClientCursor(reading)

    assert cursor.mogrify(NAMED, [3]) == "SELECT id, name FROM customers WHERE id = 3"
    assert cursor.execute(NAMED, [3]).fetchall() == MASKED


def test_merged_values_are_analysed_as_they_stand(reading: Any) -> None:
    """A number in ORDER BY is a column when the client writes it into the text."""
    text = "SELECT id, email FROM customers ORDER BY %s"

    assert len(reading.execute(text, [2]).fetchall()) == 30
    with pytest.raises(governed_db.StatementDenied, match="ORDER BY"):
        psycopg.ClientCursor(reading).execute(text, [2])


def test_many_with_client_side_binding(shop: Any) -> None:
    """Each set of values makes a statement of its own."""
    cursor = psycopg.ClientCursor(shop)
    text = "INSERT INTO products (sku, title, price, stock) VALUES (%s, %s, 1, 1)"

    cursor.executemany(text, [("A", "x"), ("B", "y")])
    assert cursor.rowcount == 2

    cursor.executemany(f"{text} RETURNING sku", [("C", "x"), ("D", "y")], returning=True)
    assert [one.fetchone() for one in cursor.results()] == [("C",), ("D",)]


@pytest.mark.parametrize("kind", [psycopg.Cursor, psycopg.ClientCursor, psycopg.RawCursor])
def test_many_of_nothing(shop: Any, kind: Any) -> None:
    """No set of values: no statement, no rows, and nothing left of the statement before."""
    cursor = kind(shop)
    cursor.execute("SELECT id FROM orders")

    cursor.executemany("INSERT INTO products (sku, title, price, stock) VALUES ('A', 'x', 1, 1)", [])

    assert (cursor.rowcount, cursor.statusmessage, cursor.description) == (0, None, None)


@pytest.mark.parametrize("kind", [psycopg.Cursor, psycopg.ClientCursor, psycopg.RawCursor])
def test_loaders_of_a_new_cursor(reading: Any, kind: Any) -> None:
    """Registered before it has run anything."""
    cursor = kind(reading)
    cursor.adapters.register_loader("int4", psycopg.types.numeric.FloatLoader)

    assert isinstance(cursor.execute("SELECT id FROM orders").fetchone()[0], float)


def test_a_portal_that_sql_declared(open_: Callable[..., Any]) -> None:
    """Is read where a policy only observes, and refused where it decides."""
    observing, deciding = open_(policy="observe"), open_()
    observing.execute("DECLARE mine CURSOR FOR SELECT id FROM orders ORDER BY id")

    with observing.cursor("mine") as cursor:
        assert cursor.fetchmany(2) == [(1,), (2,)]
    with deciding.cursor("mine") as cursor, pytest.raises(governed_db.StatementDenied, match="GDB701"):
        cursor.fetchone()


def test_results_of_many(reading: Any) -> None:
    """One result for each set of values, to go through in any order."""
    cursor = reading.cursor()
    cursor.executemany(NAMED, [[3], [4]], returning=True)

    assert [one.fetchone() for one in cursor.results()] == [(3, "***"), (4, "***")]
    assert cursor.set_result(0).fetchone() == (3, "***")


def test_literals_of_a_connection(reading: Any) -> None:
    """Quoting asks the server's settings of the connection."""
    assert sql.Literal("it's").as_string(reading) == "'it''s'"
    assert sql.Identifier('a"b').as_string(reading) == '"a""b"'


# -- cursors -----------------------------------------------------------------------------------------------


def test_server_side_cursors_scroll(reading: Any) -> None:
    """FETCH and MOVE of a portal that went the line."""
    with reading.cursor("mine", scrollable=True) as cursor:
        cursor.execute("SELECT id, name FROM customers ORDER BY id")
        first = cursor.fetchmany(2)
        cursor.scroll(3)
        moved = cursor.fetchone()
        cursor.scroll(0, mode="absolute")
        rest = list(cursor)

    assert (first, moved, len(rest)) == ([(1, "***"), (2, "***")], (6, "***"), 30)


def test_a_server_side_cursor_is_used_again(reading: Any) -> None:
    """Under the same name for another statement, with that one's masks."""
    with reading.cursor("mine") as cursor:
        assert cursor.execute("SELECT id, name FROM customers WHERE id = 3").fetchall() == MASKED
        assert cursor.execute("SELECT id, total FROM orders WHERE id = 1").fetchone()[0] == 1


def test_columns_are_described(reading: Any) -> None:
    """Names and types of the result, masked or not."""
    cursor = reading.execute("SELECT id AS number, name FROM customers")

    assert [(one.name, one.type_display) for one in cursor.description] == [
        ("number", "int4"),
        ("name", "varchar(120)"),
    ]


def test_loaders_of_the_application(reading: Any) -> None:
    """They work for what is not masked, in statements with masks, too."""

    class Shout(psycopg.adapt.Loader):
        """Reads numbers loudly."""

        def load(self, data: Any) -> str:
            """The number with a mark."""
            return f"{bytes(data).decode()}!"

    reading.adapters.register_loader("int4", Shout)

    assert reading.execute(NAMED, [3]).fetchall() == [("3!", "***")]


def test_copy_in_and_out(shop: Any) -> None:
    """Of tables where nothing is protected."""
    with shop.cursor() as cursor:
        with cursor.copy("COPY products (sku, title, price, stock) FROM STDIN") as copy:
            copy.write_row(("N-1", "new", 1, 2))
        assert cursor.rowcount == 1
        with cursor.copy("COPY (SELECT sku, stock FROM products WHERE sku = %s) TO STDOUT", ["N-1"]) as copy:
            copy.set_types(["text", "int4"])
            assert list(copy.rows()) == [("N-1", 2)]


def test_copy_needs_its_own_method(reading: Any) -> None:
    """As in psycopg, which says so only when the server has begun to send."""
    with pytest.raises(psycopg.ProgrammingError, match=r"cursor\.copy"):
        reading.execute("COPY orders TO STDOUT")

    assert reading.execute(COUNT).fetchone() == (60,)


# -- types -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "name"),
    [(TypeInfo, "numeric"), (RangeInfo, "int4range"), (CompositeInfo, "orders"), (EnumInfo, "mood")],
)
def test_types_are_looked_up(shop: Any, raw: Any, kind: Any, name: str) -> None:
    """psycopg makes a cursor by hand for it."""
    raw.execute("CREATE TYPE mood AS ENUM ('good', 'bad')")

    assert kind.fetch(shop, name).name == name


def test_hstore(shop: Any, raw: Any) -> None:
    """A type of an extension, registered on the connection."""
    raw.execute("CREATE EXTENSION IF NOT EXISTS hstore")
    found = TypeInfo.fetch(shop, "hstore")
    register_hstore(found, shop)

    assert shop.execute("SELECT %s::hstore", ["a=>1"]).fetchone() == ({"a": "1"},)


# -- the connection ----------------------------------------------------------------------------------------


def test_notifications(shop: Any) -> None:
    """Waiting for them sends nothing."""
    assert list(shop.notifies(timeout=0, stop_after=1)) == []


def test_cancelling_from_another_thread(reading: Any) -> None:
    """A running statement is stopped, and the connection goes on."""
    slow = "SELECT count(*) FROM orders a, orders b, orders c, orders d, orders e, orders f"
    over = threading.Event()

    def cancel() -> None:
        while not over.wait(0.1):  # one that comes before the statement runs stops nothing
            reading.cancel()

    thread = threading.Thread(target=cancel)
    thread.start()

    with pytest.raises(psycopg.errors.QueryCanceled):
        reading.execute(slow)
    over.set()
    thread.join()
    reading.rollback()

    assert reading.execute(COUNT).fetchone() == (60,)


def test_a_task_that_is_cancelled(on_loop: Callable[..., Any]) -> None:
    """psycopg cancels the statement, and the connection can be used again."""

    async def work(connection: Any) -> Any:
        slow = "SELECT count(*) FROM orders a, orders b, orders c, orders d, orders e, orders f"
        task = asyncio.create_task(connection.execute(slow))
        await asyncio.sleep(0.3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await connection.rollback()
        return await (await connection.execute(COUNT)).fetchone()

    assert on_loop(work) == (60,)


def test_two_phase_transactions(shop: Any, raw: Any) -> None:
    """Their commands pass by their shape."""
    xid = shop.xid(1, "it's", "b")
    shop.tpc_begin(xid)
    shop.execute("UPDATE orders SET status = 'held' WHERE id = 1")
    shop.tpc_commit()

    assert raw.execute("SELECT status FROM orders WHERE id = 1").fetchone() == ("held",)
    assert shop.tpc_recover() == []


def test_prepared_transactions(shop: Any, raw: Any) -> None:
    """Where the server permits them; elsewhere the command reaches it, and it says so."""
    xid = shop.xid(1, "it's", "b")
    is_on = raw.execute("SHOW max_prepared_transactions").fetchone() != ("0",)
    shop.tpc_begin(xid)
    shop.execute("UPDATE orders SET status = 'held' WHERE id = 1")

    if not is_on:
        with pytest.raises((psycopg.NotSupportedError, psycopg.errors.ObjectNotInPrerequisiteState)):
            shop.tpc_prepare()
        return
    shop.tpc_prepare()
    assert [one.gtrid for one in raw.tpc_recover()] == ["it's"]
    shop.tpc_rollback()
    assert raw.execute("SELECT status FROM orders WHERE id = 1").fetchone() != ("held",)


def test_a_pool(shared_shop: str) -> None:
    """Pools construct connections by a class, and check them with an empty statement."""
    with (
        ConnectionPool(
            shared_shop,
            connection_class=governed_psycopg.Connection,
            kwargs={"governed_policy": "read-only"},
            check=ConnectionPool.check_connection,
            min_size=1,
            open=True,
        ) as pool,
        pool.connection() as connection,
    ):
        assert connection.execute(NAMED, [3]).fetchall() == MASKED
        with pytest.raises(governed_db.StatementDenied):
            connection.execute("UPDATE orders SET status = 'held' WHERE id = 1")


def test_an_async_pool(shared_shop: str) -> None:
    """The same for the other half."""

    async def work() -> Any:
        async with (
            AsyncConnectionPool(
                shared_shop,
                connection_class=governed_psycopg.AsyncConnection,
                check=AsyncConnectionPool.check_connection,
                min_size=1,
                open=False,
            ) as pool,
            pool.connection() as connection,
        ):
            return await (await connection.execute(NAMED, [3])).fetchall()

    assert asyncio.run(work()) == MASKED


def test_a_class_of_the_application(shared_shop: str) -> None:
    """Derived from the governed one, with a cursor class of its own and a signature of its own."""

    class Application(governed_psycopg.Connection):  # type: ignore[misc,name-defined]  # composed at run time
        def count(self) -> int:
            """Orders."""
            found: int = self.execute(COUNT).fetchone()[0]
            return found

    with Application.connect(shared_shop, cursor_factory=psycopg.ClientCursor) as connection:
        assert connection.count() == 60
        assert isinstance(connection.cursor(), psycopg.ClientCursor)


def test_explaining_on_both_halves(reading: Any, on_loop: Callable[..., Any]) -> None:
    """governed_db.explain reads the catalog only, and works on an async connection, too."""

    async def work(connection: Any) -> Any:
        return governed_db.explain(connection, NAMED, [3])

    explained = [governed_db.explain(reading, NAMED, [3]), on_loop(work)]

    assert [(one.effect, [out.mask for out in one.outputs]) for one in explained] == [
        ("permit", [None, "redact"])
    ] * 2
    assert reading.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def test_unknown_arguments_of_ours_are_named(shared_shop: str) -> None:
    """Before anything is connected."""
    with pytest.raises(governed_db.ConfigurationError, match="governed_polcy"):
        governed_psycopg.connect(shared_shop, governed_polcy="standard")


def test_a_policy_that_is_wrong_leaves_no_connection(shared_shop: str, raw: Any) -> None:
    """What was connected is closed again."""
    with pytest.raises(governed_db.PolicyError):
        governed_psycopg.connect(shared_shop, governed_policy={"version": 1, "rules": [{"id": "x"}]})
