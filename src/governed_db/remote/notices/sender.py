"""Messages that wait in an approval store into requests to their targets, again until they are taken.

One thread of a process sends while something waits, and ends. When the process ends first, what waits
stays in the store: the next process of the state folder, or `governed-db approvals notify`, sends it.
"""

from __future__ import annotations

import atexit
import logging
import os
import sqlite3
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import attrs

from governed_db.core import forks
from governed_db.core.chance import CHANCE
from governed_db.remote import messages
from governed_db.remote.messages import Message
from governed_db.remote.notices.forms import formed
from governed_db.remote.notices.targets import Target
from governed_db.remote.state_file import StateFile

DELAYS: Final = (2.0, 10.0, 60.0, 300.0, 900.0, 1800.0, 3600.0, 7200.0, 14400.0)
_TIMEOUT = 10.0
_LEASE = 60.0  # longer than any attempt: nobody else tries meanwhile
_AT_EXIT = 5.0  # seconds that a process waits for its own messages to leave
_GONE = 410
_LOG = logging.getLogger("governed_db.notices")


@attrs.frozen
class Answer:
    """What a target said: a status, or why there is none; `wait` when it said for how long."""

    status: int | None
    failure: str = ""
    wait: float | None = None

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


Post = Callable[[str, bytes, dict[str, str]], Answer]


class Sender:
    """Sends what waits for some targets in the store of one state folder."""

    def __init__(
        self,
        file: StateFile,
        targets: tuple[Target, ...],
        *,
        clock: Callable[[], float] = time.time,
        jitter: Callable[[], float] = CHANCE.random,
    ) -> None:
        self._file = file
        self._targets = targets
        self._clock = clock
        self._jitter = jitter
        self._lock = forks.lock()
        # SQLite has locks of its own for the whole process, which a child would be born with.
        self._reading = forks.lock()
        self._thread: threading.Thread | None = None
        self._process = 0
        self._woken = threading.Event()
        self._is_ending = False

    def wake(self) -> None:
        """Something waits. Returns at once: sending is the thread's own work."""
        if not self._targets:
            return
        with self._lock:
            self._woken.set()
            if self._thread is not None and self._thread.is_alive() and self._process == os.getpid():
                return
            if self._process != os.getpid():
                atexit.register(self.end)
                self._process = os.getpid()
            self._thread = threading.Thread(target=self._work, name="governed_db notices", daemon=True)
            self._thread.start()

    def end(self) -> None:
        """Wait a little for what can be sent now; the rest stays in the store."""
        self._is_ending = True
        self._woken.set()
        with self._lock:
            thread = self._thread if self._process == os.getpid() else None
        if thread is not None:
            thread.join(_AT_EXIT)

    def send_due(self) -> int:
        """Try every message that is due, once; how many were taken."""
        return sum(self._try(target, message) for target in self._targets for message in self._due(target))

    def waiting(self) -> list[tuple[str, int, float, str]]:
        """By target: how many messages wait, when the next is tried, what went wrong last."""
        with self._step() as store:
            return messages.waiting(store)

    def _due(self, target: Target) -> Iterator[Message]:
        while True:
            with self._step() as store:
                messages.given_up(store, self._clock())
                message = messages.lease(store, target.name, self._clock(), _LEASE)
            if message is None:
                return
            yield message

    def _try(self, target: Target, message: Message) -> bool:
        body, headers = formed(target, message, self._clock())
        answer = post(target.url, body, headers)
        if not answer.is_taken:
            _LOG.warning("%s has not taken %s: %s", target.name, message.id, answer.failure)
        with self._step() as store:
            if answer.is_taken:
                messages.delivered(store, message)
                return True
            if answer.status == _GONE:  # its owner wants no more
                messages.delivered(store, message)
            else:
                messages.postponed(
                    store, message, self._clock() + self._delay(message, answer), answer.failure
                )
        return False

    def _delay(self, message: Message, answer: Answer) -> float:
        """Longer each time, and not at the same moment for all who failed together."""
        delay = DELAYS[min(message.attempts, len(DELAYS)) - 1]
        return max(delay * (0.5 + self._jitter()), min(answer.wait or 0.0, 3600.0))

    def _work(self) -> None:
        while True:
            self._woken.clear()
            try:
                self.send_due()
                waits = self.waiting()
            except Exception:  # noqa: BLE001  # a thread of ours has nobody to raise to; messages stay
                _LOG.warning("notifications wait: the approval store cannot be used", exc_info=True)
                waits = []
            known = [due for name, _, due, _ in waits if self._is_mine(name)]
            if not known or self._is_ending:
                if self._rests():
                    return
            else:
                self._woken.wait(max(0.05, min(known) - self._clock()))

    def _rests(self) -> bool:
        """Whether the thread may go: who woke it since it last looked counts on it."""
        with self._lock:
            if self._woken.is_set():
                return False
            self._thread = None
            return True

    def _is_mine(self, name: str) -> bool:
        return any(target.name == name for target in self._targets)

    @contextmanager
    def _step(self) -> Iterator[sqlite3.Connection]:
        with self._reading, self._file.step() as store:
            yield store
            store.execute("COMMIT")


def post(url: str, body: bytes, headers: dict[str, str]) -> Answer:
    """One attempt. Neither the address nor what was answered is told further: both can hold secrets."""
    named = headers | {"user-agent": "governed_db"}
    request = urllib.request.Request(url, body, named, method="POST")  # noqa: S310  # targets.py checks it
    try:
        with _opener().open(request, timeout=_TIMEOUT) as response:
            return Answer(response.status)
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, f"status {error.code}", _seconds(error.headers.get("retry-after")))
    except Exception as error:  # noqa: BLE001  # whatever kept it from arriving is tried again
        reason = getattr(error, "reason", error)
        return Answer(None, f"{type(reason).__name__} ({urlsplit(url).scheme})")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """A message is for the address that was configured, and for no other."""


def _opener() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(_NoRedirect)


def _seconds(text: str | None) -> float | None:
    return float(text) if text is not None and text.isdigit() else None
