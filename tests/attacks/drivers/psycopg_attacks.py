"""Attacks on a psycopg connection by its public names, and by those of the driver's classes and modules."""

from __future__ import annotations

import operator
from functools import partial
from typing import Any

import psycopg
from psycopg import adapt, rows, sql

from tests.attacks.drivers.held import MANY_ROWS, MASKED, NO_WHERE, PLAIN, Held, each, reachable

_CLASSES = (psycopg.Cursor, psycopg.ClientCursor, psycopg.RawCursor)


def _raw(held: Held, pgconn: Any) -> None:
    """Ask libpq itself, if that is what it is."""
    result = held.attempt(lambda: pgconn.exec_(MASKED.encode()))
    held.attempt(lambda: [result.get_value(0, n) for n in range(3)])


def _fetched(held: Held, cursor: Any, text: Any = MASKED) -> None:
    held.attempt(lambda: cursor.execute(text))
    held.attempt(cursor.fetchall)


# -- base-class methods and cursors made by hand ----------------------------------------------------------


@each(*_CLASSES)
def leak_cursor_by_hand(held: Held, kind: Any) -> None:
    """A cursor that nobody but psycopg made."""
    _fetched(held, kind(held.connection))


@each(*_CLASSES)
def leak_unbound_execute(held: Held, kind: Any) -> None:
    """psycopg's own execute on a governed cursor."""
    cursor = held.connection.cursor()
    held.attempt(kind.execute, cursor, MASKED)
    held.attempt(kind.fetchall, cursor)
    held.attempt(psycopg.Cursor.execute, cursor, MASKED)
    held.attempt(psycopg.Cursor.fetchall, cursor)


def leak_unbound_connection_methods(held: Held) -> None:
    """psycopg's own cursor() and execute()."""
    _fetched(held, psycopg.Connection.cursor(held.connection))
    held.attempt(lambda: psycopg.Connection.execute(held.connection, MASKED).fetchall())


def leak_every_class_in_the_mro(held: Held) -> None:
    """execute of each class that connection and cursor are made of."""
    for kind in type(held.connection).__mro__:
        held.attempt(lambda kind=kind: kind.execute(held.connection, MASKED).fetchall())
    for kind in type(held.connection.cursor()).__mro__:
        cursor = held.connection.cursor()
        held.attempt(lambda kind=kind, cursor=cursor: kind.execute(cursor, MASKED))
        held.attempt(lambda kind=kind, cursor=cursor: kind.fetchall(cursor))


@each("cursor_factory")
def leak_cursor_factory(held: Held, name: str) -> None:
    """The connection told to make other cursors."""
    setattr(held.connection, name, psycopg.Cursor if name == "cursor_factory" else psycopg.ServerCursor)
    _fetched(held, held.connection.cursor(*(["c"] if name.startswith("server") else [])))
    held.connection.cursor_factory = lambda one, **_more: psycopg.ClientCursor(one)
    _fetched(held, held.connection.cursor())


# -- libpq ------------------------------------------------------------------------------------------------


@each("pgconn", "transaction().pgconn", "pipeline().pgconn")
def leak_libpq(held: Held, path: str) -> None:
    """libpq's connection, where psycopg keeps it."""
    connection = held.connection
    _raw(held, connection.pgconn)
    if path == "info.pgconn":
        _raw(held, connection.info.pgconn)
    if path == "transaction().pgconn":
        with connection.transaction() as transaction:
            _raw(held, transaction.pgconn)
            _raw(held, transaction.connection.pgconn)
    if path == "pipeline().pgconn":
        with connection.pipeline() as pipeline:
            held.attempt(lambda: _raw(held, pipeline.pgconn))
            held.attempt(lambda: pipeline.command_queue)


@each("row factory", "property", "globals")
def leak_libpq_by_a_deputy(held: Held, how: str) -> None:
    """psycopg's own code made to read libpq's connection for the attacker."""
    connection, found = held.connection, []
    get = operator.attrgetter("pgconn")
    if how == "row factory":
        found.append(held.attempt(lambda: connection.cursor(row_factory=partial(map, get))))
    elif how == "args_row":
        factory = rows.args_row(partial(getattr, connection, "pgconn"))
        found.append(
            held.attempt(lambda: connection.cursor(row_factory=factory).execute("SELECT 1").fetchone())
        )
    elif how == "parameters":
        taken = map(found.append, map(get, [connection]))
        held.attempt(lambda: connection.cursor().executemany("SELECT %s", taken))
    elif how == "property":
        found.append(held.attempt(psycopg.BaseConnection.info.fget, connection))
    else:
        found.append(held.attempt(eval, "one.pgconn", vars(psycopg.cursor) | {"one": connection}))
    for one in [*found, connection.pgconn]:
        _raw(held, one)


# -- results ----------------------------------------------------------------------------------------------


@each("attribute", "descriptor", "row factory", "set_result")
def leak_libpq_result(held: Held, how: str) -> None:
    """libpq's result, where psycopg keeps it."""

    def read(one: Any) -> None:
        result = one.pgresult if how != "descriptor" else psycopg.Cursor.pgresult.__get__(one)
        held.attempt(lambda: [result.get_value(0, n) for n in range(3)])

    def factory(one: Any) -> Any:
        held.attempt(read, one)
        return rows.tuple_row(one)

    cursor = held.connection.cursor(row_factory=factory) if how == "row factory" else held.connection.cursor()
    cursor.execute(MASKED)
    if how == "set_result":
        cursor.set_result(0)
    held.attempt(read, cursor)
    held.attempt(cursor.fetchall)


@each("text", "varchar")
def leak_loader_of_a_masked_type(held: Held, name: str) -> None:
    """A loader for the type of masked columns."""

    class Spy(adapt.Loader):
        def load(self, data: Any) -> Any:
            held.saw(bytes(data))
            return bytes(data)

    for one in ("text", "varchar", "date", "unknown") if name == "all" else (name,):
        held.connection.adapters.register_loader(one, Spy)
    held.attempt(lambda: held.connection.execute(MASKED).fetchall())
    held.attempt(
        lambda: held.connection.execute("SELECT array[email], row(ssn, name) FROM customers").fetchall()
    )


def leak_adapters_patched(held: Held) -> None:
    """get_loader of the cursor's adapters answers differently the second time."""

    class Spy(adapt.Loader):
        def load(self, data: Any) -> Any:
            held.saw(bytes(data))
            return bytes(data)

    cursor = held.connection.cursor()
    own, times = cursor.adapters.get_loader, []

    def get(oid: int, format: Any) -> Any:
        times.append(oid)
        return own(oid, format) if len(times) % 2 else Spy

    cursor.adapters.get_loader = get
    _fetched(held, cursor)
    _fetched(held, cursor)


@each(rows.dict_row, rows.namedtuple_row, rows.scalar_row, "kept", "set after")
def leak_row_factory(held: Held, factory: Any) -> None:
    """Row factories see rows."""

    def keep(_cursor: Any) -> Any:
        return lambda values: held.saw(values)

    cursor = held.connection.cursor(row_factory=factory if callable(factory) else keep)
    cursor.execute(MASKED)
    if factory == "set after":
        cursor.row_factory = keep
    if factory == "C":
        held.attempt(setattr, cursor, "row_factory", operator.attrgetter("pgresult.get_value"))
    held.attempt(cursor.fetchone)
    held.attempt(cursor.fetchall)


@each(
    "stream",
    "stream chunks",
    "executemany",
    "scroll",
    "copy",
    "copy rows",
    "copy table",
    "prepared",
    "binary",
)
def leak_way_of_reading(held: Held, how: str) -> None:
    """Every other way to get rows."""
    cursor = held.connection.cursor()
    if how.startswith("stream"):
        held.attempt(lambda: list(cursor.stream(MASKED, size=1 if how == "stream" else 5)))
        held.attempt(lambda: list(psycopg.Cursor.stream(cursor, MASKED)))
    elif how == "executemany":
        cursor.executemany("SELECT email, ssn FROM customers WHERE id = %s", [(1,), (2,)], returning=True)
        held.attempt(lambda: [one.fetchall() for one in cursor.results()])
    elif how == "scroll":
        cursor.execute(MASKED)
        cursor.scroll(3)
        held.attempt(cursor.fetchone)
    elif how.startswith("copy"):
        text = "COPY customers TO STDOUT" if how == "copy table" else f"COPY ({MASKED}) TO STDOUT"

        def read() -> None:
            with cursor.copy(text) as copied:
                held.saw(*(copied.rows() if how == "copy rows" else map(bytes, copied)))

        held.attempt(read)
        held.attempt(cursor.execute, text)
    else:
        options = {"prepare": True} if how == "prepared" else {"binary": True}
        for _ in range(3):
            held.attempt(lambda: cursor.execute(MASKED, **options).fetchall())
    held.attempt(lambda: held.connection.rollback())
    held.attempt(lambda: held.connection.execute(MASKED).fetchall())


@each("mixed")
def leak_pipeline(held: Held, how: str) -> None:
    """Plans and results in a pipeline, in another order than they were sent."""
    with held.connection.pipeline():
        one = held.connection.cursor()
        other = one if how == "same cursor" else held.connection.cursor()
        held.attempt(one.execute, MASKED)
        held.attempt(other.execute, PLAIN)
        held.attempt(one.fetchall)
        held.attempt(other.fetchall)


@each("closed by SQL", "closed by another object")
def leak_portal_under_two_names(held: Held, how: str) -> None:
    """The server cuts names after 63 bytes: of two that begin alike, one has a plan without masks."""
    shared = "n" * 64
    innocent = held.connection.cursor(f"{shared}x")
    held.attempt(innocent.execute, "SELECT status, city, 'x' FROM customers ORDER BY id")
    if how == "closed by SQL":
        held.attempt(held.connection.execute, f"CLOSE {shared[:63]}")
    else:
        closed, innocent = innocent, held.connection.cursor(f"{shared}x")
        held.attempt(innocent.fetchone)
        held.attempt(closed.close)
    masked = held.connection.cursor(f"{shared}y")
    held.attempt(masked.execute, MASKED)
    held.attempt(innocent.fetchmany, 2)
    held.attempt(masked.fetchmany, 2)
    held.attempt(held.connection.rollback)
    for one in (innocent, masked):
        held.attempt(one.close)


# -- texts ------------------------------------------------------------------------------------------------


class _Text(str):
    __slots__ = ()

    def __str__(self) -> str:
        return PLAIN

    def encode(self, *_: Any) -> bytes:
        return MASKED.encode()

    def __eq__(self, other: object) -> bool:
        return other == PLAIN

    def __hash__(self) -> int:
        return hash(PLAIN)


class _Twice(sql.SQL):
    times = 0

    def as_bytes(self, context: Any = None) -> bytes:
        self.times += 1
        return (MASKED if self.times % 2 == 0 else PLAIN).encode()

    def as_string(self, context: Any = None) -> str:
        return self.as_bytes(context).decode()


@each("str", "bytes", "composable", "identifier", "client cursor")
def leak_text_with_two_faces(held: Held, how: str) -> None:
    """Texts that render differently each time."""
    wanted = {
        "str": _Text(MASKED),
        "bytes": MASKED.encode(),
        "composable": _Twice("x"),
        "identifier": sql.SQL(f"{MASKED}; {{}}").format(sql.SQL("SELECT 1")),
        "client cursor": _Twice("x"),
    }[how]
    cursor = psycopg.ClientCursor(held.connection) if how == "client cursor" else held.connection.cursor()
    held.attempt(cursor.execute, PLAIN)
    for _ in range(3):
        _fetched(held, cursor, wanted)
    _fetched(held, held.connection.cursor(), MASKED)


@each("EUC_JP", "SJIS", "SHIFT_JIS_2004")
def leak_letters_of_another_encoding(held: Held, encoding: str) -> None:
    """A yen sign becomes the byte that the server reads as a backslash, and the string does not end there."""
    connection = held.open(client_encoding=encoding, options="-c backslash_quote=on")
    text = "SELECT 1, 2, E'{}', ', lower(email) FROM customers --' AS x FROM orders"
    for letter in ("\u00a5", "\u203e", "\\"):
        held.attempt(lambda letter=letter: connection.execute(text.format(letter)).fetchall())
        held.attempt(connection.rollback)
    held.attempt(lambda: psycopg.ClientCursor(connection).execute("SELECT email FROM customers").fetchall())
    connection.close()


# -- classes, copies, whatever ------------------------------------------------------------------------------


@each("cursor", "cursor after execute")
def leak_class_exchanged(held: Held, what: str) -> None:
    """Another class given to a living object."""
    cursor = held.connection.cursor()
    if what == "cursor after execute":
        cursor.executemany("SELECT email FROM customers WHERE id = %s", [(1,), (2,), (3,)], returning=True)
        held.attempt(setattr, cursor, "__class__", psycopg.Cursor)
        held.attempt(cursor.fetchall)
        held.attempt(lambda: [one.fetchall() for one in cursor.results()])
    held.attempt(
        setattr,
        held.connection if what == "connection" else cursor,
        "__class__",
        psycopg.Connection if what == "connection" else psycopg.Cursor,
    )
    held.attempt(lambda: held.connection.execute(MASKED).fetchall())
    _fetched(held, cursor)


def leak_whatever_can_be_reached(held: Held) -> None:
    """Everything that public names lead to is asked to run the statement."""
    cursor = held.connection.cursor()
    cursor.execute(MASKED)
    for one in list(reachable(held.connection, cursor)):
        held.saw(one)
        for name in ("execute", "exec_", "query"):
            if hasattr(one, name) and not isinstance(one, type):
                held.attempt(lambda one=one, name=name: getattr(one, name)(MASKED).fetchall())
    held.attempt(held.connection.rollback)
    held.attempt(lambda: held.connection.execute(MASKED).fetchall())


def leak_error_attributes(held: Held) -> None:
    """What errors of the server carry: diag, pgresult, chained exceptions."""
    for text in (
        "UPDATE customers SET name = NULL WHERE id = 3",
        "INSERT INTO customers (id, name, email, created_at) SELECT 77, '', 'cnry0003@canary.example', now()",
        "SELECT CAST(ssn AS int) FROM customers",
    ):
        held.attempt(held.connection.execute, text)
        held.attempt(held.connection.rollback)


# -- effects ----------------------------------------------------------------------------------------------


@each("execute", "executemany", "pgconn", "stream", "simple")
def effect_unbound_write(held: Held, how: str) -> None:
    """Writes past the line."""
    cursor = held.connection.cursor()
    if how == "execute":
        held.attempt(psycopg.Cursor.execute, psycopg.Cursor(held.connection), NO_WHERE)
    elif how == "executemany":
        many = "UPDATE order_items SET quantity = %s WHERE order_id > 0"
        held.attempt(psycopg.Cursor.executemany, cursor, many, [(77,)])
    elif how == "pgconn":
        held.attempt(lambda: held.connection.pgconn.exec_(NO_WHERE.encode()))
    elif how == "copy":

        def write() -> None:
            with cursor.copy("COPY products (sku, title, price, stock) FROM STDIN") as copied:
                for n in range(300):
                    copied.write_row((f"x{n}", "x", 1, 1))

        held.attempt(write)
    elif how == "stream":
        held.attempt(lambda: list(cursor.stream(f"{NO_WHERE} RETURNING id")))
    else:
        held.attempt(cursor.execute, f"SELECT 1; {NO_WHERE}; COMMIT")
    held.attempt(held.connection.commit)


@each("in transaction", "autocommit", "pipeline", "prepared")
def effect_bounds_in_every_mode(held: Held, how: str) -> None:
    """A write over its bound, however it is sent."""
    connection = held.connection
    connection.autocommit = how == "autocommit"
    if how == "pipeline":
        with connection.pipeline():
            held.attempt(connection.execute, MANY_ROWS)
    else:
        held.attempt(lambda: connection.execute(MANY_ROWS, prepare=how == "prepared"))
    held.attempt(connection.commit)


@each("savepoint", "transaction id", "notify")
def effect_injected_name(held: Held, how: str) -> None:
    """Names that psycopg writes into statements of its own."""
    connection, evil = held.connection, f'x"; {NO_WHERE}; COMMIT; SELECT "'

    class Name(str):
        __slots__ = ()

        def replace(self, *_: Any) -> str:
            return str(self)

        def encode(self, *_: Any) -> bytes:
            return f'x"; {NO_WHERE}; --'.encode()

    def inside() -> None:
        with connection.transaction(Name(evil) if how == "savepoint" else evil):
            connection.execute("SELECT 1")

    held.attempt(inside)
    held.attempt(held.connection.rollback)
    held.attempt(lambda: connection.execute(f"SELECT 1; {NO_WHERE}"))
    held.attempt(connection.commit)


# -- callers' classes inside of a statement ---------------------------------------------------------------


def leak_libpq_by_a_row_factory_of_psycopgs(held: Held) -> None:
    """psycopg.rows calls what it is given: a function written in C then reads with psycopg's eyes."""
    factory = rows.args_row(partial(getattr, held.connection, "pgconn"))
    _raw(
        held, held.attempt(lambda: held.connection.cursor(row_factory=factory).execute("SELECT 1").fetchone())
    )


@each("property", "setattr")
def leak_class_that_sees_the_result(held: Held, how: str) -> None:
    """A cursor class that sees what psycopg stores in it."""

    def keep(result: Any) -> None:
        held.attempt(lambda: [result.get_value(0, n) for n in range(3)])

    class Property(psycopg.Cursor[Any]):
        @property
        def pgresult(self) -> Any:
            return psycopg.Cursor.pgresult.__get__(self)

        @pgresult.setter
        def pgresult(self, result: Any) -> None:
            keep(result)
            psycopg.Cursor.pgresult.__set__(self, result)

    class Setattr(psycopg.Cursor[Any]):
        def __setattr__(self, name: str, value: Any) -> None:
            if name == "pgresult":
                keep(value)
            super().__setattr__(name, value)

    cursor = held.attempt(Property if how == "property" else Setattr, held.connection)
    held.attempt(lambda: cursor.execute(MASKED))


@each("connection", "cursor", "after execute")
def leak_loader_context(held: Held, where: str) -> None:
    """A loader keeps what it is made with: psycopg's transformer, with the whole result in it."""
    kept: list[Any] = []

    class Spy(adapt.Loader):
        def __init__(self, oid: int, context: Any = None) -> None:
            super().__init__(oid, context)
            kept.append(context)

        def load(self, data: Any) -> int:
            return int(bytes(data))

    if where == "connection":
        held.connection.adapters.register_loader("int4", Spy)
    cursor = held.connection.cursor()
    if where == "cursor":
        cursor.adapters.register_loader("int4", Spy)
    cursor.execute("SELECT id, email, ssn FROM customers")
    if where == "after execute":
        cursor.adapters.register_loader("int4", Spy)
    held.attempt(cursor.fetchall)
    for context in kept:
        held.attempt(lambda context=context: context.pgresult.get_value(0, 1))


def leak_dumper_context(held: Held) -> None:
    """A dumper keeps the transformer that later holds the result."""
    kept: list[Any] = []

    class Mine:
        pass

    class Spy(adapt.Dumper):
        oid = 23

        def __init__(self, cls: type, context: Any = None) -> None:
            super().__init__(cls, context)
            kept.append(context)

        def dump(self, _obj: Any) -> bytes:
            return b"0"

    held.connection.adapters.register_dumper(Mine, Spy)
    cursor = held.connection.cursor()
    cursor.execute("SELECT email, ssn FROM customers WHERE id > %s", (Mine(),))
    for context in kept:
        held.attempt(lambda context=context: context.pgresult.get_value(0, 0))


@each("commit", "execute", "autocommit")
def effect_dumper_that_ends_the_transaction(held: Held, how: str) -> None:
    """Dumping a parameter ends the transaction in which a write is measured."""
    connection = held.connection

    class Mine:
        pass

    class Dumper(adapt.Dumper):
        oid = 23

        def dump(self, _obj: Any) -> bytes:
            held.attempt(connection.lock.release)
            held.attempt(connection.commit if how != "execute" else partial(connection.execute, "COMMIT"))
            held.attempt(connection.lock.acquire, False)
            return b"0"

    connection.autocommit = how == "autocommit"
    connection.adapters.register_dumper(Mine, Dumper)
    text = "UPDATE order_items SET quantity = quantity + 7 WHERE order_id > %s"
    held.attempt(connection.execute, text, (Mine(),))
    held.attempt(connection.commit)


@each("never", "later", "lock released")
def effect_writer_that_finishes(held: Held, when: str) -> None:
    """A writer of the caller's own leaves a copy open when it should end, and ends it when nobody counts."""
    connection, cursor = held.connection, held.connection.cursor()

    class Sly(psycopg.copy.LibpqWriter):
        def finish(self, exc: BaseException | None = None) -> None:
            held.saw(exc)

    def write() -> None:
        text = "COPY products (id, sku, title, price, stock) FROM STDIN"
        with cursor.copy(text, writer=Sly(cursor)) as copied:
            for number in range(1100):
                copied.write_row((number + 1000, f"x{number}", "x", 1, 1))

    held.attempt(write)
    if when == "lock released":
        held.attempt(connection.lock.release)
    held.attempt(connection.commit if when == "never" else psycopg.copy.LibpqWriter(cursor).finish)
    held.attempt(psycopg.copy.LibpqWriter(cursor).finish)
    held.attempt(connection.commit)
