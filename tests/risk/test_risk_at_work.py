"""Conditions on risk decide anew each time, by what is usual for whom and by a scorer of one's own."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import governed_db
from governed_db import Principal
from governed_db.remote.habits import NAME, HabitStore
from governed_db.remote.reader import read
from governed_db.runtime import release

BOT = Principal("bot", kind="agent")


def asking(when: str, **risk: Any) -> dict[str, Any]:
    """A policy that refuses reads by a condition."""
    rule = {"id": "look", "effect": "forbid", "actions": ["select"], "when": when}
    return {"version": 1, "extends": "standard", "rules": [rule]} | ({"risk": risk} if risk else {})


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """A state folder, let go at the end."""
    yield tmp_path / "state"
    release(tmp_path / "state")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Two small tables."""
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("CREATE TABLE orders (id integer PRIMARY KEY, status text)")
        connection.execute("CREATE TABLE invoices (id integer PRIMARY KEY, status text)")
    connection.close()
    return tmp_path / "shop.db"


def code_of(connection: Any, sql: str) -> str | None:
    """Run it as the agent; the code of the refusal."""
    try:
        with governed_db.acting_as(BOT, conversation="task"):
            connection.execute(sql).fetchall()
    except governed_db.StatementDenied as refusal:
        return refusal.code
    return None


def test_refusals_in_a_row_and_new_tables(shop: Path, state: Path) -> None:
    """The same statement is permitted, and refused when it has become unusual; the trail says why."""
    policy = asking("'denials' in risk.signals || 'new-table' in risk.signals")
    connection = governed_db.connect(f"sqlite:///{shop}", policy=policy, state_dir=state)
    usual = [code_of(connection, "SELECT id FROM orders WHERE id = 1") for _ in range(55)]
    new = code_of(connection, "SELECT id FROM invoices WHERE id = 1")
    after = code_of(connection, "SELECT id FROM orders WHERE id = 1")
    connection.close()
    release(state)
    refused = [event["fields"] for event in read(state / "audit") if event["phase"] == "refusal"]

    assert set(usual) == {None}
    assert (new, after) == ("GDB320", "GDB320")
    assert refused[0]["risk"] == {"score": 20, "terms": {"new-table": 15, "agent": 5}}
    assert refused[1]["risk"]["terms"] == {"denials": 5}


def test_habits_are_counts(shop: Path, state: Path) -> None:
    """Nothing of a statement but the names of its tables is in the file, which stays small."""
    connection = governed_db.connect(f"sqlite:///{shop}", policy=asking("risk.score > 99"), state_dir=state)
    for number in range(30):
        code_of(connection, f"SELECT id FROM orders WHERE status = 'hidden-{number}'")
    code_of(connection, "SELECT nothing FROM orders")
    connection.close()

    with sqlite3.connect(state / NAME) as habits:
        kept = {what for (what,) in habits.execute("SELECT what FROM counted")}
    habits.close()
    assert {"statements", "table main.orders"} <= kept
    assert not [what for what in kept if "hidden" in what]
    assert len(kept) < 10


def test_tables_are_forgotten_at_last(tmp_path: Path) -> None:
    """A principal who names many tables fills no disk."""
    store = HabitStore(tmp_path / NAME)
    for number in range(700):
        store.ran("agent bot", [f"t{number}"], 1)
    store.denied("agent bot")

    assert len(store.of("agent bot").tables) == 500


def test_a_lost_store_of_habits_refuses(shop: Path, state: Path) -> None:
    """What cannot be judged is not permitted."""
    connection = governed_db.connect(f"sqlite:///{shop}", policy=asking("risk.score > 99"), state_dir=state)
    (state / NAME).write_bytes(b"no database" * 1000)

    for _ in range(2):
        with pytest.raises(governed_db.ConfigurationError, match="GDB504"):
            code_of(connection, "SELECT id FROM orders WHERE id = 1")


def harmless(about: Mapping[str, Any]) -> int:
    """A scorer: what a table's name is worth."""
    return 70 if "main.invoices" in about["relations"] else 0


def failing(about: Mapping[str, Any]) -> int:
    """A scorer that does not know."""
    raise KeyError(about["score"])


def hanging(about: Mapping[str, Any]) -> int:  # what scorers are given
    """A scorer that nobody should wait for."""
    time.sleep(5)
    return 0


def lying(about: Mapping[str, Any]) -> int:  # what scorers are given
    """A scorer that takes points away."""
    return -50


@pytest.mark.parametrize(
    ("scorer", "fails", "codes"),
    [
        ("harmless", "closed", [None, "GDB320"]),
        ("failing", "closed", ["GDB320", "GDB320"]),
        ("failing", "open", [None, None]),
        ("hanging", "closed", ["GDB320", "GDB320"]),
        ("lying", "closed", ["GDB320", "GDB320"]),
    ],
)
def test_a_scorer_of_ones_own(
    shop: Path, state: Path, scorer: str, fails: str, codes: list[str | None]
) -> None:
    """Its points are added; no answer in time, or none that makes sense, is what the policy says."""
    wait = 100 if scorer == "hanging" else 10_000  # milliseconds
    policy = asking("risk.score >= 70", scorer=f"{__name__}:{scorer}", timeout=wait, on_failure=fails)
    connection = governed_db.connect(f"sqlite:///{shop}", policy=policy, state_dir=state)

    assert [code_of(connection, f"SELECT id FROM {table}") for table in ("orders", "invoices")] == codes


def test_a_scorer_must_be_there(state: Path) -> None:
    """A misspelt one is told when a connection is opened, and how it fails must be said."""
    with pytest.raises(governed_db.ConfigurationError, match="cannot be imported"):
        governed_db.connect(
            "sqlite://",
            policy=asking("risk.score > 1", scorer="no:where", on_failure="open"),
            state_dir=state,
        )
    with pytest.raises(governed_db.PolicyError, match="on_failure"):
        governed_db.connect("sqlite://", policy=asking("risk.score > 1", scorer="no:where"), state_dir=state)


def test_shapes_do_not_hide_marks(shop: Path, state: Path) -> None:
    """A literal with an injection in it is not taken for the harmless one before it."""
    policy = asking("'stacked-statement' in risk.signals")
    connection = governed_db.connect(f"sqlite:///{shop}", policy=policy, state_dir=state)
    sql = "SELECT id FROM orders WHERE status = '{}'"

    codes = [
        code_of(connection, sql.format(text)) for text in ("open", "open", "x''; DROP TABLE orders", "open")
    ]
    assert codes[:3] == [None, None, "GDB320"]
