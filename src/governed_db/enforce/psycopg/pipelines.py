"""psycopg's pipelines into ones that keep each statement's plan with its result, and hide libpq.

A pipeline answers later: a cursor can have sent its next statement when the rows of the last one arrive.
What is queued is therefore not the cursor but a ticket that gives the plan back to it with the result.
"""

from __future__ import annotations

import sys
from collections import deque
from typing import TYPE_CHECKING, Any

import attrs
import psycopg
from psycopg import pq
from psycopg._cursor_base import BaseCursor
from psycopg._pipeline_base import BasePipeline

from governed_db.core.plan import Plan
from governed_db.enforce.psycopg.facades import ConnectionFacade, hide
from governed_db.enforce.psycopg.frames import is_driver
from governed_db.enforce.psycopg.masking import arm
from governed_db.enforce.psycopg.seat import plan_of, seat_of
from governed_db.enforce.psycopg.session import gate_of, session_of

if TYPE_CHECKING:
    from psycopg.abc import PQGen
    from psycopg.pq.abc import PGconn, PGresult

_HELP = "use the methods of the pipeline"


@attrs.frozen(eq=False)
class Ticket:
    """Stands for a cursor in the queue of expected results, with the names that the pipeline calls."""

    cursor: Any
    plan: Plan | None

    @property
    def _conn(self) -> Any:
        return self.cursor._conn

    def _check_results(self, results: list[PGresult]) -> None:
        BaseCursor._check_results(self.cursor, results)  # not ours: it knows of another plan
        hide(results, self.plan)

    def _set_results(self, results: list[PGresult]) -> None:
        seat_of(self.cursor)._plan = self.plan
        arm(self.cursor, self.plan)
        self.cursor._set_results(results)


class _Expected(deque[Any]):
    """The queue; a cursor that is put into it becomes a ticket."""

    def append(self, item: Any) -> None:
        if item is not None:
            cursor, prepared = item
            item = (Ticket(cursor, plan_of(cursor)), prepared)
        super().append(item)


class _Kept:
    """An attribute that psycopg's code reads and others do not."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._key = f"_governed_{name}"

    def __get__(self, pipeline: Any, owner: type | None = None) -> Any:
        if pipeline is None:
            return self
        if is_driver(sys._getframe(1)):
            return vars(pipeline)[self._key]
        session = session_of(pipeline._conn)
        if self._name == "pgconn":
            return ConnectionFacade(session.pgconn, session)
        gate_of(pipeline._conn).check_call(f"pipeline.{self._name}", _HELP)
        return vars(pipeline)[self._key]

    def __set__(self, pipeline: Any, value: Any) -> None:
        vars(pipeline)[self._key] = _Expected(value) if self._name == "result_queue" else value


class GovernedPipeline(BasePipeline):
    """Mixin for psycopg's pipelines: libpq and the queues are for psycopg's own code only."""

    __slots__ = ()

    pgconn = _Kept("pgconn")
    command_queue = _Kept("command_queue")
    result_queue = _Kept("result_queue")


def outside(connection: Any, work: PQGen[Any]) -> PQGen[Any]:
    """Do work that waits for its results: an open pipeline is emptied and left meanwhile."""
    pipeline = connection._pipeline
    if pipeline is None:
        return (yield from work)
    pgconn = session_of(connection).pgconn
    if pgconn.pipeline_status == pq.PipelineStatus.ABORTED:
        yield from _stay_aborted(pipeline, pgconn)
    if _has_queued(pipeline):
        yield from pipeline._sync_gen()
    pgconn.exit_pipeline_mode()
    connection._pipeline = None
    try:
        return (yield from work)
    finally:
        connection._pipeline = pipeline
        if pgconn.status == pq.ConnStatus.OK:
            pgconn.enter_pipeline_mode()


def _has_queued(pipeline: Any) -> bool:
    """Whether anything is on its way, or waits to be sent."""
    kept = vars(pipeline)
    return bool(kept["_governed_command_queue"] or kept["_governed_result_queue"])


def _stay_aborted(pipeline: Any, pgconn: PGconn) -> PQGen[None]:
    """What follows a failure is not run before the caller synchronises; leaving the pipeline would do so.

    The caller may have done it already: then libpq knows when all answers are read.
    """
    yield from pipeline._communicate_gen()
    yield from pipeline._fetch_gen(flush=True)
    if pgconn.pipeline_status == pq.PipelineStatus.ABORTED:
        raise psycopg.errors.PipelineAborted("pipeline aborted")
