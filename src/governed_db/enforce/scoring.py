"""A statement's risk, and a scorer of the policy owner's own, into the risk that conditions read.

The scorer is a function that the policy names. It gets facts, never a literal or value, and adds points. It
runs in a thread, because nobody can stop it; one that hangs is waited for no longer than the policy says.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Final

import attrs

from governed_db.errors import ConfigurationError
from governed_db.model.policy import Scorer
from governed_db.model.risk import MOST, Risk, Term

Score = Callable[[Mapping[str, Any]], Any]
_AT_ONCE: Final = 8  # calls that may hang at the same time; more are failures


@attrs.frozen
class Scoring:
    """Calls the scorer. `said`: how the policy wants it."""

    said: Scorer
    score: Score
    _free: threading.BoundedSemaphore = attrs.field(factory=lambda: threading.BoundedSemaphore(_AT_ONCE))

    def __call__(self, risk: Risk, about: Mapping[str, Any]) -> Risk:
        """The risk with the scorer's term, or with what its failure means."""
        points = self._points(dict(about))
        if points is not None:
            return attrs.evolve(risk, terms=(*risk.terms, Term("scorer", points, "the policy's own scorer")))
        lost = MOST if self.said.fails_closed else 0
        return attrs.evolve(
            risk, terms=(*risk.terms, Term("scorer-failed", lost, "the scorer did not answer"))
        )

    def _points(self, about: dict[str, Any]) -> int | None:
        if not self._free.acquire(blocking=False):
            return None
        answers: queue.SimpleQueue[Any] = queue.SimpleQueue()

        def ask() -> None:
            try:
                answers.put(self.score(about))
            except BaseException:  # noqa: BLE001  # whatever it was, there is no answer
                answers.put(None)
            finally:
                self._free.release()

        threading.Thread(target=ask, name="governed-db-scorer", daemon=True).start()
        try:
            points = answers.get(timeout=self.said.seconds)
        except queue.Empty:
            return None
        is_number = isinstance(points, int) and not isinstance(points, bool)
        return min(points, MOST) if is_number and points >= 0 else None


def scoring(said: Scorer | None) -> Scoring | None:
    """The scorer that a policy names. Raises ConfigurationError when there is none of this name."""
    if said is None:
        return None
    module, _, name = said.function.partition(":")
    try:
        found = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigurationError(
            f"the policy's scorer {said.function} cannot be imported",
            code="GDB510",
            help="write it as package.module:function, of a package that is installed here",
        ) from error
    return Scoring(said, found)
