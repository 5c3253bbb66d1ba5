"""Attacks on a PyMySQL connection by its public names, and by those of the driver's classes and module."""

from __future__ import annotations

import contextlib
import copy
import pickle
import struct
import threading
import time
import warnings
from functools import partial
from pathlib import Path
from types import MethodType
from typing import Any

import pymysql
import pymysql.connections
import pymysql.cursors
from pymysql import converters
from pymysql.constants import CLIENT, COMMAND

from tests import shop
from tests.attacks.drivers.held import MANY_ROWS, MASKED, NO_WHERE, PLAIN, Held, each, reachable

Connection: Any = pymysql.connections.Connection
Result: Any = pymysql.connections.MySQLResult
Cursor: Any = pymysql.cursors.Cursor
SSCursor: Any = pymysql.cursors.SSCursor
CURSORS = (Cursor, pymysql.cursors.DictCursor, SSCursor, pymysql.cursors.SSDictCursor)
BOUNDED = "UPDATE order_items SET quantity = quantity + 7 WHERE order_id > %s"
_TAKES_TEXT = (15, 252, 253, 254)


def _read(held: Held, text: str, args: Any = None, *, connection: Any = None, kind: Any = None) -> None:
    """Run and fetch as a program would."""

    def read() -> Any:
        cursor = (connection or held.connection).cursor(kind)
        cursor.execute(text, args)
        return cursor.fetchall()

    held.attempt(read)


def _everything(held: Held, one: Any) -> None:
    """All that an object of the driver has in itself."""
    found = vars(one) if hasattr(one, "__dict__") else {}
    held.saw({name: value for name, value in found.items() if not name.startswith("_governed")})
    held.saw(getattr(one, "rows", None), getattr(one, "_rows", None), getattr(one, "fields", None))


# -- cursors ----------------------------------------------------------------------------------------------


@each(*CURSORS)
def leak_cursor_made_by_hand(held: Held, kind: Any) -> None:
    """A cursor of the driver's own class."""
    cursor = kind(held.connection)
    cursor.execute(MASKED)
    held.saw(cursor.fetchall())


@each(*CURSORS)
def leak_cursor_asked_for(held: Held, kind: Any) -> None:
    """A cursor of every class, and each way to fetch."""
    for fetch in ("fetchone", "fetchmany", "fetchall", "__next__"):
        cursor = held.connection.cursor(kind)
        cursor.execute(MASKED)
        held.attempt(getattr(cursor, fetch))
        cursor.close()


@each(*CURSORS)
def leak_cursorclass(held: Held, kind: Any) -> None:
    """The connection's class of cursors, given when it is opened and set later."""

    class Mine(kind):  # type: ignore[misc]
        def _do_get_result(self) -> None:
            super()._do_get_result()
            held.saw(self._rows, self._result.rows, self.connection._result.rows)

        def _conv_row(self, row: Any) -> Any:
            held.saw(row)
            return super()._conv_row(row)

    held.connection.cursorclass = Mine
    _read(held, MASKED)
    with contextlib.closing(held.open(cursorclass=Mine)) as connection:
        _read(held, MASKED, connection=connection)


@each("_result.rows", "_rows", "connection._result", "all")
def leak_attributes_of_a_cursor(held: Held, what: str) -> None:
    """What a cursor keeps after it has run a statement."""
    cursor = held.connection.cursor()
    cursor.execute(MASKED)
    if what == "_result.rows":
        held.saw(cursor._result.rows)
    elif what == "_rows":
        held.saw(cursor._rows)
    elif what == "connection._result":
        held.saw(cursor.connection._result.rows)
    else:
        for one in (cursor, cursor._result, held.connection):
            _everything(held, one)


def leak_everything_reachable(held: Held) -> None:
    """All objects that public names lead to, and what is in them."""
    held.saw(*reachable(held.connection))
    cursor = held.connection.cursor(pymysql.cursors.DictCursor)
    cursor.execute(MASKED)
    held.saw(*reachable(cursor, held.connection))
    held.saw(cursor.fetchall())


@each("execute", "_query", "_do_get_result")
def leak_unbound_cursor_methods(held: Held, name: str) -> None:
    """The driver's own methods on a governed cursor."""
    cursor = held.connection.cursor()
    if name == "execute":
        Cursor.execute(cursor, MASKED)
    elif name == "_query":
        Cursor._query(cursor, MASKED)
        cursor._executed = MASKED
    else:
        held.connection.query(MASKED)
        Cursor._do_get_result(cursor)
        cursor._executed = MASKED
    held.saw(Cursor.fetchall(cursor), cursor._rows)


def leak_unbound_streaming_query(held: Held) -> None:
    """SSCursor's way to send, on a cursor of another class."""
    cursor = held.connection.cursor()
    SSCursor._query(cursor, MASKED)
    held.saw(SSCursor.read_next(cursor), cursor._result.rows)


def leak_every_class_in_the_cursors_mro(held: Held) -> None:
    """execute and fetchall of each class that the cursor is made of."""
    for kind in type(held.connection.cursor(SSCursor)).__mro__:
        if hasattr(kind, "execute"):
            cursor = held.connection.cursor(SSCursor)
            held.attempt(lambda kind=kind, cursor=cursor: kind.execute(cursor, MASKED))
            held.attempt(lambda kind=kind, cursor=cursor: kind.fetchall(cursor))


def leak_cursor_class_that_goes_to_the_connection(held: Held) -> None:
    """A cursor class that never calls the driver's."""

    class Mine(Cursor):  # type: ignore[misc]
        def execute(self, query: Any, args: Any = None) -> Any:
            Connection.query(self.connection, query)
            self._rows = self.connection._result.rows
            self._executed = query

    _read(held, MASKED, kind=Mine)


def leak_mogrify_of_the_attacker(held: Held) -> None:
    """A cursor class that writes another text than it was given."""

    class Mine(Cursor):  # type: ignore[misc]
        def mogrify(self, query: Any, args: Any = None) -> str:
            return MASKED

        def _mogrify(self, query: Any, args: Any) -> str:
            return MASKED

        def _query(self, q: Any) -> Any:
            return super()._query(MASKED)

    _read(held, "SELECT id FROM products WHERE id = %s", (1,), kind=Mine)


def leak_replayed_text(held: Held) -> None:
    """The text that was really sent, sent again by the driver's own methods."""
    cursor = held.connection.cursor()
    cursor.execute(MASKED)
    for text in (cursor._executed, cursor.mogrify(MASKED), MASKED.encode()):
        held.attempt(Connection._execute_command, held.connection, COMMAND.COM_QUERY, text)
        held.attempt(lambda: Connection._read_query_result(held.connection))
        held.saw(getattr(held.connection._result, "rows", None))


def leak_class_of_a_cursor(held: Held) -> None:
    """Another class for a cursor that is there."""
    cursor = held.connection.cursor()
    held.attempt(setattr, cursor, "__class__", Cursor)
    cursor.execute(MASKED)
    held.saw(cursor.fetchall())


def leak_cursor_of_another_connection(held: Held) -> None:
    """A cursor that is given another connection after its statement was sent."""
    other = held.open()
    try:
        cursor = held.connection.cursor(SSCursor)
        cursor.execute(MASKED)
        cursor.connection = other
        held.saw(cursor.fetchone())
        cursor.connection = held.connection
        held.saw(cursor.fetchall())
    finally:
        other.close()


@each("relative", "absolute")
def leak_scroll(held: Held, mode: str) -> None:
    """Rows looked at twice."""
    cursor = held.connection.cursor()
    cursor.execute(MASKED)
    cursor.scroll(2, mode)
    held.saw(cursor.fetchone())
    with contextlib.closing(held.connection.cursor(SSCursor)) as streaming:
        streaming.execute(MASKED)
        streaming.scroll(2, mode)
        held.saw(streaming.fetchone(), streaming._result.rows)


# -- the connection's own methods -------------------------------------------------------------------------


@each("bound", "unbound", "unbuffered")
def leak_query(held: Held, how: str) -> None:
    """Connection.query and what it leaves."""
    if how == "unbound":
        Connection.query(held.connection, MASKED)
    else:
        held.connection.query(MASKED, how == "unbuffered")
    result = held.connection._result
    held.attempt(lambda: result._read_rowdata_packet_unbuffered())
    held.saw(result.rows)


@each("read_packet", "read_bytes", "Result", "Result by hand", "init_unbuffered_query", "_rfile")
def leak_packets_of_a_stream(held: Held, how: str) -> None:
    """Rows of a masked result, taken off the wire while they stream."""
    connection = held.connection
    cursor = connection.cursor(SSCursor)
    cursor.execute(MASKED)
    if how == "read_packet":
        held.saw(Connection._read_packet(connection)._data)
    elif how == "read_bytes":
        held.saw(Connection._read_bytes(connection, 60))
    elif how == "_rfile":
        held.saw(connection._rfile.read(60))
    elif how == "Result":
        held.saw(Result._read_row_from_packet(cursor._result, connection._read_packet()))
    elif how == "Result by hand":
        result = Result(connection)
        result.converters = [("utf8", None)] * 3
        result.unbuffered_active = True
        held.saw(result._read_rowdata_packet_unbuffered())
        result.unbuffered_active = False
    else:
        result = cursor._result
        result.connection = connection
        held.saw(Result._read_rowdata_packet_unbuffered(result))
        result._read_row_from_packet = lambda packet: held.saw(packet._data)
        held.attempt(cursor.fetchone)


@each("converters", "_read_row_from_packet", "connection", "__class__")
def leak_result_changed_while_it_streams(held: Held, what: str) -> None:
    """The result's own attributes set between its rows."""
    cursor = held.connection.cursor(SSCursor)
    cursor.execute(MASKED)
    result = cursor._result
    if what == "converters":
        result.converters = [("utf8", None)] * 3
        held.attempt(lambda: result.converters.__setitem__(slice(0, 3), [("utf8", held.saw)] * 3))
    elif what == "_read_row_from_packet":
        result._read_row_from_packet = lambda packet: held.saw(packet._data)
    elif what == "__class__":
        result.__class__ = type("Mine", (Result,), {"_read_row_from_packet": lambda _, packet: packet._data})
        held.saw(cursor._result._read_rowdata_packet_unbuffered())
    else:
        real = result.connection

        class Spy:
            def _read_packet(self, *args: Any) -> Any:
                packet = real._read_packet(*args)
                held.saw(packet._data)
                return packet

        result.connection = Spy()
    held.attempt(cursor.fetchone)
    held.attempt(cursor.fetchall)


@each("_write_bytes", "write_packet", "_sock", "socket of a file")
def leak_written_by_hand(held: Held, how: str) -> None:
    """A statement as bytes, past the driver's methods."""
    connection = held.connection
    packet = struct.pack("<iB", len(MASKED) + 1, COMMAND.COM_QUERY) + MASKED.encode()
    if how == "_write_bytes":
        Connection._write_bytes(connection, packet)
    elif how == "write_packet":
        connection._next_seq_id = 0
        Connection.write_packet(connection, packet[4:])
    elif how == "_sock":
        connection._sock.sendall(packet)
    else:
        connection._rfile.raw._sock.sendall(packet)
    connection._next_seq_id = 1
    Connection._read_query_result(connection)
    held.saw(connection._result.rows)


def leak_raw_reader_after_a_permitted_query(held: Held) -> None:
    """The driver's reader in the place of the connection's."""
    connection = held.connection
    connection._read_query_result = MethodType(Connection._read_query_result, connection)
    _read(held, MASKED)


@each("_read_packet", "_read_bytes", "_write_bytes", "_execute_command", "query", "_read_query_result")
def leak_methods_put_on_the_connection(held: Held, name: str) -> None:
    """A function of the attacker's, set on the object in the place of a method."""
    connection = held.connection

    def spy(*args: Any, **kwargs: Any) -> Any:
        if name == "_execute_command":
            args = (COMMAND.COM_QUERY, MASKED)
        elif name == "_write_bytes":
            args = (struct.pack("<iB", len(MASKED) + 1, COMMAND.COM_QUERY) + MASKED.encode(),)
        elif name == "query":
            args = (MASKED, *args[1:])
        found = getattr(Connection, name)(connection, *args, **kwargs)
        held.saw(getattr(found, "_data", found), getattr(connection._result, "rows", None))
        return found

    setattr(connection, name, spy)
    cursor = connection.cursor()
    held.attempt(cursor.execute, MASKED)
    held.saw(cursor._rows)


@each("_read_packet", "_read_bytes", "_write_bytes", "_execute_command", "query", "_read_query_result")
def leak_methods_of_a_subclass(held: Held, name: str) -> None:
    """A class below the connection's own that overrides what the driver calls, also taken on later."""
    kind = type(held.connection)

    def spy(self: Any, *args: Any, **kwargs: Any) -> Any:
        if name == "_execute_command" and args[0] == COMMAND.COM_QUERY and b"products" in bytes(args[1]):
            args = (COMMAND.COM_QUERY, MASKED)
        elif name == "_write_bytes" and b"products" in args[0]:
            args = (struct.pack("<iB", len(MASKED) + 1, COMMAND.COM_QUERY) + MASKED.encode(),)
        elif name == "query":
            args = (MASKED, *args[1:])
        found = getattr(Connection, name)(self, *args, **kwargs)
        held.saw(getattr(found, "_data", found), getattr(self._result, "rows", None))
        return found

    held.attempt(setattr, held.connection, "__class__", type("Mine", (kind,), {name: spy}))
    for text in ("SELECT sku, title, price FROM products", MASKED):
        cursor = held.connection.cursor()
        held.attempt(cursor.execute, text)
        held.saw(cursor._rows)


def leak_class_of_the_connection(held: Held) -> None:
    """The driver's own class for a governed connection."""
    held.attempt(setattr, held.connection, "__class__", Connection)
    held.attempt(object.__setattr__, held.connection, "__class__", Connection)
    cursor = Cursor(held.connection)
    cursor.execute(MASKED)
    held.saw(cursor.fetchall())


def leak_object_getattribute(held: Held) -> None:
    """Attributes looked up past any __getattribute__ of ours, and super() from outside."""
    query = object.__getattribute__(held.connection, "query")
    query(MASKED)
    held.saw(held.connection._result.rows)
    for kind in type(held.connection).__mro__[:-2]:
        held.attempt(lambda kind=kind: super(kind, held.connection).query(MASKED))
        held.saw(getattr(held.connection._result, "rows", None))


@each("show_warnings", "SHOW WARNINGS", "unbound", "after a plain statement", "diagnostics")
def leak_warnings(held: Held, how: str) -> None:
    """Warnings quote the values that they warn of."""
    connection = held.connection
    _read(held, "SET SESSION sql_mode = ''")
    _read(held, "SELECT id FROM customers WHERE email = 5")
    if how == "show_warnings":
        held.saw(connection.show_warnings())
    elif how == "unbound":
        held.saw(Connection.show_warnings(connection))
    elif how == "after a plain statement":
        _read(held, "SELECT 1")
        held.attempt(connection.show_warnings)
        _read(held, "SELECT id FROM customers WHERE ssn = 5 LIMIT 1")
        held.saw(connection.show_warnings())
    elif how == "diagnostics":
        _read(held, "SHOW WARNINGS LIMIT 5")
        _read(held, "GET DIAGNOSTICS CONDITION 1 @m = MESSAGE_TEXT")
        _read(held, "SELECT @m")
    else:
        _read(held, "SHOW WARNINGS")


def leak_password(held: Held) -> None:
    """What the connection was opened with."""
    connection = held.open()
    with contextlib.closing(connection):
        password = connection.password
        held.saw("cnry0001@canary.example" if password else "nothing")


@each("copy", "deepcopy", "pickle", "dict", "vars")
def leak_copies(held: Held, how: str) -> None:
    """Another object with the same state."""
    connection = held.connection
    if how == "copy":
        twin = copy.copy(connection)
    elif how == "dict":
        twin = Connection.__new__(Connection)
        twin.__dict__.update(connection.__dict__)
    elif how == "vars":
        twin = Connection(defer_connect=True)
        for name, value in vars(connection).items():
            held.attempt(setattr, twin, name, value)
    else:
        with contextlib.suppress(Exception):
            held.saw(pickle.dumps(connection) if how == "pickle" else copy.deepcopy(connection))
        twin = connection
    cursor = Cursor(twin)
    cursor.execute(MASKED)
    held.saw(cursor.fetchall())


@each("init_command", "sql_mode", "read_default_file")
def leak_init_command(held: Held, how: str) -> None:
    """A statement that is sent when the connection is opened."""
    text = "SET @kept = (SELECT group_concat(email) FROM customers)"
    options = {"init_command": text} if how == "init_command" else {"sql_mode": "", "init_command": text}
    try:
        with contextlib.closing(held.open(**options)) as connection:
            _read(held, "SELECT @kept", connection=connection)
    except Exception as error:  # noqa: BLE001 - judged
        held.caught(error)


def leak_reconnect_with_another_command(held: Held) -> None:
    """ping(reconnect=True) sends what init_command says by then."""
    connection = held.connection
    connection.init_command = "SET @kept = (SELECT group_concat(email) FROM customers)"
    connection.close()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        connection.ping(reconnect=True)
    _read(held, "SELECT @kept")


def leak_many_statements_in_one(held: Held) -> None:
    """client_flag, set before a new connect."""
    connection = held.connection
    connection.client_flag |= CLIENT.MULTI_STATEMENTS
    connection.close()
    connection.connect()
    cursor = connection.cursor()
    held.attempt(cursor.execute, f"SELECT 1; {MASKED}")
    held.attempt(cursor.nextset)
    held.attempt(cursor.fetchall)


@each("set_charset", "set_character_set", "charset", "encoding")
def leak_character_set(held: Held, how: str) -> None:
    """An encoding in which a quote is hidden, or that says something else than it seems."""
    connection = held.connection
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if how in ("set_charset", "set_character_set"):
            held.attempt(getattr(connection, how), "gbk")
        elif how == "charset":
            connection.charset = "gbk"
        else:
            connection.encoding = "gbk"
    _read(
        held,
        "SELECT id, %s FROM products",
        ("\u7e17' UNION SELECT id, email FROM customers -- ",),
    )
    _read(held, b"SELECT id, '\xbf\\' UNION SELECT email, ssn FROM customers -- '")
    _read(held, MASKED)


def leak_use_unicode(held: Held) -> None:
    """Bytes instead of texts."""
    with contextlib.closing(held.open(use_unicode=False)) as connection:
        _read(held, MASKED, connection=connection)
    held.connection.use_unicode = False
    _read(held, MASKED)


def leak_select_db(held: Held) -> None:
    """Names of another database, where statistics hold values."""
    _read(held, "ANALYZE TABLE customers PERSISTENT FOR ALL")
    held.attempt(held.connection.select_db, "mysql")
    held.attempt(Connection.select_db, held.connection, "mysql")
    _read(held, "SELECT min_value, max_value FROM column_stats")


@each("info", "insert_id", "affected_rows")
def leak_what_the_server_tells_of_a_write(held: Held, what: str) -> None:
    """Numbers that a statement leaves in the session and in its result."""
    text = (
        "UPDATE products SET stock = LAST_INSERT_ID((SELECT salary FROM employees WHERE id = 1)) WHERE id=1"
    )
    _read(held, text)
    held.saw(held.connection.insert_id(), held.connection.affected_rows())
    cursor = held.connection.cursor()
    held.attempt(cursor.execute, text)
    held.saw(cursor.lastrowid, vars(cursor._result) if cursor._result else None)
    _read(held, "SELECT LAST_INSERT_ID()")
    _read(held, MASKED if what == "info" else "SELECT name, email FROM customers")


# -- values on their way ----------------------------------------------------------------------------------


@each("given", "set", "every type", "set between rows")
def leak_decoders(held: Held, how: str) -> None:
    """Converters are called with what the database sent."""

    def spy(value: Any) -> Any:
        held.saw(value)
        return value

    spies = dict.fromkeys(range(256), spy)
    connection = held.connection
    if how == "given":
        connection = held.open(conv={**converters.conversions, **spies})
    elif how == "set":
        connection.decoders.update(dict.fromkeys(_TAKES_TEXT, spy))
    elif how == "every type":
        connection.decoders = spies
    _read(held, MASKED, connection=connection)
    _read(held, "SELECT birth_date, salary FROM customers, employees", connection=connection)
    cursor = connection.cursor(SSCursor)
    cursor.execute(MASKED)
    if how == "set between rows":
        connection.decoders.update(spies)
    held.attempt(cursor.fetchall)


@each("_read_packet", "_rfile")
def leak_decoder_that_reads(held: Held, how: str) -> None:
    """While a row is decoded, the next one lies on the wire."""
    connection = held.connection
    times: list[int] = []

    def read(value: Any) -> Any:
        if not times:
            times.append(1)
            if how == "_read_packet":
                held.attempt(lambda: connection._read_packet()._data)
            else:
                held.attempt(lambda: connection._rfile.read(200))
            held.saw(getattr(connection._result, "rows", None))
        return value

    connection.decoders = {**connection.decoders, 3: read}
    _read(held, "SELECT id, name, email FROM customers")
    _read(held, "SELECT id, name, email FROM customers", kind=SSCursor)


class _Mapping(dict):  # type: ignore[type-arg]
    """Decoders that are asked for when the columns are known and the rows are still to come."""

    act: Any = None

    def get(self, key: Any, default: Any = None) -> Any:
        """What runs while a result is read."""
        if self.act is not None:
            self.act()
        return super().get(key, default)


def leak_decoders_that_act(held: Held) -> None:
    """A mapping of decoders whose `get` reads from the connection."""
    connection = held.connection
    found = _Mapping(connection.decoders)
    times: list[int] = []

    def act() -> None:
        if len(times) < 3:
            times.append(1)
            held.attempt(lambda: Connection._read_packet(connection)._data)

    connection.decoders = found
    found.act = act
    for _ in range(3):
        _read(held, MASKED)
        with contextlib.suppress(Exception):
            connection.connect()
    for _ in range(9):
        held.attempt(lambda: Connection._read_packet(connection)._data)
    found.act = None
    _read(held, MASKED)


@each("_data", "read", "slots")
def leak_packet_class(held: Held, how: str) -> None:
    """A packet class of the attacker's."""

    class Packet(pymysql.protocol.MysqlPacket):  # type: ignore[misc, name-defined]
        def __init__(self, data: bytes, encoding: str) -> None:
            held.saw(data)
            super().__init__(data, encoding)

    cursor = held.connection.cursor(SSCursor)
    cursor.execute(MASKED)
    packet = Connection._read_packet(held.connection, Packet)
    held.saw(packet._data if how == "_data" else packet.get_all_data())


# -- parameters that act ----------------------------------------------------------------------------------


class _Acts:
    """A parameter that does something when it is written out."""

    def __init__(self, act: Any) -> None:
        self.act = act

    def __str__(self) -> str:
        self.act()
        return "0"


def _acting(held: Held, act: Any, connection: Any = None) -> _Acts:
    (connection or held.connection).encoders[_Acts] = lambda value, mapping: str(value)
    return _Acts(act)


@each("query", "unbound", "cursor")
def leak_parameter_that_sends(held: Held, how: str) -> None:
    """While a parameter is written, a statement is about to be permitted: not this one."""
    connection = held.connection

    def send() -> None:
        if how == "query":
            held.attempt(connection.query, MASKED)
        elif how == "unbound":
            held.attempt(Connection.query, connection, MASKED)
        else:
            _read(held, MASKED)
        held.saw(getattr(connection._result, "rows", None))

    _read(held, "SELECT id FROM orders WHERE id > %s", (_acting(held, send),))


@each("commit", "begin", "autocommit", "query", "ddl")
def effect_parameter_that_ends_the_savepoint(held: Held, how: str) -> None:
    """Writing a parameter commits what a bounded write runs in, so that nothing can be undone."""
    connection = held.connection
    act = {
        "commit": connection.commit,
        "begin": connection.begin,
        "autocommit": lambda: connection.autocommit(True),
        "query": lambda: connection.query("COMMIT"),
        "ddl": lambda: connection.query("CREATE TABLE IF NOT EXISTS x (a int)"),
    }[how]
    cursor = connection.cursor()
    held.attempt(cursor.execute, BOUNDED, (_acting(held, lambda: held.attempt(act)),))
    rows = [(_acting(held, lambda: held.attempt(act)),), (1,)]
    held.attempt(cursor.executemany, BOUNDED, rows)


@each("commit", "unbound commit", "raw command")
def effect_decoder_that_ends_the_savepoint(held: Held, how: str) -> None:
    """A decoder that commits while the rows of a bounded write are read."""
    connection = held.connection

    def end(value: Any) -> Any:
        held.attempt(
            {
                "commit": connection.commit,
                "unbound commit": lambda: Connection.commit(connection),
                "raw command": lambda: Connection._execute_command(connection, COMMAND.COM_QUERY, "COMMIT"),
            }[how]
        )
        return value

    connection.decoders = {**connection.decoders, 3: end}
    _read(held, "DELETE FROM order_items WHERE order_id > 0 RETURNING order_id")


@each("execute", "_query", "_clear_result", "nextset", "_do_get_result")
def effect_cursor_that_ends_the_savepoint(held: Held, name: str) -> None:
    """A cursor class whose methods commit while a bounded write is on its way."""

    def acts(self: Any, *args: Any, **kwargs: Any) -> Any:
        held.attempt(Connection.commit, self.connection)
        found = getattr(Cursor, name)(self, *args, **kwargs)
        held.attempt(Connection.commit, self.connection)
        return found

    kind = type("Mine", (Cursor,), {name: acts})
    held.attempt(held.connection.cursor(kind).execute, MANY_ROWS)
    values = [(n,) for n in range(1, 100)]
    text = "UPDATE order_items SET quantity = quantity + 1 WHERE order_id = %s"
    held.attempt(held.connection.cursor(kind).executemany, text, values)


def effect_connection_class_that_ends_the_savepoint(held: Held) -> None:
    """The connection's own methods, overridden, commit while a bounded write is on its way."""

    def acts(self: Any, *args: Any, **kwargs: Any) -> Any:
        found = Connection._read_query_result(self, *args, **kwargs)
        with contextlib.suppress(Exception):
            Connection.commit(self)
        return found

    kind = type("Mine", (type(held.connection),), {"_read_query_result": acts})
    held.attempt(setattr, held.connection, "__class__", kind)
    held.attempt(held.connection.cursor().execute, MANY_ROWS)


@each("_affected_rows", "cursor.rowcount", "affected_rows")
def effect_miscounting(held: Held, what: str) -> None:
    """Somebody else's counter in the place of the driver's."""
    connection = held.connection
    if what == "_affected_rows":
        kind = type("Mine", (type(connection),), {"_affected_rows": property(lambda _: 1, lambda *_: None)})
        held.attempt(setattr, connection, "__class__", kind)
    elif what == "affected_rows":
        connection.affected_rows = lambda: 1
    cursor = connection.cursor(type("Mine", (Cursor,), {"rowcount": 1}))
    held.attempt(cursor.execute, MANY_ROWS)


@each("connection", "cursor")
def effect_thread_that_ends_the_savepoint(held: Held, what: str) -> None:
    """Another thread commits while a bounded write is measured."""
    connection = held.open()
    held.attempt(connection.cursor().execute, MANY_ROWS)
    connection.commit()
    stop = threading.Event()

    def commit() -> None:
        while not stop.is_set():
            with contextlib.suppress(Exception):
                connection.commit() if what == "connection" else connection.cursor().execute("COMMIT")
            stop.wait(0.0005)

    thread = threading.Thread(target=commit)
    thread.start()
    try:
        for _ in range(25):
            held.attempt(connection.cursor().execute, MANY_ROWS)
            with contextlib.suppress(Exception):
                connection.commit()
            if not connection.open:
                connection.connect()
    finally:
        stop.set()
        thread.join()
        with contextlib.suppress(Exception):
            connection.close()


def leak_thread_that_rides(held: Held) -> None:
    """Another thread sends and reads while this one has a permit."""
    connection = held.open()
    stop = threading.Event()

    def ride() -> None:
        while not stop.is_set():
            held.attempt(lambda: Connection._read_packet(connection)._data)
            held.attempt(Connection.query, connection, MASKED)
            held.saw(getattr(connection._result, "rows", None))
            stop.wait(0.001)

    thread = threading.Thread(target=ride)
    thread.start()
    try:
        for _ in range(30):
            held.attempt(connection.cursor().execute, MASKED)
            with contextlib.suppress(Exception):
                if not connection.open:
                    connection.connect()
    finally:
        stop.set()
        thread.join()
        with contextlib.suppress(Exception):
            connection.close()


class _Twofold(str):
    """A text that is another one when it is sent."""

    __slots__ = ()

    def encode(self, *_: Any) -> bytes:
        return MASKED.encode()

    def __mod__(self, _: Any) -> str:
        return MASKED


@each(_Twofold(PLAIN), bytearray(MASKED.encode()), MASKED.encode())
def leak_text_with_two_faces(held: Held, text: Any) -> None:
    """Queries that are no plain texts."""
    _read(held, PLAIN)
    _read(held, text)
    Connection.query(held.connection, text)
    held.saw(held.connection._result.rows)


def leak_text_changed_on_its_way(held: Held) -> None:
    """A bytearray that an encoder changes after it was looked at."""
    text = bytearray(b"SELECT id, status, city FROM customers WHERE id > %s")

    def change() -> None:
        text[:] = MASKED.encode()

    _read(held, text, (_acting(held, change),))
    _read(held, bytes(text))


# -- statements that only this driver's server knows ------------------------------------------------------

_VARIABLE = "SELECT @kept := concat(ifnull(@kept, ''), email) FROM customers"


@each("assignment", "into", "set", "procedure argument", "limit into")
def leak_session_variables(held: Held, how: str) -> None:
    """Values kept in variables of the session."""
    for text in {
        "assignment": (_VARIABLE,),
        "into": ("SELECT group_concat(email) FROM customers INTO @kept",),
        "set": ("SET @kept = (SELECT group_concat(ssn) FROM customers)",),
        "procedure argument": ("SELECT id FROM customers WHERE (@kept := concat(email, ssn)) IS NOT NULL",),
        "limit into": ("SELECT email INTO @kept FROM customers LIMIT 1",),
    }[how]:
        _read(held, text)
    _read(held, "SELECT @kept")


@each("handler", "prepare", "execute immediate", "prepare from variable", "do", "benchmark")
def leak_statements_in_statements(held: Held, how: str) -> None:
    """Statements that the analysis of one statement does not see."""
    for text in {
        "handler": ("HANDLER customers OPEN", "HANDLER customers READ FIRST LIMIT 5"),
        "prepare": (f"PREPARE p FROM '{MASKED}'", "EXECUTE p"),
        "execute immediate": (f"EXECUTE IMMEDIATE '{MASKED}'",),
        "prepare from variable": (f"SET @q = '{MASKED}'", "PREPARE p FROM @q", "EXECUTE p"),
        "do": ("DO @kept := (SELECT group_concat(email) FROM customers)", "SELECT @kept"),
        "benchmark": ("SELECT benchmark(1, @kept := (SELECT max(email) FROM customers))", "SELECT @kept"),
    }[how]:
        _read(held, text)


@each(
    "SELECT extractvalue(1, concat('~', (SELECT email FROM customers WHERE id = 1)))",
    "SELECT updatexml(1, concat('~', (SELECT email FROM customers WHERE id = 1)), 1)",
    "INSERT INTO products (sku, title, price, stock) SELECT email, title, price, 1"
    " FROM customers, products WHERE customers.id < 4",
    "UPDATE customers c, customers d SET c.email = d.email WHERE c.id = 3 AND d.id = 4",
    "UPDATE products p, customers c SET p.stock = c.email WHERE p.id = c.id",
    "INSERT INTO order_items (order_id, product_id, quantity, unit_price) SELECT id, id, email, 1"
    " FROM customers",
    "ALTER TABLE customers MODIFY ssn integer",
    "ALTER TABLE customers ADD UNIQUE (city), MODIFY email integer",
    "CREATE TABLE t (v integer) AS SELECT email AS v FROM customers",
    "SET sql_mode = (SELECT email FROM customers WHERE id = 1)",
    "SET @@session.character_set_results = (SELECT email FROM customers WHERE id = 1)",
    "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'cnry0001@canary.example'",
)
def leak_error_texts(held: Held, text: str) -> None:
    """Errors that quote the values they are about."""
    _read(held, text)
    with contextlib.suppress(Exception):
        held.saw(held.connection.show_warnings())


@each("outfile", "dumpfile", "load_file", "load data local", "load data")
def leak_files(held: Held, how: str) -> None:
    """Through a file of the server or of this machine."""
    name = f"/tmp/governed-db-{time.monotonic_ns()}"
    if how in ("outfile", "dumpfile"):
        _read(held, f"SELECT email FROM customers WHERE id = 1 INTO {how.upper()} '{name}'")
        _read(held, f"SELECT load_file('{name}')")
        return
    Path(name).write_text("77\tcnry0001@canary.example\n", encoding="utf-8")
    if how == "load_file":
        _read(held, f"SELECT load_file('{name}')")
        return
    local = "LOCAL " if "local" in how else ""
    with contextlib.closing(held.open(local_infile=True)) as connection:
        text = (
            f"LOAD DATA {local}INFILE '{name}' INTO TABLE products (id, sku) SET title='t', price=1, stock=1"
        )
        _read(held, text, connection=connection)
        _read(held, "SELECT sku FROM products WHERE id = 77", connection=connection)


_CATALOGS = (
    "SELECT min_value, max_value, hex(histogram) FROM mysql.column_stats",
    "SELECT hex(histogram), min_value FROM mysql.column_stats WHERE table_name = 'customers'",
    "SELECT * FROM mysql.column_stats",
    "SELECT s.min_value v FROM customers c JOIN mysql.column_stats s ON 1 = 1 WHERE c.id = 1",
)


@each(*_CATALOGS)
def leak_statistics(held: Held, text: str) -> None:
    """The server keeps the least and the greatest value of each column."""
    _read(held, "ANALYZE TABLE customers PERSISTENT FOR ALL")
    _read(held, text)


@each(
    "SHOW PROCESSLIST",
    "SHOW FULL PROCESSLIST",
    "SELECT info FROM information_schema.processlist",
    "SELECT info FROM information_schema.PROCESSLIST WHERE info LIKE '%cnry%'",
    "SELECT trx_query FROM information_schema.INNODB_TRX",
    "SHOW ENGINE INNODB STATUS",
)
def leak_statements_of_others(held: Held, text: str) -> None:
    """What others are running, with the values in it."""
    value = shop.canaries("customers.email")[0].text
    started = threading.Event()

    def run() -> None:
        with contextlib.closing(held.outside()) as other, contextlib.closing(other.cursor()) as cursor:
            cursor.execute("START TRANSACTION")
            cursor.execute("UPDATE products SET stock = stock WHERE id = 1")
            started.set()
            cursor.execute(f"SELECT sleep(0.6), '{value}'")
            other.rollback()

    thread = threading.Thread(target=run)
    thread.start()
    started.wait(60)
    time.sleep(0.15)
    _read(held, text)
    thread.join()


@each(
    "SELECT lock_data FROM information_schema.INNODB_LOCKS",
    "SELECT trx_query FROM information_schema.INNODB_TRX",
    "SHOW ENGINE INNODB STATUS",
)
def leak_locked_values(held: Held, text: str) -> None:
    """The keys that others wait for."""
    value = shop.canaries("customers.email")[0].text
    lock = f"SELECT id FROM customers WHERE email = '{value}' FOR UPDATE"
    started = threading.Event()

    def wait() -> None:
        with contextlib.closing(held.outside()) as other, contextlib.closing(other.cursor()) as cursor:
            cursor.execute("SET innodb_lock_wait_timeout = 1")
            started.set()
            with contextlib.suppress(Exception):
                cursor.execute(lock)

    with contextlib.closing(held.outside()) as holder, contextlib.closing(holder.cursor()) as cursor:
        cursor.execute(lock)
        thread = threading.Thread(target=wait)
        thread.start()
        started.wait(60)
        time.sleep(0.25)
        _read(held, text)
        thread.join()


def leak_general_log_as_a_table(held: Held) -> None:
    """The server's log of statements, where it is kept as a table."""
    value = shop.canaries("customers.email")[0].text
    with contextlib.closing(held.outside()) as other, contextlib.closing(other.cursor()) as cursor:
        cursor.execute("SET GLOBAL log_output = 'TABLE'")
        cursor.execute("SET GLOBAL general_log = 1")
        cursor.execute(f"SELECT '{value}'")
        cursor.execute("SET GLOBAL general_log = 0")
    _read(held, "SELECT argument FROM mysql.general_log")


@each("callproc", "call", "variables")
def leak_procedures(held: Held, how: str) -> None:
    """A procedure of somebody else's, and the variables that callproc leaves."""
    with contextlib.closing(held.outside()) as other, contextlib.closing(other.cursor()) as cursor:
        cursor.execute("DROP PROCEDURE IF EXISTS told")
        cursor.execute("CREATE PROCEDURE told(OUT a text) SELECT group_concat(email) FROM customers INTO a")
    try:
        cursor = held.connection.cursor()
        if how == "callproc":
            held.attempt(cursor.callproc, "told", ("x",))
            _read(held, "SELECT @_told_0")
        elif how == "call":
            _read(held, "CALL told(@kept)")
            _read(held, "SELECT @kept")
        else:
            held.attempt(Cursor.callproc, cursor, "told", ("x",))
            _read(held, "SELECT @`_told_0`")
    finally:
        with contextlib.closing(held.outside()) as other, contextlib.closing(other.cursor()) as cursor:
            cursor.execute("DROP PROCEDURE told")


@each("nextset", "next_result", "unbound next_result", "left incomplete")
def leak_further_results(held: Held, how: str) -> None:
    """The second result of a procedure."""
    with contextlib.closing(held.outside()) as other, contextlib.closing(other.cursor()) as cursor:
        cursor.execute("DROP PROCEDURE IF EXISTS told")
        cursor.execute("CREATE PROCEDURE told() BEGIN SELECT 1; SELECT email FROM customers; END")
    try:
        cursor = held.connection.cursor(SSCursor if how == "left incomplete" else None)
        held.attempt(cursor.callproc, "told")
        if how == "nextset":
            held.attempt(cursor.nextset)
            held.attempt(cursor.fetchall)
        elif how == "left incomplete":
            held.attempt(cursor.fetchall)
            held.attempt(held.connection.next_result)
            held.saw(getattr(held.connection._result, "rows", None))
        else:
            call = held.connection.next_result
            held.attempt(call if how == "next_result" else partial(Connection.next_result, held.connection))
            held.saw(getattr(held.connection._result, "rows", None))
    finally:
        with contextlib.closing(held.outside()) as other, contextlib.closing(other.cursor()) as cursor:
            cursor.execute("DROP PROCEDURE told")


# -- effects ----------------------------------------------------------------------------------------------


@each("query", "unbound query", "_execute_command", "_write_bytes", "_sock", "cursor")
def effect_write_past_the_line(held: Held, how: str) -> None:
    """Everything deleted, by each way to send."""
    connection = held.connection
    packet = struct.pack("<iB", len(NO_WHERE) + 1, COMMAND.COM_QUERY) + NO_WHERE.encode()
    held.attempt(
        {
            "query": lambda: connection.query(NO_WHERE),
            "unbound query": lambda: Connection.query(connection, NO_WHERE),
            "_execute_command": lambda: Connection._execute_command(connection, COMMAND.COM_QUERY, NO_WHERE),
            "_write_bytes": lambda: Connection._write_bytes(connection, packet),
            "_sock": lambda: connection._sock.sendall(packet),
            "cursor": lambda: Cursor.execute(connection.cursor(), NO_WHERE),
        }[how]
    )
    if how in ("_execute_command", "_write_bytes", "_sock"):
        connection._next_seq_id = 1
        held.attempt(Connection._read_ok_packet, connection)


def effect_executemany_in_pieces(held: Held) -> None:
    """Many small statements of one call."""
    text = "UPDATE order_items SET quantity = quantity + 7 WHERE order_id = %s"
    held.attempt(held.connection.cursor().executemany, text, [(n,) for n in range(1, 61)])


def effect_prepared_statement_command(held: Held) -> None:
    """The protocol's own prepared statements, which the driver has no method for."""
    connection = held.connection
    Connection._execute_command(connection, COMMAND.COM_STMT_PREPARE, NO_WHERE)
    packet = Connection._read_packet(connection)
    (number,) = struct.unpack("<I", packet._data[1:5])
    Connection._execute_command(connection, COMMAND.COM_STMT_EXECUTE, struct.pack("<IBI", number, 0, 1))
    Connection._read_ok_packet(connection)


@each("kill", "_execute_command", "query")
def effect_kill(held: Held, how: str) -> None:
    """Somebody else's session ended; with it goes what it would have written."""
    victim = held.outside()
    cursor = victim.cursor()
    cursor.execute("DELETE FROM api_tokens WHERE id = 2")
    number = victim.thread_id()
    held.attempt(
        {
            "kill": lambda: held.connection.kill(number),
            "query": lambda: held.connection.query(f"KILL CONNECTION {number}"),
            "_execute_command": lambda: Connection._execute_command(
                held.connection, COMMAND.COM_PROCESS_KILL, struct.pack("<I", number)
            ),
        }[how]
    )
    time.sleep(0.05)
    try:
        cursor.execute("SELECT 1")
        victim.rollback()
    except pymysql.err.Error:
        with contextlib.closing(held.outside()) as other, contextlib.closing(other.cursor()) as again:
            again.execute("DELETE FROM api_tokens WHERE id = 2")  # makes the session's end visible
            other.commit()
    with contextlib.suppress(Exception):
        victim.close()


def effect_load_data_local(held: Held) -> None:
    """Rows from a file of this machine."""
    name = f"/tmp/governed-db-{time.monotonic_ns()}"
    Path(name).write_text("77\tsku-77\n", encoding="utf-8")
    held.connection._local_infile = True
    text = f"LOAD DATA LOCAL INFILE '{name}' INTO TABLE products (id, sku) SET title='t', price=1, stock=1"
    held.attempt(held.connection.query, text)
    held.attempt(Connection.query, held.connection, text)
