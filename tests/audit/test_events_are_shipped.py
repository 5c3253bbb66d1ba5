"""Events on disk reach a collector: whole, in order, each at least once, and none before it is durable."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

import governed_db
from governed_db.model.audit import AuditEvent
from governed_db.remote.backlog import Backlog, alone
from governed_db.remote.shipper import HttpSink, Shipper
from governed_db.remote.spool import Spool
from tests.audit.collector import Collector


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Callable[[int], Spool]]:
    """Adds so many events to a trail of small segments."""
    made = Spool(tmp_path / "audit", max_segment_bytes=4096)

    def add(number: int) -> Spool:
        for each in range(number):
            made.write(AuditEvent(f"event-{each}", 1.0, "outcome", {"number": each}))
        return made

    yield add
    made.close()


def _shipper(tmp_path: Path, collector: Collector, **more: int) -> Shipper:
    sink = HttpSink(collector.url, lambda: "fake-token")
    return Shipper(Backlog(tmp_path / "audit", tmp_path / "sent.json"), sink, lambda: 1.0, **more)


def _send_all(shipper: Shipper) -> None:
    while shipper.step() is not None:
        pass


def test_every_event_arrives_once_and_in_order(
    tmp_path: Path, collector: Collector, spool: Callable[[int], Spool]
) -> None:
    """Over several segments and batches, and again after a restart; the stored bytes arrive unchanged."""
    boot = spool(50).boot
    _send_all(_shipper(tmp_path, collector, max_bytes=2000))
    spool(10)
    _send_all(_shipper(tmp_path, collector))

    assert len(collector.bodies) > 2
    assert collector.places == [(boot, seq) for seq in range(1, 62)]
    assert set(collector.tokens) == {"Bearer fake-token"}


@pytest.mark.parametrize("code", [500, 503, 401, 302])
def test_what_is_not_taken_is_sent_again(
    tmp_path: Path, collector: Collector, spool: Callable[[int], Spool], code: int
) -> None:
    """Any other answer keeps the batch; pauses double, and are as long as the collector asks for."""
    boot = spool(3).boot
    collector.answers = [(code, {}), (code, {}), (code, {"Retry-After": "7", "Location": collector.url})]
    shipper = _shipper(tmp_path, collector)

    assert [shipper.step() for _ in range(3)] == [0.5, 1.0, 7.0]
    assert str(code) in shipper.problem
    _send_all(shipper)
    assert collector.places == [(boot, seq) for seq in range(1, 5)]


def test_a_batch_that_is_too_large_is_made_smaller(
    tmp_path: Path, collector: Collector, spool: Callable[[int], Spool]
) -> None:
    """413 halves the batch at once, until it is taken."""
    spool(20)
    collector.answers = [(413, {}), (413, {})]
    shipper = _shipper(tmp_path, collector)
    _send_all(shipper)

    assert [seq for _, seq in collector.places] == list(range(1, 22))
    assert len(collector.bodies) >= 3


def test_a_crash_between_sending_and_remembering_sends_again(
    tmp_path: Path, collector: Collector, spool: Callable[[int], Spool]
) -> None:
    """At least once: the same lines with the same seq, by which the collector knows them."""
    spool(2)
    first = Backlog(tmp_path / "audit", tmp_path / "sent.json")
    HttpSink(collector.url).send(first.next(1 << 20))
    _send_all(_shipper(tmp_path, collector))

    assert collector.bodies[0] == collector.bodies[1]


def test_nothing_is_sent_before_it_is_on_disk_for_good(
    tmp_path: Path, collector: Collector, spool: Callable[[int], Spool]
) -> None:
    """Lines after the chain's head may still be taken back: they wait."""
    spool(1)
    [segment] = (tmp_path / "audit").glob("*.jsonl")
    with segment.open("ab") as file:
        file.write(b'{"event":{"client":"x","half')
    _send_all(_shipper(tmp_path, collector))

    assert [seq for _, seq in collector.places] == [1, 2]


def test_a_damaged_line_does_not_hold_up_the_others(
    tmp_path: Path, collector: Collector, spool: Callable[[int], Spool]
) -> None:
    """It is left out, named, and missing in the sequence that the collector sees."""
    spool(4)
    [segment] = (tmp_path / "audit").glob("*.jsonl")
    segment.write_bytes(segment.read_bytes().replace(b'"number":1', b'"number":7'))
    damaged = Backlog(tmp_path / "audit", tmp_path / "sent.json").next(1 << 20).damaged
    _send_all(_shipper(tmp_path, collector))

    assert len(damaged) == 1
    assert [seq for _, seq in collector.places] == [1, 2, 4, 5]


def test_one_process_sends_at_a_time(tmp_path: Path) -> None:
    """The second is told so; when the first has ended it may."""
    with alone(tmp_path / "lock") as first, alone(tmp_path / "lock") as second:
        assert (first, second) == (True, False)
    with alone(tmp_path / "lock") as third:
        assert third


def test_the_command_sends_and_tells_what_is_in_the_way(
    tmp_path: Path, collector: Collector, sqlite_shop: str
) -> None:
    """`governed-db audit ship` sends a state folder's events once; the token is nowhere in what it says."""
    with closing(governed_db.connect(sqlite_shop, state_dir=tmp_path)) as connection:
        connection.execute("SELECT count(*) FROM orders").fetchall()
        connection._governed.gate.audit.flush()
    words = [sys.executable, "-m", "governed_db.cli", "audit", "ship", "--state-dir", str(tmp_path), "--json"]
    environment = os.environ | {"COLLECTOR_TOKEN": "fake-collector-token"}

    def ship(url: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*words, "--to", url], env=environment, capture_output=True, text=True, check=False
        )

    collector.answers = [(403, {})]
    refused, taken, insecure = ship(collector.url), ship(collector.url), ship("http://collector.example/")

    assert (refused.returncode, taken.returncode, insecure.returncode) == (1, 0, 2)
    assert "403" in refused.stdout
    assert json.loads(taken.stdout)["sent"] == len(collector.places) > 1
    assert collector.tokens == ["Bearer fake-collector-token"]
    assert "fake-collector-token" not in refused.stdout + refused.stderr + taken.stdout + insecure.stdout
