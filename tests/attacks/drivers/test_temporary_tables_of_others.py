"""What one principal put into a temporary table is not read by the next on the same connection."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import governed_db
from governed_db import StatementDenied, acting_as
from governed_db.runtime import release
from tests import shop
from tests.attacks.drivers.others import BOT, OFFICER, POLICY

FILL = "CREATE TEMP TABLE mine AS SELECT id, name, email FROM customers"


@pytest.fixture(params=["postgres", "sqlite"])
def cursor(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """A cursor of a connection that both use, in autocommit mode."""
    policy = tmp_path / "policy.yaml"
    policy.write_text(POLICY)
    url = request.getfixturevalue(f"{request.param}_shop")
    mode = {"isolation_level": None} if request.param == "sqlite" else {"autocommit": True}
    connection = governed_db.connect(url, policy=policy, state_dir=tmp_path / "state", **mode)
    yield connection.cursor()
    connection.close()
    release(tmp_path / "state")


def rows(cursor: Any, sql: str) -> list[Any]:
    """What a query returns."""
    cursor.execute(sql)
    return list(cursor.fetchall())


READS = (
    "SELECT email FROM mine",
    "SELECT count(*) FROM mine WHERE email LIKE 'a%'",
    "SELECT m.email FROM customers c JOIN mine m ON m.id = c.id",
    "WITH x AS (SELECT * FROM mine) SELECT * FROM x",
    "INSERT INTO theirs SELECT email FROM mine",
    "UPDATE mine SET name = 'x' WHERE email LIKE 'a%'",
    "DELETE FROM mine WHERE email LIKE 'a%'",
    "EXPLAIN SELECT email FROM mine",
)


def test_rows_belong_to_who_read_them(cursor: Any) -> None:
    """Who filled it reads it, also again; anybody else is refused whatever the way, and may drop it."""
    with acting_as(OFFICER):
        cursor.execute(FILL)
        first = rows(cursor, "SELECT email FROM mine")
    with acting_as(BOT):
        cursor.execute("CREATE TEMP TABLE theirs (email text)")
        for sql in READS:
            with pytest.raises(StatementDenied) as refused:
                cursor.execute(sql)
            assert "somebody else read on this connection" in str(refused.value), sql
    with acting_as(OFFICER):
        again = rows(cursor, "SELECT email FROM mine")
    with acting_as(BOT):
        cursor.execute("DROP TABLE mine")

    assert shop.leaked(first)
    assert first == again


@pytest.mark.parametrize(
    "filling",
    [
        "INSERT INTO mine SELECT id, name, email FROM customers",
        "UPDATE mine SET email = (SELECT min(email) FROM customers)",
        "WITH x AS (SELECT email FROM customers) INSERT INTO mine (email) SELECT email FROM x",
    ],
)
def test_it_counts_who_filled_it(cursor: Any, filling: str) -> None:
    """A table that was made and used by both before is closed once somebody reads stored rows into it."""
    with acting_as(BOT):
        cursor.execute("CREATE TEMP TABLE mine (id integer, name text, email text)")
        cursor.execute("INSERT INTO mine (id) VALUES (1)")
        rows(cursor, "SELECT email FROM mine")
    with acting_as(OFFICER):
        rows(cursor, "SELECT email FROM mine")
        cursor.execute(filling)
    with acting_as(BOT), pytest.raises(StatementDenied, match="GDB213"):
        cursor.execute("SELECT email FROM mine")


def test_copies_belong_to_who_filled_the_first(cursor: Any) -> None:
    """A second temporary table that is made of the first holds the same rows."""
    with acting_as(OFFICER):
        cursor.execute(FILL)
        cursor.execute("CREATE TEMP TABLE copied AS SELECT email FROM mine")
        cursor.execute("CREATE TEMP TABLE later (email text)")
        cursor.execute("INSERT INTO later SELECT email FROM copied")
    with acting_as(BOT):
        for name in ("copied", "later"):
            with pytest.raises(StatementDenied, match="GDB213"):
                cursor.execute(f"SELECT email FROM {name}")


def test_a_rollback_gives_nothing_away(cursor: Any) -> None:
    """Dropped and made anew by somebody else, and that rolled back, it still holds what it held."""
    with acting_as(OFFICER):
        cursor.execute(FILL)
    with acting_as(BOT):
        cursor.execute("BEGIN")
        cursor.execute("DROP TABLE mine")
        cursor.execute("CREATE TEMP TABLE mine AS SELECT id FROM customers")
        cursor.execute("ROLLBACK")
        with pytest.raises(StatementDenied, match="GDB213"):
            cursor.execute("SELECT * FROM mine")


def test_ones_own_tables_are_as_they_were(cursor: Any) -> None:
    """Without others, and with constants alone, nothing changes."""
    with acting_as(BOT):
        cursor.execute("CREATE TEMP TABLE mine AS SELECT id, city FROM customers")
        cursor.execute("INSERT INTO mine SELECT id, city FROM customers")
        own = rows(cursor, "SELECT count(*) FROM mine JOIN customers ON customers.id = mine.id")
        cursor.execute("CREATE TEMP TABLE plain (n integer)")
        cursor.execute("INSERT INTO plain VALUES (7)")
    with acting_as(OFFICER):
        theirs = rows(cursor, "SELECT n FROM plain")

    assert own[0][0] > 0
    assert theirs == [(7,)]


def test_so_many_that_nobody_counts_them(cursor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond what is remembered, a table belongs to everybody who filled one."""
    monkeypatch.setattr("governed_db.core.leftovers._MOST", 2)
    with acting_as(OFFICER):
        for number in range(4):
            cursor.execute(f"CREATE TEMP TABLE mine{number} AS SELECT email FROM customers")
    with acting_as(BOT):
        for number in range(4):
            with pytest.raises(StatementDenied, match="GDB213"):
                cursor.execute(f"SELECT email FROM mine{number}")
