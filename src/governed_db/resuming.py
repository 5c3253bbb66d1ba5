"""A task, from whatever process it comes, into its state now and the right place to run its statement again.

A task holds no value of its statement, and so it can be stored and shown to anybody: who resumes it has
the statement and its parameters, as a framework has the arguments of a tool that it calls again.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from governed_db.config import load_settings
from governed_db.context import resuming as context
from governed_db.drivers.refusals import task as task_of
from governed_db.enforce.gate import Gate
from governed_db.errors import ConfigurationError
from governed_db.model.approval import RequestState, Task
from governed_db.runtime import approvals

if TYPE_CHECKING:
    from contextvars import Token

    from governed_db.core.ports import ApprovalPort
    from governed_db.model.approval import Request


def resume(
    task: Mapping[str, Any] | str,
    *,
    connection: Any = None,
    state_dir: str | os.PathLike[str] | None = None,
) -> Resumed:
    """What has become of a request, by its task or id.

    Requests are looked up where `connection` files them, else in `state_dir` (default: GOVERNED_DB_HOME).
    In a `with` block of the answer, statements that a person must agree to run only if they are what this
    task is about: nothing is asked for anew.
    """
    name = task if isinstance(task, str) else task.get("id")
    if not isinstance(name, str):
        raise ConfigurationError(
            "this is no task", code="GDB509", help="resume takes ApprovalRequired.task, or its id"
        )
    return Resumed(_approvals(connection, state_dir).get(name), connection)


def _approvals(connection: Any, state_dir: str | os.PathLike[str] | None) -> ApprovalPort:
    if connection is None:
        return approvals(load_settings(state_dir=state_dir))
    gate = getattr(getattr(connection, "_governed", None), "gate", None)
    if not isinstance(gate, Gate):
        raise ConfigurationError(
            f"resume takes an open governed connection, not {type(connection).__qualname__}",
            help="name the state folder instead, and run the statement in a `with` block",
        )
    return gate.ports.approvals


class Resumed:
    """A request as it was when `resume` looked."""

    def __init__(self, request: Request, connection: Any) -> None:
        self._request = request
        self._connection = connection
        self._tokens: list[Token[str | None]] = []

    @property
    def id(self) -> str:
        return self._request.id

    @property
    def state(self) -> str:
        """ "pending", "approved", "denied", "expired" or "cancelled"."""
        return self._request.state.value

    @property
    def is_approved(self) -> bool:
        """Somebody has agreed. Whether it still may run is settled when it runs."""
        return self._request.state is RequestState.APPROVED

    @property
    def decided_by(self) -> str | None:
        return self._request.decided_by

    @property
    def comment(self) -> str:
        return self._request.comment

    @property
    def task(self) -> Task:
        """The task as it is now."""
        return task_of(self._request)

    def execute(self, sql: Any, params: Any = None) -> Any:
        """Run the statement of the task on the connection that was given, as its cursor's `execute` does.

        Gives the cursor; on an async connection, what has to be awaited for it.
        """
        if self._connection is None:
            raise ConfigurationError(
                "there is no connection to run it on",
                code="GDB509",
                help="write resume(task, connection=...)",
            )
        cursor = self._connection.cursor()
        arguments = (sql,) if params is None else (sql, params)
        if hasattr(type(cursor), "__aenter__"):
            return self._later(cursor, arguments)
        with self:
            cursor.execute(*arguments)
        return cursor

    async def _later(self, cursor: Any, arguments: tuple[Any, ...]) -> Any:
        with self:
            await cursor.execute(*arguments)
        return cursor

    def __enter__(self) -> Resumed:
        self._tokens.append(context.begin(self.id))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        context.end(self._tokens.pop())

    def __repr__(self) -> str:
        return f"<Resumed {self.id} {self.state}>"
