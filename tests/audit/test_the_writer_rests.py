"""A spool that nobody uses costs nothing: its thread ends, and begins again with the next event."""

from __future__ import annotations

import time
from collections import deque
from pathlib import Path
from typing import Any

from governed_db.model.audit import AuditEvent
from governed_db.remote.reader import read
from governed_db.remote.spool import Spool


def _event(number: int) -> AuditEvent:
    return AuditEvent("", 1.0, "outcome", {"number": number})


def test_an_idle_writer_ends_and_the_next_event_starts_another(tmp_path: Path) -> None:
    """Between events no thread wakes up; each event is on disk soon after it was put."""
    spool = Spool(tmp_path / "audit", interval=0.001)
    for number in (1, 2):
        spool.put(_event, number)
        _rest(spool)

        told = [e["fields"]["number"] for e in read(tmp_path / "audit") if e["phase"] == "outcome"]
        assert told == list(range(1, number + 1))
    spool.close()


def _rest(spool: Spool) -> None:
    deadline = time.monotonic() + 60
    while spool._thread is not None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert spool._thread is None


class _Stalled(deque[Any]):
    """A queue whose next caller is stopped, just before it appends, until the writer is gone."""

    spool: Spool

    def append(self, item: Any) -> None:
        _rest(self.spool)
        super().append(item)


def test_an_event_that_was_late_for_the_last_round_is_written(tmp_path: Path) -> None:
    """A thread that is stopped in the middle of `put` finds the writer gone, and starts another."""
    spool = Spool(tmp_path / "audit", interval=0.001)
    spool.put(_event, 1)
    spool._queue = stalled = _Stalled(spool._queue)
    stalled.spool = spool
    spool.put(_event, 2)
    _rest(spool)

    told = [e["fields"]["number"] for e in read(tmp_path / "audit") if e["phase"] == "outcome"]
    assert told == [1, 2]
    spool.close()
