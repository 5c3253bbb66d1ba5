"""Events and folders of events for the tests of the audit trail."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time
from pathlib import Path

from governed_db.model.audit import AuditEvent
from governed_db.model.ids import uuid7
from governed_db.remote.reader import read
from governed_db.remote.spool import Spool

SCRIPT_START = """
import os, resource, signal, sys, threading, time
from pathlib import Path
from governed_db.errors import AuditUnavailable
from governed_db.remote.spool import Spool
from tests.audit.events import event, numbers
directory = Path(sys.argv[1])
"""


def event(number: int) -> AuditEvent:
    """An event that carries a number to find it by."""
    now = time.time()
    return AuditEvent(
        id=uuid7(now),
        time=now,
        phase="outcome",
        fields={"statement": "SELECT name FROM people WHERE id = ?", "number": number, "rows": 1},
    )


def numbers(directory: Path) -> list[int]:
    """The numbers of the stored events, in the order of reading."""
    found = (stored["fields"].get("number") for stored in read(directory))
    return [number for number in found if number is not None]


def write_chain(directory: Path, count: int, *, max_segment_bytes: int = 1 << 20) -> Spool:
    """A closed chain of `count` events (and its opening and closing records)."""
    spool = Spool(directory, max_segment_bytes=max_segment_bytes)
    for number in range(count):
        spool.write(event(number))
    spool.close()
    return spool


def script(directory: Path, body: str) -> subprocess.Popen[str]:
    """A process of its own that runs `body` with `directory` and the names of SCRIPT_START."""
    root = Path(__file__).parents[2]
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT_START + textwrap.dedent(body), str(directory)],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(directory: Path, body: str) -> str:
    """What `script` prints; it must end well."""
    process = script(directory, body)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return output
