"""Promise: a connection is opened as its owner says, as far as statements go on meaning what they mean."""

from __future__ import annotations

from typing import Any

import pymysql
import pytest
from pymysql.constants import CLIENT

import governed_db
from governed_db import pymysql as governed_pymysql
from tests.drivers.pymysql.conftest import Open, ran
from tests.servers.urls import Address


def arguments(url: str) -> dict[str, Any]:
    """The driver's own, for the drop-in module."""
    address = Address.of(url)
    names = ("host", "port", "user", "password", "database")
    return {name: getattr(address, name) for name in names}


@pytest.mark.parametrize("mode", ["STRICT_ALL_TABLES", "STRICT_ALL_TABLES,NO_ZERO_DATE", "", "ANSI_QUOTES"])
@pytest.mark.parametrize("way", ["sql_mode", "init_command"])
def test_modes_are_set_where_the_connection_is_made(open_: Open, way: str, mode: str) -> None:
    """As Django's documentation recommends; the analysis knows of them."""
    connection = open_(**{way: mode if way == "sql_mode" else f"SET sql_mode='{mode}'"})

    assert ran(connection, "SELECT @@sql_mode") == ((mode,),)
    assert ran(connection, "SELECT email FROM customers WHERE id = %s", (1,)) == (("***",),)


@pytest.mark.parametrize("mode", ["ORACLE", "STRICT_ALL_TABLES,MSSQL", "', autocommit='0"])
def test_modes_that_change_the_language_are_refused(open_: Open, mode: str) -> None:
    """The connection is not opened."""
    with pytest.raises(governed_db.StatementDenied, match="GDB303"):
        open_(sql_mode=mode)


def test_other_first_statements_are_decided_on(open_: Open) -> None:
    """init_command is SQL like any other."""
    zone = ran(open_(init_command="SET time_zone='+03:00'"), "SELECT @@time_zone")

    assert zone == (("+03:00",),)
    with pytest.raises(governed_db.ApprovalRequired, match="GDB310"):
        open_(init_command="DELETE FROM orders")


def test_modes_cannot_be_set_afterwards(reading: Any) -> None:
    """What was free while the connection was opened is not free any more."""
    with pytest.raises(governed_db.StatementDenied, match="GDB303"):
        ran(reading, "SET sql_mode='ANSI_QUOTES'")


def test_backslashes_follow_the_mode(open_: Open) -> None:
    """Values come out as they went in, and end no quotes, whatever anybody says that the mode is."""
    values = ("a\\'b", "\\", "' OR 1=1 -- ", 'x"\\\\')
    for mode in ("", "NO_BACKSLASH_ESCAPES"):
        connection = open_(sql_mode=mode)
        for status in (0, connection.server_status, 0xFFFF):
            connection.server_status = status
            assert ran(connection, "SELECT %s, %s, %s, %s", values) == (values,)


@pytest.mark.parametrize("charset", ["latin1", "utf8mb3"])
def test_plain_character_sets_work(open_: Open, charset: str) -> None:
    """Text goes there and back, and masks are the same."""
    connection = open_(charset=charset)

    assert ran(connection, "SELECT 'é', email FROM customers WHERE id = 1") == (("é", "***"),)


@pytest.mark.parametrize("charset", ["gbk", "sjis", "big5"])
def test_character_sets_that_can_hide_quotes_are_refused(open_: Open, charset: str) -> None:
    """In these the second byte of a character can be a backslash."""
    with pytest.raises(governed_db.StatementDenied, match="GDB701"):
        open_(charset=charset)


def test_two_statements_and_local_files_are_off(shared_shop: str) -> None:
    """Whatever flags are asked for."""
    flags = CLIENT.MULTI_STATEMENTS | CLIENT.LOCAL_FILES | CLIENT.FOUND_ROWS
    connection = governed_pymysql.connect(**arguments(shared_shop), client_flag=flags, local_infile=True)

    assert connection.client_flag & flags == CLIENT.FOUND_ROWS
    assert not connection._local_infile
    connection.close()


def test_the_password_is_nowhere_on_the_connection(shared_shop: str) -> None:
    """Neither as an attribute, nor in what the connection looks like."""
    given = arguments(shared_shop)
    connection = governed_pymysql.connect(**given)
    shown = f"{vars(connection)!r} {connection!r}"

    assert given["password"] not in shown
    assert given["password"].encode() not in shown.encode()
    connection.close()


def test_passwords_that_are_not_latin_are_not_shown(shared_shop: str) -> None:
    """The driver alone would fail with an exception that holds all of it."""
    given = arguments(shared_shop) | {"password": "fake-пароль"}

    with pytest.raises(pymysql.err.OperationalError) as raised:
        governed_pymysql.connect(**given)

    assert "пароль" not in f"{raised.value!r} {raised.value.__context__!r}"


def test_a_connection_can_be_opened_later_and_anew(shared_shop: str) -> None:
    """defer_connect works, and so does connecting again; both are governed."""
    connection = governed_pymysql.Connection(**arguments(shared_shop), defer_connect=True)
    with pytest.raises(pymysql.err.InterfaceError):
        ran(connection, "SELECT 1")

    connection.connect()
    first = ran(connection, "SELECT email FROM customers WHERE id = 1")
    connection.close()
    with pytest.warns(DeprecationWarning, match="reconnect"):
        connection.ping(reconnect=True)
    second = ran(connection, "SELECT email FROM customers WHERE id = 1")

    assert (first, second) == ((("***",),), (("***",),))
    connection.close()


def test_subclasses_of_the_connection_are_governed(shared_shop: str) -> None:
    """An application's own class, with its own way to write values."""

    class Own(governed_pymysql.Connection):
        """Writes one text as SQL."""

        def escape(self, obj: Any, mapping: Any = None) -> str:
            """Never trust a class."""
            return "email" if obj == "x" else str(super().escape(obj, mapping))

    connection = Own(**arguments(shared_shop))

    assert ran(connection, "SELECT %s FROM customers WHERE id = %s", ("x", 1)) == (("***",),)
    connection.close()


def test_governed_arguments_are_the_modules_too(shared_shop: str) -> None:
    """The drop-in module takes them with their prefix."""
    connection = governed_pymysql.connect(**arguments(shared_shop), governed_policy="observe")

    assert ran(connection, "SELECT ssn FROM customers WHERE id = 3") == (("973-41-0003",),)
    connection.close()
