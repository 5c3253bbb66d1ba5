"""Promise: every public name of PyMySQL has an answer, and one that has none is refused."""

from __future__ import annotations

import sys
from typing import Any

import pymysql
import pymysql.cursors
import pytest

import governed_db
from governed_db import pymysql as governed_pymysql
from governed_db.drivers.surface import Answer, public_names, unlisted
from governed_db.drivers.surface.pymysql import CONNECTION, CURSOR, MODULE
from governed_db.enforce.compose import close_doors
from tests.drivers.pymysql.conftest import Open, ran

CURSORS = ("Cursor", "DictCursor", "SSCursor", "SSDictCursor")


def test_every_name_of_the_connection_has_an_answer(reading: Any) -> None:
    """Methods and attributes alike: what a new PyMySQL adds fails here, not in production."""
    assert list(unlisted(pymysql.connections.Connection, CONNECTION)) == []
    assert {name for name in vars(reading) if not name.startswith("_")} <= CONNECTION.keys()


@pytest.mark.parametrize("name", CURSORS)
def test_every_name_of_a_cursor_has_an_answer(reading: Any, name: str) -> None:
    """For each of the four classes."""
    kind = getattr(pymysql.cursors, name)
    attributes = {each for each in vars(reading.cursor(kind)) if not each.startswith("_")}

    assert list(unlisted(kind, CURSOR)) == []
    assert attributes <= CURSOR.keys()


def test_the_module_has_every_public_name() -> None:
    """`from governed_db import pymysql` offers what `import pymysql` does."""
    assert list(unlisted(pymysql, MODULE)) == []
    assert [name for name in public_names(pymysql) if not hasattr(governed_pymysql, name)] == []


def test_errors_and_types_are_the_drivers_own() -> None:
    """Code that catches pymysql.err.IntegrityError need not know of us."""
    assert governed_pymysql.IntegrityError is pymysql.IntegrityError
    assert governed_pymysql.cursors.DictCursor is pymysql.cursors.DictCursor
    assert governed_pymysql.__version__ == pymysql.__version__


def test_the_module_is_imported_like_the_driver() -> None:
    """Its parts are modules of it; the one that connects is ours."""
    from governed_db.pymysql.connections import Connection
    from governed_db.pymysql.constants import CLIENT
    from governed_db.pymysql.cursors import DictCursor

    assert DictCursor is pymysql.cursors.DictCursor
    assert CLIENT is pymysql.constants.CLIENT
    assert Connection is governed_pymysql.Connection


def test_mysqldb_is_this_module_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Django wants it, parts included."""
    monkeypatch.setattr(sys, "modules", dict(sys.modules))

    governed_pymysql.install_as_MySQLdb()

    assert sys.modules["MySQLdb"] is governed_pymysql
    assert sys.modules["MySQLdb.constants"] is pymysql.constants
    assert sys.modules["MySQLdb.connections"].Connection is governed_pymysql.Connection


def test_the_classes_are_the_drivers_and_ours(reading: Any) -> None:
    """isinstance holds both ways, and people see the driver's names."""
    cursor = reading.cursor(pymysql.cursors.SSDictCursor)

    assert isinstance(reading, pymysql.connections.Connection)
    assert isinstance(reading, governed_pymysql.Connection)
    assert isinstance(cursor, pymysql.cursors.SSDictCursor)
    assert isinstance(cursor, governed_pymysql.cursors.Cursor)
    assert (type(reading).__qualname__, type(cursor).__qualname__) == ("Connection", "SSDictCursor")


def test_no_class_of_the_module_connects_without_us(reading: Any) -> None:
    """Each of the driver's names for its connection class is the governed one."""
    names = [governed_pymysql.connect, governed_pymysql.Connect, governed_pymysql.connections.Connection]

    assert set(names) == {governed_pymysql.Connection}
    assert type(reading) is governed_pymysql.Connection


def test_refused_names_are_refused(reading: Any) -> None:
    """The password is not told, and packets are not taken from callers."""
    refused = {name for name, answer in CONNECTION.items() if answer is Answer.REFUSED}

    with pytest.raises(pymysql.err.OperationalError, match=r"GDB701 Connection\.password") as raised:
        reading.password  # noqa: B018  # looking it up is the test
    with pytest.raises(governed_db.StatementDenied, match="GDB700"):
        reading.write_packet(b"\x03SELECT email FROM customers")

    assert refused == {"password", "write_packet"}
    assert (raised.value.args[0], raised.value.code) == (1142, "GDB701")


def test_unlisted_names_raise(reading: Any) -> None:
    """A method that no table lists is refused when it is looked up."""

    class Newer:
        """What a newer PyMySQL may bring."""

        def leak(self) -> str:
            """Something that nobody has thought about."""
            return "leaked"

    class Governed(Newer):
        """Stands for our class."""

    def refuse(_connection: Any, name: str) -> Any:
        reading._governed.gate.check_call(name, "not known")

    close_doors(Governed, Newer, CONNECTION, refuse)

    with pytest.raises(governed_db.StatementDenied, match="GDB701 leak"):
        Governed().leak  # noqa: B018  # looking it up is the test


def test_observing_lets_them_through(open_: Open) -> None:
    """Under the pack `observe` nothing is refused or masked: it is recorded."""
    connection = open_(policy="observe")

    assert connection.password.startswith(b"fake-")
    assert ran(connection, "SELECT ssn FROM customers WHERE id = %s", (3,)) == (("973-41-0003",),)


def test_unknown_governed_arguments_are_refused(open_: Open) -> None:
    """A misspelt option of ours is an error, not something that is passed on."""
    with pytest.raises(governed_db.ConfigurationError, match="governed_polcy"):
        open_(governed_polcy="observe")
