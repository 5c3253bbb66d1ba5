"""Promise: every public name of sqlite3 has an answer, and one that has none is refused."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

import governed_db
from governed_db import sqlite3 as governed_sqlite3
from governed_db.drivers.surface import Answer, public_names, unlisted
from governed_db.drivers.surface.sqlite import CONNECTION, CURSOR, MODULE
from governed_db.enforce.compose import close_doors


@pytest.mark.parametrize(
    ("thing", "table"),
    [(sqlite3.Connection, CONNECTION), (sqlite3.Cursor, CURSOR)],
    ids=["Connection", "Cursor"],
)
def test_every_name_has_an_answer(thing: Any, table: Any) -> None:
    """A name that a new Python adds fails here, not in production."""
    assert list(unlisted(thing, table)) == []


def test_the_module_has_every_public_name() -> None:
    """`from governed_db import sqlite3` offers what `import sqlite3` does."""
    constants = {name for name in dir(sqlite3) if name.startswith("SQLITE_")}

    assert list(unlisted(sqlite3, MODULE | dict.fromkeys(constants, Answer.DELEGATED))) == []
    missing = [name for name in public_names(sqlite3) if not hasattr(governed_sqlite3, name)]
    assert missing == []


def test_errors_and_types_are_the_drivers_own() -> None:
    """Code that catches sqlite3.IntegrityError need not know of us."""
    assert governed_sqlite3.IntegrityError is sqlite3.IntegrityError
    assert governed_sqlite3.Row is sqlite3.Row


def test_the_classes_are_the_drivers_and_ours(reading: Any) -> None:
    """isinstance holds both ways, and people see the driver's names."""
    cursor = reading.cursor()

    assert isinstance(reading, sqlite3.Connection)
    assert isinstance(reading, governed_sqlite3.Connection)
    assert isinstance(cursor, sqlite3.Cursor)
    assert isinstance(cursor, governed_sqlite3.Cursor)
    assert (type(reading).__qualname__, type(cursor).__module__) == ("Connection", "sqlite3")


def test_dbapi2_is_no_way_around() -> None:
    """`sqlite3.dbapi2`, which SQLAlchemy asks for, is our module too."""
    assert governed_sqlite3.dbapi2 is governed_sqlite3
    assert not hasattr(governed_sqlite3, "no_such_name")


def test_unlisted_names_raise(reading: Any) -> None:
    """A method that no table lists is refused when it is looked up."""

    class Newer(sqlite3.Connection):
        """What a newer Python may bring."""

        def leak(self) -> str:
            """Something that nobody has thought about."""
            return "leaked"

    class Governed(Newer):
        """Stands for our class."""

    def refuse(_connection: Any, name: str) -> Any:
        reading._governed.gate.check_call(name, "not known")

    close_doors(Governed, Newer, CONNECTION, refuse)
    connection = Governed(":memory:")

    with pytest.raises(governed_db.StatementDenied, match="GDB701 leak"):
        connection.leak  # noqa: B018  # looking it up is the test
    connection.close()


REFUSED = {
    "backup": (sqlite3.Connection,),
    "blobopen": ("customers", "email", 1),
    "create_collation": ("mine", max),
    "deserialize": (b"",),
    "enable_load_extension": (True,),
    "load_extension": ("/no/such/file",),
    "serialize": (),
}


@pytest.mark.parametrize("name", sorted(public_names(sqlite3.Connection) & REFUSED.keys()))
def test_calls_that_know_no_columns_are_refused(reading: Any, name: str) -> None:
    """Raw pages, blobs, collations and extensions: refused in the driver's own exception, and recorded."""
    with pytest.raises(sqlite3.DatabaseError, match=f"GDB701 {name}") as raised:
        getattr(reading, name)(*REFUSED[name])

    assert isinstance(raised.value, governed_db.StatementDenied)
    assert raised.value.code == "GDB701"


def test_every_refused_name_is_tested() -> None:
    """The table and the test above know of the same names."""
    refused = {name for name, answer in CONNECTION.items() if answer is Answer.REFUSED}

    assert refused - {"setconfig"} == set(REFUSED)  # Python 3.12 brings setconfig


def test_observing_lets_them_through(open_: Any) -> None:
    """Under the pack `observe` nothing is refused: it is recorded."""
    connection = open_(policy="observe")

    connection.create_collation("mine", lambda left, right: (left > right) - (left < right))

    assert connection.execute("SELECT 'b' < 'a' COLLATE mine").fetchone() == (0,)


def test_unknown_governed_arguments_are_refused(shared_shop: str) -> None:
    """A misspelt option of ours is an error, not something that is passed on."""
    with pytest.raises(governed_db.ConfigurationError, match="governed_polcy"):
        governed_sqlite3.connect(shared_shop.removeprefix("sqlite:///"), governed_polcy="observe")
