"""A `with` block into one change: its statements are approved and run as a whole, or not at all."""

from __future__ import annotations

from types import TracebackType
from typing import Any

import attrs

from governed_db.errors import ConfigurationError


@attrs.define(eq=False)
class Step:
    """One statement of a change. `rows`: how many it changed, None as long as it has not run."""

    number: int
    rows: int | None = None


class Change:
    """Collects statements, and runs them when its block ends."""

    __slots__ = ("_connection", "_held", "_is_over", "reason", "steps")

    def __init__(self, connection: Any, reason: str) -> None:
        make = getattr(type(connection), "_governed_change", None)
        if make is None:
            raise ConfigurationError(
                f"change takes a governed connection, not {type(connection).__qualname__}",
                help="open it with governed_db.connect or one of the drop-in modules",
            )
        if not reason.strip() or len(reason) > 500:
            raise ConfigurationError(
                "a change needs a reason of at most 500 characters",
                code="GDB445",
                help='write what it is for: change(connection, reason="close accounts of 2019")',
            )
        self.reason = str.__str__(reason)
        self.steps: list[Step] = []
        self._connection = connection
        self._held = make(connection)
        self._is_over = False

    def execute(self, sql: Any, params: Any = None) -> Step:
        """Take a statement into the change. Nothing is sent before the block ends."""
        if self._is_over:
            raise ConfigurationError(
                "the block of this change has ended", code="GDB445", help="begin another change"
            )
        self._held.add(sql, params)
        step = Step(len(self.steps) + 1)
        self.steps.append(step)
        return step

    def __enter__(self) -> Change:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._ends(kind) and self.steps:
            self._done(_run(self._connection, self._held, self.reason))

    async def __aenter__(self) -> Change:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._ends(kind) and self.steps:
            connection = self._connection
            async with connection.lock:
                self._done(await connection.wait(self._held.work(self.reason)))

    def _ends(self, kind: type[BaseException] | None) -> bool:
        """A block that an exception leaves has changed nothing, and asks nobody."""
        was_over, self._is_over = self._is_over, True
        return kind is None and not was_over

    def _done(self, results: Any) -> None:
        for step, result in zip(self.steps, results, strict=True):
            step.rows = result.rows


def change(connection: Any, *, reason: str) -> Change:
    """One change of several statements: `with change(connection, reason=...) as change: change.execute(...)`.

    When the block ends all of them run in one transaction, or, where any needs approval, are measured
    together, undone, and asked for in one request (ApprovalRequired). `async with` for psycopg's
    AsyncConnection.
    """
    return Change(_drivers_own(connection), reason)


def _run(connection: Any, held: Any, reason: str) -> Any:
    if not hasattr(held, "work"):
        return held.run(reason)
    with connection.lock:
        return connection.wait(held.work(reason))


def _drivers_own(connection: Any) -> Any:
    """The driver's connection; of one of SQLAlchemy's what is in it."""
    if hasattr(type(connection), "_governed_change"):
        return connection
    inner = getattr(getattr(connection, "connection", None), "driver_connection", None)
    if inner is None:
        return connection
    if not connection.in_transaction():
        connection.begin()  # else its commit() would have nothing to commit
    return inner
