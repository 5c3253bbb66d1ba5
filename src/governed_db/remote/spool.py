"""Audit events of this process into its own hash-chained files, in order, without delaying statements.

`write` returns when the event is on disk. `put` appends to a deque and returns; one thread per process
looks at the deque every 20 ms and commits what it finds as a group. The thread sleeps on a timer: one
that is woken for each event doubles what a statement costs.

`max_bytes` bounds the folder: beyond it the disk counts as full.

An event is removed from memory only when it is on disk. While the disk refuses, events wait (up to
`max_waiting`, and the group that is being written), `check` raises, and every attempt starts from the
same place, so that the chain has neither gaps nor copies when the disk is back. A child made by fork
starts a chain of its own.
"""

from __future__ import annotations

import atexit
import logging
import os
import socket
import sys
import threading
import time
import weakref
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Any

from governed_db.errors import AuditUnavailable, ConfigurationError
from governed_db.model.audit import AuditEvent
from governed_db.model.codec import Members
from governed_db.remote.folders import private_directory
from governed_db.remote.queued import Make, Outcomes, Written, alike, made, own_event, tallied
from governed_db.remote.segments import Chain

IDLE_ROUNDS = 100  # intervals without an event after which the writer's thread ends
GROUP = 16384  # events in one commit: bounds the memory of a commit, not the throughput
RETRY = 0.25  # seconds between attempts while the disk refuses

_LOG = logging.getLogger("governed_db.audit")


class Spool:
    """Fills AuditPort with a directory of segment files. One per process and directory."""

    def __init__(
        self,
        directory: Path,
        *,
        client: str | None = None,
        interval: float = 0.02,
        max_segment_bytes: int = 64 << 20,
        max_waiting: int = 100_000,
        max_bytes: int | None = None,
    ) -> None:
        self.directory = Path(directory)
        self.client = client or socket.gethostname()
        self._interval = interval
        self._max_bytes = max_bytes
        # Looked at when a segment is begun: small ones, so that a bound is kept closely.
        self._max_segment_bytes = min(max_segment_bytes, max(4096, (max_bytes or max_segment_bytes) // 16))
        self._max_waiting = max_waiting
        try:
            private_directory(self.directory)
        except ConfigurationError as error:
            raise AuditUnavailable(
                f"audit folder cannot be used: {self.directory}: {error.__cause__}",
                code="GDB602",
                help="give a folder that this user owns with state_dir= or GOVERNED_DB_HOME",
            ) from error
        self._begin()
        after_fork = weakref.WeakMethod(self._begin_in_child)
        os.register_at_fork(after_in_child=lambda: (begin := after_fork()) and begin())

    def _begin(self) -> None:
        """The state of a process that has recorded nothing yet."""
        self._queue: deque[Written | tuple[Any, ...]] = deque()
        self._made: list[AuditEvent | Members] = []  # taken from the queue and not yet on disk
        self._awaited: list[Written] = []  # those of them that somebody waits for
        self._lost: deque[None] = deque()
        self._lock = threading.RLock()
        self._is_committing = False
        self._failure: BaseException | None = None
        self._tried = 0.0
        self._is_closed = False
        self._is_late = False  # the process ends: no thread can be started any more
        self._is_alone = True  # no thread comes by: who puts an event sees to it
        self._is_registered = False
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._limit = self._max_waiting
        self._chain = self._new_chain()

    def write(self, event: AuditEvent) -> None:
        """Return when the event, and all that was put before it, is on disk.

        When it raises, the event is kept and written once the disk allows (unless too many wait).
        """
        self._make_room()
        written = Written(event)
        self._queue.append(written)
        if self._is_alone:
            self._attend()
        self._commit(until=written)

    def put(self, make: Make, *arguments: Any) -> None:
        """Queue `make(*arguments)`; the writer calls it. Raises when too many events wait."""
        if len(self._queue) >= self._limit:
            self._make_room()
        self._queue.append((make, arguments))
        if self._is_alone:
            self._attend()

    def tally(self, outcomes: Outcomes, hit: Any) -> None:
        """Queue one of many events alike; the writer calls `outcomes` with all that follow each other."""
        if len(self._queue) >= self._limit:
            self._make_room()
        self._queue.append((outcomes, hit, None))
        if self._is_alone:
            self._attend()

    def check(self) -> None:
        """Raise AuditUnavailable when queued events cannot be written (after trying again)."""
        if self._failure is not None:
            self._retry()

    def lose(self) -> None:
        """Count an event that was not taken: how many, is told with the next one that is written."""
        self._lost.append(None)

    def flush(self) -> None:
        """Return when everything that was queued is on disk."""
        self._commit()

    def close(self) -> None:
        """Write what is queued and the chain's closing record, and stop. Later events are refused."""
        with self._lock:
            if self._is_closed:
                return
            self._write_closing()
            self._is_closed, self._limit = True, 0
            atexit.unregister(self._finish)
            self._chain.close()

    @property
    def damaged(self) -> tuple[str, ...]:
        """What this process found damaged in the directory when its chain began."""
        return self._chain.damaged

    @property
    def boot(self) -> str:
        """The id of this process's chain."""
        return self._chain.boot

    def _begin_in_child(self) -> None:
        # What was queued is the parent's to write. Its descriptors are shared: let go of ours.
        was_closed = self._is_closed
        self._chain.close()
        self._begin()
        self._is_closed = was_closed

    def _new_chain(self) -> Chain:
        return Chain(
            self.directory,
            self.client,
            max_segment_bytes=self._max_segment_bytes,
            max_bytes=self._max_bytes,
        )

    def _make_room(self) -> None:
        """Refuse after close, and write while the queue is full."""
        if self._is_closed:
            raise AuditUnavailable(
                "the audit spool is closed",
                code="GDB602",
                help="open a new connection: nothing is run without its audit trail",
            )
        if len(self._queue) >= self._max_waiting:
            self._drain()

    def _drain(self) -> None:
        """Write on the caller's time; a failure matters here only if it leaves no room."""
        try:
            self._retry() if self._failure is not None else self._commit()
        except AuditUnavailable:
            if len(self._queue) >= self._max_waiting:  # a group that was made for writing left it
                raise self._unavailable() from self._failure

    def _retry(self) -> None:
        if time.monotonic() - self._tried < self._interval:
            raise self._unavailable()
        self._commit()

    def _attend(self) -> None:
        """See to what was put while no thread came by: start one, or write it now."""
        if not self._is_late:
            self._start()
        if self._is_late:
            self._commit()

    def _start(self) -> None:
        with self._lock:
            if self._thread is not None:
                return
            self._thread = threading.Thread(target=self._poll, name="governed-db-audit", daemon=True)
            if not self._is_registered:
                self._is_registered = True
                atexit.register(self._finish)
                if "multiprocessing.util" in sys.modules:  # its children leave without atexit
                    sys.modules["multiprocessing.util"].Finalize(None, self._finish, exitpriority=0)
            try:
                self._thread.start()
            except RuntimeError:  # the interpreter is going down: no threads any more
                self._is_late = True
            self._is_alone = self._is_late

    def _poll(self) -> None:
        """Write what is queued, every interval; a thread with nothing to do for a while ends."""
        wait, idle = self._interval, 0
        try:
            while idle < IDLE_ROUNDS and not self._stop.wait(wait):
                wait, idle = self._interval, idle + 1
                if self._queue or self._made:
                    idle = 0
                    try:
                        self._commit()
                    except AuditUnavailable:
                        wait = max(wait, RETRY)
        finally:  # however it ends, the next put starts another
            self._thread, self._is_alone = None, True
        # Alone first, then this look: a put appends first and then looks whether it is alone.
        if self._queue and not self._stop.is_set():
            with suppress(AuditUnavailable):  # they wait, and the next put or check tells
                self._commit()

    def _finish(self) -> None:
        """At exit: write what is queued; events of later exit handlers are written one by one."""
        try:
            self._write_closing()
        except AuditUnavailable as error:
            _LOG.critical("%d audit events are lost at exit: %s", len(self._queue) + len(self._made), error)

    def _write_closing(self) -> None:
        # Late first: an event that another thread puts while we close is then written by that thread.
        was_late, self._is_late, self._is_alone = self._is_late, True, True
        self._stop.set()
        self._commit()
        if self._chain.head.seq and not was_late:
            self._queue.append(Written(own_event({"spool": "closed"})))
            self._commit()

    def _commit(self, until: Written | None = None) -> None:
        """Write all that is queued now; with `until`, return as soon as that is on disk.

        Threads that write at the same time meet at the lock: the first one's group holds the
        others' events, so they find theirs done.
        """
        with self._lock:
            if until is not None and until.is_durable:
                return
            if self._is_committing:
                raise self._unavailable("an event came from within the writing of another")
            self._is_committing = True
            self._tell_lost()
            try:
                for _ in range(len(self._queue) // GROUP + 2):
                    self._commit_group()
            except Exception as error:  # any: whatever it is, events wait and callers are told
                self._fail(error)
                raise self._unavailable() from error
            finally:
                self._is_committing = False
                self._tried = time.monotonic()
            if self._failure is not None:
                _LOG.warning("the audit trail can be written again")
                self._failure = None

    def _tell_lost(self) -> None:
        lost = len(self._lost)
        for _ in range(lost):
            self._lost.popleft()
        if lost:
            self._queue.append(Written(own_event({"lost": lost})))

    def _commit_group(self) -> None:
        self._take()
        if not self._made:
            return
        if not self._chain.is_usable:
            self._chain.close()
            self._chain = self._new_chain()
        self._chain.commit(self._made)
        for written in self._awaited:
            written.is_durable = True
        self._made, self._awaited = [], []

    def _take(self) -> None:
        """From the queue into the next group. An item leaves the queue last: it is never in neither."""
        queue, group = self._queue, self._made
        waiting = list(queue)  # one step of the interpreter: nobody can add to it meanwhile
        index, end = 0, min(len(waiting), GROUP - len(group))
        while index < end:
            item, taken = waiting[index], 1
            if isinstance(item, Written):
                self._awaited.append(item)
                group.append(item.event)
            elif len(item) == 2:
                group.append(made(*item))
            else:
                hits = alike(waiting, index, end)
                group.extend(tallied(item[0], hits))
                taken = len(hits)
            for _ in range(taken):
                queue.popleft()
            index += taken

    def _fail(self, error: Exception) -> None:
        if self._failure is None:
            _LOG.error("the audit trail cannot be written, events wait in memory: %s", error)
        self._failure = error

    def _unavailable(self, why: str = "") -> AuditUnavailable:
        waiting = len(self._queue) + len(self._made)
        if len(self._queue) >= self._max_waiting:
            return AuditUnavailable(
                f"{waiting} audit events wait and no more are taken: {self._failure}",
                code="GDB603",
                help=f"make {self.directory} writable again: what waits is then written by itself",
            )
        return AuditUnavailable(
            f"the audit trail cannot be written, {waiting} events wait: {why or self._failure}",
            code="GDB601",
            help=f"free space in, or give access to, {self.directory}: what waits is then written by itself",
        )
