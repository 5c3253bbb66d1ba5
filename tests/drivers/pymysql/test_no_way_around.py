"""Promise: what does not come down the line does not leave, whatever it is called on."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pymysql
import pymysql.cursors
import pytest
from pymysql.constants import CLIENT, COMMAND

import governed_db
from governed_db.config import load_settings
from governed_db.remote.reader import read
from governed_db.runtime import open_runtime
from tests.drivers.pymysql.conftest import Open, ran
from tests.shop import leaked

RAW = "SELECT email, ssn FROM customers"
Connection: Any = pymysql.connections.Connection
Cursor: Any = pymysql.cursors.Cursor


class Rewriting(Cursor):  # type: ignore[misc]  # Any
    """An application's cursor that sends something else than it was asked to."""

    def _query(self, q: Any) -> Any:  # the driver's signature
        return super()._query(RAW)


class Rendering(Cursor):  # type: ignore[misc]  # Any
    """One that writes values into texts in a way of its own."""

    def _mogrify(self, query: Any, args: Any) -> str:  # the driver's signature
        return RAW


class Reading(Cursor):  # type: ignore[misc]  # Any
    """One that goes to the connection itself, and to its result."""

    def execute(self, query: Any, args: Any = None) -> Any:  # the driver's signature
        """Never calls the driver's."""
        connection = self._get_db()
        connection.query(RAW)
        self._rows = connection._result.rows
        self._executed = RAW


def of_class(kind: Any) -> Callable[[Any], Any]:
    """Rows by a cursor of this class."""
    return lambda connection: ran(connection, "SELECT id FROM products WHERE sku = %s", ("x",), kind=kind)


def by_hand(connection: Any) -> Any:
    """A cursor of the driver's class, made by hand."""
    cursor = pymysql.cursors.DictCursor(connection)
    cursor.execute(RAW)
    return cursor.fetchall()


def streamed_by_hand(connection: Any) -> Any:
    """The same for one that reads row by row."""
    cursor = pymysql.cursors.SSCursor(connection)
    cursor.execute(RAW)
    return [cursor.fetchone(), cursor._result.rows, *cursor.fetchall()]


def unbound_cursor_execute(connection: Any) -> Any:
    """The driver's method, on our cursor."""
    cursor = connection.cursor()
    Cursor.execute(cursor, RAW)
    return [cursor.fetchall(), cursor._rows, cursor._result.rows, connection._result.rows]


def unbound_private_query(connection: Any) -> Any:
    """What the driver's execute ends in, on our cursor."""
    cursor = connection.cursor()
    Cursor._query(cursor, RAW)
    return cursor._rows


def connection_query(connection: Any) -> Any:
    """The connection's own method."""
    connection.query(RAW)
    return connection._result.rows


def set_later(connection: Any) -> Any:
    """A cursor class that is set when the connection is open."""
    connection.cursorclass = Rewriting
    return ran(connection, "SELECT 1")


def made_by_function(connection: Any) -> Any:
    """A factory that is no class."""
    return ran(connection, RAW, kind=partial(pymysql.cursors.SSCursor))


def through_the_cursor(connection: Any) -> Any:
    """The connection that a cursor knows is no other."""
    return ran(connection.cursor().connection, RAW)


def through_with(connection: Any) -> Any:
    """Nor is what a with statement binds."""
    with connection as bound, bound.cursor() as cursor:
        cursor.execute(RAW)
        return cursor.fetchall()


GOVERNED = [
    *(of_class(kind) for kind in (Rewriting, Rendering, Reading)),
    *(by_hand, streamed_by_hand, unbound_cursor_execute, unbound_private_query, connection_query),
    *(set_later, made_by_function, through_the_cursor, through_with),
]


@pytest.mark.parametrize("number", range(len(GOVERNED)))
def test_every_public_way_is_governed(open_: Open, sent: list[bytes], number: int, tmp_path: Path) -> None:
    """It works, the protected columns are masked, and everything that left is in the trail."""
    connection = open_(state_dir=tmp_path, autocommit=True)

    rows = GOVERNED[number](connection)

    assert "***" in str(rows)
    assert leaked(rows) == ()
    assert sent.count(RAW.encode()) == 1
    assert [one for one in told(tmp_path) if one == RAW] == [RAW, RAW]  # what will be done, and what was


def told(state_dir: Path) -> list[str]:
    """The statements in the audit trail."""
    open_runtime(load_settings(state_dir=state_dir)).spool.flush()
    return [event["fields"].get("statement", "") for event in read(state_dir / "audit")]


def unbound_query(connection: Any) -> Any:
    """The driver's method, on our connection."""
    return Connection.query(connection, RAW)


def unbound_command(connection: Any) -> Any:
    """What it ends in."""
    return Connection._execute_command(connection, COMMAND.COM_QUERY, RAW)


def bound_command(connection: Any) -> Any:
    """The same, asked of our own method."""
    return connection._execute_command(COMMAND.COM_QUERY, RAW)


def packet(connection: Any) -> Any:
    """A packet made by hand."""
    return connection.write_packet(b"\x03" + RAW.encode())


def unbound_packet(connection: Any) -> Any:
    """The same by the driver's method."""
    return Connection.write_packet(connection, b"\x03" + RAW.encode())


def written(connection: Any) -> Any:
    """Bytes for the socket."""
    return connection._write_bytes(b"\x05\x00\x00\x00\x03" + RAW.encode())


def prepared(connection: Any) -> Any:
    """A command that the driver does not know."""
    return connection._execute_command(COMMAND.COM_STMT_PREPARE, RAW)


def dumped(connection: Any) -> Any:
    """Another one: it would end the session of somebody else."""
    return connection._execute_command(COMMAND.COM_PROCESS_KILL, b"\x01\x00\x00\x00")


def other_database(connection: Any) -> Any:
    """The command that changes the database, by the driver's method."""
    return Connection.select_db(connection, "mysql")


REFUSED = [unbound_query, unbound_command, bound_command, packet, unbound_packet, written, prepared, dumped]


@pytest.mark.parametrize("way", [*REFUSED, other_database], ids=lambda way: way.__name__)
def test_ways_past_the_line_end_at_the_backstop(
    open_: Open, sent: list[bytes], way: Callable[[Any], Any]
) -> None:
    """It is refused before a byte leaves, and the connection goes on working."""
    connection = open_()
    sent.clear()

    with pytest.raises(governed_db.StatementDenied, match="GDB700") as raised:
        way(connection)

    assert isinstance(raised.value, pymysql.err.OperationalError)
    assert sent == []
    assert ran(connection, "SELECT 1") == ((1,),)


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda connection: connection.select_db("mysql"), "GDB303"),
        (lambda connection: connection.kill(1), "GDB309"),
        (lambda connection: connection.query("SELECT 1; SELECT 2"), "GDB109"),
        (lambda connection: connection.query("LOAD DATA LOCAL INFILE '/x' INTO TABLE products"), "GDB304"),
        (lambda connection: connection.cursor().callproc("anything", (1, "a")), "GDB302"),
        (lambda connection: connection.set_character_set("gbk"), "GDB701"),
        (lambda connection: connection.set_character_set("utf8mb4", "x, sql_mode = ''"), "GDB701"),
        (lambda connection: connection.connect(object()), "GDB701"),
    ],
    ids=["select_db", "kill", "two statements", "local file", "callproc", "charset", "collation", "socket"],
)
def test_calls_of_the_driver_are_decided_on(reading: Any, call: Callable[[Any], Any], code: str) -> None:
    """What a method would send is refused as the same statement would be."""
    with pytest.raises(governed_db.StatementDenied) as raised:
        call(reading)

    assert raised.value.code == code


def test_the_drivers_own_transaction_commands_are_free(shop: Any, raw: Any) -> None:
    """begin, commit, rollback and autocommit send their four texts without a decision."""
    shop.begin()
    ran(shop, "UPDATE products SET stock = 1 WHERE id = 1")
    shop.rollback()
    ran(shop, "UPDATE products SET stock = 2 WHERE id = 2")
    shop.commit()
    shop.autocommit(True)
    ran(shop, "UPDATE products SET stock = 3 WHERE id = 3")

    assert ran(raw, "SELECT stock FROM products WHERE id <= 3") == ((10,), (2,), (3,))


def test_attributes_decide_nothing(open_: Open) -> None:
    """What anybody can set on the connection changes neither what is sent nor where it goes."""
    connection = open_(autocommit=True)
    place = connection.host, connection.port

    connection.encoding, connection.server_status = "cp037", 0
    connection.client_flag |= CLIENT.MULTI_STATEMENTS | CLIENT.LOCAL_FILES
    connection.host, connection.port = "203.0.113.9", 1
    rows = ran(connection, "SELECT 'é', city FROM customers WHERE id = %s", (1,))
    connection.close()
    connection.connect()

    assert rows == (("é", "Ghent"),)
    assert (connection.host, connection.port) == place
    assert not connection.client_flag & (CLIENT.MULTI_STATEMENTS | CLIENT.LOCAL_FILES)
    assert ran(connection, "SELECT email FROM customers WHERE id = 1") == (("***",),)


def test_two_cursors_do_not_get_each_others_rows(reading: Any) -> None:
    """A cursor that streams is cut off by the next statement, as ever, and nothing of it is mixed up."""
    first, second = reading.cursor(pymysql.cursors.SSCursor), reading.cursor()
    first.execute(RAW)
    row = first.fetchone()

    with pytest.warns(UserWarning, match="left incomplete"):
        second.execute("SELECT count(*) FROM orders")

    assert row == ("***", "***")
    assert second.fetchall() == ((60,),)
    assert first.fetchall() == []
