"""Processes that reach for one grant at once, each through one of several servers.

Run as a program: it imports once and forks, so that the race is for the grant and not for the interpreter.
"""

from __future__ import annotations

import json
import multiprocessing
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec

from governed_db.model.approval import Subject
from governed_db.remote.plane_approvals import PlaneApprovals

DEADLINE = 300.0


def race(bases: list[str], key: str, subject: Subject, racers: int) -> list[str]:
    """What each of them got: the id of a grant, or "none"."""
    words = msgspec.json.encode([bases, key, subject, racers]).decode()
    done = subprocess.run(
        [sys.executable, "-m", "tests.attacks.server.reaching"],
        input=words,
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    if done.returncode or done.stderr:
        raise AssertionError(done.stderr)
    found: list[str] = json.loads(done.stdout)
    return sorted(found)


def _reach(base: str, key: str, subject: Subject, start: Any, found: Any) -> None:
    client = PlaneApprovals(base, lambda: key, timeout=(60.0, 60.0))
    start.wait(DEADLINE)
    grant = client.reserve(subject)
    found.put("none" if grant is None else grant.id)


def main() -> None:
    """Read what to reach for, fork, and write what came of it."""
    bases, key, told, racers = json.load(sys.stdin)
    subject = msgspec.convert(told, Subject)
    fork = multiprocessing.get_context("fork")
    start, found = fork.Barrier(racers), fork.SimpleQueue()
    racing = [
        fork.Process(target=_reach, args=(bases[number % len(bases)], key, subject, start, found))
        for number in range(racers)
    ]
    for one in racing:
        one.start()
    for one in racing:
        one.join(DEADLINE)
    print(json.dumps([found.get() if one.exitcode == 0 else f"exit {one.exitcode}" for one in racing]))


if __name__ == "__main__":
    main()
