"""A change is asked for by one process, and run by another when a second person has agreed."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import governed_db
from governed_db import ApprovalRequired, Principal

ALICE = Principal("alice", kind="human")
RAISE = "UPDATE products SET price = price * ? WHERE price > ?"


def ask() -> None:
    """What the first process does: it leaves a file behind."""
    with closing(governed_db.connect("sqlite:///shop.db", principal=ALICE)) as connection:
        try:
            connection.execute(RAISE, [2, 0])
        except ApprovalRequired as asked:
            Path("task.json").write_text(json.dumps(dict(asked.task)))


def go_on() -> None:
    """What the second process does; the job's own arguments are the parameters."""
    task = json.loads(Path("task.json").read_text())
    with closing(governed_db.connect("sqlite:///shop.db", principal=ALICE)) as connection:
        answer = governed_db.resume(task, connection=connection)
        print(answer.state, "by", answer.decided_by)
        if answer.is_approved:
            print("changed", answer.execute(RAISE, [2, 0]).rowcount)
            connection.commit()


def process(*arguments: str) -> str:
    """A process of its own."""
    return subprocess.run([sys.executable, *arguments], check=True, capture_output=True, text=True).stdout


if sys.argv[1:]:
    go_on()
    raise SystemExit

with closing(sqlite3.connect("shop.db")) as raw:
    raw.execute("CREATE TABLE products (id INTEGER PRIMARY KEY, price NUMERIC NOT NULL)")
    raw.executemany("INSERT INTO products (price) VALUES (?)", [(n,) for n in range(1, 501)])
    raw.commit()
ask()
request = json.loads(Path("task.json").read_text())["id"]
before = governed_db.resume(request).state
process("-m", "governed_db.cli", "approvals", "approve", request, "--as", "grace")
after = process(__file__, "go-on")
print(before, after, sep="\n")
assert (before, after) == ("pending", "approved by grace\nchanged 500\n")
