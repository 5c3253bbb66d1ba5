"""Work that takes longer than a page may take into something to look at while it goes on."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import attrs

from governed_db.errors import Error
from governed_db.server.answers import Problem

_MOST: Final = 200


@attrs.define
class Progress:
    """How far a piece of work is. `total` is 0 as long as that is not known."""

    done: int = 0
    total: int = 0

    def tell(self, done: int, total: int) -> None:
        """Called by the work."""
        self.done, self.total = done, total


@attrs.define
class Job:
    """One piece of work. `result` and `problem` are None while it goes on."""

    begun: float
    progress: Progress
    result: Any = None
    problem: Problem | Error | None = None
    ended: threading.Event = attrs.field(factory=threading.Event)

    @property
    def is_running(self) -> bool:
        return not self.ended.is_set()


class Jobs:
    """Of one process. Whoever asks another process begins there anew: the work has no other effect."""

    def __init__(self, workers: int = 2) -> None:
        self._workers = ThreadPoolExecutor(workers, thread_name_prefix="governed-db-pages")
        self._lock = threading.Lock()
        self._jobs: OrderedDict[Hashable, Job] = OrderedDict()

    def get(self, key: Hashable) -> Job | None:
        """What was begun under this key."""
        return self._jobs.get(key)

    def begin(
        self, key: Hashable, work: Callable[[], Any], progress: Progress | None = None, *, again: bool = False
    ) -> Job:
        """Begin it unless it was; `again`: also if it has ended."""
        with self._lock:
            known = self._jobs.get(key)
            if known is not None and (known.is_running or not again):
                return known
            made = self._jobs[key] = Job(time.time(), progress or Progress())
            self._jobs.move_to_end(key)
            while len(self._jobs) > _MOST:
                self._jobs.popitem(last=False)
        self._workers.submit(_done, made, work)
        return made


def _done(job: Job, work: Callable[[], Any]) -> None:
    try:
        job.result = work()
    except (Problem, Error) as error:
        job.problem = error
    except Exception:  # noqa: BLE001  # whatever it was: the page has to say that there is no result
        job.problem = Problem(500, "GDB646", "the work failed on the server", "look into the server's log")
    finally:
        job.ended.set()
