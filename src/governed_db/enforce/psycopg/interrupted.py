"""A generator of psycopg's protocol and an interruption into a generator that psycopg can cancel.

Our `wait` stands in the place of psycopg's, so the interruption reaches us first. What psycopg does about
one (cancel the statement, read its end, raise again) is left to psycopg: it is given this object, which
raises the interruption when it is first asked, and goes on where the generator was afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg.abc import PQGen


class Interrupted:
    """Has what psycopg's wait functions use of a generator."""

    __slots__ = ("_error", "_work")

    def __init__(self, work: PQGen[Any], error: BaseException) -> None:
        self._work = work
        self._error: BaseException | None = error

    def __iter__(self) -> Interrupted:
        return self

    def __next__(self) -> Any:
        return self.send(None)

    def send(self, ready: Any) -> Any:
        error, self._error = self._error, None
        if error is not None:
            raise error
        return self._work.send(ready)
