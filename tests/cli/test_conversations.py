"""`governed-db conversations` shows what was taken of limits, unlocks, and records who did it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

import governed_db
from governed_db import Principal
from governed_db.remote.conversation_file import NAME
from governed_db.remote.reader import read
from governed_db.runtime import release
from tests.cli.terminal import run

BOT = Principal("bot", kind="agent")
POLICY = {
    "version": 1,
    "extends": "standard",
    "rules": [
        {
            "id": "agents",
            "effect": "permit",
            "principals": {"kinds": ["agent"]},
            "actions": ["select"],
            "limits": {
                "conversation": {"statements": 1, "within": "1h", "then": "lock"},
                "principal": {"statements": 100, "seconds": 60, "within": "1d"},
            },
        }
    ],
}


def code_of(connection: sqlite3.Connection) -> str | None:
    """Read something in the conversation."""
    try:
        with governed_db.acting_as(BOT, conversation="ticket 1"):
            connection.execute("SELECT 1").fetchall()
    except governed_db.StatementDenied as refusal:
        return refusal.code
    return None


@pytest.fixture
def connection(state: Path, tmp_path: Path) -> sqlite3.Connection:
    """An empty database under the policy, whose conversation has run dry."""
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    opened: sqlite3.Connection = governed_db.connect(url, policy=POLICY)
    assert [code_of(opened) for _ in range(3)] == [None, "GDB315", "GDB318"]
    yield opened  # type: ignore[misc]  # a generator
    opened.close()
    release(state)


def test_listed_and_shown(connection: sqlite3.Connection) -> None:
    """Conversations and principals, what they have taken and why they are locked."""
    talk, principal = run("conversations", "list", "--json").json
    shown = run("conversations", "show", "ticket 1").out

    assert (talk["name"], talk["principals"], talk["kind"]) == ("ticket 1", ["bot"], "conversation")
    assert talk["usage"] == [{"measure": "statements", "about": "", "within": 3600.0, "taken": 1, "most": 1}]
    assert talk["locked"] == "this conversation is locked: it has used up its 1 statements within 3600 s"
    assert (principal["kind"], principal["principals"], principal["locked"]) == (
        "principal",
        ["agent bot"],
        None,
    )
    assert [(use["measure"], use["most"]) for use in principal["usage"]] == [
        ("seconds", 60),
        ("statements", 100),
    ]
    assert "until reset" in shown
    assert run("conversations", "list", "--locked").out.count("ticket 1") == 1


def test_reset(connection: sqlite3.Connection, state: Path) -> None:
    """Then it goes on in the processes that run, and the trail says who permitted it."""
    assert run("conversations", "reset", "ticket 1", "--by", "carol").code == 0
    told = [event["fields"] for event in read(state / "audit") if event["phase"] == "admin"]

    assert code_of(connection) is None
    assert [(fields["action"], fields["by"]) for fields in told] == [("conversations reset", "carol")]
    assert run("conversations", "reset", "ticket 2").code == 2


@pytest.mark.parametrize("damage", ["deleted", "emptied", "overwritten"])
def test_a_lost_store_stops_what_is_counted(connection: sqlite3.Connection, state: Path, damage: str) -> None:
    """Deleting it is no way to begin anew; a person says so."""
    connection.close()
    release(state)
    for path in state.glob(f"{NAME}*"):
        path.unlink()
    if damage != "deleted":
        (state / NAME).write_bytes(b"" if damage == "emptied" else b"no database" * 1000)
    again = governed_db.connect("sqlite://", policy=POLICY)

    with pytest.raises(governed_db.ConfigurationError, match="GDB504") as lost:
        code_of(again)

    assert "conversations reset --all" in str(lost.value)
    assert run("conversations", "reset", "--all").code == 0
    assert code_of(again) is None


def test_nothing_to_list(state: Path) -> None:
    """Where nothing is limited there is nothing to see."""
    state.mkdir(mode=0o700)

    assert run("conversations", "list", "--json").json == []
