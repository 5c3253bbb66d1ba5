"""`governed-db approvals`: a second person decides, and the waiting caller succeeds once."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import governed_db
from tests.cli.terminal import in_a_process, run
from tests.shop import ORDERS, leaked

LARGE = "UPDATE orders SET total = total + 123456 WHERE id > 0"
SMALL_BOUND = {
    "version": 1,
    "extends": "standard",
    "rules": [
        {
            "id": "standard/small-writes",
            "effect": "permit",
            "actions": ["update"],
            "limits": {"rows_changed": 5},
        }
    ],
}


def attempt(connection: Any) -> Any:
    """Run the large update: the rows it changed, or the task to be approved."""
    cursor = connection.cursor()
    try:
        cursor.execute(LARGE)
    except governed_db.ApprovalRequired as asked:
        return asked.task
    finally:
        connection.commit()
    return cursor.rowcount


def connected(url: str) -> Any:
    """A governed connection of alice's under which 5 rows are many."""
    return closing(
        governed_db.connect(url, policy=SMALL_BOUND, principal=governed_db.Principal("alice", kind="human"))
    )


def test_the_waiting_caller_succeeds_once(shop: str, state: object) -> None:
    """Refused, approved by somebody else in another process, run by the same call, asked again after that."""
    with connected(shop) as connection:
        task = attempt(connection)
        decided = in_a_process("approvals", "approve", task["id"], "--as", "grace", "--json").json
        changed = attempt(connection)
        again = attempt(connection)

    assert (task["rows"], decided["state"], decided["decided_by"]) == (ORDERS, "approved", "grace")
    assert changed == ORDERS
    assert again["id"] != task["id"]


def test_what_was_shown_is_what_is_approved(sqlite_shop: str, state: object) -> None:
    """With --rows a request for more rows than the approver saw is refused."""
    with connected(sqlite_shop) as connection:
        task = attempt(connection)
    shown = run("approvals", "show", task["id"]).out
    fewer = run("approvals", "approve", task["id"], "--as", "grace", "--rows", str(ORDERS - 1))
    right = run("approvals", "approve", task["id"], "--as", "grace", "--rows", str(ORDERS))

    assert f"governed-db approvals approve {task['id']} --rows {ORDERS}" in shown
    assert fewer.err.startswith("GDB407 ")
    assert right.out.startswith(f"{task['id']} is approved by grace ({ORDERS} rows)")


def test_a_denied_request_is_not_run(sqlite_shop: str, state: object) -> None:
    """After a denial the same call asks anew; nothing is changed."""
    with connected(sqlite_shop) as connection:
        task = attempt(connection)
        answer = run("approvals", "deny", task["id"], "--as", "grace", "--comment", "not in November")
        again = attempt(connection)

    shown = run("approvals", "show", task["id"]).out
    assert answer.out.strip() == f"{task['id']} is denied by grace ({ORDERS} rows)"
    assert again["id"] != task["id"]
    assert "not in November" in shown


def test_nobody_approves_their_own(sqlite_shop: str, state: object) -> None:
    """Whoever asked is refused, whatever the case of the name."""
    with connected(sqlite_shop) as connection:
        task = attempt(connection)
    answer = run("approvals", "approve", task["id"], "--as", "Alice")

    assert answer.code == 1
    assert answer.err.startswith("GDB403 ")


def test_the_list_shows_what_waits(sqlite_shop: str, state: object) -> None:
    """Pending requests are listed, decided ones on demand; values of the statement are not shown."""
    with connected(sqlite_shop) as connection:
        task = attempt(connection)
    before = run("approvals", "list", "--json").json
    run("approvals", "deny", task["id"], "--as", "grace")
    shown = run("approvals", "list", "--state", "all").out

    assert [one["id"] for one in before] == [task["id"]]
    assert run("approvals", "list").out.strip() == "no requests"
    assert task["id"] in shown
    assert "123456" not in shown
    assert leaked(shown) == ()


def test_decisions_are_recorded(sqlite_shop: str, state: Path) -> None:
    """Who tried to decide what, and what came of it, stands in the audit trail."""
    with connected(sqlite_shop) as connection:
        task = attempt(connection)
    run("approvals", "approve", task["id"], "--as", "alice")
    run("approvals", "approve", task["id"], "--as", "grace")

    events = run("audit", "show", task["id"], "--json").json
    decisions = [event["fields"] for event in events if event["phase"] == "admin"]
    assert [(one["by"], one["status"], one.get("code")) for one in decisions] == [
        ("alice", "asked", None),
        ("alice", "refused", "GDB403"),
        ("grace", "asked", None),
        ("grace", "approved", None),
    ]
    assert run("audit", "verify").code == 0


@pytest.mark.parametrize("command", ["show", "approve", "deny"])
def test_a_request_that_is_not_there(command: str, state: Path) -> None:
    """An unknown id is an error with help."""
    state.mkdir(mode=0o700)
    answer = run("approvals", command, "req-nope")

    assert answer.code == 1
    assert answer.err.startswith("GDB401 ")
