"""Events on disk into a collector, at least once and in order, without anybody waiting for it.

A batch is stored lines as they are (JSON lines, gzip), sent by POST; any 2xx means that it was taken.
Whatever else happens the batch stays where it is and is sent again: after Retry-After where that is said,
else after a pause that doubles, with full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter").
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol

import attrs

from governed_db.core.chance import CHANCE
from governed_db.errors import Error
from governed_db.remote.backlog import Backlog, Batch

if TYPE_CHECKING:
    import requests

MAX_BYTES = 1 << 20
TIMEOUT = 30.0  # seconds for one batch
FIRST_PAUSE = 0.5  # seconds
LONGEST_PAUSE = 60.0
_TOO_LARGE: Final = 413


class Unsent(Exception):
    """The receiver did not take a batch. `is_too_large`: a smaller one may do."""

    def __init__(self, why: str, *, retry_after: float | None = None, is_too_large: bool = False) -> None:
        super().__init__(why)
        self.retry_after = retry_after
        self.is_too_large = is_too_large


class Sink(Protocol):
    """Where batches go."""

    def send(self, batch: Batch, *, within: float = TIMEOUT) -> None:
        """Return when the batch has been taken for good. Raises Unsent, also when the seconds are over."""


class HttpSink:
    """A collector's address. `token` is asked for at each batch, and sent as a bearer token."""

    def __init__(self, url: str, token: Callable[[], str | None] = lambda: None) -> None:
        self.url = url
        self._token = token
        self._session: tuple[int, requests.Session] | None = None

    def send(self, batch: Batch, *, within: float = TIMEOUT) -> None:
        """POST the lines; redirects are not followed, for the token goes with them."""
        import requests  # 60 ms that a process without collectors does not need

        headers = {"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"} | self._proof()
        body = gzip.compress(batch.content, compresslevel=6, mtime=0)
        try:
            answer = self._connected().post(
                self.url, data=body, headers=headers, timeout=within, allow_redirects=False, stream=True
            )
            answer.close()  # what it says besides its status is nobody's
        except requests.RequestException as error:
            raise Unsent(f"the collector does not answer: {type(error).__name__}") from None
        if not 200 <= answer.status_code < 300:
            raise Unsent(
                f"the collector answered {answer.status_code}",
                retry_after=_seconds(answer.headers.get("Retry-After")),
                is_too_large=answer.status_code == _TOO_LARGE,
            )

    def _proof(self) -> dict[str, str]:
        try:
            token = self._token()
        except Error as error:  # a file that is being written, a login that has run out
            raise Unsent(f"there is no token for the collector ({error.code})") from None
        return {} if token is None else {"Authorization": f"Bearer {token}"}

    def _connected(self) -> requests.Session:
        """A session of this process: a child of a fork must not talk on its parent's connection."""
        import requests

        if self._session is None or self._session[0] != os.getpid():
            session = requests.Session()
            session.auth = _as_it_is  # else a .netrc would take the token's place
            self._session = os.getpid(), session
        return self._session[1]


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _seconds(said: str | None) -> float | None:
    return float(said) if said is not None and said.isdecimal() else None


@attrs.define
class Shipper:
    """Sends what a backlog holds to a sink. `step` never waits; it says how long to wait."""

    backlog: Backlog
    sink: Sink
    jitter: Callable[[], float] = CHANCE.random
    max_bytes: int = MAX_BYTES
    sent: int = 0
    failures: int = 0
    problem: str = ""

    def step(self, *, within: float = TIMEOUT) -> float | None:
        """Send one batch. Seconds until the next is worth trying: 0 at once, None when all is sent."""
        batch = self.backlog.next(self.max_bytes)
        if not batch.places:
            return None
        try:
            if batch.events:
                self.sink.send(batch, within=within)
        except Unsent as error:
            return self._pause(error, batch)
        self.backlog.sent(batch)
        self.sent += batch.events
        self.failures, self.problem = 0, ""
        self.max_bytes = min(MAX_BYTES, self.max_bytes * 2)
        return 0.0

    def failed(self, why: str) -> float:
        """Note a failure. Seconds until it is worth trying again."""
        self.failures += 1
        self.problem = why
        pause: float = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(self.failures - 1, 10)) * self.jitter()
        return pause

    def _pause(self, error: Unsent, batch: Batch) -> float:
        pause = self.failed(str(error))
        if error.is_too_large and batch.events > 1:
            self.max_bytes = max(1, len(batch.content) // 2)
            return 0.0
        return max(pause, min(error.retry_after or 0.0, 3600.0))
