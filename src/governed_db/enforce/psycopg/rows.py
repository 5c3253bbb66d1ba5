"""A result and its plan into a refusal, where the result is not what was analysed or is too long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import pq

from governed_db.core.plan import Plan

if TYPE_CHECKING:
    from psycopg.pq.abc import PGresult

    from governed_db.enforce.gate import Gate
    from governed_db.enforce.psycopg.seat import Seat

_TUPLES = pq.ExecStatus.TUPLES_OK


def check(plan: Plan, result: PGresult, gate: Gate) -> None:
    """Refuse a result that is not what was analysed, or is longer than policy permits."""
    is_rows = result.status == _TUPLES
    is_known = plan.width > 0 or plan.row_mask is not None
    if is_known and (is_rows or result.nfields) and result.nfields != plan.width:
        raise _changed(plan, gate, result.nfields)
    if is_rows and plan.row_limit is not None and result.ntuples > plan.row_limit:
        raise too_many_rows(plan, gate)


def count(seat: Seat, plan: Plan, rows: int, gate: Gate) -> None:
    """Count the rows of a result that comes in pieces, and refuse the piece that is too much."""
    seat._rows += rows
    if plan.row_limit is not None and seat._rows > plan.row_limit:
        raise too_many_rows(plan, gate)


def too_many_rows(plan: Plan, gate: Gate) -> Exception:
    return gate.refuse(
        plan,
        "GDB320",
        f"the statement returns more than the {plan.row_limit} rows that are permitted",
        "add a LIMIT or a narrower WHERE clause",
    )


def _changed(plan: Plan, gate: Gate, found: int) -> Exception:
    gate.schema_changed()
    gate.planner.cache.forget()
    return gate.refuse(
        plan,
        "GDB221",
        f"the database returned {found} columns where analysis found {plan.width}",
        "the schema has probably changed: run the statement again",
    )
