"""A large change becomes a request; when a second person has agreed, the same call succeeds, once."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import Any

import governed_db
from governed_db import ApprovalRequired, Principal, acting_as

RAISE = "UPDATE products SET price = price * 2 WHERE price > ?"


def attempt(connection: Any) -> int | str:
    """The rows that were changed, or the id of the request."""
    try:
        changed: int = connection.execute(RAISE, [0]).rowcount
        connection.commit()
        return changed
    except ApprovalRequired as asked:
        return str(asked.task["id"])


def approve(request: str, name: str) -> bool:
    """What `name` types in a terminal."""
    command = [sys.executable, "-m", "governed_db.cli", "approvals", "approve", request, "--as", name]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


with closing(sqlite3.connect("shop.db")) as raw:
    raw.execute("CREATE TABLE products (id INTEGER PRIMARY KEY, price NUMERIC NOT NULL)")
    raw.executemany("INSERT INTO products (price) VALUES (?)", [(n,) for n in range(1, 501)])
    raw.commit()

agent = Principal("alice", kind="human", actor=Principal("pricing-bot", kind="agent"))
with closing(governed_db.connect("sqlite:///shop.db")) as connection, acting_as(agent):
    request = attempt(connection)
    by_alice, by_grace = approve(str(request), "alice"), approve(str(request), "grace")
    done, again = attempt(connection), attempt(connection)

print("asked:", request, "| alice:", by_alice, "| grace:", by_grace, "| changed:", done, "| again:", again)
assert (by_alice, by_grace, done) == (False, True, 500)
assert isinstance(again, str)
assert again != request
