"""Where the server says that each column of a result comes from, against what analysis found.

PostgreSQL describes a result with the table and column of every output that is a plain column, through
sub-queries and CTEs. So a statement that is run for the first time has a second reader: when an output
comes from a column that analysis does not have among its labels, no row of it is handed out.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from psycopg import pq

from governed_db.core.plan import Plan
from governed_db.enforce.psycopg.lookup import look_up
from governed_db.enforce.psycopg.session import gate_of, session_of
from governed_db.errors import StatementDenied
from governed_db.model.statement import ColumnRef, Output, Relation

if TYPE_CHECKING:
    from psycopg.abc import PQGen
    from psycopg.pq.abc import PGconn, PGresult

    from governed_db.enforce.gate import Gate
    from governed_db.enforce.knowing import Loading

_NUMBERS = """SELECT c.oid, n.nspname, c.relname, a.attnum, a.attname
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
    WHERE (n.nspname, c.relname) IN ({})"""


def prepare(connection: Any, plan: Plan) -> PQGen[None]:
    """Ask the server for its numbers, so that a result can be judged as soon as it is there."""
    origins, pgconn = session_of(connection).origins, session_of(connection).pgconn
    if pgconn.transaction_status == pq.TransactionStatus.INERROR:
        return  # nothing but a rollback can run
    if plan.epoch != origins.epoch:
        # What was prepared can go on reading a table that had the name when it was prepared.
        connection._prepared.clear()
        yield from connection._prepared.maintain_gen(connection)
    relations = origins.unnamed(plan)
    if not relations:
        return
    names = _names(relations, pgconn)

    def loading() -> Loading:
        return (yield _NUMBERS.format(names))

    rows = yield from look_up(connection, loading())
    if rows is not None:
        origins.note(relations, rows)


def compare(cursor: Any, plan: Plan, result: PGresult) -> None:
    """Refuse the first result of a plan when it comes from elsewhere than analysis found."""
    origins, gate = session_of(cursor._conn).origins, gate_of(cursor._conn)
    if plan.shape in origins.agreed:
        return
    outputs = plan.facts.outputs if plan.facts is not None and not gate.ports.policy.observes else ()
    for index, output in enumerate(outputs[: result.nfields]):
        if result.ftable(index) and not _agrees(output, origins.of(result, index), gate):
            gate.schema_changed()
            gate.planner.cache.forget()
            refusal = gate.refuse(
                plan,
                "GDB130",
                f"the server reads {output.name or 'a column'} from where analysis did not find it",
                "the schema has changed, or this is a gap in the analysis: run it again, then report it",
            )
            if isinstance(refusal, StatementDenied):  # a portal would be there already
                refusal._may_be_outdated = not hasattr(cursor, "_declare_gen")
            raise refusal
    origins.agree(plan)


def _agrees(output: Output, origin: frozenset[ColumnRef], gate: Gate) -> bool:
    return bool(origin) and all(one in output.labels or _is_derived(one, gate) for one in origin)


def _is_derived(origin: ColumnRef, gate: Gate) -> bool:
    """Of views and generated columns the server names these, and analysis what they are made of."""
    catalog = gate.catalog
    known = catalog.relations.get((origin.schema, origin.relation)) if catalog is not None else None
    if known is None:
        return False
    column = next((one for one in known.columns if one.name == origin.column), None)
    return column is not None and (known.definition is not None or column.generated_from is not None)


def _names(relations: Iterable[Relation], pgconn: PGconn) -> str:
    escaping = pq.Escaping(pgconn)

    def quoted(name: str) -> str:
        return escaping.escape_literal(name.encode(pgconn._encoding)).decode(pgconn._encoding)

    return ", ".join(f"({quoted(one.schema)}, {quoted(one.name)})" for one in relations)
