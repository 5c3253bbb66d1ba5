"""Budgets of what is handed out, and the outputs of a statement, into how its rows are counted.

Rows are counted as the caller gets them, masks included: so what is kept of them is never more than what
was shown. A subject is a row of a relation with classified columns. It is told apart by the relation's key,
when that is shown; else by classified values that are shown, or whose tokens are; else by nothing, and then
every row counts as another subject.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs

from governed_db.core.plan import Knowledge, Meter, Subject
from governed_db.model.classification import UNREVIEWED
from governed_db.model.decision import METERED, Budget, Decision, Effect, MaskColumn, Measure, Reason
from governed_db.model.statement import ColumnRef, Facts, Kind, Relation

# Classes that tell nobody apart by themselves.
_NOBODY: Final = frozenset(
    {UNREVIEWED, "pii.place", "pii.employment", "pii.user_content", "financial.payment"}
)
_EQUAL_MASKS: Final = frozenset({"token", "hash"})


def fitted(decision: Decision, facts: Facts, knowledge: Knowledge) -> Decision:
    """The decision without budgets of subjects where it shows none; what cannot be counted is refused."""
    metered = [one for one in decision.obligations if isinstance(one, Budget) and one.measure in METERED]
    if not metered or decision.effect is Effect.DENY:
        return decision
    if Kind.COPY in facts.kinds:
        reason = Reason(
            "GDB317",
            "rows that leave by COPY cannot be counted against the conversation's limits",
            help="read them with SELECT",
            rule=decision.rule,
        )
        return attrs.evolve(decision, effect=Effect.DENY, reasons=(reason,), obligations=())
    if _classified(facts, knowledge.classes):
        return decision
    return attrs.evolve(
        decision,
        obligations=tuple(
            one
            for one in decision.obligations
            if not isinstance(one, Budget) or one.measure is not Measure.SUBJECTS
        ),
    )


def meter(decision: Decision, facts: Facts | None, knowledge: Knowledge) -> Meter | None:
    """None where nothing that is handed out is counted."""
    budgets = [one for one in decision.obligations if isinstance(one, Budget) and one.measure in METERED]
    if not budgets or facts is None:
        return None
    rows = tuple(one for one in budgets if one.measure is Measure.ROWS_RETURNED)
    subjects = tuple(one for one in budgets if one.measure is Measure.SUBJECTS)
    return Meter(rows, subjects, _told_apart(facts, decision, knowledge) if subjects else ())


def _classified(facts: Facts, classes: Mapping[ColumnRef, str]) -> dict[Relation, list[int]]:
    """Relations about somebody, with the outputs that show classified columns of them."""
    found: dict[Relation, list[int]] = {}
    for index, output in enumerate(facts.outputs):
        for column in sorted(output.exposed | ({output.plain} if output.plain is not None else set())):
            if classes.get(column, UNREVIEWED) not in _NOBODY:
                found.setdefault(Relation(column.schema, column.relation), []).append(index)
    return found


def _told_apart(facts: Facts, decision: Decision, knowledge: Knowledge) -> tuple[Subject, ...]:
    masks = {one.index: one.mask for one in decision.obligations if isinstance(one, MaskColumn)}
    told: list[Subject] = []
    for relation, outputs in _classified(facts, knowledge.classes).items():
        by = _key(facts, relation, knowledge, masks) or tuple(
            index for index in outputs if index not in masks or masks[index].name in _EQUAL_MASKS
        )
        told.append(Subject(str(relation), by))
    return tuple(told)


def _key(
    facts: Facts, relation: Relation, knowledge: Knowledge, masks: Mapping[int, object]
) -> tuple[int, ...]:
    """The outputs that are a key of the relation, as it is stored."""
    info = knowledge.catalog.relations.get((relation.schema, relation.name))
    shown = {
        output.plain.column: index
        for index, output in enumerate(facts.outputs)
        if output.plain is not None
        and (output.plain.schema, output.plain.relation) == (relation.schema, relation.name)
        and index not in masks
    }
    for key in info.unique_keys if info is not None else ():
        if key <= shown.keys():
            return tuple(shown[column] for column in sorted(key))
    return ()
