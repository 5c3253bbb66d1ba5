"""Attacks on what psycopg carries besides rows: errors, notices, notifications, catalogs, types, copies."""

from __future__ import annotations

import copy
import io
import logging
import pickle
import traceback
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from typing import Any

import psycopg
from psycopg import adapt, rows
from psycopg.types import TypeInfo
from psycopg.types.composite import CompositeInfo, register_composite

from tests.attacks.drivers.held import MASKED, PLAIN, Held, each

_BREAKING = "UPDATE customers SET name = NULL WHERE id = 3"
_FAILING = "SELECT id, 1 / (CAST(ssn AS int) - 1) FROM customers WHERE id = 3"
_TAKEN = "UPDATE customers SET email = 'cnry0003@canary.example' WHERE id = %s"
_OF_ONE = "SELECT email, ssn FROM customers WHERE id = %s"


@contextmanager
def _made(held: Held, *statements: str, undo: str = "") -> Iterator[None]:
    """What the owner of the database did before."""
    with closing(held.outside()) as owner:
        owner.autocommit = True
        for one in statements:
            owner.execute(one)
        try:
            yield
        finally:
            with suppress(psycopg.Error):
                held.connection.rollback()
            owner.execute(undo)


# -- errors -----------------------------------------------------------------------------------------------


@each(_BREAKING, _FAILING, _TAKEN.replace("%s", "4"))
def leak_error_kept(held: Held, text: str) -> None:
    """An error pickled, copied, formatted, logged, with all that hangs on it."""
    try:
        held.connection.execute(text)
    except psycopg.Error as error:
        for one in (error, pickle.loads(pickle.dumps(error)), copy.copy(error)):
            held.caught(one)
            held.saw(vars(one), getattr(one, "__notes__", ()), "".join(traceback.format_exception(one)))
            held.diagnostic(one.diag)
        held.saw(copy.copy(error.diag), pickle.dumps(error.diag))
    held.saw(held.connection.info.error_message, held.connection.pgconn)
    held.saw(*[held.attempt(getattr, held.connection.pgconn, name) for name in ("error_message", "info")])


@each("in a transaction", "of a pool", "in a pipeline", "in a stream")
def leak_error_logged(held: Held, where: str) -> None:
    """psycopg logs errors that it swallows."""
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    logging.getLogger("psycopg").addHandler(handler)
    connection = held.connection
    try:
        with suppress(psycopg.Error):
            if where == "in a transaction":
                with connection.transaction(), connection.transaction():
                    connection.execute(_BREAKING)
            elif where == "in a pipeline":
                with connection.pipeline():
                    connection.execute(_BREAKING)
                    connection.execute("SELECT 1")
                    raise psycopg.DataError("of the caller's own")
            elif where == "in a stream":
                held.saw(*connection.cursor().stream(_FAILING))
            else:
                connection.execute(_BREAKING)
    except Exception as error:  # noqa: BLE001 - whatever it is
        held.caught(error)
    finally:
        logging.getLogger("psycopg").removeHandler(handler)
    held.saw(log.getvalue())
    held.attempt(connection.rollback)
    held.attempt(connection.execute, _BREAKING)


def leak_error_of_a_value_that_cannot_be_read(held: Held) -> None:
    """Python has no form for the date, and psycopg says which it is."""
    text = "SELECT email::date FROM customers WHERE id = 3"
    held.attempt(lambda: held.connection.execute(text).fetchall())
    held.attempt(held.connection.rollback)

    class Fails(adapt.Loader):
        def load(self, data: Any) -> Any:
            raise ValueError(bytes(data).decode())

    held.connection.adapters.register_loader("varchar", Fails)
    held.attempt(lambda: held.connection.execute(MASKED).fetchall())


# -- notices and notifications ----------------------------------------------------------------------------


@each("notice", "warning", "error code", "logged")
def leak_notice(held: Held, how: str) -> None:
    """A trigger of the owner's tells of the row."""
    level = "NOTICE" if how != "warning" else "WARNING"
    using = " USING DETAIL = OLD.email, HINT = OLD.ssn, COLUMN = OLD.email, ERRCODE = '01004'"
    body = f"BEGIN RAISE {level} 'was %', OLD::text{using if how == 'error code' else ''}; RETURN NEW; END"
    with _made(
        held,
        f"CREATE FUNCTION tells() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$",
        "CREATE TRIGGER tells BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION tells()",
        undo="DROP FUNCTION tells CASCADE",
    ):
        held.connection.add_notice_handler(held.diagnostic)
        held.connection.add_notice_handler(lambda diagnostic: held.saw(vars(diagnostic), diagnostic._info))
        held.connection.add_notice_handler(lambda _diagnostic: 1 / 0)
        held.attempt(held.connection.execute, "UPDATE customers SET status = status WHERE id = 3")


@each("handler", "generator")
def leak_notification(held: Held, how: str) -> None:
    """A trigger of the owner's sends the row to whoever listens."""
    body = "BEGIN PERFORM pg_notify('changed', row_to_json(NEW)::text); RETURN NEW; END"
    with _made(
        held,
        f"CREATE FUNCTION sends() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$",
        "CREATE TRIGGER sends AFTER UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION sends()",
        undo="DROP FUNCTION sends CASCADE",
    ):
        connection = held.connection
        connection.autocommit = True
        held.attempt(connection.execute, "LISTEN changed")
        if how == "handler":
            connection.add_notify_handler(held.saw)
        held.attempt(connection.execute, "UPDATE customers SET status = status WHERE id = 3")
        held.attempt(connection.execute, "SELECT 1")
        if how == "generator":
            held.saw(*connection.notifies(timeout=0.3, stop_after=1))
        connection.autocommit = False


# -- what the server keeps ---------------------------------------------------------------------------------


@each(
    "pg_stats",
    "pg_statistic",
    "pg_stat_activity",
    "pg_stat_get_activity",
    "pg_largeobject",
    "lo_get",
    "lo_export",
)
def leak_catalog(held: Held, name: str) -> None:
    """Samples of columns, texts of other sessions, large objects."""
    object_ = "SELECT lo_from_bytea(4711, email::bytea) FROM customers WHERE id = 3"
    with (
        _made(held, "ANALYZE customers", object_, undo="SELECT lo_unlink(4711)"),
        closing(held.outside()) as other,
    ):
        other.execute("SELECT id FROM customers WHERE email = 'cnry0003@canary.example'")
        text = {
            "pg_stats": "SELECT most_common_vals::text, histogram_bounds::text FROM pg_stats",
            "pg_statistic": "SELECT stavalues1::text, stavalues2::text FROM pg_statistic",
            "pg_stat_activity": "SELECT pid, query FROM pg_stat_activity",
            "pg_stat_get_activity": "SELECT query FROM pg_stat_get_activity(NULL)",
            "pg_largeobject": "SELECT convert_from(data, 'UTF8') FROM pg_largeobject",
            "lo_get": "SELECT convert_from(lo_get(4711), 'UTF8')",
            "lo_export": "SELECT loread(lo_open(4711, 262144), 100)",
        }[name]
        held.attempt(lambda: held.connection.execute(text).fetchall())


@each("prepared", "held portal", "pg_cursors", "pg_prepared_statements")
def leak_state_of_the_session(held: Held, what: str) -> None:
    """What psycopg leaves in the session is asked for by SQL."""
    connection = held.connection
    with connection.cursor("mine", withhold=True) as cursor:
        cursor.execute(MASKED)
        for _ in range(3):
            connection.execute(_OF_ONE, [3], prepare=True)
        texts = {
            "prepared": ["EXECUTE _pg3_0(3)"],
            "held portal": ["FETCH 3 FROM mine", "COMMIT", "FETCH 3 FROM mine"],
            "pg_cursors": ["SELECT statement FROM pg_cursors", "FETCH ALL mine", "MOVE BACKWARD ALL IN mine"],
            "pg_prepared_statements": ["SELECT * FROM pg_prepared_statements", "EXECUTE _pg3_0('3')"],
        }[what]
        for text in texts:
            held.attempt(lambda text=text: connection.execute(text).fetchall())


# -- objects ----------------------------------------------------------------------------------------------


@each(copy.copy, copy.deepcopy, pickle.dumps)
def leak_copies_of_objects(held: Held, duplicate: Any) -> None:
    """Copies of cursors, results and connections, which may have lost what governs them."""
    connection = held.connection
    cursor = connection.execute(MASKED)
    for one in (cursor, cursor.pgresult, cursor.adapters, connection.adapters):
        made = held.attempt(duplicate, one)
        held.attempt(lambda made=made: made.fetchall())
        held.attempt(lambda made=made: made.pgresult.get_value(0, 1))
        held.attempt(lambda made=made: made.get_value(0, 1))
        held.attempt(lambda made=made: made.execute(MASKED).fetchall())
        held.attempt(lambda made=made: made.pgconn.exec_(MASKED.encode()).get_value(0, 1))
    held.attempt(cursor.fetchall)


@each("__getstate__", "__reduce__", "__reduce_ex__", "__dir__")
def leak_state_of_objects(held: Held, name: str) -> None:
    """What objects tell of themselves to those who copy them."""
    cursor = held.connection.execute(MASKED)
    for one in (cursor, cursor.pgresult, held.connection):
        told = held.attempt(getattr(one, name), *([2] if name == "__reduce_ex__" else []))
        held.saw(*_values(told))
        for found in _values(told):
            held.attempt(lambda found=found: found.get_value(0, 1))
            held.attempt(lambda found=found: found.exec_(MASKED.encode()).get_value(0, 1))
            held.attempt(lambda found=found: [one.get_value(0, 1) for one in found])
    held.attempt(cursor.fetchall)


def _values(told: Any) -> Iterator[Any]:
    if isinstance(told, dict):
        yield from told.values()
    elif isinstance(told, (tuple, list)):
        for one in told:
            yield one
            yield from _values(one)


@each("plain first", "masked first", "another width", "failed between", "rolled back")
def leak_cursor_used_again(held: Held, how: str) -> None:
    """One cursor for statements with and without masks."""
    cursor = held.connection.cursor()
    plain = "SELECT id FROM customers" if how == "another width" else PLAIN
    texts = [plain, MASKED, plain, MASKED] if how == "plain first" else [MASKED, plain, MASKED]
    for text in texts:
        held.attempt(lambda text=text: cursor.execute(text))
        held.attempt(cursor.fetchone)
        if how == "failed between":
            held.attempt(cursor.execute, "SELECT 1 / (id - 3) FROM orders")
            held.attempt(cursor.fetchall)
        if how in ("failed between", "rolled back"):
            held.attempt(held.connection.rollback)
        held.attempt(cursor.scroll, 0, mode="absolute")
        held.attempt(cursor.fetchall)
        held.attempt(lambda: list(cursor.results()))
        held.attempt(cursor.set_result, -1)
        held.attempt(cursor.fetchall)


@each("Transformer", "from_context", "load_rows", "row makers")
def leak_transformer(held: Held, how: str) -> None:
    """psycopg's own machine for rows, given the result."""
    cursor = held.connection.execute(MASKED)
    made = adapt.Transformer.from_context(cursor) if how == "from_context" else adapt.Transformer(cursor)
    held.attempt(made.set_pgresult, cursor.pgresult)
    held.attempt(lambda: made.load_rows(0, 3, tuple))
    held.attempt(lambda: rows.dict_row(cursor)(made.load_row(0, tuple)))
    held.attempt(lambda: [one._data for one in cursor.description])
    held.attempt(cursor.fetchall)


@each("wait", "__getattribute__")
def leak_class_derived_from_the_governed_one(held: Held, name: str) -> None:
    """A class derived from that of the living object, with a method that everything passes through."""
    connection = held.connection

    class Attributes(type(connection)):  # type: ignore[misc]  # whatever it is
        def __getattribute__(self, name: str) -> Any:
            found = super().__getattribute__(name)
            if name in ("pgconn", "_governed"):
                held.attempt(lambda: found.exec_(MASKED.encode()).get_value(0, 1))
            return found

    class Waits(type(connection)):  # type: ignore[misc]  # as above
        def wait(self, gen: Any, *arguments: Any, **more: Any) -> Any:
            try:
                return psycopg.waiting.wait(gen, self.fileno())
            except psycopg.Error as error:
                held.caught(error)
                raise

    held.attempt(setattr, connection, "__class__", Waits if name == "wait" else Attributes)
    held.attempt(connection.execute, _BREAKING)
    held.attempt(connection.rollback)
    held.attempt(lambda: connection.execute(MASKED).fetchall())


@each("composite", "array", "own type", "record")
def leak_registered_type(held: Held, what: str) -> None:
    """Factories for types are given the fields of a value."""
    connection = held.connection

    def make(*fields: Any) -> Any:
        held.saw(*fields)
        return fields

    info = held.attempt(CompositeInfo.fetch, connection, "customers")
    held.attempt(lambda: register_composite(info, connection, make))
    if what == "own type":
        held.attempt(lambda: TypeInfo("mine", info.oid, info.array_oid).register(connection))
    text = {
        "array": "SELECT array_agg(c) FROM customers c",
        "record": "SELECT row(c.email, c.ssn) FROM customers c",
    }.get(what, "SELECT c FROM customers c")
    held.attempt(lambda: connection.execute(text).fetchall())
    held.attempt(connection.rollback)
    held.attempt(lambda: connection.execute(text, binary=True).fetchall())


@each("in a transaction", "prepared", "recovered")
def leak_two_phases(held: Held, how: str) -> None:
    """Statements within a transaction of two phases."""
    connection = held.connection
    connection.tpc_begin(connection.xid(1, "gtrid", "bqual"))
    held.attempt(lambda: connection.execute(MASKED).fetchall())
    held.attempt(connection.execute, _BREAKING)
    held.attempt(connection.tpc_prepare if how == "prepared" else connection.tpc_rollback)
    held.attempt(connection.tpc_recover)
    held.attempt(connection.tpc_rollback)


@each("executemany", "prepared", "results", "same statement")
def leak_mixed_pipeline(held: Held, how: str) -> None:
    """Results of a pipeline that come for another statement than the cursor's last."""
    connection = held.connection
    with connection.pipeline() as pipeline:
        one, other = connection.cursor(), connection.cursor()
        if how == "executemany":
            held.attempt(partial(one.executemany, _OF_ONE, [[3], [4]], returning=True))
            held.attempt(other.execute, PLAIN)
        elif how == "same statement":
            for _ in range(7):
                held.attempt(one.execute, _OF_ONE, [3])
        else:
            held.attempt(partial(one.execute, _OF_ONE, [3], prepare=True))
            held.attempt(partial(other.execute, PLAIN, prepare=True))
        held.attempt(pipeline.sync)
        for cursor in (other, one):
            held.attempt(cursor.fetchall)
            held.attempt(lambda cursor=cursor: list(cursor.results()))
            held.attempt(lambda cursor=cursor: cursor.pgresult.get_value(0, 0))


def leak_prepared_statement_under_another_name(held: Held) -> None:
    """A prepared statement reads the table that it was prepared for, when another one has its name now."""
    text = "SELECT max(email), min(ssn) FROM customers"
    connection = held.connection
    for _ in range(7):
        held.attempt(lambda: connection.execute(text, prepare=True).fetchall())
    connection.commit()
    with closing(held.outside()) as owner:
        owner.autocommit = True
        owner.execute("CREATE SCHEMA IF NOT EXISTS AUTHORIZATION CURRENT_USER")
        owner.execute("CREATE TABLE IF NOT EXISTS governed_test.customers (email text[], ssn integer[])")
        try:
            held.attempt(connection.execute, "SELECT nothing_of_this_name")
            held.attempt(connection.rollback)
            held.attempt(lambda: connection.execute(text, prepare=True).fetchall())
        finally:
            held.attempt(connection.rollback)
            owner.execute("DROP SCHEMA governed_test CASCADE")
