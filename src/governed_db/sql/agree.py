"""The facts of a text before and after it was changed into where they differ other than intended."""

from __future__ import annotations

from collections import Counter

import attrs

from governed_db.model.catalog import Dialect
from governed_db.model.statement import Facts, Label, Output, Write
from governed_db.sql.text import lex


@attrs.frozen
class Intended:
    """What may be new: uses of `columns`, calls of `functions`, and outputs at `masked` that are no copies.

    `is_around`: the whole query was put into another, which has no LIMIT of its own.
    """

    columns: Label
    functions: frozenset[str]
    masked: frozenset[int] = frozenset()
    is_around: bool = False


def difference(before: Facts, after: Facts, intended: Intended) -> str | None:
    """What became different and should not have, None if nothing did."""
    if (before.kind, before.kinds, before.returns_rows) != (after.kind, after.kinds, after.returns_rows):
        return "what it does"
    if _writes(before) != _writes(after):
        return "what it changes"
    if before.row_limit != after.row_limit and not intended.is_around:
        return "how many rows it returns"
    if {(one.kind, one.name) for one in after.hazards} - {(one.kind, one.name) for one in before.hazards}:
        return "what it reaches"
    if not before.relations <= after.relations or not before.columns <= after.columns | intended.columns:
        return "what it reads"
    if after.functions - before.functions - intended.functions:
        return "what it calls"
    return _outputs(before, after, intended) or _uses(before, after, intended)


def _writes(facts: Facts) -> list[tuple[object, ...]]:
    return sorted((_written(write) for write in facts.writes), key=repr)


def _written(write: Write) -> tuple[object, ...]:
    flows = tuple((flow.target, flow.labels, flow.exposed, flow.plain) for flow in write.flows)
    return write.kind.value, write.relation, flows, write.triggers


def _outputs(before: Facts, after: Facts, intended: Intended) -> str | None:
    if len(before.outputs) != len(after.outputs):
        return "its columns"
    for index, (one, other) in enumerate(zip(before.outputs, after.outputs, strict=True)):
        if one.name.lower() != other.name.lower():
            return "the name of a column"
        if index not in intended.masked and _content(one) != _content(other):
            return "the content of a column"
        if not other.labels <= one.labels:
            return "the content of a masked column"
    return None


def _content(output: Output) -> tuple[object, ...]:
    return output.labels, output.exposed, output.plain


def _uses(before: Facts, after: Facts, intended: Intended) -> str | None:
    """Every use is still there, and new ones are of columns that masks and filters read."""
    had = Counter((use.column, use.role) for use in before.uses)
    has = Counter((use.column, use.role) for use in after.uses)
    if had - has:
        return "what it compares"
    if any(column not in intended.columns for column, _ in has - had):
        return "what it compares"
    return None


def parameters(text: str, dialect: Dialect) -> int:
    """How many placeholders a text has."""
    return sum(one.kind == "parameter" for one in lex(text, dialect))
