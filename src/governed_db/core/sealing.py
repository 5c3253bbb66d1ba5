"""What was decided on a statement into the plan that carries it out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from governed_db.core import asking, contents, metering
from governed_db.core.plan import Knowledge, Plan, RowMask, Statement
from governed_db.core.seen import seen
from governed_db.mask.content.cells import spans
from governed_db.mask.functions import KEYED
from governed_db.mask.rows import compile_mask
from governed_db.mask.tokens import Domain, KeyRing
from governed_db.model.catalog import Dialect
from governed_db.model.decision import (
    BoundWrites,
    Budget,
    Decision,
    Durability,
    Effect,
    LimitRows,
    Mask,
    MaskColumn,
    Timeout,
)
from governed_db.model.statement import Facts, Kind
from governed_db.sql.redact import blank, fingerprint, redact, unquoted


def seal(
    statement: Statement,
    facts: Facts | None,
    decision: Decision,
    knowledge: Knowledge,
    *,
    mask: RowMask | None,
    dialect: Dialect,
    observes: bool,
) -> Plan:
    """The plan of a statement; `facts` is None of one that was not understood."""
    bound, row_limit, timeout = _limits(decision)
    bound = asking.bounded(decision, bound)
    looked = contents.scanned(decision)
    meter = metering.meter(decision, facts, knowledge)
    hands_on = bool(looked or meter) and facts is not None and Kind.COPY not in facts.kinds
    return Plan(
        text=statement.sent,
        decision=decision,
        facts=facts,
        redacted=redact(statement.text, dialect, spans(unquoted(statement.text, dialect))),
        fingerprint=fingerprint(statement.text, dialect),
        shown="" if decision.effect is Effect.PERMIT else blank(statement.text, dialect),
        row_mask=mask or (tuple if hands_on else None),
        meter=meter,
        masked=tuple(sorted(_masks(decision))),
        scanned=looked,
        width=_width(facts),
        bound=bound,
        row_limit=row_limit,
        timeout=timeout,
        budgets=tuple(one for one in decision.obligations if isinstance(one, Budget)),
        is_plain=_is_plain(facts, decision, bound, timeout),
        protected=not observes and _is_protected(facts, knowledge),
        epoch=knowledge.catalog.epoch,
        repeats=statement.many,
        catalog=knowledge.catalog,
        seen=seen(facts, decision, knowledge.classes),
    )


def row_mask(
    decision: Decision, facts: Facts | None, database: str, ring: Callable[[], KeyRing | None]
) -> RowMask | None:
    """The function that masks rows; `ring` is asked for only when its keys are needed."""
    masks = _masks(decision)
    if not masks:
        return None
    keyed = ring() if any(mask.name in KEYED for mask in masks.values()) else None
    keys = keyed.current if keyed is not None else None
    return compile_mask(masks, _width(facts), keys=keys, domains=domains(decision, database))


def domains(decision: Decision, database: str) -> dict[int, Domain]:
    """Where equal values of each masked output have equal tokens."""
    return {
        one.index: Domain(database, one.classification)
        for one in decision.obligations
        if isinstance(one, MaskColumn)
    }


def _masks(decision: Decision) -> Mapping[int, Mask]:
    return {one.index: one.mask for one in decision.obligations if isinstance(one, MaskColumn)}


def _width(facts: Facts | None) -> int:
    return len(facts.outputs) if facts is not None else 0


def _limits(decision: Decision) -> tuple[int | None, int | None, float | None]:
    bound = row_limit = timeout = None
    for obligation in decision.obligations:
        match obligation:
            case BoundWrites(rows):
                bound = rows
            case LimitRows(rows):
                row_limit = rows
            case Timeout(seconds):
                timeout = seconds
            case _:
                pass
    return bound, row_limit, timeout


def _is_plain(facts: Facts | None, decision: Decision, bound: int | None, timeout: float | None) -> bool:
    """Whether a hit may take the short path: nothing to ask, bound, time out, make durable first, or lose."""
    return (
        facts is not None
        and decision.effect is Effect.PERMIT
        and decision.durability is Durability.DURABLE
        and bound is None
        and timeout is None
        and not any(isinstance(one, Budget) for one in decision.obligations)
        and not facts.kinds & {Kind.DDL, Kind.SESSION, Kind.GRANT, Kind.CALL, Kind.COPY}
    )


def _is_protected(facts: Facts | None, knowledge: Knowledge) -> bool:
    """Whether errors of this statement could show values: it touches a relation with classified columns."""
    if facts is None:
        return True
    touched = {(relation.schema, relation.name) for relation in facts.relations | facts.base_relations}
    return any((column.schema, column.relation) in touched for column in knowledge.classes)
