"""The chains of a spool directory into batches of lines that have not been sent yet, and how far that is.

Only what is on disk for good is sent: lines up to the chain's head while somebody writes it, so that nothing
leaves which a failed commit takes back. A line keeps its bytes: receivers can check the chain themselves.
"""

from __future__ import annotations

import contextlib
import math
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import msgspec

from governed_db.errors import AuditUnavailable
from governed_db.model.audit import apart
from governed_db.model.chain import Damaged, header, stored_event
from governed_db.remote.reader import lines
from governed_db.remote.segments import head_of, is_left, look

_BLOCK = 1 << 20
_SETTLED = 2_000_000_000  # nanoseconds: what changes twice within a tick of the disk's clock shows it once


class Place(msgspec.Struct, frozen=True):
    """Where sending goes on in a chain: a segment's number in order, and a byte of it; `seq` was sent."""

    segment: int = 0
    offset: int = 0
    seq: int = 0


@attrs.frozen
class Batch:
    """Lines of one or more chains in order, and the places after them.

    `events` counts the lines; `damaged` names those that were left out, because nobody could check them.
    """

    content: bytes
    events: int
    places: Mapping[str, Place]
    damaged: tuple[str, ...] = ()


class Backlog:
    """What of a spool directory has been handed on to one receiver; `file` remembers it, if there is one.

    `only` names the one chain that is handed on, where not all are.
    """

    def __init__(
        self, directory: Path, file: Path | None = None, *, only: Callable[[], str] | None = None
    ) -> None:
        self.directory = directory
        self.file = file
        self._only = only
        self._places: dict[str, Place] = {}
        self._read_at: tuple[int, int] | None = None  # which file of places is known
        self._done: dict[str, int] = {}  # chains of which all was sent when their head was of this time
        self.refresh()

    def refresh(self) -> None:
        """Go on where the process left off that sent last."""
        if self.file is None:
            return
        try:
            found = self.file.stat()
        except FileNotFoundError:
            return
        if (found.st_ino, found.st_mtime_ns) != self._read_at:
            self._places, self._done = places_in(self.file), {}
            self._read_at = found.st_ino, found.st_mtime_ns

    def next(self, max_bytes: int) -> Batch:
        """The next lines, oldest chain first; empty when all is sent. One line may be longer than that."""
        pieces: list[bytes] = []
        places: dict[str, Place] = {}
        damaged: list[str] = []
        size = 0
        folder = look(self.directory)
        chosen = self._only() if self._only is not None else None
        for boot, paths in folder.segments.items():
            if boot != (chosen or boot):
                continue
            head = folder.heads.get(boot)
            changed = _changed(head, paths)
            if changed and self._done.get(boot) == changed:
                continue
            for line, place, problem in self._unsent(boot, paths, head):
                if size and size + len(line) > max_bytes:
                    return Batch(b"".join(pieces), len(pieces), places, tuple(damaged))
                places[boot] = place
                if problem:
                    damaged.append(problem)
                else:
                    pieces.append(line)
                    size += len(line)
            if boot not in places and self._is_at_end(boot, paths) and _is_settled(changed):
                self._done[boot] = changed
        return Batch(b"".join(pieces), len(pieces), places, tuple(damaged))

    def sent(self, batch: Batch) -> None:
        """Remember that the batch has arrived. A crash before this sends it again: its seq tells."""
        self._places |= batch.places
        if self.file is None:
            return
        draft = self.file.with_name(f".{self.file.name}.draft")
        draft.write_bytes(msgspec.json.encode(self._places))
        draft.replace(self.file)
        found = self.file.stat()
        self._read_at = found.st_ino, found.st_mtime_ns

    def events(self) -> Iterator[dict[str, Any]]:
        """The stored events that have not been handed on, chain by chain; they are handed on with this."""
        while (batch := self.next(_BLOCK)).places:
            for line in batch.content.splitlines():
                yield from apart(stored_event(line))
            self.sent(batch)

    def _is_at_end(self, boot: str, paths: tuple[Path, ...]) -> bool:
        place = self._places.get(boot, Place())
        try:
            return place.segment == _number(paths[-1]) and place.offset == paths[-1].stat().st_size
        except OSError:
            return False

    def _unsent(
        self, boot: str, paths: tuple[Path, ...], head: Path | None
    ) -> Iterator[tuple[bytes, Place, str]]:
        start = self._places.get(boot, Place())
        sent, last = start.seq, _last(boot, head)
        for path in paths:
            number = _number(path)
            if number < start.segment:
                continue
            offset = start.offset if number == start.segment else 0
            for line in lines(path, offset) if sent < last else ():
                if sent >= last or not line.endswith(b"\n"):
                    return
                seq, problem = _checked(line, path)
                sent, offset = seq or sent, offset + len(line)
                yield line, Place(number, offset, sent), problem


def places_in(file: Path) -> dict[str, Place]:
    """What a file of places tells."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, Place])
    except (OSError, msgspec.MsgspecError) as error:
        raise AuditUnavailable(
            f"{file} does not tell how far events were sent: {error}",
            code="GDB605",
            help="remove it: events are then sent again, and receivers know those that they have",
        ) from error


def _number(path: Path) -> int:
    """Of a segment, from 0 on; those before it may be pruned."""
    return int(path.name.split(".")[1]) - 1


def _changed(head: Path | None, paths: tuple[Path, ...]) -> int:
    """When a chain went on last; 0 where that is not known."""
    try:
        return max(path.stat().st_mtime_ns for path in (head, paths[-1])) if head is not None else 0
    except OSError:
        return 0


def _is_settled(changed: int) -> bool:
    return abs(time.time_ns() - changed) > _SETTLED


def _last(boot: str, head: Path | None) -> float:
    """How far the chain is on disk for good; without end where nobody tells or writes: all of it is sent."""
    if head is None or is_left(head):
        return math.inf
    try:
        return head_of(head, boot).seq
    except (Damaged, OSError):
        return math.inf


def _checked(line: bytes, path: Path) -> tuple[int | None, str]:
    try:
        return header(line.removesuffix(b"\n"))[0].seq, ""
    except Damaged as error:
        return None, f"{path.name}: {error}"


class Lease:
    """The right to send from one file of places, which one process has at a time."""

    __slots__ = ("_file", "_handle")

    def __init__(self, file: Path) -> None:
        self._file = file
        self._handle: int | None = None

    def take(self) -> bool:
        """Whether nobody else has it; it is ours then."""
        import fcntl

        handle = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            return False
        self._handle = handle
        return True

    def give_back(self) -> None:
        """Let others have it, also where a child of a fork still has our descriptor."""
        import fcntl

        handle, self._handle = self._handle, None
        if handle is not None:
            fcntl.flock(handle, fcntl.LOCK_UN)
            os.close(handle)

    def forget(self) -> None:
        """In a child of a fork: it is the parent's, and ends with it."""
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)


@contextlib.contextmanager
def alone(file: Path) -> Iterator[bool]:
    """Whether nobody else sends from here: of several processes one does, and the next when it has ended."""
    lease = Lease(file)
    try:
        yield lease.take()
    finally:
        lease.give_back()
