"""Promise: what does not come down the line is not sent, and no public name hands out what masks hide."""

from __future__ import annotations

import operator
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import generators, rows, sql

import governed_db
from governed_db import psycopg as governed_psycopg
from governed_db.config import load_settings
from governed_db.remote.reader import read
from governed_db.runtime import open_runtime
from tests.drivers.psycopg.relay import Relay
from tests.shop import leaked

PROTECTED = "SELECT email, ssn FROM customers WHERE id < 4"
SECRETS = ("customers.email", "customers.ssn")


# -- cursors, however they are made, and methods, however they are called --------------------------------


def by_hand(connection: Any) -> Any:
    """A cursor of the driver's class, made by hand."""
    return psycopg.Cursor(connection).execute(PROTECTED).fetchall()


def client_by_hand(connection: Any) -> Any:
    """One that binds on the client side."""
    return psycopg.ClientCursor(connection).execute(PROTECTED).fetchall()


def raw_by_hand(connection: Any) -> Any:
    """One that takes the server's own placeholders."""
    return psycopg.RawCursor(connection).execute("SELECT ssn FROM customers WHERE id = $1", [3]).fetchall()


def server_by_hand(connection: Any) -> Any:
    """One that reads in pieces."""
    with psycopg.ServerCursor(connection, "mine") as cursor:
        return [*cursor.execute(PROTECTED), cursor.execute(PROTECTED).fetchall()]


def raw_server_by_hand(connection: Any) -> Any:
    """Both."""
    with psycopg.RawServerCursor(connection, "mine") as cursor:
        return cursor.execute(PROTECTED).fetchmany(2)


class Application(psycopg.Cursor[Any]):
    """A cursor class of an application's own, which rewrites what it is given."""

    def execute(self, query: Any, params: Any = None, **more: Any) -> Any:
        """With another condition."""
        return super().execute(query.replace("< 4", "< 3"), params, **more)


def application_class(connection: Any) -> Any:
    """Set on the connection, later than at connect."""
    connection.cursor_factory = Application
    return connection.execute(PROTECTED).fetchall()


def factory_function(connection: Any) -> Any:
    """A function that makes cursors by hand."""
    connection.cursor_factory = lambda made_on, **more: psycopg.Cursor(made_on, **more)
    return connection.cursor().execute(PROTECTED).fetchall()


def server_factory_function(connection: Any) -> Any:
    """The same for server-side cursors."""
    connection.server_cursor_factory = partial(psycopg.ServerCursor)
    with connection.cursor("mine") as cursor:
        return cursor.execute(PROTECTED).fetchall()


def unbound_execute(connection: Any) -> Any:
    """The driver's method, on our cursor."""
    return psycopg.Cursor.execute(connection.cursor(), PROTECTED).fetchall()


def unbound_connection_execute(connection: Any) -> Any:
    """The driver's shortcut, on our connection."""
    return psycopg.Connection.execute(connection, PROTECTED).fetchall()


def unbound_cursor(connection: Any) -> Any:
    """A cursor that the driver's method makes."""
    return psycopg.Connection.cursor(connection).execute(PROTECTED).fetchall()


def class_changed_back(connection: Any) -> Any:
    """The class of a living cursor, set to the driver's."""
    cursor = connection.cursor()
    cursor.__class__ = psycopg.Cursor
    return cursor.execute(PROTECTED).fetchall()


def stream(connection: Any) -> Any:
    """Row by row."""
    return list(connection.cursor().stream(PROTECTED))


def unbound_stream(connection: Any) -> Any:
    """By the driver's own method."""
    return list(psycopg.Cursor.stream(connection.cursor(), PROTECTED))


def many(connection: Any) -> Any:
    """Results of executemany."""
    cursor = connection.cursor()
    cursor.executemany("SELECT ssn FROM customers WHERE id = %s", [[3], [4]], returning=True)
    return [one.fetchall() for one in cursor.results()] + [cursor.set_result(0).fetchall()]


def pipelined(connection: Any) -> Any:
    """Two statements of one cursor under way at once; the first result is read after the second is sent."""
    with connection.pipeline():
        cursor = connection.cursor()
        cursor.execute(PROTECTED)
        cursor.execute("SELECT id, total FROM orders WHERE id < 3")
        return connection.execute(PROTECTED).fetchall(), cursor.fetchall()


def stolen_portal(connection: Any) -> Any:
    """A second server-side cursor object that takes over the rows of the first."""
    with connection.cursor("mine") as cursor:
        cursor.execute(PROTECTED)
        thief = psycopg.ServerCursor(connection, "mine")
        found = thief.fetchall()
        connection.rollback()
        thief.close()
        return found


def composed_query(connection: Any) -> Any:
    """A query object that renders differently each time."""

    class Sly(sql.Composable):
        """Harmless when it is looked at, and not afterwards."""

        asked = 0

        def as_bytes(self, context: Any = None) -> bytes:
            """What it is this time."""
            self.asked += 1
            return b"SELECT 1" if self.asked == 1 else PROTECTED.encode()

    return connection.execute(Sly("")).fetchall()


def sly_string(connection: Any) -> Any:
    """A str whose bytes are of another text."""

    class Sly(str):
        """Encodes to what it is not."""

        def encode(self, *_: Any) -> bytes:  # type: ignore[override]
            """What psycopg would send."""
            return PROTECTED.encode()

    return connection.execute(Sly("SELECT 1")).fetchall()


def copied(connection: Any) -> Any:
    """COPY, which makes no rows."""
    with connection.cursor().copy("COPY customers TO STDOUT") as copy:
        return list(copy)


def copied_by_execute(connection: Any) -> Any:
    """COPY begun by execute, and read by hand."""
    cursor = connection.cursor()
    try:
        cursor.execute("COPY customers TO STDOUT")
    finally:
        return list(psycopg.Copy(cursor))  # noqa: B012  # the refusal of the first is not the point


# -- results -----------------------------------------------------------------------------------------------


def row_factory_set_later(connection: Any) -> Any:
    """psycopg makes the rows of a result anew then."""
    cursor = connection.execute(PROTECTED)
    cursor.row_factory = rows.dict_row
    return cursor.fetchall()


def row_factory_set_unbound(connection: Any) -> Any:
    """By the driver's own property."""
    cursor = connection.execute(PROTECTED)
    psycopg.Cursor.row_factory.__set__(cursor, rows.namedtuple_row)
    return cursor.fetchall()


def row_factory_that_looks(connection: Any) -> Any:
    """At everything that it can reach, before the first row and at each."""
    seen: list[Any] = []

    def look(cursor: Any) -> None:
        seen.append(cursor.pgresult)
        try:
            seen.append(cursor.pgresult.get_value(0, 0))
        except psycopg.Error as error:
            seen.append(error)

    def factory(cursor: Any) -> Any:
        def make(values: Any) -> Any:
            look(cursor)
            seen.append(list(values))
            return tuple(values)

        look(cursor)
        return make

    with connection.cursor("mine", row_factory=factory) as server_side:
        server_side.execute(PROTECTED).fetchall()
    connection.cursor(row_factory=factory).execute(PROTECTED).fetchall()
    list(connection.cursor(row_factory=factory).stream(PROTECTED))
    return seen


def result_object(connection: Any) -> Any:
    """libpq's result, by the attribute and by the driver's own slot."""
    cursor = connection.execute(PROTECTED)
    found = [cursor.pgresult, psycopg.Cursor.pgresult.__get__(cursor)]
    return [one.get_value(0, 0) for one in found]


def loader_that_looks(connection: Any) -> Any:
    """Loaders run before rows are made."""
    seen: list[Any] = []

    class Looks(psycopg.adapt.Loader):
        """Keeps what it is given."""

        def load(self, data: Any) -> Any:
            """The value as the server sent it."""
            seen.append(bytes(data))
            return "loaded"

    for name in ("text", "varchar", "json", "jsonb", "record"):
        connection.adapters.register_loader(name, Looks)
    connection.adapters.register_loader(0, Looks)
    seen.append(connection.execute(PROTECTED).fetchall())
    seen.append(connection.execute("SELECT array_agg(email), array_agg(c) FROM customers c").fetchall())
    seen.append(connection.execute("SELECT row_to_json(c), c FROM customers c WHERE id = 3").fetchall())
    cursor = connection.execute(PROTECTED)
    cursor.adapters.register_loader("varchar", Looks)
    seen.append(cursor.fetchall())
    return seen


def json_loads_that_looks(connection: Any) -> Any:
    """The function for JSON can be set for all the process."""
    seen: list[Any] = []
    before = psycopg.types.json._JsonLoader._loads
    psycopg.types.json.set_json_loads(seen.append)
    try:
        connection.execute("SELECT json_build_object('e', email) FROM customers").fetchall()
    finally:
        psycopg.types.json._JsonLoader._loads = before
    return seen


# -- libpq and its surroundings ----------------------------------------------------------------------------


def libpq(connection: Any) -> Any:
    """The connection object of libpq."""
    return connection.pgconn.exec_(PROTECTED.encode()).get_value(0, 0)


def libpq_of_transaction(connection: Any) -> Any:
    """By a Transaction, which keeps it in a public attribute."""
    return psycopg.Transaction(connection).pgconn.exec_(PROTECTED.encode()).get_value(0, 0)


def libpq_of_pipeline(connection: Any) -> Any:
    """By a Pipeline."""
    with connection.pipeline() as pipeline:
        return pipeline.pgconn.exec_(PROTECTED.encode()).get_value(0, 0)


def queue_of_pipeline(connection: Any) -> Any:
    """By what a pipeline has queued: bound methods of it."""
    with connection.pipeline() as pipeline:
        connection.execute("SELECT 1")
        return [one.func.__self__ for one in pipeline.command_queue]


def libpq_of_info(connection: Any) -> Any:
    """By the driver's own property for ConnectionInfo."""
    return psycopg.BaseConnection.info.fget(connection).pgconn.exec_(PROTECTED.encode())  # type: ignore[attr-defined]


def libpq_by_c_code(connection: Any) -> Any:
    """By a row factory that is written in C, called from the driver's code."""
    reach = operator.attrgetter("connection.pgconn.exec_.__self__.exec_")
    cursor = connection.execute("SELECT 1")
    psycopg.Cursor.row_factory.__set__(cursor, reach)
    return cursor.fetchall()


def driver_generator(connection: Any) -> Any:
    """The driver's protocol functions, waited for by the connection."""
    return connection.wait(generators.execute(connection.pgconn))


def hand_made_portal(connection: Any) -> Any:
    """Rows of a portal that no governed statement declared."""
    with psycopg.ServerCursor(connection, "pg_cursors") as cursor:
        return cursor.fetchall()


def fetch_with_sql(connection: Any) -> Any:
    """SQL in place of a number of rows, by a dumper of the caller's own."""

    class Number(int):
        """Renders as SQL."""

    class Dumper(psycopg.adapt.Dumper):
        """Writes what it likes."""

        def dump(self, obj: Any) -> bytes:
            """For parameters."""
            return b"1"

        def quote(self, obj: Any) -> bytes:
            """For texts that the driver composes."""
            return b"1 FROM mine; " + PROTECTED.encode() + b"; MOVE 1"

    connection.adapters.register_dumper(Number, Dumper)
    with connection.cursor("mine") as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchmany(Number(1))


WAYS = [
    value
    for value in list(globals().values())
    if callable(value) and getattr(value, "__module__", "") == __name__ and not isinstance(value, type)
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_protected_values_do_not_come_out(reading: Any, way: Callable[[Any], Any]) -> None:
    """Whatever is called on what: masked rows, or a refusal of the driver's kind."""
    try:
        found = way(reading)
    except (psycopg.Error, TypeError) as error:
        found = error

    assert leaked(found, *SECRETS) == ()


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_everything_that_leaves_is_recorded(relay: Relay, tmp_path: Path, way: Callable[[Any], Any]) -> None:
    """As many statements about customers as reach the server stand in the audit trail."""
    state_dir = tmp_path / "state"
    with (
        closing(governed_psycopg.connect(relay.url, governed_state_dir=state_dir)) as connection,
        suppress(psycopg.Error, TypeError),
    ):
        way(connection)
    spool = open_runtime(load_settings(state_dir=state_dir)).spool
    spool.flush()

    left = [text for text in relay.sent if "FROM customers" in text or "COPY customers" in text]
    ran = [event["fields"] for event in read(state_dir / "audit") if event["phase"] == "outcome"]
    recorded = sum("public.customers" in fields.get("relations", ()) for fields in ran)
    runs = recorded + 1 if way is many else recorded  # executemany is recorded once
    assert (len(left), left) == (runs, left)


def test_a_cursor_of_no_governed_class_is_stopped_at_the_connection(reading: Any) -> None:
    """The backstop: a statement that no plan permits does not even begin a transaction."""
    cursor = reading.cursor()
    cursor.__class__ = psycopg.Cursor

    with pytest.raises(governed_db.StatementDenied, match="GDB700") as caught:
        cursor.execute("SELECT 1")

    assert caught.value.code == "GDB700"
    assert reading.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def test_a_connection_without_a_gate_sends_nothing(shared_shop: str) -> None:
    """A governed class used past `connect` has no policy, so it permits nothing."""
    made = psycopg.Connection.connect.__func__(governed_psycopg.Connection, shared_shop)  # type: ignore[attr-defined]
    try:
        with pytest.raises(governed_db.StatementDenied, match="GDB700"):
            made.execute("SELECT 1")
    finally:
        made.close()
