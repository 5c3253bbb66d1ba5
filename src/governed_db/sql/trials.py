"""Values written into constrained columns into what their being refused tells.

A unique column refuses what it holds already, a column that refers to another table what is not there. A
value that the caller gave is a comparison with that value and no more; many values that a statement makes up
would tell which of all there can be are there.
A CHECK constraint, or a trigger, compares what is written with what the row holds already.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from sqlglot import exp

from governed_db.model.catalog import Dialect, RelationInfo
from governed_db.model.statement import ColumnRef, Flow, Role, Use
from governed_db.sql.names import Value, column_value, columns_in, stored
from governed_db.sql.notes import Notes
from governed_db.sql.targets import Target

GIVEN = (
    *(exp.Literal, exp.Placeholder, exp.Parameter, exp.Null, exp.Boolean, exp.Cast, exp.DataType),
    *(exp.Paren, exp.Neg, exp.DPipe, exp.Alias, exp.Identifier, exp.DataTypeParam),
)
_ROW_COLUMN = r"\b(?:OLD|NEW)\s*\.\s*[\"`\[]?(\w+)[\"`\]]?"
_COMPARED = re.compile(
    rf"{_ROW_COLUMN}\s*(?:<(?!>)|>|LIKE\b|BETWEEN\b)[^;]{{0,9}}?{_ROW_COLUMN}", re.IGNORECASE
)

FORGIVEN = "a unique key, in rows that are passed over"


def note_trial(target: Target, column: str, value: Value, made_by: exp.Expr, notes: Notes) -> None:
    """Note what writing `value`, once for each row, tells of a unique column; `made_by` computes it."""
    for held, key in _against(target, column, notes):
        if held.exposed & value.exposed:
            continue
        if value.plain is not None:
            notes.use(held, Role.EQUALS_COLUMN, key, made_by, value.exposed)
        elif not all(isinstance(part, GIVEN) for part in made_by.walk()):
            notes.use(held, Role.REVEAL, f"{key} with values that are made up", made_by)


def note_forgiven(target: Target, columns: Iterable[str], rows: int, node: exp.Expr, notes: Notes) -> None:
    """Note what an INSERT tells that passes over rows which are there, by how many it inserts."""
    held = [value for column in columns for value, _ in _against(target, column, notes)]
    position = notes.position(node)
    for ref in (ref for value in held for ref in sorted(value.exposed)):
        use = Use(ref, Role.EQUALS_VALUE, FORGIVEN, position, in_view=bool(notes.viewing), count=rows)
        notes.uses.append(use)


def note_same(target: Target, column: str, node: exp.Expr, notes: Notes) -> None:
    """Note what a new value tells of the old ones: MySQL changes no row that held it already, and a unique
    key refuses it for what another row holds."""
    held = dict(target.source.columns).get(column)
    if held is not None and (notes.dialect is Dialect.MYSQL or _is_unique(target, column, notes)):
        notes.use(held, Role.REPLACED, "the number of rows that change", node)


def note_checks(target: Target, flows: Iterable[Flow], node: exp.Expr, notes: Notes) -> None:
    """Note what a CHECK constraint tells of columns that keep their value, when others are changed."""
    assigned = {flow.target.column for flow in flows}
    replaced = assigned - {flow.target.column for flow in flows if flow.exposed}
    for text in (*target.info.checks, *_compared_by_triggers(target.info)):
        columns = columns_in(target.info, text)
        for name in sorted(columns.keys() - replaced if assigned & columns.keys() else ()):
            notes.use(columns[name], Role.REVEAL, "a check of columns that are changed", node)


def _compared_by_triggers(info: RelationInfo) -> Iterator[str]:
    """Columns of a row that a trigger compares with each other, two and two."""
    for trigger in info.triggers:
        for found in _COMPARED.finditer(trigger.body or ""):
            yield f"{found[1]} {found[2]}"


def _against(target: Target, column: str, notes: Notes) -> Iterator[tuple[Value, str]]:
    """What is compared with a value that is written into the column, and by what."""
    held = dict(target.source.columns).get(column)
    if held is not None and _is_unique(target, column, notes):
        yield held, "a unique key"
    if notes.dialect is Dialect.MYSQL:  # elsewhere a row that refers to nothing is never passed over
        for key in target.info.foreign_keys:
            for name, referenced in zip(key.columns, key.referenced, strict=False):
                if stored(name, notes.dialect) == column:
                    label = frozenset((ColumnRef(key.schema, key.relation, referenced),))
                    yield Value(label, label), "a foreign key"


def _is_unique(target: Target, column: str, notes: Notes) -> bool:
    """Whether a row may be refused for what others hold in the column, or in one computed from it."""
    info = target.info
    apart = {name for key in info.unique_keys for name in key}
    apart |= {name for text in info.apart for name in columns_in(info, text)}
    apart |= {
        ref.column for one in info.columns if one.name in apart for ref in column_value(info, one).labels
    }
    return column in {stored(name, notes.dialect) for name in apart}
