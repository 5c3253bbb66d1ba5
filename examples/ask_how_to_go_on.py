"""A function is told of every request, shows it to people, and says how to go on: later, or wait."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import Any

import governed_db
from governed_db import ApprovalRequired, Wait

RAISE = "UPDATE products SET price = price * ? WHERE price > ?"
shown: list[str] = []


def approve(request: str) -> None:
    """What a second person types in a terminal."""
    command = [sys.executable, "-m", "governed_db.cli", "approvals", "approve", request, "--as", "grace"]
    subprocess.run(command, check=True, capture_output=True)


def ask(task: Any) -> Wait | str:
    """Small changes are worth waiting for; for large ones somebody has to be found first.

    A message to a chat could be sent here. Whatever it answers, it cannot agree itself.
    """
    shown.append(f"{task['id']}: {task['statement']} ({task['rows']} rows)")
    if task["rows"] > 300:
        return "raise"
    approve(task["id"])  # stands for the person who has been told
    return Wait(timeout=60)


with closing(sqlite3.connect("shop.db")) as raw:
    raw.execute("CREATE TABLE products (id INTEGER PRIMARY KEY, price NUMERIC NOT NULL)")
    raw.executemany("INSERT INTO products (price) VALUES (?)", [(n,) for n in range(1, 501)])
    raw.commit()
with closing(governed_db.connect("sqlite:///shop.db", on_approval=ask)) as connection:
    waited = connection.execute(RAISE, [2, 300]).rowcount
    connection.commit()
    try:
        raised = connection.execute(RAISE, [2, 0]).rowcount
    except ApprovalRequired as asked:
        raised = asked.task["state"]

print(*shown, f"waited for: {waited} | raised: {raised}", sep="\n")
assert (waited, raised, len(shown)) == (200, "pending", 2)
