"""Framed lines into the files of one chain, durably.

The folder holds, for each boot (a UUIDv7, so that names sort by time of start):

    <boot>.000001.jsonl ...   the segments: appended to by that process alone, never rewritten
    <boot>.head               how far the chain has got, overwritten in place after each commit

The head is written after the segment is on disk, so it never tells of more than there is. Whatever is
missing up to the head was taken away; whatever is torn after it was never acknowledged to anyone. Its writer
holds a lock on it: lines after the head of a chain that nobody writes any more are not taken back.
"""

from __future__ import annotations

import contextlib
import errno
import os
import platform
import re
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from governed_db.errors import AuditUnavailable
from governed_db.model.audit import FORMAT, AuditEvent
from governed_db.model.chain import GENESIS, Chainer, Damaged, Head, head_line, read_head
from governed_db.model.codec import Members
from governed_db.model.ids import uuid7
from governed_db.remote.folders import private_directory

BATCH = 1024  # events encoded at once: their lines fit the processor's cache
START = Head(0, GENESIS)
LINK_MARGIN = 3600.0  # seconds: clocks are set, and a boot takes a while to write its first event

PRUNED = "pruned.json"  # remote/pruning.py

_SEGMENT = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([0-9]{6,})\.jsonl")
_DRAFT = re.compile(r"\.[0-9a-f-]{36}\.head")
_HEAD = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.head")


@attrs.frozen
class Folder:
    """What a spool directory holds: segments by chain in order, heads by chain, and strangers."""

    segments: Mapping[str, tuple[Path, ...]]
    heads: Mapping[str, Path]
    strangers: tuple[str, ...]


def look(directory: Path) -> Folder:
    """The chains of a spool directory, oldest first."""
    try:
        names = sorted(path.name for path in directory.iterdir())
    except OSError as error:
        raise AuditUnavailable(
            f"there is no audit trail that can be read in {directory}: {error.strerror}",
            code="GDB602",
            help="name the audit folder of the state folder, as a user who may read it",
        ) from error
    found: dict[str, list[tuple[int, Path]]] = {}
    heads: dict[str, Path] = {}
    strangers = []
    for name in names:
        if match := _SEGMENT.fullmatch(name):
            found.setdefault(match[1], []).append((int(match[2]), directory / name))
        elif match := _HEAD.fullmatch(name):
            heads[match[1]] = directory / name
        elif not _DRAFT.fullmatch(name) and name not in (PRUNED, f".{PRUNED}.draft"):
            strangers.append(name)
    segments = {boot: tuple(path for _, path in sorted(files)) for boot, files in found.items()}
    return Folder(segments, heads, tuple(strangers))


def links(directory: Path, own: str, now: float) -> tuple[dict[str, list[int | str]], list[str]]:
    """The heads of other chains that the first event of chain `own` must carry, and what is damaged.

    A chain that ended before the newest other chain began has been linked by that one already, so
    only what was written since is linked here: opening costs a stat for each chain, not a read.
    """
    folder = look(directory)
    heads = {boot: path for boot, path in folder.heads.items() if boot != own}
    begun = [when for when in map(_boot_time, heads) if when <= now]
    since = max(begun) - LINK_MARGIN if begun else 0.0
    linked: dict[str, list[int | str]] = {}
    damaged = [f"{boot}.head: it is gone" for boot in folder.segments if boot not in folder.heads]
    for boot, path in heads.items():
        try:
            if path.stat().st_mtime < since:
                continue
            head = head_of(path, boot)
        except (Damaged, OSError) as error:
            damaged.append(f"{path.name}: {error}")
        else:
            if head.seq:
                linked[boot] = [head.seq, head.hash]
    return linked, damaged


def head_of(path: Path, boot: str) -> Head:
    """What a head file tells. It is looked at again before it is called damaged: its owner may be writing."""
    for _ in range(3):
        with contextlib.suppress(Damaged):
            return read_head(path.read_bytes(), boot)
        time.sleep(0.003)
    return read_head(path.read_bytes(), boot)


def is_left(head: Path) -> bool:
    """Whether nobody writes the chain of this head any more: then what stands after the head stays, too."""
    import fcntl

    try:
        handle = os.open(head, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(handle)


def _boot_time(boot: str) -> float:
    return int(boot[:8] + boot[9:13], 16) / 1000


class OwnFile:
    """A file that we hold open, and know again.

    Programs that become daemons close every descriptor, ours too, and its number is soon somebody
    else's socket: nothing may be written to, cut off, or closed that is not the file we opened.
    """

    __slots__ = ("_identity", "handle")

    def __init__(self, path: Path, flags: int) -> None:
        self.handle = os.open(path, flags | os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        found = os.fstat(self.handle)
        self._identity = (found.st_dev, found.st_ino)

    def state(self) -> os.stat_result | None:
        """What the file is now; None when it was removed or the descriptor is no longer ours."""
        try:
            found = os.fstat(self.handle)
        except OSError:
            return None
        is_ours = (found.st_dev, found.st_ino) == self._identity
        return found if is_ours and found.st_nlink else None

    def lock(self) -> None:
        """Until it is closed, or we end: that tells others whether we are there."""
        import fcntl  # POSIX only

        with contextlib.suppress(OSError):  # file systems without locks
            fcntl.flock(self.handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            found = os.fstat(self.handle)
            if (found.st_dev, found.st_ino) == self._identity:
                os.close(self.handle)


class Chain:
    """The files of one (client, boot). Not safe for threads; `commit` either happens or does not."""

    def __init__(
        self, directory: Path, client: str, *, max_segment_bytes: int, max_bytes: int | None = None
    ) -> None:
        self.directory = directory
        self.client = client
        self.boot = uuid7(time.time())
        self.damaged: tuple[str, ...] = ()
        self.is_usable = True
        self._chainer = Chainer(client, self.boot)
        self._max = max_segment_bytes
        self._max_bytes = max_bytes
        self._done = (START, 0)  # head and size of the segment: set together, they are the commit
        self._number = 0
        self._segment: OwnFile | None = None
        self._head: OwnFile | None = None

    @property
    def head(self) -> Head:
        return self._done[0]

    def commit(self, events: list[AuditEvent | Members]) -> None:
        """Append the events and return when they are on disk; OSError when they are not."""
        segment = self._segment
        if segment is None or self._is_full() or self._was_taken(segment):
            segment = self._next_segment()
        handle = segment.handle
        head, size = self._done
        if head.seq == 0:
            events = [self._opening(), *events]
        try:
            written, new_head = self._append(handle, events, head)
            os.fdatasync(handle)
            self._done = (new_head, size + written)
        except BaseException:  # also KeyboardInterrupt: half a commit must not stay
            self._retract(handle, size)
            raise
        self._tell_head()

    def close(self) -> None:
        """Let go of the files; nothing is written."""
        for file in (self._segment, self._head):
            if file is not None:
                file.close()
        self._segment = self._head = None

    def _append(self, handle: int, events: list[AuditEvent | Members], head: Head) -> tuple[int, Head]:
        written = 0
        for start in range(0, len(events), BATCH):
            lines, head = self._chainer.lines(events[start : start + BATCH], head)
            _write_all(handle, lines)
            # Linux begins to write these pages out now, while the next lines are made.
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            written += len(lines)
        return written, head

    def _opening(self) -> AuditEvent:
        now = time.time()
        linked, damaged = links(self.directory, self.boot, now)
        self.damaged = tuple(damaged)
        fields = {"spool": "opened", "pid": os.getpid(), "links": linked, "damaged": damaged} | _program()
        return AuditEvent(id=uuid7(now), time=now, phase="session", fields=fields)

    def _is_full(self) -> bool:
        return self._done[1] >= self._max

    def _was_taken(self, segment: OwnFile) -> bool:
        """Whether somebody removed or cut the segment: then go on in a new one, so verify tells.

        Bytes after ours can only be a commit of our own that was interrupted: they are taken back.
        """
        found, size = segment.state(), self._done[1]
        if found is None or found.st_size < size:
            return True
        if found.st_size > size:
            os.ftruncate(segment.handle, size)
        return False

    def _next_segment(self) -> OwnFile:
        private_directory(self.directory)
        self._check_size()
        if self._segment is not None:
            self._segment.close()
            self._segment = None
        if self._head is None or self._head.state() is None:
            self._open_head()
        name = f"{self.boot}.{self._number + 1:06d}.jsonl"
        self._segment = OwnFile(self.directory / name, os.O_EXCL | os.O_APPEND)
        self._number += 1
        self._done = (self._done[0], 0)
        _sync_directory(self.directory)
        return self._segment

    def _check_size(self) -> None:
        """All chains count, also those of other processes: the bound is the folder's."""
        if self._max_bytes is None:
            return
        with os.scandir(self.directory) as found:
            size = sum(entry.stat().st_size for entry in found)
        if size >= self._max_bytes:
            raise OSError(errno.EDQUOT, f"the trail has {size} bytes, and may have {self._max_bytes}")

    def _open_head(self) -> None:
        if self._head is not None:
            self._head.close()
            self._head = None
        # Whole before it has its name: nobody reads a head that is being made.
        draft = self.directory / f".{self.boot}.head"
        head = OwnFile(draft, os.O_TRUNC)
        try:
            head.lock()
            os.pwrite(head.handle, head_line(self.client, self.boot, self.head), 0)
            os.fsync(head.handle)
            draft.rename(self.directory / f"{self.boot}.head")
        except BaseException:
            head.close()
            raise
        self._head = head

    def _tell_head(self) -> None:
        # Never fails a commit: the events are on disk. A head that lags is caught up by the next.
        with contextlib.suppress(OSError):
            if self._head is None or self._head.state() is None:
                self._open_head()
            else:
                os.pwrite(self._head.handle, head_line(self.client, self.boot, self.head), 0)

    def _retract(self, handle: int, size: int) -> None:
        """Take back a commit that failed half-way; if even that fails, give the chain up."""
        try:
            os.ftruncate(handle, size)
            os.fsync(handle)
        except OSError:
            self.is_usable = False


def _program() -> dict[str, Any]:
    """What writes the chain, for whoever has to know which clients are behind."""
    library = sys.modules["governed_db"]
    return {"format": FORMAT, "version": library.__version__, "python": platform.python_version()}


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
