"""A change of several statements into PostgreSQL's transaction or savepoint around all of them.

All of it is one generator, so that nothing else can be sent on the connection in between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from governed_db.core.driving import gdrive
from governed_db.core.plan import Statement
from governed_db.drivers.psycopg import DRIVER
from governed_db.enforce import changing, moves
from governed_db.enforce.explain import understood
from governed_db.enforce.psycopg.ahead import ahead
from governed_db.enforce.psycopg.line import governed
from governed_db.enforce.psycopg.lookup import look_up
from governed_db.enforce.psycopg.session import gate_of
from governed_db.enforce.psycopg.text import sendable
from governed_db.enforce.psycopg.writes import Fence, end, set_fence

if TYPE_CHECKING:
    from psycopg.abc import PQGen

    from governed_db.core.effects import RunResult


@attrs.frozen(eq=False)
class _Part:
    """A statement with the cursor that sends it."""

    cursor: Any
    text: str
    params: Any

    @property
    def statement(self) -> Statement:
        """Made when it is asked for: who acts, and under what policy, is seen anew."""
        return self.cursor._governed_statement(self.text, self.params)  # type: ignore[no-any-return]

    def send(self, text: str) -> PQGen[Any]:
        cursor = self.cursor
        return cursor._governed_execute_gen(text, self.params, prepare=False, binary=None)  # type: ignore[no-any-return]


class PostgresChange:
    """The statements of a change on one connection."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._parts: list[_Part] = []
        self._fence: Fence | None = None

    def add(self, sql: Any, parameters: Any) -> None:
        """Take a statement as it is now: a query object is rendered once."""
        cursor = self._connection.cursor()
        text, params = sendable(cursor, cursor._governed_style, sql, parameters)
        self._parts.append(_Part(cursor, text, params))

    def work(self, reason: str) -> PQGen[tuple[RunResult, ...]]:
        """All of it, or nothing."""
        if self._connection._pipeline is not None:
            raise DRIVER.refused_call("a change in pipeline mode", "leave the pipeline first")
        statements = [part.statement for part in self._parts]
        return gdrive(changing.steps(gate_of(self._connection), statements, reason), self._do)

    def _do(self, move: moves.Move) -> PQGen[Any]:
        connection = self._connection
        gate = gate_of(connection)
        match move:
            case moves.Understand(number):
                known = yield from gate.gknowledge(lambda loading: look_up(connection, loading))
                return understood(gate, self._parts[number].statement, known)
            case moves.Open():
                self._fence = yield from set_fence(connection)
                if self._fence is None:
                    raise DRIVER.refused_call("a change in a failed transaction", "roll back first")
            case moves.Undo():
                if self._fence is not None:
                    yield from self._undo(self._fence)
            case moves.Keep():
                for command in self._fence.keep if self._fence is not None else ():
                    yield from connection._exec_command(command)
            case moves.RunPart(number):
                part = self._parts[number]
                try:
                    return (yield from governed(part.cursor, part.statement, part.send))
                finally:
                    part.cursor._reset()  # whatever class it is of: nobody gets rows of a change
            case moves.Measure(number, plan, trial):
                part = self._parts[number]
                return (yield from ahead(part.cursor, part.statement, plan, trial))
        return None

    def _undo(self, fence: Fence) -> PQGen[None]:
        """After a failure the server is left at the savepoint, or out of the transaction that we began."""
        yield from end(self._connection, attrs.evolve(fence, ends=True))
