"""A policy on trial changes nothing, and what it would have changed is told: as it runs, and afterwards."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import governed_db
from governed_db import Principal
from governed_db.remote.reader import read
from governed_db.runtime import release
from tests.cli.terminal import run
from tests.shop import leaked

READ = "SELECT id, email FROM customers WHERE id = 1"
NEXT = """
version: 1
extends: standard
rules:
  - id: keys
    effect: forbid
    actions: [delete]
    relations: [orders]
  - id: tokens
    effect: permit
    actions: [select]
    mask: {pii.email: none}
"""


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """A policy, and one that has it as shadow."""
    (tmp_path / "next.yaml").write_text(NEXT)
    (tmp_path / "now.yaml").write_text("{version: 1, extends: standard, shadow: next.yaml}")
    (tmp_path / "broken.yaml").write_text("{version: 1, extends: standard, shadow: nowhere.yaml}")
    return tmp_path


def ran(url: str, state: Path, policy: object) -> list[dict[str, Any]]:
    """What the trail says after some statements of an agent's."""
    bot = Principal("bot", kind="agent", groups=["support"])
    connection = governed_db.connect(url, policy=policy)
    try:
        with governed_db.acting_as(bot, conversation="ticket 1"):
            cursor = connection.cursor()
            cursor.execute(READ)
            cursor.fetchall()
            cursor.execute("DELETE FROM orders WHERE id = 1000000")
            cursor.execute("SELECT id FROM products WHERE id = 2")
            cursor.fetchall()
    finally:
        connection.close()
        release(state)
    return [event for event in read(state / "audit") if event["phase"] == "outcome"]


def test_a_shadow_is_not_obeyed(shop: str, state: Path, policies: Path) -> None:
    """What it would do otherwise is recorded, with the line that sent the statement; nothing else is."""
    masked, deleted, plain = (event["fields"] for event in ran(shop, state, policies / "now.yaml"))

    assert masked["shadow"]["changes"] == ["mask of output 1: redact in_driver to none"]
    assert (deleted["status"], deleted["shadow"]["rule"]) == ("ok", "next/keys")
    assert deleted["shadow"]["changes"] == ["effect: permit to deny"]
    assert Path(__file__).name in deleted["call_site"]
    assert "shadow" not in plain


def test_the_environment_names_a_shadow(state: Path, policies: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For policies that name none; one that cannot be read is told when a connection is opened."""
    monkeypatch.setenv("GOVERNED_DB_SHADOW", str(policies / "nowhere.yaml"))
    with pytest.raises(governed_db.PolicyError, match="no such file"):
        governed_db.connect("sqlite://")
    monkeypatch.setenv("GOVERNED_DB_SHADOW", "read-only")
    connection = governed_db.connect("sqlite://", policy="standard")
    connection.execute("CREATE TEMP TABLE notes (id integer)")
    connection.execute("INSERT INTO notes VALUES (1)")
    connection.close()
    release(state)

    assert any("shadow" in event["fields"] for event in read(state / "audit"))
    assert run("policy", "check", str(policies / "broken.yaml")).code == 1


def test_replay(shop: str, state: Path, policies: Path) -> None:
    """What was recorded is decided anew, without a database, and no value is in what is told or kept."""
    ran(shop, state, "standard")
    ran(shop, state, "standard")

    told = run("policy", "replay", str(policies / "next.yaml"), "--json")
    shown = run("policy", "replay", str(policies / "next.yaml"), "--since", "1d").out
    kept = "".join(path.read_text() for path in (state / "audit").rglob("*") if path.is_file())

    found = told.json
    assert (told.code, found["changed"], found["unknown"]) == (1, 4, 0)
    assert [
        (one["count"], one["before"]["effect"], one["after"]["effect"]) for one in found["differences"]
    ] == [
        (2, "permit", "deny"),
        (2, "permit", "permit"),
    ]
    assert "2 x permit to deny" in shown
    assert not leaked([(kept + told.out + shown,)])
    assert "1000000" not in kept + told.out + shown


@pytest.mark.parametrize("policy", ["standard", "read-only"])
def test_replaying_what_is_in_force_changes_nothing(shop: str, state: Path, policy: str) -> None:
    """The facts that are recorded are enough to decide again as it was decided."""
    connection = governed_db.connect(shop, policy=policy)
    statements = [
        "SELECT c.id, c.email, count(*) FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY 1, 2",
        "SELECT name FROM customers ORDER BY ssn",
        "UPDATE orders SET status = 'x' WHERE id = 3",
        "DELETE FROM orders",
        "SELECT id FROM customers WHERE email = 'nobody@example.org'",
        "DROP TABLE orders",
    ]
    for sql in statements:
        try:
            connection.cursor().execute(sql)
        except governed_db.StatementDenied:
            connection.rollback()
    connection.close()
    release(state)

    told = run("policy", "replay", policy, "--json")

    assert told.json["differences"] == []
    assert (told.code, told.json["unknown"], told.json["same"] >= len(statements)) == (0, 0, True)


def test_diff(policies: Path) -> None:
    """Rules that came, went or changed, and nothing for a policy and itself."""
    found = run("policy", "diff", "standard", str(policies / "next.yaml"), "--json")
    back = run("policy", "diff", str(policies / "next.yaml"), "standard")

    assert [(one["what"], one["name"], one["before"]) for one in json.loads(found.out)] == [
        ("rule", "next/keys", None),
        ("rule", "next/tokens", None),
    ]
    assert (found.code, back.code, run("policy", "diff", "standard", "standard").code) == (1, 1, 0)
    assert "- effect forbid; about delete, orders" in back.out
