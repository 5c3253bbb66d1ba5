"""A spool directory into its stored events, oldest first.

Reading shows what is there; lines that are damaged are left out here and named by `verify`.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from governed_db.model.audit import apart
from governed_db.model.chain import Damaged, stored_event
from governed_db.remote.segments import look

BLOCK = 1 << 18
CLOCK_SLACK = 60.0  # seconds: file times are coarse, and clocks are set


def read(
    directory: Path, *, since: float | None = None, with_facts: bool = False
) -> Iterator[dict[str, Any]]:
    """The stored events of all chains merged by time, from `since` (seconds since the epoch) on.

    With facts too, which statements refer to; they tell nothing by themselves.

    Each is a dict of client, boot, seq, prev, id, time, phase, fields and hash.
    """
    segments = look(directory).segments
    chains = [_events(paths, since, with_facts=with_facts) for paths in segments.values()]
    return heapq.merge(*chains, key=lambda event: (event["time"], event["boot"], event["seq"]))


def lines(path: Path, offset: int = 0) -> Iterator[bytes]:
    """The lines of a file with their newlines, from a byte on; the file is open only while a block is read.

    A directory may hold more chains than a process may hold open files.
    """
    rest = b""
    while block := _block(path, offset):
        offset += len(block)
        *whole, rest = (rest + block).split(b"\n")
        for line in whole:
            yield line + b"\n"
    if rest:
        yield rest


def _block(path: Path, offset: int) -> bytes:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(BLOCK)


def _events(paths: tuple[Path, ...], since: float | None, *, with_facts: bool) -> Iterator[dict[str, Any]]:
    for path in paths:
        if since is not None and path.stat().st_mtime < since - CLOCK_SLACK:
            continue
        for line in lines(path):
            try:
                event = stored_event(line.removesuffix(b"\n"))
            except Damaged:
                continue
            for single in apart(event):
                if (since is None or single["time"] >= since) and (with_facts or single["phase"] != "facts"):
                    yield single
