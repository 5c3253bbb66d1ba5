"""Processes that are let go at once with the same statement, each on a connection of its own.

Run as a program: it imports once and forks, so that the race is for the approval and not for the interpreter.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from governed_db import ApprovalRequired
from tests.approvals.bound import attempt, connected

DEADLINE = 480.0  # twenty processes on a busy machine


def race(url: str, state: Path, policy: dict[str, Any], sql: str, racers: int) -> list[str]:
    """What each of them came to: rows, or "asked"."""
    words = json.dumps([url, str(state), policy, sql, racers])
    done = subprocess.run(
        [sys.executable, "-m", "tests.approvals.racer"],
        input=words,
        cwd=Path(__file__).parents[2],
        env=os.environ | {"GOVERNED_DB_HOME": str(state)},
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    if done.returncode or done.stderr:
        raise AssertionError(done.stderr)
    return sorted(json.loads(done.stdout))


def _run(words: list[Any], start: Any, found: Any) -> None:
    url, state, policy, sql, _ = words
    with connected(url, policy, state_dir=state) as connection:
        connection.cursor().execute("SELECT count(*) FROM products")  # the catalog is known before the start
        connection.rollback()
        start.wait(DEADLINE)
        came = _insisting(connection, sql)
    found.put("asked" if isinstance(came, ApprovalRequired) else f"ran {came}")


def _insisting(connection: Any, sql: str) -> Any:
    """SQLite tells who comes when another writes to come again; what was not run may be run then."""
    end = time.monotonic() + DEADLINE
    while True:
        try:
            return attempt(connection, sql)
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                raise
            connection.rollback()


def main() -> None:
    """Read what to run, fork, and write what came of it."""
    words = json.load(sys.stdin)
    fork = multiprocessing.get_context("fork")
    start, found = fork.Barrier(words[-1]), fork.SimpleQueue()
    racers = [fork.Process(target=_run, args=(words, start, found)) for _ in range(words[-1])]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(DEADLINE)
    print(json.dumps([found.get() if racer.exitcode == 0 else f"exit {racer.exitcode}" for racer in racers]))


if __name__ == "__main__":
    main()
