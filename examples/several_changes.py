"""Two deletions become one request; approved, they run together, or not at all."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import Any

import governed_db
from governed_db import ApprovalRequired


def forget(connection: Any, until: int) -> str | list[int | None]:
    """How many rows each statement changed, or the id of the request."""
    try:
        with governed_db.change(connection, reason="orders of 2019 may be forgotten") as change:
            change.execute("DELETE FROM notes WHERE order_id <= ?", [until])
            change.execute("DELETE FROM orders WHERE id <= ?", [until])
    except ApprovalRequired as asked:
        return str(asked.task["id"])
    connection.commit()
    return [step.rows for step in change.steps]


def approve(request: str, name: str) -> bool:
    """What `name` types in a terminal."""
    command = [sys.executable, "-m", "governed_db.cli", "approvals", "approve", request, "--as", name]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


with closing(sqlite3.connect("shop.db")) as raw:
    raw.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, status TEXT)")
    raw.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, order_id INTEGER)")
    raw.executemany("INSERT INTO orders (status) VALUES (?)", [("old",)] * 300)
    raw.executemany("INSERT INTO notes (order_id) VALUES (?)", [(n,) for n in range(1, 301)])
    raw.commit()

with closing(governed_db.connect("sqlite:///shop.db", principal="alice")) as connection:
    request = forget(connection, 250)
    assert isinstance(request, str)
    approve(request, "grace")
    done, other = forget(connection, 250), forget(connection, 300)

print("asked:", request, "| done:", done, "| another:", other)
assert done == [250, 250]
assert other != request
