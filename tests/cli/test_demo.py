"""`governed-db demo` is real: it shows what happens, checks it, and fails when it does not hold."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import governed_db
from governed_db.cli.demo import session
from governed_db.cli.demo import shop as made_up
from governed_db.cli.demo.command import lines_to_paste
from governed_db.cli.demo.stage import DemoFailed, Stage
from governed_db.config import parse_url
from tests.cli.terminal import in_a_process, run
from tests.servers.fixtures import FreshDatabase
from tests.servers.urls import Address
from tests.shop import COLUMNS, leaked


def test_the_demo_holds(tmp_path: Path) -> None:
    """From nothing, in a process of its own: every step holds, and nothing is left behind."""
    answer = in_a_process("demo", "--json", TMPDIR=str(tmp_path))
    steps = answer.json["steps"]

    assert answer.code == 0, answer.err
    assert len(steps) == 8
    assert all(step["holds"] for step in steps)
    assert list(tmp_path.iterdir()) == []


def test_the_demo_can_be_kept(tmp_path: Path) -> None:
    """With --keep the database and its trail stay, and everything that was told is true of them."""
    folder = tmp_path / "kept"
    told = in_a_process("demo", "--keep", str(folder)).out
    with closing(sqlite3.connect(folder / "shop.db")) as raw:
        people = [
            value for row in raw.execute("SELECT full_name, email, phone FROM customers") for value in row
        ]
        discounts = raw.execute("SELECT count(*) FROM orders WHERE discount_pct = 10").fetchone()

    assert discounts == (made_up.OPEN_ORDERS,)
    assert [value for value in people if value in told] == []
    assert run("audit", "verify", "--state-dir", str(folder / "state")).code == 0
    assert run("audit", "verify", "--state-dir", str(folder / "tampered")).code == 1
    assert run("demo", "--keep", str(folder)).err.startswith("GDB502 ")


@pytest.mark.parametrize("policy", ["observe", "read-only"])
def test_the_demo_fails_where_it_does_not_hold(policy: str, tmp_path: Path) -> None:
    """The same session under a policy that masks nothing, or permits less, is told as not holding."""
    made_up.create(tmp_path / "shop.db")
    state = tmp_path / "state"
    with (
        closing(
            governed_db.connect(f"sqlite:///{tmp_path}/shop.db", policy=policy, state_dir=state)
        ) as connection,
        governed_db.acting_as(session.AGENT),
        pytest.raises(DemoFailed, match="GDB540"),
    ):
        session.tell(Stage(connection, state, None, {}), tmp_path / "shop.db")


def test_the_lines_to_paste_work(shop: str, tmp_path: Path) -> None:
    """The three lines at the end are a whole program, on every driver."""
    script = "\n".join(lines_to_paste(shop)).replace(parse_url(shop).display, shop)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.strip() in ("[(1,)]", "((1,),)")


def everything(url: str) -> dict[str, list[Any]]:
    """All rows of the shop, read outside of governed_db."""
    raw = (
        sqlite3.connect(url.removeprefix("sqlite:///"))
        if url.startswith("sqlite")
        else Address.of(url).connect()
    )
    with closing(raw), closing(raw.cursor()) as cursor:
        found = {}
        for table in COLUMNS:
            cursor.execute(f"SELECT * FROM {table}")
            found[table] = sorted(map(repr, cursor.fetchall()))
        return found


def test_your_own_database_is_only_read(shop: str) -> None:
    """`demo --url` shows what is protected and how it is masked; no value is shown and no row is changed."""
    before = everything(shop)
    answer = run("demo", "--url", shop)

    assert answer.code == 0, answer.err
    assert "***" in answer.out
    assert leaked(answer.out) == ()
    assert everything(shop) == before


@pytest.mark.parametrize("dialect", ["postgres", "mysql"])
def test_the_database_of_the_url_is_shown(dialect: str, fresh_database: FreshDatabase) -> None:
    """What stands beside it, with more that is protected, may be gone or closed to the agent."""
    with fresh_database(dialect) as url, fresh_database(dialect) as other:
        elsewhere = Address.of(other).database
        with closing(Address.of(url).connect()) as raw, closing(raw.cursor()) as cursor:
            if dialect == "postgres":
                cursor.execute(f"CREATE SCHEMA {elsewhere}")
            cursor.execute(
                f"CREATE TABLE {elsewhere}.people (id integer, email varchar(80), phone varchar(80))"
            )
            cursor.execute("CREATE TABLE guests (id integer, email varchar(80))")

        answer = run("demo", "--url", url)

    assert answer.code == 0, answer.err
    schema = "public" if dialect == "postgres" else Address.of(url).database
    assert f"An agent reads {schema}.guests." in " ".join(answer.out.split())


def test_a_database_with_nothing_to_protect(sqlite_database: str) -> None:
    """A database without protected columns is told as that."""
    assert "0 columns of 0 relations are protected" in run("demo", "--url", sqlite_database).out


def test_without_faker(tmp_path: Path) -> None:
    """Where the extra `demo` is not installed, it is named; nothing is left behind."""
    script = "import sys; sys.modules['faker'] = None; from governed_db.cli.main import main; main(['demo'])"
    done = subprocess.run(
        [sys.executable, "-c", script],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    )

    assert done.returncode == 2
    assert done.stderr.startswith("GDB533 ")
    assert "governed-db[demo]" in done.stderr
    assert list(tmp_path.iterdir()) == []
