"""How many audit events a second go through the spool, and what one costs its caller.

    python benchmarks/audit_spool.py [--events 300000]

Prints one JSON object. What a caller pays by mode: `strict_ms` waits for the disk, `durable_us` and `hit_us`
do not (`best_effort` is queued as `durable` is). Hits are reads that were sent before, which share records.
Ratios matter more than the figures: `raw_append` is the same number of bytes written and synced in one
piece by the same process, the least that any spool could do.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from governed_db.core.plan import Plan
from governed_db.enforce.hits import HitScribe
from governed_db.model.audit import AuditEvent
from governed_db.model.decision import Decision, Effect
from governed_db.model.ids import uuid7
from governed_db.model.principal import Context, Principal
from governed_db.remote.backlog import Backlog
from governed_db.remote.shipper import HttpSink, Shipper
from governed_db.remote.spool import Spool
from governed_db.remote.verify import verify

FIELDS: dict[str, Any] = {
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


def queue_cost(folder: Path, events: int, queue: Callable[[Spool], Callable[[], object]]) -> float:
    """Microseconds for a caller to queue one event, with the writer idle: the least of many runs."""
    spool = Spool(folder, interval=3600, max_waiting=events * 2)
    act = queue(spool)
    act()
    runs = []
    for _ in range(20):
        start = time.perf_counter()
        for _ in range(events // 20):
            act()
        runs.append((time.perf_counter() - start) / (events // 20) * 1e6)
        spool.flush()
    spool.close()
    return min(runs)


def put(spool: Spool) -> Callable[[], object]:
    """An event of the long path, which is durable within 20 ms, or lost where that is allowed."""
    name, now = uuid7(time.time()), time.time()
    return lambda: spool.put(outcome, name, now)


def tally(spool: Spool) -> Callable[[], object]:
    """A read that was sent before: the writer tells many together."""
    decision = Decision(Effect.PERMIT, "standard/reads", "41")
    plan = Plan(FIELDS["statement"], decision, None, FIELDS["statement"], FIELDS["fingerprint"], audit=FIELDS)
    outcomes, context = HitScribe(lambda: uuid7(time.time())).outcomes, Context(Principal("alice"))
    return lambda: spool.tally(outcomes, (plan, context, time.time(), 10, 0.0012))


def shipped(trail: Path) -> tuple[float, int]:
    """Seconds to send a trail to a collector on this machine that only counts, and the bytes that arrived."""
    arrived = [0]

    class Collector(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            arrived[0] += len(self.rfile.read(length))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *words: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        shipper = Shipper(Backlog(trail), HttpSink(f"http://127.0.0.1:{server.server_address[1]}/"))
        seconds = timed(lambda: [None for _ in iter(shipper.step, None)])
        server.shutdown()
    return seconds, arrived[0]


def through(folder: Path, events: int, queue: Callable[[Spool], Callable[[], object]]) -> tuple[float, int]:
    """Seconds from the first event to all on disk, and the bytes that made."""
    spool = Spool(folder, max_waiting=events * 2)
    act = queue(spool)

    def all_of_them() -> None:
        for _ in range(events):
            act()
        spool.flush()

    spool.write(outcome("first", time.time()))
    seconds = timed(all_of_them)
    spool.close()
    return seconds, sum(path.stat().st_size for path in folder.iterdir())


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
        seconds, size = through(folder / "through", events, put)
        hits, _ = through(folder / "hits", events, tally)
        sending, sent = shipped(folder / "through")
        figures = {
            "durable_us": queue_cost(folder / "put", events, put),
            "hit_us": queue_cost(folder / "tally", events, tally),
            "events_per_second": events / seconds,
            "hits_per_second": events / hits,
            "raw_append_ratio": seconds / raw_append(folder, size),
            "strict_ms": strict(folder),
            "verify_events_per_second": events / timed(lambda: verify(folder / "through")),
            "bytes_per_event": size / events,
            "shipped_events_per_second": events / sending,
            "shipped_bytes_per_event": sent / events,
        }
        print(json.dumps({name: round(value, 3) for name, value in figures.items()}, indent=2))
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
