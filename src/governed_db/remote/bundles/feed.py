"""Bundles, as they are published, into the policy in force.

One thread for each control plane and state folder asks for the next bundle. What it gets is verified,
compared with the floor, built, and has its tests run; only then is it in force, for all connections at once:
the policy in force is one reference. Whatever fails leaves the one before in force, until that expires.
"""

from __future__ import annotations

import contextlib
import math
import os
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import attrs

from governed_db.core import forks
from governed_db.core.chance import CHANCE
from governed_db.errors import AuditUnavailable, ConfigurationError, Error
from governed_db.model.policy import Policy
from governed_db.model.principal import Context
from governed_db.policy.bundles import document
from governed_db.policy.bundles.document import Bundle
from governed_db.remote.bundles import fetch
from governed_db.remote.bundles.store import BundleStore

WAIT_SECONDS: Final = 25.0  # how long a server may hold back that there is nothing new
PAUSE_SECONDS: Final = 2.0  # between two questions to one that does not
_SLOWEST: Final = 60.0
_AT_START: Final = 2.0
_QUICK: Final = 1.0

Build = Callable[[Bundle], Policy]
Tell = Callable[[dict[str, Any]], None]
Beat = Callable[["Active"], None]


@attrs.frozen(eq=False)
class Active:
    """A bundle in force."""

    policy: Policy
    bundle: Bundle = attrs.field(repr=False)

    @property
    def ends(self) -> float:
        """When statements are refused, unless there is a newer one."""
        manifest = self.bundle.manifest
        return manifest.expires if manifest.stale == "deny_all" else math.inf

    def revokes(self, context: Context) -> str | None:
        """Which principal or token of this context was revoked."""
        return self.bundle.manifest.revoked.find(context)


class Feed:
    """The bundle in force, kept current by a thread. `build` gives a bundle's policy, or raises why not.

    `beat` is called by the thread between two questions; it must not raise.
    """

    def __init__(
        self,
        place: fetch.Place,
        folder: Path,
        build: Build,
        *,
        token: Callable[[], str | None] = lambda: None,
        tell: Tell = lambda _: None,
        beat: Beat = lambda _: None,
        now: Callable[[], float] = time.time,
        pause: float = PAUSE_SECONDS,
    ) -> None:
        self.place = place
        self.problem: str | None = None
        self._store = BundleStore(folder, place.name)
        self._build, self._token, self._tell, self._now, self._pause = build, token, tell, now, pause
        self._beat = beat
        self._active: Active | None = None
        self._gates: weakref.WeakSet[Any] = weakref.WeakSet()
        self._lock = forks.lock()
        self._stop = threading.Event()
        self._etag: str | None = None
        self._failures = 0
        self._pid = 0

    def start(self) -> None:
        """Have a bundle in force. Raises ConfigurationError if there is none to be had."""
        self._take_cached()
        try:
            self._ask(_AT_START, wait=0.0)
        except Error as error:
            self._failed(error)
            if self._active is None:
                raise
        self._run_thread()

    def __call__(self) -> Active:
        """What is in force now."""
        if self._pid != os.getpid() and not self._stop.is_set():
            self._run_thread()  # threads do not outlive a fork
        assert self._active is not None  # noqa: S101  # start() has seen to it
        return self._active

    def watch(self, gate: Any) -> None:
        """Have the gate look again whenever something else is in force (`gate.schema_changed()`)."""
        with self._lock:
            self._gates.add(gate)

    def close(self) -> None:
        """Ask no more."""
        self._stop.set()

    # -- how it is kept current --------------------------------------------------------------------------

    def _run_thread(self) -> None:
        self._pid = os.getpid()
        threading.Thread(target=self._run, daemon=True, name="governed-db-bundles").start()

    def _run(self) -> None:
        self._beat(self())
        delay = self._pause
        while not self._stop.wait(delay):
            try:
                took = self._ask(WAIT_SECONDS)
                self._failures = 0
                delay = self._pause if took < _QUICK else 0.0
            except Exception as error:  # noqa: BLE001  # the thread must live; what is in force stays
                self._failed(error)
                delay = min(_SLOWEST, self._pause * 2.0 ** min(self._failures, 10))
            delay *= CHANCE.uniform(0.8, 1.2)  # so that many clients do not ask at once
            self._beat(self())

    def _ask(self, timeout: float, *, wait: float | None = None) -> float:
        answer = fetch.get(self.place, self._etag, wait=timeout if wait is None else wait, token=self._token)
        if answer.document is not None:
            self._take(answer.document)
            self._etag = answer.etag
        return answer.took

    def _take_cached(self) -> None:
        cached = self._store.cached()
        if cached is None:
            return
        try:
            self._take(cached)
        except Error as error:
            self._failed(error)  # damaged, or of keys that were taken away: ask for another

    def _take(self, content: bytes) -> None:
        """Put a document in force, if all is right with it."""
        pinned = {key.kid: key for key in self.place.pinned}
        bundle = document.read(content, self._store.trusted(pinned), self.place.name)
        current = self._active
        if current is not None and current.bundle.digest == bundle.digest:
            return
        if current is None or bundle.manifest.version > current.bundle.manifest.version:
            self._check_end(bundle, is_first=current is None)
        policy = self._build(bundle)
        self._store.accept(bundle)
        self._activate(Active(policy, bundle))

    def _check_end(self, bundle: Bundle, *, is_first: bool) -> None:
        """One that has run out takes no other's place; as the first it is what says so to statements."""
        if not is_first and bundle.manifest.expires <= self._now():
            raise ConfigurationError(
                f"version {bundle.manifest.version} of the bundle has run out already",
                code="GDB562",
                help="publish a newer one, and set the clocks right",
            )

    def _activate(self, active: Active) -> None:
        with self._lock:
            self._active = active
            gates = list(self._gates)
        for gate in gates:
            gate.schema_changed()
        self.problem = None
        manifest = active.bundle.manifest
        told = {"action": "bundle in force", "revision": active.policy.revision} | _named(manifest)
        self._record(told)

    def _failed(self, error: Exception) -> None:
        self._failures += 1
        said = getattr(error, "code", type(error).__name__)
        if said != self.problem:  # each problem once, not at each question
            self.problem = said
            self._record({"action": "bundle refused", "code": said, "bundle": self.place.name})

    def _record(self, told: dict[str, Any]) -> None:
        """What is in force does not wait for a trail that cannot be written: statements ask for it anyway."""
        with contextlib.suppress(AuditUnavailable):
            self._tell(told)


def _named(manifest: document.Manifest) -> dict[str, Any]:
    return {"bundle": manifest.name, "version": manifest.version}
