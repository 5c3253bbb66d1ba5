"""How many audit events a second go through the spool, and what one costs its caller.

    python benchmarks/audit_spool.py [--events 300000]

Prints one JSON object. Ratios matter more than the figures: `raw_append` is the same number of bytes
written and synced in one piece by the same process, the least that any spool could do.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from governed_db.model.audit import AuditEvent
from governed_db.model.ids import uuid7
from governed_db.remote.spool import Spool
from governed_db.remote.verify import verify

FIELDS = {
    "statement": "SELECT id, email FROM customers WHERE id = ?",
    "fingerprint": "9f2c51d07ab34e18",
    "labels": ["public.customers.email", "public.customers.id"],
    "effect": "permit",
    "rule": "standard/read",
    "bundle": "41",
    "rows": 10,
    "masked": 10,
    "seconds": 0.0012,
    "principals": ["agent:support", "alice"],
    "tool": "sql",
    "conversation": "c-1",
}


def outcome(name: str, now: float) -> AuditEvent:
    return AuditEvent(id=name, time=now, phase="outcome", fields=FIELDS)


def timed(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def put_cost(folder: Path, events: int) -> float:
    """Microseconds for a caller to queue one event, with the writer idle: the least of many runs."""
    spool = Spool(folder / "put", interval=3600, max_waiting=events * 2)
    name, now = uuid7(time.time()), time.time()
    spool.put(outcome, name, now)
    runs = []
    for _ in range(20):
        start = time.perf_counter()
        for _ in range(events // 20):
            spool.put(outcome, name, now)
        runs.append((time.perf_counter() - start) / (events // 20) * 1e6)
        spool.flush()
    spool.close()
    return min(runs)


def through(folder: Path, events: int) -> tuple[float, int]:
    """Seconds from the first put to all on disk, and the bytes that made."""
    spool = Spool(folder / "through", max_waiting=events * 2)
    name, now = uuid7(time.time()), time.time()

    def all_of_them() -> None:
        for _ in range(events):
            spool.put(outcome, name, now)
        spool.flush()

    spool.write(outcome(name, now))
    seconds = timed(all_of_them)
    spool.close()
    return seconds, sum(path.stat().st_size for path in (folder / "through").iterdir())


def strict(folder: Path) -> float:
    """Milliseconds for a durable write, median."""
    spool = Spool(folder / "strict")
    spool.write(outcome("first", time.time()))
    runs = [timed(lambda: spool.write(outcome("x", time.time()))) for _ in range(200)]
    spool.close()
    return statistics.median(runs) * 1e3


def raw_append(folder: Path, size: int) -> float:
    def write() -> None:
        with (folder / "raw").open("wb", buffering=0) as file:
            for _ in range(size >> 20):
                file.write(b"x" * (1 << 20))
            os.fdatasync(file.fileno())

    return timed(write)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=300_000)
    events = parser.parse_args().events
    folder = Path(tempfile.mkdtemp())
    try:
        seconds, size = through(folder, events)
        figures = {
            "put_us": put_cost(folder, events),
            "events_per_second": events / seconds,
            "raw_append_ratio": seconds / raw_append(folder, size),
            "strict_write_ms": strict(folder),
            "verify_events_per_second": events / timed(lambda: verify(folder / "through")),
            "bytes_per_event": size / events,
        }
        print(json.dumps({name: round(value, 3) for name, value in figures.items()}, indent=2))
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
