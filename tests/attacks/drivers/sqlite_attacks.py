"""Attacks on a sqlite3 connection by its public names, and by those of the driver's classes and module."""

from __future__ import annotations

import contextlib
import copy
import pickle
import sqlite3
import threading
from functools import partial
from typing import Any

from tests.attacks.drivers.held import MANY_ROWS, MASKED, NO_WHERE, PLAIN, Held, each, reachable


def _past(held: Held, cursor: Any, text: str) -> None:
    """Run and fetch by the driver's own methods."""
    held.attempt(lambda: sqlite3.Cursor.execute(cursor, text) and sqlite3.Cursor.fetchall(cursor))


def _read(held: Held, text: str, connection: Any = None) -> None:
    """Run and fetch as a program would."""
    held.attempt(lambda: (connection or held.connection).execute(text).fetchall())


# -- base-class methods, called unbound -------------------------------------------------------------------


def leak_unbound_cursor_execute(held: Held) -> None:
    """The driver's own execute on a governed cursor."""
    cursor = held.connection.cursor()
    sqlite3.Cursor.execute(cursor, MASKED)
    held.saw(sqlite3.Cursor.fetchall(cursor))


def leak_unbound_connection_execute(held: Held) -> None:
    """The driver's own execute on the connection."""
    held.saw(sqlite3.Connection.execute(held.connection, MASKED).fetchall())


def leak_unbound_connection_cursor(held: Held) -> None:
    """The driver's own cursor()."""
    held.saw(sqlite3.Connection.cursor(held.connection).execute(MASKED).fetchall())


def leak_super_of_the_class(held: Held) -> None:
    """super() from outside of the class."""
    one = held.connection
    for kind in type(one).__mro__[:-2] or (type("Mine", (type(one),), {}),):
        held.attempt(lambda kind=kind: super(kind, one).cursor().execute(MASKED).fetchall())
    held.attempt(lambda: super(type(one), one).execute(MASKED).fetchall())
    held.saw(sqlite3.Connection.execute(one, MASKED).fetchall())


def leak_every_class_in_the_mro(held: Held) -> None:
    """execute of each class that the connection is made of."""
    for kind in type(held.connection).__mro__:
        if hasattr(kind, "execute"):
            held.attempt(lambda kind=kind: kind.execute(held.connection, MASKED).fetchall())


def leak_every_class_in_the_cursors_mro(held: Held) -> None:
    """execute and fetchall of each class that the cursor is made of."""
    for kind in type(held.connection.cursor()).__mro__:
        for other in type(held.connection.cursor()).__mro__:
            if hasattr(kind, "execute") and hasattr(other, "fetchall"):
                cursor = held.connection.cursor()
                held.attempt(lambda kind=kind, cursor=cursor: kind.execute(cursor, MASKED))
                held.attempt(lambda other=other, cursor=cursor: other.fetchall(cursor))


@each("fetchone", "fetchmany", "fetchall", "__next__")
def leak_unbound_fetch_of_a_governed_statement(held: Held, name: str) -> None:
    """The driver's own fetch after a masked statement."""
    cursor = held.connection.cursor()
    cursor.execute(MASKED)
    held.saw(getattr(sqlite3.Cursor, name)(cursor))


def leak_bound_method_of_the_base(held: Held) -> None:
    """Descriptors bound by hand."""
    cursor = sqlite3.Connection.cursor.__get__(held.connection, sqlite3.Connection)()
    held.saw(sqlite3.Cursor.execute.__get__(cursor, sqlite3.Cursor)(MASKED).fetchall())


def leak_object_getattribute(held: Held) -> None:
    """Attributes looked up past any __getattribute__ of ours."""
    execute = object.__getattribute__(held.connection, "execute")
    held.saw(execute(MASKED).fetchall())


def leak_statement_object(held: Held) -> None:
    """The driver prepares a statement when its connection is called."""
    prepared = held.attempt(sqlite3.Connection.__call__, held.connection, MASKED)
    held.saw(prepared, sqlite3.Connection.execute(held.connection, MASKED).fetchall())


def leak_replayed_text(held: Held) -> None:
    """The text that the driver was really given, seen by a trace, run again past the line."""
    texts: list[str] = []
    sqlite3.Connection.set_trace_callback(held.connection, texts.append)
    held.connection.execute(MASKED).fetchall()
    sqlite3.Connection.set_trace_callback(held.connection, None)
    cursor = held.connection.cursor()
    for text in texts:
        held.attempt(
            lambda text=text: sqlite3.Cursor.execute(cursor, text) and sqlite3.Cursor.fetchall(cursor)
        )


@each("execute", "executemany", "executescript")
def effect_unbound_write(held: Held, name: str) -> None:
    """Writes by the driver's own methods."""
    arguments = {"executemany": ("DELETE FROM api_tokens WHERE id > ?", [(0,)])}.get(name, (NO_WHERE,))
    held.attempt(getattr(sqlite3.Cursor, name), held.connection.cursor(), *arguments)
    held.attempt(getattr(sqlite3.Connection, name), held.connection, *arguments)


# -- what sqlite3 offers beside statements ----------------------------------------------------------------


@each("bound", "unbound")
def leak_backup(held: Held, how: str) -> None:
    """All pages copied into a database in memory."""
    copied = sqlite3.connect(":memory:")
    with contextlib.closing(copied):
        if how == "bound":
            held.attempt(held.connection.backup, copied)
        else:
            held.attempt(sqlite3.Connection.backup, held.connection, copied)
        held.saw(copied.execute(MASKED).fetchall())


def leak_backup_into_a_governed_one(held: Held) -> None:
    """The same, into a connection of the attacker's kind."""
    with contextlib.closing(sqlite3.connect(":memory:")) as copied:
        held.attempt(sqlite3.Connection.backup, held.connection, copied, pages=1000)
        held.saw(b"".join(copied.serialize() for _ in "x"))


@each("bound", "unbound", "without authorizer")
def leak_serialize(held: Held, how: str) -> None:
    """The whole database as bytes."""
    if how == "without authorizer":
        sqlite3.Connection.set_authorizer(held.connection, None)
    held.saw(held.connection.serialize() if how == "bound" else sqlite3.Connection.serialize(held.connection))


def leak_iterdump(held: Held) -> None:
    """The whole database as SQL."""
    held.saw(list(held.connection.iterdump()))


def leak_unbound_iterdump(held: Held) -> None:
    """The same by the driver's own method."""
    held.saw(list(sqlite3.Connection.iterdump(held.connection)))


@each("bound", "unbound", "without authorizer")
def leak_blob(held: Held, how: str) -> None:
    """One value as a file."""
    if how == "without authorizer":
        sqlite3.Connection.set_authorizer(held.connection, None)
    place = ("customers", "phone", 7)
    blob = (
        held.connection.blobopen(*place)
        if how == "bound"
        else sqlite3.Connection.blobopen(held.connection, *place)
    )
    held.saw(blob.read())


def effect_blob(held: Held) -> None:
    """One value overwritten as a file."""
    blob = sqlite3.Connection.blobopen(held.connection, "customers", "phone", 7, readonly=False)
    blob.write(b"attacker@")
    blob.close()


# -- callbacks --------------------------------------------------------------------------------------------


@each("None", "a function")
def leak_without_authorizer(held: Held, what: str) -> None:
    """The authorizer taken away, or replaced, by the driver's own method."""
    callback = None if what == "None" else lambda *_: sqlite3.SQLITE_OK
    sqlite3.Connection.set_authorizer(held.connection, callback)
    held.saw(sqlite3.Connection.execute(held.connection, MASKED).fetchall())


def leak_authorizer_of_the_attacker(held: Held) -> None:
    """set_authorizer() as a method, then everything else."""
    held.connection.set_authorizer(lambda *_: sqlite3.SQLITE_OK)
    held.connection.set_authorizer(None)
    held.saw(held.connection.cursor().execute(MASKED).fetchall())


def effect_without_authorizer(held: Held) -> None:
    """A write that nobody is asked about."""
    sqlite3.Connection.set_authorizer(held.connection, None)
    sqlite3.Cursor.execute(held.connection.cursor(), NO_WHERE)


@each("BINARY", "NOCASE")
def leak_collation(held: Held, name: str) -> None:
    """A collation compares the raw values of every grouped column."""

    def spy(left: str, right: str) -> int:
        held.saw(left, right)
        return (left > right) - (left < right)

    sqlite3.Connection.create_collation(held.connection, name, spy)
    held.attempt(
        lambda: held.connection.execute("SELECT email, count(*) FROM customers GROUP BY email").fetchall()
    )
    _read(held, "SELECT DISTINCT ssn FROM customers")
    held.attempt(
        lambda: held.connection.execute(f"SELECT id FROM customers ORDER BY email COLLATE {name}").fetchall()
    )


def leak_collation_method(held: Held) -> None:
    """create_collation() as a method."""

    def spy(left: str, right: str) -> int:
        held.saw(left, right)
        return (left > right) - (left < right)

    held.connection.create_collation("BINARY", spy)
    held.attempt(
        lambda: held.connection.execute("SELECT email, count(*) FROM customers GROUP BY 1").fetchall()
    )
    held.attempt(
        lambda: held.connection.execute("SELECT id FROM customers ORDER BY email COLLATE spy").fetchall()
    )


@each("bound", "unbound")
def leak_function_of_a_builtins_name(held: Held, how: str) -> None:
    """A function in the place of a built-in gets what the built-in would get."""

    def spy(*values: Any) -> str:
        held.saw(values)
        return "x"

    create = held.connection.create_function
    if how == "unbound":
        create = partial(sqlite3.Connection.create_function, held.connection)
    for name, count in (("lower", 1), ("coalesce", -1), ("like", 2), ("substr", 3), ("ifnull", 2)):
        held.attempt(create, name, count, spy, deterministic=True)
    for text in (
        "SELECT lower(email) FROM customers",
        "SELECT coalesce(email, '') FROM customers",
        "UPDATE customers SET city = 'Graz' WHERE id = 3",
        "SELECT id FROM customers WHERE city LIKE 'G%' AND ifnull(email, '') <> ''",
        "SELECT count(*) FROM customers WHERE coalesce(email, phone) IS NOT NULL",
    ):
        held.attempt(lambda text=text: held.connection.execute(text).fetchall())


@each("bound", "unbound")
def leak_aggregate_of_a_builtins_name(held: Held, how: str) -> None:
    """count() is permitted on any column; an aggregate of that name sees the values."""

    class Spy:
        def step(self, *values: Any) -> None:
            held.saw(values)

        def finalize(self) -> int:
            return 0

    create = held.connection.create_aggregate
    if how == "unbound":
        create = partial(sqlite3.Connection.create_aggregate, held.connection)
    for count in (0, 1):
        held.attempt(create, "count", count, Spy)
    _read(held, "SELECT count(email) FROM customers")
    _read(held, "SELECT count(DISTINCT ssn) FROM customers")


@each("bound", "unbound")
def leak_function_by_name(held: Held, how: str) -> None:
    """A function of the attacker's, called by its name."""
    create = held.connection.create_function
    if how == "unbound":
        create = partial(sqlite3.Connection.create_function, held.connection)
    held.attempt(create, "spy", -1, lambda *values: held.saw(values))
    _read(held, "SELECT spy(email) FROM customers")
    held.attempt(
        lambda: held.connection.execute("SELECT id FROM customers WHERE spy(ssn) IS NULL").fetchall()
    )


@each("bound", "unbound")
def leak_window_function(held: Held, how: str) -> None:
    """The same as a window function."""

    class Spy:
        def step(self, *values: Any) -> None:
            held.saw(values)

        def inverse(self, *values: Any) -> None:
            held.saw(values)

        def value(self) -> int:
            return 0

        finalize = value

    create = held.connection.create_window_function
    if how == "unbound":
        create = partial(sqlite3.Connection.create_window_function, held.connection)
    held.attempt(create, "count", 1, Spy)
    held.attempt(create, "max", 1, Spy)
    for name in ("count", "max"):
        text = f"SELECT id, {name}(email) OVER (ORDER BY id) FROM customers"
        held.attempt(lambda text=text: held.connection.execute(text).fetchall())


@each("function", "aggregate", "progress", "authorizer", "trace")
def leak_statements_sent_by_callbacks(held: Held, what: str) -> None:
    """A callback that SQLite calls while a permitted statement runs sends one of its own."""
    connection = held.connection

    def send(*_: Any) -> int:
        if len(times) < 20:
            times.append(1)
            cursor = sqlite3.Cursor(connection)
            _past(held, cursor, MASKED)
        return 0

    times: list[int] = []
    if what == "function":
        connection.create_function("upper", 1, send)
    elif what == "aggregate":
        connection.create_aggregate("count", 1, type("A", (), {"step": send, "finalize": send}))
    elif what == "progress":
        connection.set_progress_handler(send, 1)
    elif what == "authorizer":
        connection.set_authorizer(send)
    else:
        connection.set_trace_callback(send)
    held.attempt(
        lambda: connection.execute("SELECT upper(title), count(sku) FROM products GROUP BY 1").fetchall()
    )
    _read(held, "SELECT count(*) FROM orders a, order_items b", connection)


@each("progress", "trace", "authorizer")
def leak_text_factory_set_meanwhile(held: Held, what: str) -> None:
    """A callback puts a text factory in place when the masked rows are already being read."""
    connection = held.connection

    def factory(raw: bytes) -> str:
        held.saw(raw)
        return raw.decode()

    def put(*_: Any) -> int:
        sqlite3.Connection.text_factory.__set__(connection, factory)
        return 0

    {
        "progress": lambda: connection.set_progress_handler(put, 1),
        "trace": lambda: sqlite3.Connection.set_trace_callback(connection, put),
        "authorizer": lambda: connection.set_authorizer(put),
    }[what]()
    _read(held, MASKED, connection)
    held.attempt(lambda: list(connection.execute("SELECT email FROM customers")))


# -- values on their way ----------------------------------------------------------------------------------


@each("set", "unbound set", "set after execute", "set between rows", "bytes", "bytearray")
def leak_text_factory(held: Held, how: str) -> None:
    """The text factory is called with the bytes of the database."""
    connection = held.connection

    def factory(raw: bytes) -> str:
        held.saw(raw)
        return raw.decode()

    if how == "set":
        connection.text_factory = factory
    elif how == "unbound set":
        sqlite3.Connection.text_factory.__set__(connection, factory)
    elif how in ("bytes", "bytearray"):
        connection.text_factory = {"bytes": bytes, "bytearray": bytearray}[how]
    cursor = connection.execute(MASKED)
    if how == "set after execute":
        connection.text_factory = factory
    held.attempt(lambda: held.saw(cursor.fetchone()))
    if how == "set between rows":
        sqlite3.Connection.text_factory.__set__(connection, factory)
    held.attempt(cursor.fetchmany, 3)
    held.attempt(lambda: list(cursor))


class _Text(str):
    __slots__ = ()


@each("bytes subclass", "str subclass", "class")
def leak_text_factory_of_a_class(held: Held, how: str) -> None:
    """Classes as factories."""

    class Keeper:
        def __init__(self, raw: bytes) -> None:
            held.saw(raw)

    class Bytes(bytes):
        def __new__(cls, raw: bytes) -> Any:
            held.saw(raw)
            return super().__new__(cls, raw)

    held.connection.text_factory = {"bytes subclass": Bytes, "str subclass": _Text, "class": Keeper}[how]
    held.attempt(lambda: held.saw(*map(repr, held.connection.execute(MASKED).fetchall())))


@each("keeps all", "fetches past", "sqlite3.Row", "reads the cursor")
def leak_row_factory(held: Held, how: str) -> None:
    """Row factories see the cursor and the row."""

    def keep(cursor: Any, row: Any) -> Any:
        held.saw(row, vars(cursor) if hasattr(cursor, "__dict__") else None)
        if how == "fetches past":
            held.attempt(sqlite3.Cursor.fetchone, cursor)
        if how == "reads the cursor":
            held.saw(*(getattr(cursor, name, None) for name in dir(cursor) if not name.startswith("_")))
        return row

    held.connection.row_factory = sqlite3.Row if how == "sqlite3.Row" else keep
    rows = held.connection.execute(MASKED).fetchall()
    held.saw(*map(tuple, rows))


def leak_row_factory_of_the_base(held: Held) -> None:
    """row_factory set by the driver's own descriptor, after the statement ran."""
    cursor = held.connection.execute(MASKED)
    sqlite3.Cursor.row_factory.__set__(cursor, lambda _cursor, row: held.saw(row))
    held.attempt(cursor.fetchall)
    held.attempt(sqlite3.Cursor.fetchall, cursor)


@each("declared type", "column name")
def leak_converter(held: Held, how: str) -> None:
    """Converters are called with the bytes of the database."""
    detect = sqlite3.PARSE_DECLTYPES if how == "declared type" else sqlite3.PARSE_COLNAMES
    types = ("TEXT", "SPY")
    for name in types:
        sqlite3.register_converter(name, held.saw)
    try:
        with contextlib.closing(held.open(detect_types=detect)) as connection:
            text = 'SELECT email AS "email [spy]", ssn AS "ssn [text]" FROM customers'
            held.attempt(lambda: connection.execute(text if how == "column name" else MASKED).fetchall())
    finally:
        for name in types:
            del sqlite3.converters[name]


def leak_converter_that_seems_the_drivers(held: Held) -> None:
    """A converter that says that it is the driver's own."""

    def spy(raw: bytes) -> None:
        held.saw(raw)

    spy.__module__, spy.__qualname__ = "sqlite3.dbapi2", sqlite3.converters["DATE"].__qualname__
    sqlite3.register_converter("TEXT", spy)
    try:
        with contextlib.closing(held.open(detect_types=sqlite3.PARSE_DECLTYPES)) as connection:
            _read(held, MASKED, connection)
    finally:
        del sqlite3.converters["TEXT"]


@each(
    "SELECT (SELECT email /*[spy]*/) FROM customers",
    "SELECT (email /* [spy] */) FROM customers",
    "SELECT coalesce(email, '[spy]') FROM customers",
    'SELECT email AS "a [b [spy]" FROM customers',
    "SELECT max(email/*[spy]*/) FROM customers",
    "SELECT CASE WHEN id > 0 THEN email ELSE '[spy]' END FROM customers",
)
def leak_converter_named_by_a_text(held: Held, text: str) -> None:
    """A column without a name is called after its text, comments and strings included."""
    sqlite3.register_converter("SPY", held.saw)
    try:
        with contextlib.closing(held.open(detect_types=sqlite3.PARSE_COLNAMES)) as connection:
            held.attempt(lambda: connection.execute(text).fetchall())
    finally:
        del sqlite3.converters["SPY"]


def leak_converter_registered_meanwhile(held: Held) -> None:
    """A converter that is registered when the masked rows are already being read."""
    with contextlib.closing(held.open(detect_types=sqlite3.PARSE_DECLTYPES)) as connection:
        try:
            _read(held, "SELECT id FROM customers", connection)
            cursor = held.attempt(connection.execute, MASKED)
            sqlite3.register_converter("TEXT", held.saw)
            held.attempt(cursor.fetchall)
            _read(held, MASKED, connection)
        finally:
            sqlite3.converters.pop("TEXT", None)


@each("parameter", "progress")
def leak_converter_registered_while_it_runs(held: Held, how: str) -> None:
    """A converter that is registered by callers' code inside of a masked statement."""

    def register() -> int:
        sqlite3.register_converter("TEXT", held.saw)
        return 0

    with contextlib.closing(held.open(detect_types=sqlite3.PARSE_DECLTYPES)) as connection:
        try:
            held.attempt(lambda: connection.execute(MASKED).fetchone())
            if how == "progress":
                connection.set_progress_handler(register, 1)
            text = "SELECT name, email FROM customers WHERE id > ?"
            held.attempt(lambda: connection.execute(text, (_Sends(register),)).fetchall())
        finally:
            sqlite3.converters.pop("TEXT", None)


def leak_nested_read(held: Held) -> None:
    """Masked rows read inside of the reading of others, so that the text factory is let loose."""
    connection = held.connection
    times: list[int] = []

    def read() -> int:
        if len(times) < 3:
            times.append(1)
            _read(held, "SELECT email FROM customers WHERE id = 2", connection)
        return 0

    connection.text_factory = lambda raw: held.saw(raw) or raw.decode()
    connection.set_progress_handler(read, 5)
    _read(held, MASKED, connection)


def leak_dump(held: Held) -> None:
    """The whole database as SQL."""
    for line in held.connection.iterdump():
        held.saw(line)


class _Sends:
    """A parameter that runs something when it is bound."""

    def __init__(self, run: Any) -> None:
        self._run = run

    def __conform__(self, _protocol: Any) -> int:
        self._run()
        return 0


@each("unbound statement", "unbound write")
def leak_parameter_that_sends(held: Held, how: str) -> None:
    """While a parameter is bound, a statement is permitted: not this one."""

    def send() -> None:
        cursor = sqlite3.Cursor(held.connection)
        text = MASKED if how == "unbound statement" else "UPDATE customers SET city = email RETURNING city"
        held.attempt(lambda: sqlite3.Cursor.execute(cursor, text) and sqlite3.Cursor.fetchall(cursor))

    held.attempt(
        lambda: held.connection.execute("SELECT id FROM orders WHERE id > ?", (_Sends(send),)).fetchall()
    )


@each("commit", "rollback", "execute commit", "isolation level", "context manager", "executescript")
def effect_parameter_that_ends_the_savepoint(held: Held, how: str) -> None:
    """Binding a parameter commits what a bounded write runs in, so that nothing can be undone."""
    connection = held.connection

    def end() -> None:
        held.attempt(
            {
                "commit": connection.commit,
                "rollback": connection.rollback,
                "execute commit": lambda: connection.execute("COMMIT"),
                "isolation level": lambda: setattr(connection, "isolation_level", None),
                "context manager": lambda: connection.__exit__(None, None, None),
                "executescript": lambda: connection.executescript("COMMIT; BEGIN"),
            }[how]
        )

    text = "UPDATE order_items SET quantity = quantity + 7 WHERE order_id > ?"
    held.attempt(connection.execute, text, (_Sends(end),))


def effect_thread_that_ends_the_savepoint(held: Held) -> None:
    """Another thread commits while a bounded write is measured."""
    connection = held.open(check_same_thread=False)
    stop = threading.Event()

    def commit() -> None:
        while not stop.is_set():
            with contextlib.suppress(Exception):
                connection.commit()

    thread = threading.Thread(target=commit)
    thread.start()
    try:
        for _ in range(20):
            held.attempt(connection.execute, MANY_ROWS)
            with contextlib.suppress(Exception):
                connection.commit()
    finally:
        stop.set()
        thread.join()
        connection.close()


def leak_thread_that_rides(held: Held) -> None:
    """Another thread sends while this one has a permit."""
    connection = held.open(check_same_thread=False)
    stop = threading.Event()

    def ride() -> None:
        while not stop.is_set():
            cursor = sqlite3.Cursor(connection)
            _past(held, cursor, MASKED)
            stop.wait(0.005)

    thread = threading.Thread(target=ride)
    thread.start()
    try:
        for _ in range(20):
            held.attempt(connection.execute, "SELECT count(*) FROM orders a, order_items b")
    finally:
        stop.set()
        thread.join()
        connection.close()


def leak_iterator_of_parameters(held: Held) -> None:
    """The parameters of executemany send statements when they are asked for."""

    def parameters() -> Any:
        for n in range(3):
            cursor = sqlite3.Cursor(held.connection)
            _past(held, cursor, MASKED)
            yield (f"x{n}", n + 1)

    held.attempt(held.connection.executemany, "UPDATE customers SET city = ? WHERE id = ?", parameters())


class _Twofold(str):
    """A text that is another one when it is looked at again."""

    __slots__ = ()

    def __str__(self) -> str:
        return PLAIN

    def __format__(self, _spec: str) -> str:
        return PLAIN

    def lower(self) -> str:
        return PLAIN.lower()

    def encode(self, *_: Any) -> bytes:
        return PLAIN.encode()

    def __hash__(self) -> int:
        return hash(PLAIN)

    def __eq__(self, other: object) -> bool:
        return other == PLAIN


def leak_text_with_two_faces(held: Held) -> None:
    """A str subclass that compares and renders as something harmless."""
    held.saw(held.connection.execute(PLAIN).fetchall())
    held.saw(held.connection.execute(_Twofold(MASKED)).fetchall())


# -- classes ----------------------------------------------------------------------------------------------


def leak_cursor_made_by_hand(held: Held) -> None:
    """sqlite3.Cursor(connection)."""
    cursor = sqlite3.Cursor(held.connection)
    cursor.execute(MASKED)
    held.saw(cursor.fetchall())


@each("class", "function")
def leak_cursor_factory(held: Held, how: str) -> None:
    """cursor(factory) makes what the attacker wants."""

    class Mine(sqlite3.Cursor):
        pass

    held.saw(held.connection.cursor(Mine if how == "class" else partial(Mine)).execute(MASKED).fetchall())


def leak_cursor_class_of_a_metaclass(held: Held) -> None:
    """A metaclass that answers questions about its classes as it likes."""

    class Meta(type):
        def __eq__(cls, other: object) -> bool:
            return True

        def __hash__(cls) -> int:
            return 1

        def mro(cls) -> Any:
            return [one for one in super().mro() if "overned" not in one.__qualname__]

    class Mine(sqlite3.Cursor, metaclass=Meta):
        pass

    held.saw(held.connection.cursor(Mine).execute(MASKED).fetchall())


def leak_cursor_class_that_calls_the_driver(held: Held) -> None:
    """A cursor class whose execute is the driver's own."""

    class Mine(sqlite3.Cursor):
        execute = sqlite3.Cursor.execute
        fetchall = sqlite3.Cursor.fetchall

    held.saw(held.connection.cursor(Mine).execute(MASKED).fetchall())


def effect_cursor_class_that_miscounts(held: Held) -> None:
    """A cursor class that says that no row was changed."""

    class Mine(sqlite3.Cursor):
        rowcount = 0

    held.attempt(held.connection.cursor(Mine).execute, MANY_ROWS)


@each("total_changes", "in_transaction", "isolation_level")
def effect_connection_class_that_lies(held: Held, name: str) -> None:
    """A connection class that tells other things of itself than SQLite does."""
    lies = {"total_changes": 0, "in_transaction": False, "isolation_level": None}
    mine = type("Mine", (sqlite3.Connection,), {name: property(lambda _self: lies[name])})
    connection = held.open(factory=mine)
    text = "WITH n AS (SELECT 0 AS n) UPDATE order_items SET quantity = 9 WHERE order_id > (SELECT n FROM n)"
    held.attempt(connection.execute, text if name == "total_changes" else MANY_ROWS)
    held.attempt(sqlite3.Connection.commit, connection)
    held.attempt(connection.close)


def leak_connection_class_that_prepares(held: Held) -> None:
    """A connection class that gives the driver another statement than was asked for."""

    class Mine(sqlite3.Connection):
        def __call__(self, *_: Any) -> Any:
            sqlite3.Connection.set_authorizer(self, None)
            return sqlite3.Connection.__call__(self, MASKED)

    connection = held.open(factory=Mine)
    _read(held, PLAIN, connection)
    held.attempt(lambda: sqlite3.Connection.execute(connection, PLAIN).fetchall())
    connection.close()


def leak_connection_class_that_calls_the_driver(held: Held) -> None:
    """A connection class whose methods are the driver's own."""

    class Mine(sqlite3.Connection):
        execute = sqlite3.Connection.execute
        cursor = sqlite3.Connection.cursor

    connection = held.open(factory=Mine)
    _read(held, MASKED, connection)
    held.attempt(lambda: connection.cursor().execute(MASKED).fetchall())
    connection.close()


@each("assignment", "object.__setattr__")
def leak_class_exchanged(held: Held, how: str) -> None:
    """Another class given to the living connection."""

    class Mine(sqlite3.Connection):
        pass

    set_class = setattr if how == "assignment" else object.__setattr__
    held.attempt(set_class, held.connection, "__class__", Mine)
    held.attempt(held.connection.set_authorizer, None)
    held.saw(held.connection.execute(MASKED).fetchall())


@each("assignment", "object.__setattr__")
def leak_cursors_class_exchanged(held: Held, how: str) -> None:
    """Another class given to the living cursor."""

    class Mine(sqlite3.Cursor):
        pass

    cursor = held.connection.execute(MASKED)
    set_class = setattr if how == "assignment" else object.__setattr__
    held.attempt(set_class, cursor, "__class__", Mine)
    held.saw(cursor.fetchall(), cursor.execute(MASKED).fetchall())


@each(copy.copy, copy.deepcopy)
def leak_copies(held: Held, how: Any) -> None:
    """Copies of the connection and of a cursor."""
    held.saw(held.connection.execute(MASKED).fetchall())
    for one in (held.connection, held.connection.execute(MASKED)):
        copied = held.attempt(how, one)
        held.attempt(lambda copied=copied: copied.execute(MASKED).fetchall())
        held.attempt(lambda one=one: pickle.dumps(one))


def leak_iterators_taken_apart(held: Held) -> None:
    """What iterators over rows tell of themselves."""
    cursor = held.connection.execute(MASKED)
    for one in (iter(cursor), cursor):
        held.attempt(lambda one=one: one.__reduce__())
        held.attempt(lambda one=one: [getattr(one, name) for name in dir(one) if not name.startswith("_")])
        held.saw(list(one))


def leak_whatever_can_be_reached(held: Held) -> None:
    """Everything that public names lead to is asked to run the statement."""
    cursor = held.connection.execute(MASKED)
    failure: Any = None
    try:
        held.connection.execute("SELECT nothing FROM nowhere")
    except sqlite3.Error as error:
        failure = error
    for one in reachable(held.connection, cursor, failure):
        held.saw(one)
        if hasattr(one, "execute") and not isinstance(one, type):
            held.attempt(lambda one=one: one.execute(MASKED).fetchall())
        if hasattr(one, "fetchall") and not isinstance(one, type):
            held.attempt(lambda one=one: one.fetchall())


# -- states -----------------------------------------------------------------------------------------------


@each("commit", "rollback", "close cursor", "another statement", "error")
def leak_rows_kept_over(held: Held, what: str) -> None:
    """An iterator over masked rows that outlives something."""
    connection = held.connection
    cursor = connection.execute(MASKED)
    rows = iter(cursor)
    held.saw(next(rows))
    held.attempt(
        {
            "commit": connection.commit,
            "rollback": connection.rollback,
            "close cursor": cursor.close,
            "another statement": lambda: cursor.execute(PLAIN),
            "error": lambda: cursor.execute("SELECT nothing FROM nowhere"),
        }[what]
    )
    held.attempt(lambda: list(rows))
    held.attempt(lambda: sqlite3.Cursor.fetchall(cursor))


@each("attached", "vacuumed into")
def leak_another_file(held: Held, how: str) -> None:
    """The database under another name, or in another file."""
    path = held.connection.execute("SELECT file FROM pragma_database_list").fetchone()[0]
    text = (
        f"ATTACH '{path}' AS other"
        if how == "attached"
        else "VACUUM INTO 'file:spy?mode=memory&cache=shared'"
    )
    held.attempt(held.connection.execute, text)
    held.attempt(sqlite3.Connection.execute, held.connection, text)
    _read(held, "SELECT * FROM other.customers")
    held.saw(held.connection.execute(MASKED).fetchall())


@each("script", "unbound script")
def effect_script(held: Held, how: str) -> None:
    """A harmless statement, then another."""
    text = f"SELECT 1; {NO_WHERE}; COMMIT"
    if how == "script":
        held.attempt(held.connection.executescript, text)
    else:
        held.attempt(sqlite3.Cursor.executescript, held.connection.cursor(), text)


@each("autocommit", "deferred", "exclusive")
def effect_bounds_in_every_mode(held: Held, mode: str) -> None:
    """A write over its bound, in each transaction mode."""
    held.connection.isolation_level = {"autocommit": None}.get(mode, mode.upper())
    held.attempt(held.connection.execute, MANY_ROWS)
    held.attempt(held.connection.execute, MANY_ROWS + " RETURNING quantity")
    held.attempt(
        held.connection.executemany, "UPDATE order_items SET quantity = ? WHERE order_id > 0", [(7,), (8,)]
    )


def _ticks(connection: Any) -> int:
    """How often SQLite asks the progress handler during a bounded write, once the schema is known."""
    found = 0
    for _ in range(2):
        times: list[int] = []
        connection.set_progress_handler(partial(times.append, 0), 1)
        with contextlib.suppress(sqlite3.Error):
            connection.execute(MANY_ROWS)
        connection.rollback()
        found = len(times)
    return found


@each("deferred", "autocommit")
def effect_progress_handler_that_aborts(held: Held, mode: str) -> None:
    """A progress handler that ends whatever SQLite does at one moment, and at the next: also an undoing."""
    connection = held.connection
    reading = connection.cursor()
    ticks = _ticks(connection)
    connection.isolation_level = {"autocommit": None}.get(mode, mode.upper())
    reading.execute("SELECT id FROM orders")
    reading.fetchone()
    for limit in range(ticks - 25, ticks + 3):
        times: list[int] = []

        def end(times: list[int] = times, limit: int = limit) -> bool:
            times.append(0)
            return len(times) >= limit

        held.attempt(connection.set_progress_handler, end, 1)
        held.attempt(connection.execute, MANY_ROWS)
        held.attempt(connection.set_progress_handler, None, 1)
        held.attempt(connection.commit)


def effect_interrupts(held: Held) -> None:
    """Another thread interrupts all the time, also when something is to be undone."""
    connection = held.open(check_same_thread=False)
    held.attempt(connection.execute, MANY_ROWS)
    held.attempt(connection.commit)
    reading = connection.execute("SELECT id FROM orders")
    reading.fetchone()
    stop = threading.Event()

    def interrupt() -> None:
        while not stop.wait(0.0001):
            with contextlib.suppress(sqlite3.Error):
                connection.interrupt()

    thread = threading.Thread(target=interrupt)
    thread.start()
    for _ in range(60):
        with contextlib.suppress(sqlite3.Error):
            connection.execute(MANY_ROWS)
        with contextlib.suppress(sqlite3.Error):
            connection.commit()
    stop.set()
    thread.join()
    connection.close()


@each("ROLLBACK", "RELEASE", "BEGIN")
def effect_authorizer_that_forbids_undoing(held: Held, word: str) -> None:
    """The caller's authorizer says no to what bounds a write."""
    no, yes = sqlite3.SQLITE_DENY, sqlite3.SQLITE_OK
    held.connection.set_authorizer(lambda *asked: no if word in asked[1:3] else yes)
    held.attempt(held.connection.execute, "UPDATE order_items SET quantity = 9 WHERE order_id > 0")
    held.connection.set_authorizer(None)
    held.attempt(held.connection.execute, MANY_ROWS)


def effect_authorizer_that_blinds(held: Held) -> None:
    """The caller's authorizer makes columns of a condition NULL."""
    blind = sqlite3.SQLITE_IGNORE
    held.connection.set_authorizer(lambda *asked: blind if asked[2] == "order_id" else sqlite3.SQLITE_OK)
    held.attempt(held.connection.execute, "UPDATE order_items SET quantity=9 WHERE order_id IS NOT 77")


class _Twice(list[Any]):
    """Parameters that are others when they are looked at again."""

    times = 0

    def __iter__(self) -> Any:
        self.times += 1
        return iter([(1,)]) if self.times == 2 else iter([(number,) for number in range(1, 61)])


def effect_parameters_that_change(held: Held) -> None:
    """executemany with a list that tells of one row, and has sixty."""
    text = "UPDATE order_items SET quantity = 9 WHERE order_id = ?"
    held.attempt(held.connection.executemany, text, _Twice())


def effect_conflict_that_rolls_back(held: Held) -> None:
    """A constraint that ends the transaction in the midst of a bounded write."""
    held.attempt(
        held.connection.execute, "UPDATE OR ROLLBACK order_items SET order_id = 1 WHERE order_id > 0"
    )
    held.attempt(held.connection.execute, "UPDATE OR FAIL order_items SET quantity = 3 WHERE order_id > 0")
    held.attempt(held.connection.execute, "UPDATE OR IGNORE order_items SET quantity = 3 WHERE order_id > 0")
