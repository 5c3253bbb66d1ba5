"""Promise: a chain's first event carries the heads of the chains that were written since the last one."""

from __future__ import annotations

import os
from pathlib import Path

from governed_db.model.chain import GENESIS, Head, head_line
from governed_db.model.ids import uuid7
from governed_db.remote.reader import read
from governed_db.remote.segments import LINK_MARGIN, links
from tests.audit.events import write_chain

NOW = 1_700_000_000.0


def _head(folder: Path, *, began: float, ended: float, seq: int = 3) -> str:
    boot = uuid7(began)
    path = folder / f"{boot}.head"
    path.write_bytes(head_line("host", boot, Head(seq, GENESIS)))
    os.utime(path, (ended, ended))
    return boot


def test_first_event_links(tmp_path: Path) -> None:
    """The first event of a later chain names an earlier chain's last number and hash."""
    first, second = write_chain(tmp_path, 2), write_chain(tmp_path, 1)

    events = list(read(tmp_path))

    opening = next(each for each in events if each["boot"] == second.boot)
    closing = [each for each in events if each["boot"] == first.boot][-1]
    assert opening["fields"]["links"] == {first.boot: [closing["seq"], closing["hash"]]}


def test_only_what_is_new_is_linked(tmp_path: Path) -> None:
    """Chains that ended before the newest chain began were linked by that one; others are linked now."""
    _head(tmp_path, began=NOW - 90_000, ended=NOW - 80_000)
    long = _head(tmp_path, began=NOW - 90_000, ended=NOW - 10)
    recent = _head(tmp_path, began=NOW - 50_000, ended=NOW - 30_000 - LINK_MARGIN + 1)
    newest = _head(tmp_path, began=NOW - 30_000, ended=NOW - 30_000)

    linked, damaged = links(tmp_path, "own", NOW)

    assert (set(linked), damaged) == ({long, recent, newest}, [])


def test_clock_that_was_wrong(tmp_path: Path) -> None:
    """A chain that began in the future does not keep others from being linked."""
    future = _head(tmp_path, began=NOW + 90_000, ended=NOW + 90_100)
    old = _head(tmp_path, began=NOW - 90_000, ended=NOW - 80_000)

    linked, _ = links(tmp_path, "own", NOW)

    assert set(linked) == {future, old}


def test_chain_without_events_is_not_linked(tmp_path: Path) -> None:
    """A process that was killed before its first event was written leaves nothing to vouch for."""
    _head(tmp_path, began=NOW - 10, ended=NOW - 10, seq=0)

    assert links(tmp_path, "own", NOW) == ({}, [])


def test_missing_head_is_told(tmp_path: Path) -> None:
    """A chain whose head is gone is told by the next process that opens the folder."""
    boot = write_chain(tmp_path, 1).boot
    (tmp_path / f"{boot}.head").unlink()

    assert links(tmp_path, "own", NOW) == ({}, [f"{boot}.head: it is gone"])
