"""What a process knows of itself into a word to its control plane once a minute, that it is there.

Who only connects, or sends its events elsewhere, is seen so too, and so is what goes past us in its process.
Nobody waits for it, and nothing depends on it: what fails is counted, and told with the next that arrives.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from governed_db.remote.bundles.fetch import Place

if TYPE_CHECKING:
    from governed_db.remote.bundles.feed import Active

EVERY: Final = 60.0
SERVED: Final = "coverage"  # in a bundle's manifest: whoever publishes it wants to know
_AGAIN: Final = 10.0  # seconds after one that failed
_PATIENCE: Final = (3.0, 5.0)  # seconds to connect, and for the answer: the next bundle waits for it
_TAKEN: Final = 204


class Heartbeat:
    """Called between other things by one thread; sends when it is due. `count`: what is open past us."""

    def __init__(
        self,
        where: Place,
        client: str,
        token: Callable[[], str | None],
        count: Callable[[], Mapping[str, int]],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.failures = 0
        self._where, self._client, self._token, self._count, self._clock = where, client, token, count, clock
        self._due = 0.0
        self._told: tuple[int, int] | None = None  # process, version of the bundle

    def __call__(self, active: Active) -> None:
        """Send it when a minute has passed, and at once under another bundle or in a new process."""
        if SERVED not in active.bundle.manifest.serves or not self._where.is_private:
            return
        told = (os.getpid(), active.bundle.manifest.version)
        if told == self._told and self._clock() < self._due:
            return
        self._told, self._due = told, self._clock() + EVERY
        try:
            self._send(self._said(active))
        except Exception:  # noqa: BLE001  # bundles come by the same thread: it must live
            self.failures += 1
            self._due = min(self._due, self._clock() + _AGAIN)

    def _said(self, active: Active) -> dict[str, Any]:
        library = sys.modules["governed_db"]  # which imports what imports this
        past = self._count()
        manifest = active.bundle.manifest
        told: dict[str, Any] = {
            "bundle": {"name": manifest.name, "version": manifest.version},
            "program": Path(sys.argv[0]).name if sys.argv else "",
            "past": past,
        }
        if self.failures:
            told["unheard"] = self.failures
        return {
            "client": self._client,
            "process": str(os.getpid()),
            "version": library.__version__,
            "revision": active.policy.revision,
            "ungoverned": sum(past.values()),
            "told": told,
        }

    def _send(self, said: dict[str, Any]) -> None:
        import requests

        bearer = self._token()
        headers = {"Authorization": f"Bearer {bearer}"} if bearer is not None else {}
        with requests.Session() as session:
            session.trust_env = False if bearer is not None else session.trust_env
            answer = session.post(
                f"{self._where.base}/coverage",
                json=said,
                headers=headers,
                timeout=_PATIENCE,
                allow_redirects=False,
            )
        if answer.status_code != _TAKEN:
            raise ConnectionError(f"it answers {answer.status_code}")
