"""Promise: every event that is taken is stored once, in order, and can be read by people and programs."""

from __future__ import annotations

import json
import os
import stat
import threading
import time
from pathlib import Path

import pytest

from governed_db.core.ports import AuditPort
from governed_db.errors import AuditUnavailable
from governed_db.model.audit import AuditEvent
from governed_db.remote.reader import read
from governed_db.remote.spool import Spool
from governed_db.remote.verify import verify
from tests.audit.events import event, numbers, run, write_chain


def test_written_event_is_on_disk(tmp_path: Path) -> None:
    """When `write` returns, another reader sees the event."""
    spool: AuditPort = Spool(tmp_path / "audit")

    spool.write(event(1))

    assert numbers(tmp_path / "audit") == [1]


def test_order_of_put_and_write(tmp_path: Path) -> None:
    """A written event comes after everything that was put before it."""
    spool = Spool(tmp_path, interval=3600)

    for number in range(50):
        spool.put(event, number)
    spool.write(event(50))

    assert numbers(tmp_path) == list(range(51))


def test_put_is_written_by_itself(tmp_path: Path) -> None:
    """Events that were put are on disk a moment later without another call."""
    spool = Spool(tmp_path)

    spool.put(event, 1)

    deadline = time.monotonic() + 20
    while not numbers(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert numbers(tmp_path) == [1]


def test_queued_events_are_written_at_exit(tmp_path: Path) -> None:
    """A process that ends in order leaves nothing behind in memory."""
    run(tmp_path, "spool = Spool(directory, interval=3600)\nfor n in range(100): spool.put(event, n)")

    assert numbers(tmp_path) == list(range(100))
    assert verify(tmp_path).ok


def test_events_of_late_exit_handlers(tmp_path: Path) -> None:
    """An event that is put while the interpreter goes down is written all the same."""
    run(
        tmp_path,
        """
        import atexit
        atexit.register(lambda: spool.put(event, 2))
        spool = Spool(directory)
        atexit.register(lambda: spool.put(event, 1))
        spool.put(event, 0)
        """,
    )

    assert sorted(numbers(tmp_path)) == [0, 1, 2]
    assert verify(tmp_path).ok


def test_threads_share_a_spool(tmp_path: Path) -> None:
    """Threads that write and put at once lose nothing, repeat nothing and keep their own order."""
    spool = Spool(tmp_path, interval=0.001)

    def work(first: int) -> None:
        for number in range(first, first + 100, 2):
            spool.write(event(number))
            spool.put(event, number + 1)

    threads = [threading.Thread(target=work, args=(start,)) for start in range(0, 800, 100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spool.close()

    stored = [each["fields"]["number"] for each in read(tmp_path) if "number" in each["fields"]]
    by_seq = sorted((e["seq"], e["fields"].get("number")) for e in read(tmp_path))
    own_order = [[n for _, n in by_seq if n is not None and n // 100 == k] for k in range(8)]
    assert sorted(stored) == list(range(800))
    assert own_order == [list(range(k * 100, k * 100 + 100)) for k in range(8)]
    assert verify(tmp_path).ok


def test_line_is_json(tmp_path: Path) -> None:
    """A line is JSON that holds who, which boot, which number, the hash before and the facts."""
    spool = write_chain(tmp_path, 1)

    line = json.loads((tmp_path / f"{spool.boot}.000001.jsonl").read_bytes().splitlines()[1])

    assert set(line) == {"event", "hash", "crc"}
    assert list(line["event"]) == ["client", "boot", "seq", "prev", "fields", "id", "phase", "time"]
    assert line["event"]["fields"]["statement"] == "SELECT name FROM people WHERE id = ?"


def test_only_the_owner_can_read(tmp_path: Path) -> None:
    """The folder has mode 0700 and its files 0600, also where the folder was open before."""
    folder = tmp_path / "audit"
    folder.mkdir(mode=0o755)

    write_chain(folder, 1)

    modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert (stat.S_IMODE(folder.stat().st_mode), modes) == (0o700, {0o600})


def test_segments_are_bounded(tmp_path: Path) -> None:
    """A chain goes on in a new segment when one is full."""
    write_chain(tmp_path, 20, max_segment_bytes=2000)

    sizes = [path.stat().st_size for path in tmp_path.glob("*.jsonl")]
    assert len(sizes) > 3
    assert max(sizes) < 2000 + 1000
    assert verify(tmp_path).ok


def test_unused_spool_leaves_nothing(tmp_path: Path) -> None:
    """A process that records nothing makes no files."""
    Spool(tmp_path / "audit").close()

    assert list((tmp_path / "audit").iterdir()) == []


def test_reading_since(tmp_path: Path) -> None:
    """Reading can begin at a time; chains are merged by time."""
    first, second = Spool(tmp_path), Spool(tmp_path)
    for number in range(6):
        (first if number % 2 else second).write(event(number))
        time.sleep(0.002)
    times = [each["time"] for each in read(tmp_path) if each["fields"].get("number") == 3]

    late = [each["fields"].get("number") for each in read(tmp_path, since=times[0])]

    assert late == [3, 4, 5]
    assert numbers(tmp_path) == [0, 1, 2, 3, 4, 5]


def test_closed_spool_refuses(tmp_path: Path) -> None:
    """After close nothing is taken, and the error says so."""
    spool = write_chain(tmp_path, 1)

    with pytest.raises(AuditUnavailable, match="GDB602"):
        spool.write(event(1))
    with pytest.raises(AuditUnavailable, match="GDB602"):
        spool.put(event, 1)


def test_event_that_json_cannot_carry(tmp_path: Path) -> None:
    """A field that JSON cannot carry is named by its type, never by its value, and the rest is kept."""
    spool = Spool(tmp_path)
    odd = {"number": 7, "odd": object(), "text": "\ud800", "big": 2**80, "in": [{"deep": 1j}], 3: "key"}

    spool.write(AuditEvent(id="x", time=1.0, phase="outcome", fields=odd))

    stored = next(each for each in read(tmp_path) if each["phase"] == "outcome")
    assert stored["fields"] == {
        "number": 7,
        "odd": "<object>",
        "text": "\\ud800",
        "big": "<int>",
        "in": [{"deep": "<complex>"}],
        "3": "key",
        "inexact": "TypeError",
    }
    assert verify(tmp_path).ok


def test_event_that_contains_itself(tmp_path: Path) -> None:
    """No event holds up those after it, also one that has no end."""
    spool = Spool(tmp_path)
    endless: dict[str, object] = {"number": 1}
    endless["again"] = endless

    spool.write(AuditEvent(id="x", time=1.0, phase="outcome", fields=endless))
    spool.write(event(2))

    assert numbers(tmp_path) == [1, 2]
    assert verify(tmp_path).ok


@pytest.mark.parametrize("made", [None, "text", 7])
def test_maker_that_makes_something_else(tmp_path: Path, made: object) -> None:
    """A maker that makes no event is told in the trail like one that fails."""
    spool = Spool(tmp_path)

    spool.put(lambda: made)  # type: ignore[arg-type,return-value]
    spool.flush()

    assert [each["fields"].get("by", "")[-8:] for each in read(tmp_path)] == ["", "<lambda>"]
    assert verify(tmp_path).ok


def test_event_that_cannot_be_made(tmp_path: Path) -> None:
    """When making a queued event fails, the trail says that one is missing and goes on."""
    spool = Spool(tmp_path)

    def broken(secret: str) -> AuditEvent:
        raise ValueError(secret)

    spool.put(broken, "kept-out-of-the-trail")
    spool.write(event(1))

    text = b"".join(path.read_bytes() for path in tmp_path.glob("*.jsonl"))
    assert b'"unrecorded":"ValueError"' in text
    assert b"kept-out-of-the-trail" not in text
    assert numbers(tmp_path) == [1]


def test_event_without_id_gets_one(tmp_path: Path) -> None:
    """Ids are UUIDv7: they sort by time, and an event without one is given one."""
    spool = Spool(tmp_path)

    spool.put(lambda: AuditEvent(id="", time=time.time(), phase="intent", fields={}))
    spool.flush()

    stored = [each["id"] for each in read(tmp_path)]
    assert [each[14] for each in stored] == ["7", "7"]
    assert len({*stored}) == 2


def test_written_event_is_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`write` returns after the disk was told to keep the bytes of the event, and not before."""
    synced: list[bytes] = []
    sync = os.fdatasync

    def watched(handle: int) -> None:
        sync(handle)
        synced.append(Path(f"/proc/self/fd/{handle}").read_bytes())

    monkeypatch.setattr(os, "fdatasync", watched)
    spool = Spool(tmp_path, interval=3600)
    for number in range(3):
        spool.write(event(number))
        assert f'"number":{number},'.encode() in synced[-1]

    assert len(synced) == 3


def test_event_from_within_the_writing_of_another(tmp_path: Path) -> None:
    """Making an event must not write one; if it does, both are told and the chain stays whole."""
    spool = Spool(tmp_path, interval=3600)

    def nested() -> AuditEvent:
        spool.write(event(1))
        return event(2)

    spool.put(nested)
    spool.flush()

    text = b"".join(path.read_bytes() for path in tmp_path.glob("*.jsonl"))
    assert b'"unrecorded":"AuditUnavailable"' in text
    assert numbers(tmp_path) == [1]
    assert verify(tmp_path).ok
