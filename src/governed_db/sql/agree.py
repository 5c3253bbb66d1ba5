"""The facts of a text before and after it was changed into where they differ other than intended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import attrs

from governed_db.model.catalog import Dialect
from governed_db.model.statement import ColumnRef, Facts, Flow, Label, Output, Relation, Role, Write
from governed_db.sql.text import lex


@attrs.frozen
class Intended:
    """What may be new: uses of `columns`, calls of `functions`, and outputs at `masked` that are no copies.

    `is_around`: the whole query was put into another, which has no LIMIT of its own. `demanded`: columns
    that must be compared. `filtered`: relations that no view may lead to any more.
    """

    columns: Label
    functions: frozenset[str]
    demanded: tuple[ColumnRef, ...] = ()
    filtered: frozenset[Relation] = frozenset()
    masked: frozenset[int] = frozenset()
    is_around: bool = False


def difference(before: Facts, after: Facts, intended: Intended) -> str | None:
    """What became different and should not have, None if nothing did."""
    if (before.kind, before.kinds, before.returns_rows) != (after.kind, after.kinds, after.returns_rows):
        return "what it does"
    if not _same_writes(before.writes, after.writes, intended):
        return "what it changes"
    if before.row_limit != after.row_limit and not intended.is_around:
        return "how many rows it returns"
    if _hazards(after) - _hazards(before) - intended.functions:
        return "what it reaches"
    if not before.columns <= after.columns | intended.columns or not _same_relations(before, after):
        return "what it reads"
    if after.viewed & intended.filtered:
        return "only a part of what it reads"
    if after.functions - before.functions - intended.functions:
        return "what it calls"
    return _outputs(before, after, intended) or _uses(before, after, intended)


def _same_relations(before: Facts, after: Facts) -> bool:
    """Views can become the queries that they stand for."""
    return (
        before.relations - after.relations <= before.relations - before.base_relations
        and before.base_relations <= after.base_relations
    )


def _hazards(facts: Facts) -> frozenset[str]:
    return frozenset(one.name for one in facts.hazards)


def _same_writes(before: Sequence[Write], after: Sequence[Write], intended: Intended) -> bool:
    if len(before) != len(after):
        return False
    for one, other in zip(before, after, strict=True):
        if (one.kind, one.relation, one.triggers) != (other.kind, other.relation, other.triggers):
            return False
        if len(one.flows) != len(other.flows):
            return False
        pairs = zip(one.flows, other.flows, strict=True)
        if not all(a.target == b.target and _same_value(a, b, intended) for a, b in pairs):
            return False
    return True


def _same_value(one: Output | Flow, other: Output | Flow, intended: Intended) -> bool:
    """A sub-query's value also depends on what chooses its rows, which a filter adds to."""
    return (
        (one.exposed, one.plain) == (other.exposed, other.plain)
        and one.labels <= other.labels
        and other.labels <= one.labels | intended.columns
    )


def _outputs(before: Facts, after: Facts, intended: Intended) -> str | None:
    if len(before.outputs) != len(after.outputs):
        return "its columns"
    for index, (one, other) in enumerate(zip(before.outputs, after.outputs, strict=True)):
        if one.name.lower() != other.name.lower() and intended.masked:
            return "the name of a column"
        if index not in intended.masked and not _same_value(one, other, intended):
            return "the content of a column"
        if not other.exposed <= one.exposed:
            return "the content of a masked column"
    return None


def _uses(before: Facts, after: Facts, intended: Intended) -> str | None:
    """Every use is still there, what a filter demands has come, and nothing else has."""
    had, has = _read(before), _read(after)
    if had - has or any(column not in intended.columns for column, _ in has - had):
        return "what it compares"
    if not set(intended.demanded) <= {use.column for use in after.uses}:
        return "nothing"
    return None


def parameters(text: str, dialect: Dialect) -> int:
    """How many placeholders a text has."""
    return sum(one.kind == "parameter" for one in lex(text, dialect))


def _read(facts: Facts) -> Counter[tuple[ColumnRef, Role]]:
    """How often columns are used in which way; a preview of a change replaces nothing."""
    uses = (use for use in facts.uses if use.construct != "EXPLAIN" and use.role is not Role.REPLACED)
    return Counter((use.column, use.role) for use in uses)
