"""A statement of a cursor into its run through the gate, as a generator of psycopg's protocol."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from governed_db.core.effects import RunResult
from governed_db.core.plan import Plan, Statement
from governed_db.core.previewing import Trial
from governed_db.drivers.psycopg import DRIVER
from governed_db.enforce.performing import grun
from governed_db.enforce.psycopg.ahead import ahead
from governed_db.enforce.psycopg.copy_life import copied
from governed_db.enforce.psycopg.deadlines import within
from governed_db.enforce.psycopg.lookup import look_up
from governed_db.enforce.psycopg.opinion import prepare
from governed_db.enforce.psycopg.pipelines import outside
from governed_db.enforce.psycopg.seat import seat_of
from governed_db.enforce.psycopg.session import gate_of, refuse_busy, session_of
from governed_db.enforce.psycopg.turning import forget_values
from governed_db.enforce.psycopg.vouching import binding
from governed_db.enforce.psycopg.waiting import is_idle, pause_of
from governed_db.enforce.psycopg.writes import bounded
from governed_db.model.preview import Preview
from governed_db.model.statement import Kind

if TYPE_CHECKING:
    from psycopg.abc import PQGen

    from governed_db.enforce.gate import Gate
    from governed_db.enforce.knowing import Loading

Send = Callable[[str], "PQGen[Any]"]

_SCHEMA = frozenset({Kind.DDL, Kind.SESSION})


def governed(
    cursor: Any,
    statement: Statement,
    send: Send,
    *,
    way: str = "execute",
) -> PQGen[RunResult]:
    """Send one statement by `send` if it may be sent; `way` is the method that the caller used."""
    connection = cursor._conn

    def introspect(loading: Loading) -> PQGen[Any]:
        return outside(connection, look_up(connection, loading))

    def act(plan: Plan, bound: int | None) -> PQGen[RunResult]:
        return _run(cursor, plan, bound, send, way)

    def look(plan: Plan, trial: Trial) -> PQGen[Preview]:
        return outside(connection, ahead(cursor, statement, plan, trial))

    try:
        return (
            yield from grun(
                gate_of(connection),
                statement,
                introspect=introspect,
                act=act,
                pause=pause_of(connection),
                ahead=look,
            )
        )
    finally:
        seat_of(cursor)._vouched = None


def statement_of(cursor: Any, text: str, params: object, *, many: bool = False, **more: bool) -> Statement:
    binds = None if params is None else binding(cursor, text, params, many=many)
    return gate_of(cursor._conn).statement(text, params, many=many, binds=binds, **more)


def _run(cursor: Any, plan: Plan, bound: int | None, send: Send, way: str) -> PQGen[RunResult]:
    connection = cursor._conn
    result: RunResult
    _refuse_unfulfillable(plan, gate_of(connection), bound, way)
    origins = session_of(connection).origins
    if not gate_of(connection).ports.policy.observes and origins.wants(plan):
        yield from outside(connection, prepare(connection, plan))

    def once() -> PQGen[None]:
        return within(plan, connection, permitted(cursor, plan, send))

    if way == "copy":
        result = yield from copied(cursor, plan, bound, once)
    elif bound is not None:
        result = yield from outside(connection, bounded(cursor, plan, bound, once))
    elif plan.timeout is not None:
        yield from outside(connection, once())
        result = RunResult(cursor._rowcount)
    else:
        yield from once()
        result = RunResult(cursor._rowcount)
    if plan.width == 0:
        origins.agree(plan)  # it has no columns of which the server could say anything
    _note_changes(connection, plan)
    return result


def permitted(cursor: Any, plan: Plan, send: Send) -> PQGen[None]:
    """Send exactly the plan's text; nothing else may leave meanwhile, nor this one afterwards."""
    session = session_of(cursor._conn)
    refuse_busy(cursor._conn)
    seat = seat_of(cursor)
    seat._plan, seat._rows, seat._copying = plan, 0, None
    seat._turns = plan if plan.tokens or plan.watched else None
    session.begin(plan, is_idle=is_idle(cursor._conn))
    session.permit = plan.text
    try:
        yield from send(plan.text)
    finally:
        session.permit = None
        if seat._turns is not None:
            forget_values(cursor)


def _refuse_unfulfillable(plan: Plan, gate: Gate, bound: int | None, way: str) -> None:
    """An obligation that cannot be fulfilled means that the statement is refused."""
    kinds = plan.facts.kinds if plan.facts is not None else frozenset()
    if Kind.COPY in kinds and way != "copy":
        raise DRIVER.refused_call(f"{way}() for COPY", "use cursor.copy()")
    if way == "copy" and plan.masked:
        raise gate.refuse(
            plan,
            "GDB206",
            "COPY would hand out protected columns as they are",
            "leave them out, or read them with SELECT, which masks them",
        )
    if bound is not None and way in ("stream", "declare"):
        raise gate.refuse(
            plan,
            "GDB314",
            f"the rows that this changes cannot be counted in {way}()",
            "use execute() or executemany()",
        )


def _note_changes(connection: Any, plan: Plan) -> None:
    """After what changes the schema, or how names are found, look again; after its rollback too."""
    session = session_of(connection)
    facts = plan.facts
    if facts is None or facts.kinds & _SCHEMA:
        session.changed = not is_idle(connection)
        gate_of(connection).schema_changed()
    elif facts.kind is Kind.TRANSACTION:
        forget(connection)


def forget(connection: Any) -> None:
    """A transaction ended: what was learned in it may be undone."""
    session = session_of(connection)
    if session.changed:
        session.changed = False
        gate_of(connection).schema_changed()
