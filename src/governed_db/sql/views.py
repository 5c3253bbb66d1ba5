"""A view into the values of its columns, by reading its definition."""

from __future__ import annotations

import attrs

from governed_db.errors import AnalysisError
from governed_db.model.catalog import RelationInfo
from governed_db.model.statement import Relation
from governed_db.sql.names import Value, stored
from governed_db.sql.notes import Notes
from governed_db.sql.parse import parse, parse_query

MAX_VIEWS = 16  # views under views


def expand(info: RelationInfo, notes: Notes) -> tuple[tuple[str, Value], ...]:
    """The columns of a view. Raises AnalysisError GDB115 when its definition is not understood."""
    relation = Relation(info.schema, info.name)
    known = notes.views.get(relation)
    if known is None:
        known = notes.views[relation] = _read(info, relation, notes)
    notes.columns.update(*(value.exposed for _, value in known))
    return known


def _read(info: RelationInfo, relation: Relation, notes: Notes) -> tuple[tuple[str, Value], ...]:
    if relation in notes.viewing or len(notes.viewing) >= MAX_VIEWS:
        raise AnalysisError("GDB115", f"the view {relation} refers to itself or is nested too deeply")
    inner = attrs.evolve(
        notes,
        text=info.definition or "",
        tokens=(),
        viewing=(*notes.viewing, relation),
        path=info.definition_path or None,
    )
    try:
        tree = parse_query(parse(info.definition or "", notes.dialect))
        inner.tokens = tree.tokens
        columns = inner.query(tree.query(), None)
    except AnalysisError as error:
        raise AnalysisError(
            "GDB115",
            f"the definition of the view {relation} is not understood: {error.message}",
            help="name the tables under it, or have the view written in simpler terms",
        ) from None
    if len(columns) != len(info.columns):
        raise AnalysisError("GDB115", f"the view {relation} has other columns than its definition")
    return tuple(
        (stored(column.name, notes.dialect), value)
        for column, (_, value) in zip(info.columns, columns, strict=True)
    )
