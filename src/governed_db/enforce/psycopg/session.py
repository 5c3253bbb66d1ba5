"""What a governed connection knows of the statement that it may send now, in one private object."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock
from time import perf_counter
from typing import TYPE_CHECKING, Any

import attrs
from psycopg import OperationalError
from psycopg.pq import TransactionStatus

from governed_db.core.plan import Plan
from governed_db.drivers.psycopg import DRIVER
from governed_db.enforce.psycopg.origins import Origins
from governed_db.errors import Error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg.pq import Trace
    from psycopg.pq.abc import PGconn

    from governed_db.enforce.gate import Gate
    from governed_db.model.principal import Principal


@attrs.define(eq=False)
class Session:
    """The private side of one connection.

    `busy` is held by who waits for the server: threads and tasks can pass by the connection's own lock,
    which is a public attribute, and only its holder changes what follows. `permit` is the one text that
    cursors may send now. `pending` is a statement of the short path that is to be waited for next, with
    the generator that sends it; `hit` one that is being waited for. `current` is the plan that is running
    or has just run, `touched` the last protected one of the transaction: what the server says later, at
    COMMIT or from a pipeline, can still be about it. `stopped` is the plan whose statement was cancelled
    because its time was up. `portals` are the server-side cursors by name, `declarers` who declared
    them. `changed`: something that a rollback would undo was learned of the schema. `is_fenced`: rows of
    a copy into the database have still to be counted. `trace` is the file that the caller has libpq
    write to.
    """

    pgconn: PGconn
    gate: Gate | None = None
    permit: str | None = None
    current: Plan | None = None
    touched: Plan | None = None
    stopped: Plan | None = None
    portals: dict[str, Plan] = attrs.field(factory=dict)
    declarers: dict[str, Principal] = attrs.field(factory=dict)
    origins: Origins = attrs.field(factory=Origins)
    savepoints: int = 0
    changed: bool = False
    is_fenced: bool = False
    busy: Any = attrs.field(factory=Lock)
    pending: tuple[Plan, Any, object] | None = None
    hit: tuple[Plan, Any, float] | None = None
    trace: tuple[int, Trace] | None = None

    @contextmanager
    def untraced(self) -> Iterator[None]:
        """Queries of our own are no part of what a caller traces (who may, where policy observes)."""
        trace = self.trace
        if trace is None:
            yield
            return
        self.pgconn.untrace()
        try:
            yield
        finally:
            self.pgconn.trace(trace[0])
            self.pgconn.set_trace_flags(trace[1])

    # -- the short path ------------------------------------------------------------------------------

    def enter(self, work: object) -> None:
        """The connection waits for this work: for the end of a statement of the short path, or another."""
        pending = self.pending
        if pending is None:
            self.current = None
            return
        plan, cursor, expected = pending
        self.pending = None
        if expected is not work:
            self.current = None
            return
        if self.is_fenced:
            raise self.inside()
        cursor._adapters._plan = self.current = plan
        if plan.protected:
            self.touched = plan
        elif self.touched is not None and self.pgconn.transaction_status == TransactionStatus.IDLE:
            self.touched = None
        self.permit = plan.text
        self.hit = plan, cursor, perf_counter()

    def knows(self, plan: Plan) -> bool:
        """Whether a result of the plan has been looked at; the short path is only for such plans."""
        hit = self.hit
        return (hit is not None and hit[0] is plan) or (plan.model or plan) in self.origins.agreed

    def done(self) -> None:
        """What the connection waited for went well."""
        if self.hit is not None and self.gate is not None:
            plan, cursor, started = self.hit
            self.hit = self.permit = None
            self.gate.record_hit(plan, cursor._rowcount, started)

    def failed(self, error: BaseException, *, is_pipelined: bool) -> BaseException:
        """What the connection waited for went wrong; the error as the caller may see it."""
        if self.hit is not None and self.gate is not None:
            plan, _, started = self.hit
            self.hit = self.permit = None
            self.gate.record_hit(plan, -1, started, error)
        return self.told(error, is_pipelined=is_pipelined)

    def inside(self) -> Exception:
        """Adapters of callers run while a statement is on its way: what they send would be inside of it.

        It could end the transaction in which the rows that the statement changes are counted.
        """
        return DRIVER.refused_call(
            "a statement inside of another one", "send it before or after the one that is on its way"
        )

    # -- what is told --------------------------------------------------------------------------------

    def told(self, error: BaseException, *, is_pipelined: bool) -> BaseException:
        """The error as the caller may see it."""
        plan = self.speaker(is_pipelined=is_pipelined)
        if plan is None or self.gate is None or isinstance(error, Error) or self.gate.is_callers(error):
            return error
        if not self.gate.must_hide(plan, error):
            return error
        return DRIVER.rebuilt(error, plan)

    def speaker(self, *, is_pipelined: bool) -> Plan | None:
        """The plan that a message of the server is about; in a pipeline it can be any of those sent."""
        return self.touched if is_pipelined else self.current or self.touched

    def begin(self, plan: Plan, *, is_idle: bool) -> None:
        """Note what is about to run; `is_idle`: outside of any transaction and pipeline."""
        self.current, self.stopped = plan, None
        if plan.protected:
            self.touched = plan
        elif is_idle:
            self.touched = None


def session_of(connection: Any) -> Session:
    """The private side of a governed connection."""
    found: Session = connection._governed
    return found


def refuse_busy(connection: Any) -> None:
    """libpq would refuse too, but only when the cursor has already taken the new statement for its own."""
    session = session_of(connection)
    if session.is_fenced:
        raise session.inside()
    if session.pgconn.transaction_status == TransactionStatus.ACTIVE and connection._pipeline is None:
        raise OperationalError("sending query failed: another command is already in progress")


def gate_of(connection: Any) -> Gate:
    """Its gate; a connection that has none yet, or was made without `connect`, may send nothing."""
    gate = session_of(connection).gate
    if gate is None:
        raise DRIVER.ungoverned()
    return gate


def ungoverned(connection: Any) -> Exception:
    """Record that something was about to pass by the line, and the refusal to raise."""
    gate = session_of(connection).gate
    if gate is not None:
        gate.record_ungoverned()
    return DRIVER.ungoverned()
