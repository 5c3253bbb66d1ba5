"""Promise: what was learned of a database is shared by sessions that see it the same way, and no others."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

import governed_db
from governed_db.runtime import release


@pytest.fixture
def open_(sqlite_shop: str, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Opens the same file as often as wanted."""
    with ExitStack() as stack:
        stack.callback(release, tmp_path / "state")

        def connect(**options: Any) -> Any:
            options = {"state_dir": tmp_path / "state"} | options
            return stack.enter_context(closing(governed_db.connect(sqlite_shop, **options)))

        yield connect


def texts_of_ours(connection: Any) -> list[str]:
    """What SQLite runs from now on without the caller having asked for it."""
    seen: list[str] = []
    real = getattr(connection._governed, "real", connection)
    sqlite3.Connection.set_trace_callback(
        real, lambda text: seen.append(text) if not text.startswith("--") else None
    )
    return seen


def test_a_second_connection_reads_no_catalog(open_: Callable[..., Any]) -> None:
    """It asks for the schema's version, and uses what the first has learned."""
    first, second = open_(), open_()
    first.execute("SELECT 1").fetchall()
    seen = texts_of_ours(second)
    second.execute("SELECT 1").fetchall()

    assert 0 < len(seen) < 8
    assert first._governed.gate.catalog is second._governed.gate.catalog


def test_another_schema_is_read_again(open_: Callable[..., Any], sqlite_shop: str) -> None:
    """After a change of structure the next connection sees the new one."""
    first = open_()
    first.execute("SELECT 1").fetchall()
    with closing(sqlite3.connect(sqlite_shop.removeprefix("sqlite:///"))) as raw:
        raw.execute("CREATE TABLE brand_new (id integer)")
    second = open_()
    second.execute("SELECT * FROM brand_new").fetchall()

    assert first._governed.gate.catalog is not second._governed.gate.catalog


def test_sessions_in_another_mode_do_not_share(open_: Callable[..., Any]) -> None:
    """A session in which foreign keys are enforced is another session."""
    first, second = open_(), open_()
    first.execute("SELECT 1").fetchall()
    second.execute("PRAGMA foreign_keys = ON")
    second._governed.gate.schema_changed()
    second.execute("SELECT 1").fetchall()

    assert first._governed.gate.catalog.modes["foreign_keys"] == "0"
    assert second._governed.gate.catalog.modes["foreign_keys"] == "1"


def test_temporary_tables_are_ones_own(open_: Callable[..., Any]) -> None:
    """Two sessions with temporary tables of the same name and version do not take them for each other's."""
    rule = {"id": "standard/schema-changes", "effect": "permit", "actions": ["ddl"]}
    first, second = (open_(policy={"version": 1, "extends": "standard", "rules": [rule]}) for _ in range(2))
    first.execute("CREATE TEMP TABLE mine (id integer, email text)")
    second.execute("CREATE TEMP TABLE mine (email text, id integer)")
    for connection in (first, second):
        connection.execute("INSERT INTO mine (id, email) VALUES (1, 'cnry0001@canary.example')")

    # What stands in them is the caller's own; texts are looked into all the same.
    assert first.execute("SELECT * FROM mine").fetchall() == [(1, "[pii.email]")]
    assert second.execute("SELECT * FROM mine").fetchall() == [("[pii.email]", 1)]


def test_a_changed_policy_file_counts_for_the_next_connection(
    open_: Callable[..., Any], tmp_path: Path
) -> None:
    """Open connections keep the policy that they were opened under."""
    policy = tmp_path / "policy.yaml"
    policy.write_text("version: 1\nextends: standard\nclassifications: {products.title: secret.token}\n")
    first = open_(policy=policy)
    query = "SELECT title FROM products WHERE id = 1"
    masked = first.execute(query).fetchone()
    policy.write_text("version: 1\nextends: standard\n")
    second = open_(policy=policy)

    assert (masked, first.execute(query).fetchone()) == (("***",), ("***",))
    assert second.execute(query).fetchone() == ("Lamp 1",)


def test_a_broken_policy_opens_nothing(open_: Callable[..., Any], tmp_path: Path) -> None:
    """All of its problems are told, and no connection is made."""
    policy = tmp_path / "policy.yaml"
    policy.write_text("version: 7\nrulez: []\n")

    with pytest.raises(governed_db.PolicyError, match="rulez"):
        open_(policy=policy)


def test_the_environment_is_the_default(open_: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """GOVERNED_DB_POLICY applies where no policy is given, and a keyword comes before it."""
    monkeypatch.setenv("GOVERNED_DB_POLICY", "read-only")
    by_environment, by_keyword = open_(), open_(policy="standard")
    text = "UPDATE orders SET status = 'x' WHERE id = 1"

    with pytest.raises(governed_db.StatementDenied):
        by_environment.execute(text)
    assert by_keyword.execute(text).rowcount == 1


def test_parameters_of_the_url_are_options(sqlite_shop: str, tmp_path: Path) -> None:
    """governed_* in a URL says the same as a keyword."""
    url = f"{sqlite_shop}?governed_policy=read-only&governed_state_dir={tmp_path}/state"
    with closing(governed_db.connect(url)) as connection, pytest.raises(governed_db.StatementDenied):
        connection.execute("UPDATE orders SET status = 'x' WHERE id = 1")
    release(tmp_path / "state")


def test_unknown_ways_of_asking_are_refused(open_: Callable[..., Any]) -> None:
    """on_approval takes what this release knows."""
    with pytest.raises(governed_db.ConfigurationError, match="on_approval"):
        open_(on_approval="guess")
