"""Promise: old parts of the trail that others have may go, and what is left is still proven."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec
import pytest

from governed_db.errors import AuditUnavailable
from governed_db.remote.backlog import Backlog
from governed_db.remote.pruning import Gone, prune
from governed_db.remote.segments import PRUNED
from governed_db.remote.spool import Spool
from governed_db.remote.verify import Damage, verify
from tests.audit.events import event, numbers, write_chain
from tests.cli.terminal import run

LATER = 10_000.0


@pytest.fixture
def trail(tmp_path: Path) -> Path:
    """Two chains that have ended, each of several segments."""
    for count in (7, 5):
        write_chain(tmp_path / "audit", count, max_segment_bytes=1200)
    return tmp_path / "audit"


def pruned(trail: Path, *, before: float | None = None, is_kept: bool = True) -> Gone:
    """Pruned as the command does it."""
    moment = time.time() + LATER if before is None else before
    home = str(trail.parent)
    words = ["audit", "prune", "--older-than", time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment))]
    done = run(*words, *(["--exported"] if is_kept else []), "--state-dir", home, "--json")
    assert done.code == 0, done.out
    return Gone(**done.json)


def sent(trail: Path, batches: int) -> None:
    """A receiver that has so many small batches."""
    (trail.parent / "shipping").mkdir(mode=0o700, exist_ok=True)
    backlog = Backlog(trail, trail.parent / "shipping" / "one.json")
    for _ in range(batches):
        backlog.sent(backlog.next(1))


def test_what_is_left_is_whole(trail: Path) -> None:
    """All that had ended is gone; the record of that stands, and so does what comes after."""
    heads = verify(trail).heads
    gone = pruned(trail)
    write_chain(trail, 3)
    report = verify(trail, remembered=heads)

    assert (gone.records, gone.chains) == (7 + 5 + 4, 2)
    assert report.ok, report.first
    assert report.notes == ("16 records were pruned before these",)
    assert numbers(trail) == [0, 1, 2]
    assert pruned(trail, before=time.time() - LATER) == Gone()


def test_it_can_be_done_again(trail: Path) -> None:
    """What was pruned before is still accounted for when more goes, also the record of the first time."""
    heads = verify(trail).heads
    pruned(trail)
    write_chain(trail, 3)
    again = pruned(trail)

    assert again.chains == 2
    assert verify(trail, remembered=heads).ok
    assert numbers(trail) == []


def test_what_is_not_sent_stays(trail: Path) -> None:
    """Only whole segments go, from the oldest on, up to where every receiver has come."""
    before = numbers(trail)
    sent(trail, 4)
    gone = pruned(trail, is_kept=False)
    report = verify(trail)

    assert 0 < gone.records <= 4
    assert report.ok, report.first
    assert numbers(trail) == before[gone.records - 1 :]  # the opening record has no number
    backlog = Backlog(trail, trail.parent / "shipping" / "one.json")
    rest = [one["fields"]["number"] for one in backlog.events() if "number" in one["fields"]]
    assert rest == before[3:]


def test_a_chain_that_goes_on_keeps_its_last_segment(tmp_path: Path) -> None:
    """Whoever writes is not disturbed, and goes on in the same chain."""
    spool = Spool(tmp_path / "audit", max_segment_bytes=1200)
    for number in range(6):
        spool.write(event(number))
    gone = pruned(tmp_path / "audit")
    for number in range(6, 12):
        spool.write(event(number))
    spool.close()
    report = verify(tmp_path / "audit")

    assert gone.records > 0
    assert report.ok, report.first
    left = numbers(tmp_path / "audit")
    assert left == list(range(left[0], 12))


def test_nothing_says_that_it_is_kept_elsewhere(trail: Path) -> None:
    """Then nothing goes; nor from a trail that is not whole."""
    with pytest.raises(AuditUnavailable, match="GDB609"):
        prune(trail, trail.parent / "shipping", time.time() + LATER, print, is_kept=False)
    first = min(trail.glob("*.jsonl"))
    first.write_bytes(first.read_bytes().replace(b"people", b"nobody"))

    with pytest.raises(AuditUnavailable, match="not whole"):
        prune(trail, trail.parent / "shipping", time.time() + LATER, print, is_kept=True)
    assert not (trail / PRUNED).exists()


def test_a_crash_between_the_files(trail: Path) -> None:
    """Segments that were to go and did not are followed up to what was told of them."""
    kept = {path: path.read_bytes() for path in trail.glob("*.jsonl")}
    pruned(trail)
    for path, content in sorted(kept.items())[1:]:
        path.write_bytes(content)

    assert verify(trail).ok


def test_who_takes_segments_away_is_found(trail: Path) -> None:
    """A file that tells of pruning holds only as the trail tells it; more than it tells is missing."""
    boot, head = next(iter(verify(trail).heads.items()))
    for path in trail.glob(f"{boot}.*.jsonl"):
        path.unlink()
    (trail / PRUNED).write_bytes(msgspec.json.encode({boot: [head.seq, head.hash]}))
    forged = verify(trail)
    (trail / PRUNED).unlink()
    bare = verify(trail)

    assert [(one.what, one.file) for one in forged.breaks] == [(Damage.MISSING, PRUNED)]
    assert [one.what for one in bare.breaks] == [Damage.MISSING]


def test_pruned_more_than_was_told(trail: Path) -> None:
    """After pruning, a segment that is taken away besides is missed."""
    sent(trail, 4)
    pruned(trail, is_kept=False)
    taken = min(path for path in trail.glob("*.jsonl"))
    taken.unlink()

    assert [one.what for one in verify(trail).breaks] == [Damage.MISSING]
