"""Promise: every public name of psycopg has an answer, and one that has none is refused."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from psycopg import crdb, pq

from governed_db import psycopg as governed_psycopg
from governed_db.drivers.surface import Answer, public_names, unlisted
from governed_db.drivers.surface import psycopg as surface
from governed_db.enforce.psycopg.compose import compose, governed_cursor
from governed_db.enforce.psycopg.cursor import GovernedCursor
from tests.servers.urls import Address

CURSORS = [name for name in dir(psycopg) if name.endswith("Cursor")]


@pytest.mark.parametrize(
    ("thing", "table"),
    [
        (psycopg.Connection, surface.CONNECTION),
        (psycopg.AsyncConnection, surface.CONNECTION),
        *((getattr(psycopg, name), surface.CURSOR) for name in CURSORS),
        (psycopg.Copy, surface.COPY),
        (psycopg.AsyncCopy, surface.COPY),
        (psycopg.Pipeline, surface.PIPELINE),
        (psycopg.AsyncPipeline, surface.PIPELINE),
        (psycopg.Transaction, surface.TRANSACTION),
        (psycopg.AsyncTransaction, surface.TRANSACTION),
        (psycopg.ConnectionInfo, surface.INFO),
        (pq.PGconn, surface.PGCONN),
        (pq.PGresult, surface.PGRESULT),
        (psycopg, surface.MODULE),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_every_name_has_an_answer(thing: Any, table: Any) -> None:
    """A name that a new psycopg adds fails here, not in production."""
    assert list(unlisted(thing, table)) == []


@pytest.mark.parametrize("kind", ["connection", "cursor", "copy", "pipeline", "transaction"])
def test_attributes_that_instances_get_have_an_answer(reading: Any, kind: str) -> None:
    """psycopg sets public attributes in __init__, which dir() of a class does not show."""
    with reading.cursor() as cursor, cursor.copy("COPY orders (id) TO STDOUT") as copy:
        list(copy)
    with reading.pipeline() as pipeline, reading.transaction() as transaction:
        things = {
            "connection": (reading, surface.CONNECTION),
            "cursor": (cursor, surface.CURSOR),
            "copy": (copy, surface.COPY),
            "pipeline": (pipeline, surface.PIPELINE),
            "transaction": (transaction, surface.TRANSACTION),
        }
        thing, table = things[kind]
        names = {name for name in getattr(thing, "__dict__", {}) if not name.startswith("_")}

        assert names <= set(table)


def test_the_module_has_every_public_name() -> None:
    """`from governed_db import psycopg` offers what `import psycopg` does."""
    missing = [name for name in public_names(psycopg) if not hasattr(governed_psycopg, name)]

    assert missing == []
    assert governed_psycopg.__all__ == sorted(psycopg.__all__)


def test_errors_and_types_are_the_drivers_own() -> None:
    """Code that catches psycopg.IntegrityError need not know of us."""
    assert governed_psycopg.IntegrityError is psycopg.IntegrityError
    assert governed_psycopg.errors is psycopg.errors


def test_the_classes_are_the_drivers_and_ours(reading: Any) -> None:
    """isinstance holds both ways, and people see the driver's names."""
    cursor = reading.cursor()

    assert isinstance(reading, psycopg.Connection)
    assert isinstance(reading, governed_psycopg.Connection)
    assert isinstance(cursor, psycopg.Cursor)
    assert isinstance(cursor, governed_psycopg.Cursor)
    assert repr(type(cursor)) == repr(psycopg.Cursor)
    assert governed_psycopg.Connection[dict[str, Any]]


def test_a_name_that_nobody_listed_is_refused() -> None:
    """What a later psycopg may add does not work before it is known to be safe."""

    class Newer(psycopg.Cursor[Any]):
        __module__ = "psycopg.newer"

        def peek(self) -> bytes:
            """Something new."""
            return b""

    made = compose(Newer, GovernedCursor, surface.CURSOR)

    with pytest.raises(psycopg.errors.InsufficientPrivilege, match=r"GDB701 Newer\.peek"):
        made.__new__(made).peek()


def test_methods_of_an_application_are_kept(reading: Any) -> None:
    """Only names of the driver need an answer: what a caller's own class adds is its own affair."""

    class Application(psycopg.ClientCursor[Any]):
        def ids(self) -> list[int]:
            """All orders."""
            return [row[0] for row in self.execute("SELECT id FROM orders WHERE id < 3 ORDER BY id")]

    assert Application(reading).ids() == [1, 2]


@pytest.mark.parametrize(
    "name", [name for name, answer in surface.PGCONN.items() if answer is Answer.REFUSED]
)
def test_libpq_sends_nothing_for_callers(reading: Any, name: str) -> None:
    """connection.pgconn tells its status; what sends, reads or tells the password is refused."""
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match=f"GDB701 pgconn.{name} "):
        getattr(reading.pgconn, name)


def test_libpq_tells_its_status(reading: Any) -> None:
    """Pools and frameworks read the status of a connection there."""
    pgconn = reading.pgconn

    assert pgconn.status == pq.ConnStatus.OK
    assert pgconn.transaction_status == pq.TransactionStatus.IDLE
    assert pgconn.server_version == reading.info.server_version
    assert pgconn.parameter_status(b"server_encoding") == b"UTF8"


def test_the_password_is_not_told(reading: Any, shared_shop: str) -> None:
    """Whoever holds a connection cannot read what it was opened with."""
    password = Address.of(shared_shop).password
    told = [reading.info.dsn, reading.info.get_parameters(), reading.pgconn.info, vars(reading.info)]

    assert password
    assert password not in repr(told)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="GDB701"):
        _ = reading.info.password


def test_a_failed_connection_does_not_carry_the_password(shared_shop: str) -> None:
    """psycopg hangs what is left of its connection on the error."""
    with pytest.raises(psycopg.OperationalError) as caught:
        governed_psycopg.connect(shared_shop, dbname="no_such_database", password="fake-password-1f2e")

    left = caught.value.pgconn
    assert left is not None
    assert left.db == b"no_such_database"
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="GDB701"):
        _ = left.password
    assert "fake-password-1f2e" not in repr((vars(caught.value), left.info))


def test_classes_for_cockroach_are_governed_too() -> None:
    """Any class of psycopg's family is composed the same way."""
    assert issubclass(governed_cursor(psycopg.AsyncRawServerCursor), GovernedCursor)
    assert crdb.CrdbConnection.cursor is psycopg.Connection.cursor
