"""The trail of a state folder into the receivers that were configured, by one thread of this process.

The thread wakes on a timer, never for an event: no caller waits for it or pays for it. It reads what is on
disk, so that the spool stays the only place where events are kept. Of several processes with one state
folder the one that holds a route's lock sends everybody's events, for one round at a time; whatever one
leaves behind, the next takes up where the places on disk say.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import threading
import time
import weakref
from collections.abc import Callable

import attrs

from governed_db.errors import AuditUnavailable
from governed_db.remote.backlog import Lease
from governed_db.remote.shipper import TIMEOUT, Shipper

EVERY = 1.0  # seconds between two looks at the trail
AT_EXIT = 3.0  # seconds that a process stays for its last events
_AFTER_FAILURES = 1.0  # seconds of these, if the receiver did not answer the last time either

_LOG = logging.getLogger("governed_db.audit")


@attrs.define(eq=False)
class Route:
    """One receiver, called `name` in what is logged. `lease`: had while sending, if others may send too."""

    name: str
    shipper: Shipper
    lease: Lease | None = None
    due: float = 0.0
    told: str = ""

    def send(self, now: Callable[[], float], ends: float) -> None:
        """Send what there is, until all is sent, the receiver wants a pause, or the time is over."""
        if self.lease is not None and not self.lease.take():
            return
        try:
            self._send(now, ends)
        finally:
            if self.lease is not None:
                self.lease.give_back()

    def _send(self, now: Callable[[], float], ends: float) -> None:
        self.shipper.backlog.refresh()
        while (left := ends - now()) > 0:
            pause = self.shipper.step(within=min(TIMEOUT, left))
            self.due = now() + (pause or 0.0)
            if pause is None or pause > 0:
                return

    def tell(self) -> None:
        """Log what is in the way once, and that it is gone."""
        problem = self.shipper.problem
        if problem and problem != self.told:
            _LOG.warning("events wait on disk for %s: %s", self.name, problem)
        elif self.told and not problem:
            _LOG.warning("events are sent to %s again", self.name)
        self.told = problem


class Shipping:
    """Sends to some routes while the process runs. `flush` has the spool put what it holds on disk."""

    def __init__(
        self,
        routes: tuple[Route, ...],
        flush: Callable[[], None] = lambda: None,
        *,
        every: float = EVERY,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.routes = routes
        self._flush = flush
        self._every = every
        self._clock = clock
        self._begin()
        after_fork = weakref.WeakMethod(self._begin_in_child)
        os.register_at_fork(after_in_child=lambda: (begin := after_fork()) and begin())

    def _begin_in_child(self) -> None:
        """A child of a fork sends nothing until its first connection."""
        for route in self.routes:
            if route.lease is not None:
                route.lease.forget()
        self._begin()

    def _begin(self) -> None:
        """The state of a process that sends nothing yet."""
        self._starting = threading.Lock()
        self._busy = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Have a thread send from now on; more than once does no harm."""
        with self._starting:
            if self._thread is not None or not self.routes:
                return
            # Before the spool's own, which is registered with its first event: it runs after that one.
            atexit.register(self._finish)
            self._thread = threading.Thread(target=self._run, name="governed-db-shipping", daemon=True)
            with contextlib.suppress(RuntimeError):  # the interpreter is going down: _finish sends
                self._thread.start()

    def close(self) -> None:
        """Send no more. What was not sent stays on disk."""
        self._stop.set()
        atexit.unregister(self._finish)

    def flush(self, within: float) -> bool:
        """Try to send all that is on disk, for so many seconds at most; whether all was sent."""
        ends = self._clock() + within
        if not self._busy.acquire(timeout=within):
            return False
        try:
            for route in self.routes:
                self._send(route, ends)
        finally:
            self._busy.release()
        return not any(route.shipper.problem for route in self.routes)

    def _run(self) -> None:
        while not self._stop.wait(self._every):
            if not self._busy.acquire(blocking=False):
                continue
            try:
                for route in self.routes:
                    if route.due <= self._clock() and not self._stop.is_set():
                        self._send(route, self._clock() + TIMEOUT)
            finally:
                self._busy.release()

    def _send(self, route: Route, ends: float) -> None:
        try:
            route.send(self._clock, ends)
        except Exception as error:  # noqa: BLE001  # the thread must live; events stay where they are
            said = str(error) if isinstance(error, AuditUnavailable) else type(error).__name__
            route.due = self._clock() + route.shipper.failed(said)
        route.tell()

    def _finish(self) -> None:
        """At exit: what is on disk by then, if the receivers take it soon."""
        self._stop.set()
        with contextlib.suppress(AuditUnavailable):  # the spool says so itself
            self._flush()
        has_failed = any(route.shipper.failures for route in self.routes)
        self.flush(_AFTER_FAILURES if has_failed else AT_EXIT)
