"""A governed connection whose writes need approval, and what an attempt of one comes to."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import governed_db
from governed_db import ApprovalRequired, Principal
from governed_db.remote.approvals import ApprovalStore

ALICE = Principal("alice", kind="human")


def policy(uses: int = 1, **more: Any) -> dict[str, Any]:
    """Every change of orders needs approval; other changes are standard."""
    rule = {
        "id": "orders-ask",
        "effect": "approve",
        "actions": ["update", "delete", "insert"],
        "relations": ["orders"],
        "grant": {"for": "1h", "uses": uses},
    }
    return {"version": 1, "name": "bound", "extends": "standard", "rules": [rule | more]}


def connected(url: str, said: dict[str, Any], principal: Principal = ALICE, **more: Any) -> Any:
    """A governed connection, closed at the end of the block."""
    return closing(governed_db.connect(url, policy=said, principal=principal, **more))


def attempt(connection: Any, sql: str, parameters: Any = None) -> Any:
    """How many rows were changed, or the ApprovalRequired that was raised."""
    cursor = connection.cursor()
    try:
        cursor.execute(sql) if parameters is None else cursor.execute(sql, parameters)
    except ApprovalRequired as asked:
        connection.rollback()
        return asked
    connection.commit()
    return cursor.rowcount


def approve(state: Path, task: Any) -> None:
    """A second person agrees."""
    ApprovalStore(state / "approvals.sqlite").approve(task.task["id"], "bob")
