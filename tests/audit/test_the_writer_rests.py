"""A spool that nobody uses costs nothing: its thread ends, and begins again with the next event."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from governed_db.model.audit import AuditEvent
from governed_db.remote.reader import read
from governed_db.remote.spool import Spool


def _event(number: int) -> AuditEvent:
    return AuditEvent("", 1.0, "outcome", {"number": number})


def _writers() -> int:
    return sum(thread.name == "governed-db-audit" for thread in threading.enumerate())


def test_an_idle_writer_ends_and_the_next_event_starts_another(tmp_path: Path) -> None:
    """Between events no thread wakes up; each event is on disk soon after it was put."""
    spool = Spool(tmp_path / "audit", interval=0.001)
    before = _writers()
    for number in (1, 2):
        spool.put(_event, number)
        deadline = time.monotonic() + 60
        while _writers() > before and time.monotonic() < deadline:
            time.sleep(0.01)
        assert _writers() == before

        told = [e["fields"]["number"] for e in read(tmp_path / "audit") if e["phase"] == "outcome"]
        assert told == list(range(1, number + 1))
    spool.close()
