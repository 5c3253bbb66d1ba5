"""Framed lines into the files of one chain, durably.

The folder holds, for each boot (a UUIDv7, so that names sort by time of start):

    <boot>.000001.jsonl ...   the segments: appended to by that process alone, never rewritten
    <boot>.head               how far the chain has got, overwritten in place after each commit

The head is written after the segment is on disk, so it never tells of more than there is. Whatever is
missing up to the head was taken away; whatever is torn after it was never acknowledged to anyone.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Mapping
from pathlib import Path

import attrs

from governed_db.model.audit import AuditEvent
from governed_db.remote.chain import GENESIS, Chainer, Damaged, Head, head_line, read_head
from governed_db.remote.folders import private_directory
from governed_db.remote.ids import uuid7

START = Head(0, GENESIS)
LINK_MARGIN = 3600.0  # seconds: clocks are set, and a boot takes a while to write its first event

_SEGMENT = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([0-9]{6,})\.jsonl")
_HEAD = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.head")


@attrs.frozen
class Folder:
    """What a spool directory holds: segments by chain in order, heads by chain, and strangers."""

    segments: Mapping[str, tuple[Path, ...]]
    heads: Mapping[str, Path]
    strangers: tuple[str, ...]


class TakenAway(OSError):
    """A file of the chain was removed or cut while we had it open."""


def look(directory: Path) -> Folder:
    """The chains of a spool directory, oldest first."""
    found: dict[str, list[tuple[int, Path]]] = {}
    heads: dict[str, Path] = {}
    strangers = []
    for name in sorted(path.name for path in directory.iterdir()):
        if match := _SEGMENT.fullmatch(name):
            found.setdefault(match[1], []).append((int(match[2]), directory / name))
        elif match := _HEAD.fullmatch(name):
            heads[match[1]] = directory / name
        else:
            strangers.append(name)
    segments = {boot: tuple(path for _, path in sorted(files)) for boot, files in found.items()}
    return Folder(segments, heads, tuple(strangers))


def links(directory: Path, own: str, now: float) -> tuple[dict[str, list[int | str]], list[str]]:
    """The heads of other chains that the first event of chain `own` must carry, and what is damaged.

    A chain that ended before the newest other chain began has been linked by that one already, so
    only what was written since is linked here: opening costs a stat for each chain, not a read.
    """
    heads = {boot: path for boot, path in look(directory).heads.items() if boot != own}
    begun = [when for when in map(_boot_time, heads) if when <= now]
    since = max(begun) - LINK_MARGIN if begun else 0.0
    linked: dict[str, list[int | str]] = {}
    damaged = []
    for boot, path in heads.items():
        if path.stat().st_mtime < since:
            continue
        try:
            head = read_head(path.read_bytes(), boot)
        except Damaged as error:
            damaged.append(f"{path.name}: {error}")
        else:
            if head.seq:
                linked[boot] = [head.seq, head.hash]
    return linked, damaged


def _boot_time(boot: str) -> float:
    return int(boot[:8] + boot[9:13], 16) / 1000


class Chain:
    """The files of one (client, boot). Not safe for threads; `commit` either happens or does not."""

    def __init__(self, directory: Path, client: str, *, max_segment_bytes: int) -> None:
        self.directory = directory
        self.client = client
        self.boot = uuid7(time.time())
        self.damaged: tuple[str, ...] = ()
        self.is_usable = True
        self._chainer = Chainer(client, self.boot)
        self._max = max_segment_bytes
        self._done = (START, 0)  # head and size of the segment: set together, they are the commit
        self._number = 0
        self._segment: int | None = None
        self._head: int | None = None

    @property
    def head(self) -> Head:
        return self._done[0]

    def commit(self, events: list[AuditEvent]) -> None:
        """Append the events and return when they are on disk; OSError when they are not."""
        segment = self._segment
        if segment is None or self._is_full() or self._was_taken(segment):
            segment = self._next_segment()
        head, size = self._done
        if head.seq == 0:
            events = [self._opening(), *events]
        lines, new_head = self._chainer.lines(events, head)
        try:
            _write_all(segment, lines)
            os.fdatasync(segment)
            self._done = (new_head, size + len(lines))
        except BaseException:  # also KeyboardInterrupt: half a commit must not stay
            self._retract(segment, size)
            raise
        self._tell_head()

    def close(self) -> None:
        """Let go of the files; nothing is written."""
        for handle in (self._segment, self._head):
            if handle is not None:
                os.close(handle)
        self._segment = self._head = None

    def _opening(self) -> AuditEvent:
        now = time.time()
        linked, damaged = links(self.directory, self.boot, now)
        self.damaged = tuple(damaged)
        fields = {"spool": "opened", "pid": os.getpid(), "links": linked, "damaged": damaged}
        return AuditEvent(id=uuid7(now), time=now, phase="session", fields=fields)

    def _is_full(self) -> bool:
        return self._done[1] >= self._max

    def _was_taken(self, handle: int) -> bool:
        """Whether somebody removed or cut the segment: then go on in a new one, so verify tells.

        Bytes after ours can only be a commit of our own that was interrupted: they are taken back.
        """
        found, size = os.fstat(handle), self._done[1]
        if found.st_size > size:
            os.ftruncate(handle, size)
        return found.st_nlink == 0 or found.st_size < size

    def _next_segment(self) -> int:
        private_directory(self.directory)
        if self._segment is not None:
            os.close(self._segment)
            self._segment = None
        if self._head is None or os.fstat(self._head).st_nlink == 0:
            self._head = self._open_head()
        name = f"{self.boot}.{self._number + 1:06d}.jsonl"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        segment = os.open(self.directory / name, flags, 0o600)
        self._segment = segment
        self._number += 1
        self._done = (self._done[0], 0)
        _sync_directory(self.directory)
        return segment

    def _open_head(self) -> int:
        if self._head is not None:
            os.close(self._head)
            self._head = None
        path = self.directory / f"{self.boot}.head"
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.pwrite(handle, head_line(self.client, self.boot, self.head), 0)
        os.fsync(handle)
        return handle

    def _tell_head(self) -> None:
        # Never fails a commit: the events are on disk. A head that lags is caught up by the next.
        if self._head is not None:
            with contextlib.suppress(OSError):
                os.pwrite(self._head, head_line(self.client, self.boot, self.head), 0)

    def _retract(self, segment: int, size: int) -> None:
        """Take back a commit that failed half-way; if even that fails, give the chain up."""
        try:
            os.ftruncate(segment, size)
            os.fsync(segment)
        except OSError:
            self.is_usable = False


def _write_all(handle: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(handle, view) :]


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
