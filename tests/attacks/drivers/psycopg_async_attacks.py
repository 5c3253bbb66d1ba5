"""Attacks on psycopg's async half: the ways of the other half again, and what only tasks can do."""

from __future__ import annotations

import asyncio
import operator
from functools import partial
from typing import Any

import psycopg
from psycopg import adapt, generators, rows
from psycopg_pool import AsyncConnectionPool

from tests.attacks.drivers.held import MANY_ROWS, MASKED, NO_WHERE, PLAIN, each, reachable
from tests.attacks.drivers.held_async import AsyncHeld

_CLASSES = (psycopg.AsyncCursor, psycopg.AsyncClientCursor, psycopg.AsyncRawCursor)
_PORTALS = (psycopg.AsyncServerCursor, psycopg.AsyncRawServerCursor)
_OF_ONE = "SELECT name, email FROM customers WHERE id = 3"
_TOO_MANY = 1100  # of new rows at once
_HARMLESS = "SELECT id, status FROM customers WHERE id = 3"


async def _raw(held: AsyncHeld, pgconn: Any) -> None:
    """Ask libpq itself, if that is what it is."""
    result = await held.wait_for(lambda: pgconn.exec_(MASKED.encode()))
    await held.wait_for(lambda: [result.get_value(0, n) for n in range(3)])


async def _fetched(held: AsyncHeld, cursor: Any, text: Any = MASKED, **options: Any) -> None:
    await held.wait_for(lambda: cursor.execute(text, **options))
    await held.wait_for(lambda: cursor.fetchall())


# -- cursors and methods ----------------------------------------------------------------------------------


@each(*_CLASSES)
async def leak_cursor_by_hand(held: AsyncHeld, kind: Any) -> None:
    """A cursor that nobody but psycopg made."""
    await _fetched(held, kind(held.connection))


@each(*_PORTALS)
async def leak_portal_by_hand(held: AsyncHeld, kind: Any) -> None:
    """A server-side one, and another that takes over its rows."""
    cursor = kind(held.connection, "mine")
    await held.wait_for(cursor.execute, MASKED)
    await held.wait_for(cursor.fetchmany, 2)
    thief = kind(held.connection, "mine")
    await held.wait_for(thief.fetchone)
    await held.wait_for(lambda: thief)
    await held.wait_for(held.connection.rollback)
    for one in (cursor, thief):
        await one.close()


@each(*_CLASSES)
async def leak_unbound_methods(held: AsyncHeld, kind: Any) -> None:
    """psycopg's own methods on a governed cursor and connection."""
    cursor = held.connection.cursor()
    await held.wait_for(kind.execute, cursor, MASKED)
    await held.wait_for(kind.fetchall, cursor)
    await _fetched(held, psycopg.AsyncConnection.cursor(held.connection))
    made = await held.wait_for(psycopg.AsyncConnection.execute, held.connection, MASKED)
    await held.wait_for(lambda: made.fetchall())


async def leak_every_class_in_the_mro(held: AsyncHeld) -> None:
    """execute of each class that connection and cursor are made of."""
    for kind in type(held.connection).__mro__:
        made = await held.wait_for(lambda kind=kind: kind.execute(held.connection, MASKED))
        await held.wait_for(lambda made=made: made.fetchall())
    for kind in type(held.connection.cursor()).__mro__:
        cursor = held.connection.cursor()
        await held.wait_for(lambda kind=kind, cursor=cursor: kind.execute(cursor, MASKED))
        await held.wait_for(lambda kind=kind, cursor=cursor: kind.fetchall(cursor))


@each("cursor_factory", "server_cursor_factory")
async def leak_cursor_factory(held: AsyncHeld, name: str) -> None:
    """The connection told to make other cursors."""
    is_portal = name == "server_cursor_factory"
    setattr(held.connection, name, _PORTALS[0] if is_portal else _CLASSES[0])
    cursor = held.connection.cursor(*(["c"] if is_portal else []))
    await _fetched(held, cursor)
    await cursor.close()
    held.connection.cursor_factory = lambda one, **_more: psycopg.AsyncClientCursor(one)
    await _fetched(held, held.connection.cursor())


@each("connection", "cursor", "transaction")
async def leak_what_a_block_is_bound_to(held: AsyncHeld, what: str) -> None:
    """`async with` gives the driver's own object."""
    if what == "connection":
        async with held.connection as bound:
            await _fetched(held, bound.cursor())
    elif what == "cursor":
        async with held.connection.cursor() as bound:
            await _fetched(held, bound)
    else:
        async with held.connection.transaction() as bound:
            await _fetched(held, bound.connection.cursor())


@each("pool", "null configure")
async def leak_pool(held: AsyncHeld, how: str) -> None:
    """A pool makes connections by the class that it is given."""
    kind = type(held.connection)
    url = held.url

    async def configure(connection: Any) -> None:
        await _fetched(held, connection.cursor())
        await connection.rollback()

    configured = configure if how == "null configure" else None
    pool = AsyncConnectionPool(url, connection_class=kind, open=False, min_size=1, configure=configured)
    async with pool, pool.connection(timeout=60) as connection:
        await _fetched(held, connection.cursor())


# -- libpq and results ------------------------------------------------------------------------------------


@each("pgconn", "transaction().pgconn", "pipeline().pgconn", "wait")
async def leak_libpq(held: AsyncHeld, path: str) -> None:
    """libpq's connection, where psycopg keeps it."""
    connection = held.connection
    await _raw(held, connection.pgconn)
    if path == "transaction().pgconn":
        async with connection.transaction() as transaction:
            await _raw(held, transaction.pgconn)
            await _raw(held, transaction.connection.pgconn)
    if path == "pipeline().pgconn":
        async with connection.pipeline() as pipeline:
            await held.wait_for(lambda: pipeline.pgconn)
            await held.wait_for(lambda: pipeline.command_queue)
        await held.wait_for(lambda: pipeline.pgconn.exec_(MASKED.encode()).get_value(0, 1))
    if path == "wait":
        await held.wait_for(lambda: connection.pgconn.send_query(MASKED.encode()))
        results = await held.wait_for(lambda: connection.wait(generators.execute(connection.pgconn)))
        await held.wait_for(lambda: results[0].get_value(0, 1))


@each("row factory", "args_row", "property", "globals")
async def leak_libpq_by_a_deputy(held: AsyncHeld, how: str) -> None:
    """psycopg's own code made to read libpq's connection for the attacker."""
    connection, found = held.connection, []
    get = operator.attrgetter("pgconn")
    if how == "row factory":
        found.append(await held.wait_for(lambda: connection.cursor(row_factory=partial(map, get))))
    elif how == "args_row":
        factory = rows.args_row(partial(getattr, connection, "pgconn"))
        cursor = await held.wait_for(lambda: connection.cursor(row_factory=factory).execute("SELECT 1"))
        found.append(await held.wait_for(lambda: cursor.fetchone()))
    elif how == "property":
        found.append(await held.wait_for(psycopg.BaseConnection.info.fget, connection))
    else:
        names = vars(psycopg.cursor_async) | {"one": connection}
        found.append(await held.wait_for(eval, "one.pgconn", names))
    for one in [*found, connection.pgconn]:
        await _raw(held, one)


@each("attribute", "descriptor", "row factory", "set_result", "stream", "overtaken stream")
async def leak_libpq_result(held: AsyncHeld, how: str) -> None:
    """libpq's result, where psycopg keeps it."""

    def read(one: Any) -> None:
        result = one.pgresult if how != "descriptor" else psycopg.AsyncCursor.pgresult.__get__(one)
        held.attempt(lambda: [result.get_value(0, n) for n in range(2)])

    def factory(one: Any) -> Any:
        held.attempt(read, one)
        return rows.tuple_row(one)

    cursor = held.connection.cursor(row_factory=factory) if how == "row factory" else held.connection.cursor()
    if "stream" in how:
        streamed = cursor.stream(_OF_ONE.replace("= 3", "< 9"))
        held.saw(await anext(streamed))
        read(cursor)
        if how == "overtaken stream":
            await held.wait_for(held.connection.lock.release)
            await held.wait_for(cursor.execute, _HARMLESS)
            read(cursor)
            await held.wait_for(cursor.fetchall)
        await held.wait_for(streamed.aclose)
        return
    await cursor.execute(_OF_ONE)
    if how == "set_result":
        await held.wait_for(cursor.set_result, 0)
    held.attempt(read, cursor)
    await held.wait_for(cursor.fetchall)


@each("property", "setattr")
async def leak_class_that_sees_the_result(held: AsyncHeld, how: str) -> None:
    """A cursor class that sees what psycopg stores in it."""

    def keep(result: Any) -> None:
        held.attempt(lambda: [result.get_value(0, n) for n in range(2)])

    class Property(psycopg.AsyncCursor[Any]):
        @property
        def pgresult(self) -> Any:
            return psycopg.AsyncCursor.pgresult.__get__(self)

        @pgresult.setter
        def pgresult(self, result: Any) -> None:
            keep(result)
            psycopg.AsyncCursor.pgresult.__set__(self, result)

    class Setattr(psycopg.AsyncCursor[Any]):
        def __setattr__(self, name: str, value: Any) -> None:
            if name == "pgresult":
                keep(value)
            super().__setattr__(name, value)

    cursor = held.attempt(Property if how == "property" else Setattr, held.connection)
    await _fetched(held, cursor)


# -- adapters and rows ------------------------------------------------------------------------------------


@each("connection", "cursor", "after execute")
async def leak_loader_context(held: AsyncHeld, where: str) -> None:
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
    await cursor.execute("SELECT id, email, ssn FROM customers")
    if where == "after execute":
        cursor.adapters.register_loader("int4", Spy)
    await held.wait_for(cursor.fetchall)
    for context in kept:
        held.attempt(lambda context=context: context.pgresult.get_value(0, 1))


async def leak_loader_of_a_masked_type(held: AsyncHeld) -> None:
    """A loader for the types of masked columns."""

    class Spy(adapt.Loader):
        def load(self, data: Any) -> Any:
            held.saw(bytes(data))
            return bytes(data)

    for name in ("text", "varchar", "date"):
        held.connection.adapters.register_loader(name, Spy)
    await _fetched(held, held.connection.cursor())


@each(rows.dict_row, rows.namedtuple_row, "kept", "set after")
async def leak_row_factory(held: AsyncHeld, factory: Any) -> None:
    """Row factories see rows."""

    def keep(_cursor: Any) -> Any:
        return lambda values: held.saw(values)

    cursor = held.connection.cursor(row_factory=factory if callable(factory) else keep)
    await cursor.execute(MASKED)
    if factory == "set after":
        cursor.row_factory = keep
    await held.wait_for(cursor.fetchone)
    await held.wait_for(cursor.fetchall)


# -- ways of reading --------------------------------------------------------------------------------------


@each("stream", "executemany", "scroll", "iteration", "fetchmany", "prepared", "binary", "nextset")
async def leak_way_of_reading(held: AsyncHeld, how: str) -> None:
    """Every way to get rows."""
    cursor = held.connection.cursor()
    if how == "stream":
        await held.wait_for(cursor.stream, MASKED)
        await held.wait_for(psycopg.AsyncCursor.stream, cursor, MASKED)
    elif how in ("executemany", "nextset"):
        many = "SELECT email, ssn FROM customers WHERE id = %s"
        await held.wait_for(partial(cursor.executemany, many, [(1,), (2,), (3,)], returning=True))
        await held.wait_for(cursor.fetchall)
        while how == "nextset" and cursor.nextset():
            await held.wait_for(cursor.fetchall)
        async for one in cursor.results():
            await held.wait_for(one.fetchall)
    elif how == "scroll":
        await held.wait_for(cursor.execute, MASKED)
        await held.wait_for(cursor.scroll, 3)
        await held.wait_for(cursor.fetchone)
    elif how == "iteration":
        await held.wait_for(cursor.execute, MASKED)
        await held.wait_for(lambda: cursor)
    elif how == "fetchmany":
        await held.wait_for(cursor.execute, MASKED)
        await held.wait_for(cursor.fetchmany, 5)
    else:
        options = {"prepare": True} if how == "prepared" else {"binary": True}
        for _ in range(3):
            await _fetched(held, cursor, **options)


@each("copy table", "copy query", "copy rows", "copy binary", "unbound")
async def leak_copy(held: AsyncHeld, how: str) -> None:
    """COPY hands out rows without making them."""
    text = "COPY customers TO STDOUT" if how == "copy table" else f"COPY ({MASKED}) TO STDOUT"
    text += " (FORMAT binary)" if how == "copy binary" else ""
    cursor = held.connection.cursor()
    begin = partial(psycopg.AsyncCursor.copy, cursor) if how == "unbound" else cursor.copy

    async def read() -> None:
        async with begin(text) as copied:
            if how == "copy rows":
                held.saw(*[one async for one in copied.rows()])
            else:
                held.saw(*[bytes(one) async for one in copied])

    await held.wait_for(read)
    await held.wait_for(cursor.execute, text)


@each("two cursors", "same cursor")
async def leak_pipeline(held: AsyncHeld, how: str) -> None:
    """Plans and results in a pipeline, in another order than they were sent."""
    async with held.connection.pipeline():
        one = held.connection.cursor()
        other = one if how == "same cursor" else held.connection.cursor()
        await held.wait_for(one.execute, MASKED)
        if how == "same cursor":
            await held.wait_for(one.fetchall)
        await held.wait_for(other.execute, PLAIN)
        await held.wait_for(one.fetchall)
        await held.wait_for(other.fetchall)


@each("same cursor", "lock released", "fetching meanwhile")
async def leak_tasks_on_one_cursor(held: AsyncHeld, how: str) -> None:
    """Tasks that run statements with and without masks on one cursor at once."""
    cursor = held.connection.cursor()
    await cursor.execute(_OF_ONE)

    async def run(text: str) -> None:
        for _ in range(20):
            if how == "lock released":
                held.attempt(held.connection.lock.release)
            await held.wait_for(cursor.execute, text)
            await held.wait_for(cursor.fetchone)

    async def look() -> None:
        for _ in range(200):
            held.attempt(lambda: cursor.pgresult.get_value(0, 1))
            await held.wait_for(cursor.set_result, 0)
            await held.wait_for(cursor.fetchall)
            await asyncio.sleep(0)

    work = [run(_OF_ONE), run(_HARMLESS), *([look()] if how == "fetching meanwhile" else [])]
    await asyncio.gather(*work)


async def leak_class_exchanged(held: AsyncHeld) -> None:
    """Another class given to a living cursor."""
    cursor = held.connection.cursor()
    many = "SELECT email FROM customers WHERE id = %s"
    await cursor.executemany(many, [(1,), (2,), (3,)], returning=True)
    held.attempt(setattr, cursor, "__class__", psycopg.AsyncCursor)
    await held.wait_for(cursor.fetchall)
    async for one in cursor.results():
        await held.wait_for(one.fetchall)
    await _fetched(held, cursor)


async def leak_whatever_can_be_reached(held: AsyncHeld) -> None:
    """Everything that public names lead to is asked to run the statement."""
    cursor = held.connection.cursor()
    await cursor.execute(MASKED)
    for one in list(reachable(held.connection, cursor)):
        held.saw(one)
        for name in ("execute", "exec_", "query"):
            if hasattr(one, name) and not isinstance(one, type):
                made = await held.wait_for(lambda one=one, name=name: getattr(one, name)(MASKED))
                await held.wait_for(lambda made=made: made.fetchall())
    await held.wait_for(held.connection.rollback)
    await _fetched(held, held.connection.cursor())


@each("executing", "streaming", "in a portal", "copying", "in a pipeline", "many")
async def leak_error_attributes(held: AsyncHeld, how: str) -> None:
    """What errors of the server carry, wherever in the driver they come up."""
    failing = "SELECT id, 1 / (CAST(ssn AS int) - 1) FROM customers WHERE id = 3"
    breaking = "UPDATE customers SET name = NULL WHERE id = 3"
    taken = "UPDATE customers SET email = 'cnry0003@canary.example' WHERE id = %s"
    connection, cursor = held.connection, held.connection.cursor()
    if how == "executing":
        await held.wait_for(connection.execute, breaking)
    elif how == "streaming":
        await held.wait_for(cursor.stream, failing)
        await held.wait_for(connection.rollback)
        await held.wait_for(cursor.stream, f"{breaking} RETURNING id")
    elif how == "in a portal":
        async with connection.cursor("mine") as portal:
            await held.wait_for(portal.execute, failing)
            await held.wait_for(portal.fetchall)
    elif how == "copying":

        async def copy() -> None:
            async with cursor.copy("COPY customers (id, name, email, created_at) FROM STDIN") as copied:
                await copied.write_row((77, "x", "cnry0003@canary.example", "now"))

        await held.wait_for(copy)
    elif how == "in a pipeline":

        async def piped() -> None:
            async with connection.pipeline():
                await connection.execute(breaking)
                await connection.execute("SELECT 1")

        await held.wait_for(piped)
    else:
        await held.wait_for(partial(cursor.executemany, taken, [(4,), (5,)]))
    await held.wait_for(connection.rollback)


# -- effects ----------------------------------------------------------------------------------------------


@each("execute", "executemany", "pgconn", "stream", "simple", "portal", "copy")
async def effect_unbound_write(held: AsyncHeld, how: str) -> None:
    """Writes past the line."""
    connection, cursor = held.connection, held.connection.cursor()
    if how == "execute":
        await held.wait_for(psycopg.AsyncCursor.execute, psycopg.AsyncCursor(connection), NO_WHERE)
    elif how == "executemany":
        many = "UPDATE order_items SET quantity = %s WHERE order_id > 0"
        await held.wait_for(psycopg.AsyncCursor.executemany, cursor, many, [(77,)])
    elif how == "pgconn":
        await held.wait_for(lambda: connection.pgconn.exec_(NO_WHERE.encode()))
    elif how == "stream":
        await held.wait_for(cursor.stream, f"{NO_WHERE} RETURNING id")
    elif how == "portal":
        text = f"WITH gone AS ({NO_WHERE} RETURNING id) SELECT * FROM gone"
        await held.wait_for(cursor.stream, text)
    elif how == "copy":

        async def write() -> None:
            async with cursor.copy("COPY products (id, sku, title, price, stock) FROM STDIN") as copied:
                for number in range(_TOO_MANY):
                    await copied.write_row((number + 1000, f"x{number}", "x", 1, 1))

        await held.wait_for(write)
    else:
        await held.wait_for(cursor.execute, f"SELECT 1; {NO_WHERE}; COMMIT")
    await held.wait_for(connection.commit)


@each("in transaction", "autocommit", "pipeline", "prepared", "task cancelled")
async def effect_bounds_in_every_mode(held: AsyncHeld, how: str) -> None:
    """A write over its bound, however it is sent."""
    connection = held.connection
    await connection.set_autocommit(how == "autocommit")
    if how == "pipeline":
        async with connection.pipeline():
            await held.wait_for(connection.execute, MANY_ROWS)
    elif how == "task cancelled":
        for turns in range(40):
            task = asyncio.create_task(connection.execute(MANY_ROWS))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await held.wait_for(connection.commit)
        await held.wait_for(connection.execute, MANY_ROWS)
    else:
        await held.wait_for(partial(connection.execute, MANY_ROWS, prepare=how == "prepared"))
    await held.wait_for(connection.commit)


@each("commit", "execute")
async def effect_task_that_ends_the_transaction(held: AsyncHeld, how: str) -> None:
    """Another task commits inside the savepoint in which a write is measured."""
    connection = held.connection

    async def end() -> None:
        for _ in range(200):
            held.attempt(connection.lock.release)
            await held.wait_for(
                connection.commit if how == "commit" else partial(connection.execute, "COMMIT")
            )
            await asyncio.sleep(0)

    async def write() -> None:
        for _ in range(5):
            await held.wait_for(connection.execute, MANY_ROWS)

    await asyncio.gather(write(), end())
    await held.wait_for(connection.commit)


@each("never", "later", "lock released")
async def effect_writer_that_finishes(held: AsyncHeld, when: str) -> None:
    """A writer of the caller's own leaves the copy open when it should end, and ends it afterwards."""
    connection, cursor = held.connection, held.connection.cursor()

    class Sly(psycopg.copy.AsyncLibpqWriter):
        async def finish(self, exc: BaseException | None = None) -> None:
            held.saw(exc)

    async def write() -> None:
        text = "COPY products (id, sku, title, price, stock) FROM STDIN"
        async with cursor.copy(text, writer=Sly(cursor)) as copied:
            for number in range(_TOO_MANY):
                await copied.write_row((number + 1000, f"x{number}", "x", 1, 1))

    await held.wait_for(write)
    if when == "lock released":
        held.attempt(connection.lock.release)
    if when != "never":
        await held.wait_for(psycopg.copy.AsyncLibpqWriter(cursor).finish)
    await held.wait_for(connection.commit)
    if when == "never":  # so that the raw driver shows an effect, too
        await held.wait_for(psycopg.copy.AsyncLibpqWriter(cursor).finish)
        await held.wait_for(connection.commit)
