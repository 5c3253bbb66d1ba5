"""Forks agents that write to a governed database and are killed: `HOME NUMBER` on standard input begins one.

It is forked, because a start from nothing takes longer than all that it does.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import governed_db
import governed_db.classify.first_sight
import governed_db.remote.routes
import governed_db.sqlite3  # all that children would import

POLICY = {
    "version": 1,
    "rules": [
        {"id": "reads", "effect": "permit", "actions": ["select"]},
        {"id": "adds", "effect": "permit", "actions": ["insert"], "durability": "strict"},
    ],
}


def work(home: Path, number: str, url: str, collector: str) -> None:
    """Insert until killed, and say of each row that it was told to be there."""
    acknowledged = os.open(home / f"acknowledged-{number}", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    agent = governed_db.Principal("agent", kind="agent")
    connection = governed_db.connect(url, state_dir=home / "state", policy=POLICY, collector=collector)
    with governed_db.acting_as(agent, run=number):
        while True:
            connection.execute("INSERT INTO done (run) VALUES (?)", (int(number),))
            connection.commit()
            os.write(acknowledged, b".")
            connection.execute("SELECT count(*) FROM done").fetchone()


def main() -> None:
    """Fork, and tell the process id; whoever reads it kills it."""
    for line in sys.stdin:
        home, number, url, collector = line.split()
        child = os.fork()
        if not child:
            work(Path(home), number, url, collector)
        print(child, flush=True)
        os.waitpid(child, 0)
        print("gone", flush=True)


main()
