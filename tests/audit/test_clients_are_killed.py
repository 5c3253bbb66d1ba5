"""Programs die by kill -9 at any moment: nothing that was acknowledged is lost, doubled, or unrecorded."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

from governed_db.remote.reader import read
from governed_db.remote.routes import route
from governed_db.remote.shipping import Shipping
from governed_db.remote.verify import verify
from tests.audit.collector import Collector
from tests.docs.pages import ROOT

PROGRAM = Path(__file__).with_name("killed_program.py")
KILLS = int(os.environ.get("GOVERNED_DB_TEST_KILLS", "6"))


def test_kill_at_random_points(tmp_path: Path, collector: Collector) -> None:
    """Each runs governed inserts, strict ones, and sends its trail, until it is killed.

    Of every row that is in the database the intent is on disk; every row that was acknowledged is there once;
    chains are whole but for torn tails, which are told; what the dead left behind arrives at the collector.
    GOVERNED_DB_TEST_KILLS=200 is the long form.
    """
    database = tmp_path / "done.sqlite"
    with closing(sqlite3.connect(database)) as made:
        made.execute("CREATE TABLE done (run integer NOT NULL)")
        made.execute("PRAGMA journal_mode = wal")
    seed = random.Random(7)
    with subprocess.Popen(
        [sys.executable, str(PROGRAM)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        text=True,
    ) as killer:
        assert killer.stdin is not None
        assert killer.stdout is not None
        for number in range(KILLS):
            killer.stdin.write(f"{tmp_path} {number} sqlite:///{database} {collector.url}\n")
            killer.stdin.flush()
            child = int(killer.stdout.readline())
            _wait_for(tmp_path / f"acknowledged-{number}", seed.randrange(4))
            time.sleep(seed.random() * 0.05)  # at any point of what it does now
            os.kill(child, signal.SIGKILL)
            assert killer.stdout.readline() == "gone\n"
        killer.stdin.close()
    trail = tmp_path / "state" / "audit"
    report = verify(trail)
    events = list(read(trail, with_facts=True))
    assert Shipping((route(collector.url, tmp_path / "state", lambda: None),)).flush(60)

    acknowledged = {number: _size(tmp_path / f"acknowledged-{number}") for number in range(KILLS)}
    with closing(sqlite3.connect(database)) as made:
        rows = Counter(run for (run,) in made.execute("SELECT run FROM done"))
    intents = Counter(
        int(event["fields"]["run"])
        for event in events
        if event["phase"] == "intent" and event["fields"]["kind"] == "insert"
    )
    assert report.ok, report.first
    assert all(": torn: " in note for note in report.notes)
    assert all(acknowledged[run] <= rows[run] <= intents[run] for run in acknowledged)
    assert all(intents[run] <= acknowledged[run] + 1 for run in acknowledged)
    assert len({event["id"] for event in events}) == len(events)
    assert set(collector.places) == {(event["boot"], event["seq"]) for event in events}
    assert sum(acknowledged.values()) > 0


def _size(acknowledged: Path) -> int:
    """Of a file that whoever was killed early did not come to make."""
    return acknowledged.stat().st_size if acknowledged.exists() else 0


def _wait_for(acknowledged: Path, many: int) -> None:
    ends = time.monotonic() + 60
    while _size(acknowledged) < many:
        assert time.monotonic() < ends
        time.sleep(0.002)
