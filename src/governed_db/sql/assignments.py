"""What SET and VALUES put into columns, into Flows: which column, and what the value derives from."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from governed_db.errors import AnalysisError
from governed_db.model.statement import ColumnRef, Flow
from governed_db.sql import supplied
from governed_db.sql.columns import name_of
from governed_db.sql.names import Scope, Value, nearest, stored, union
from governed_db.sql.notes import Notes
from governed_db.sql.query import read_query
from governed_db.sql.targets import Target
from governed_db.sql.trials import note_same, note_trial


def assignments(assignments: Sequence[exp.Expr], target: Target, scope: Scope, notes: Notes) -> list[Flow]:
    flows: list[Flow] = []
    for assignment in assignments:
        if not isinstance(assignment, exp.EQ):
            raise AnalysisError("GDB108", "SET is not understood", position=notes.position(assignment))
        left, right = assignment.this, assignment.expression
        if isinstance(left, (exp.Tuple, exp.Paren)):
            flows.extend(_row_assignment(left, right, target, scope, notes))
        else:
            value = notes.value(right, scope)
            flows.append(_assignment(left, value, target, scope, notes))
            supplied.written(target.info, flows[-1].target.column, right, notes)
            _tried(left, value, right, target, notes)
    return flows


def _assignment(node: exp.Expr, value: Value, target: Target, scope: Scope, notes: Notes) -> Flow:
    """`column = value`; `column[i] = value` keeps the rest of what the column held."""
    if not isinstance(node, exp.Bracket):
        return flow(target, assigned(node, notes), value, node, notes)
    parts = [value, notes.value(node.this, scope), *(notes.value(i, scope) for i in node.expressions)]
    notes.reveal(parts, "[]", node)
    return flow(target, assigned(node.this, notes), union(parts), node, notes)


def assigned(node: exp.Expr, notes: Notes) -> str:
    if isinstance(node, exp.Column):
        for key in ("table", "db"):
            if node.args.get(key):
                name_of(node.args[key], notes)
        return name_of(node.this, notes)
    return name_of(node, notes)


def _row_assignment(
    left: exp.Expr, right: exp.Expr, target: Target, scope: Scope, notes: Notes
) -> list[Flow]:
    """`SET (a, b) = (1, 2)` or `= (SELECT ...)`."""
    targets = left.expressions if isinstance(left, exp.Tuple) else [left.this]
    if isinstance(right, exp.Tuple):
        values = [notes.value(part, scope) for part in right.expressions]
    elif isinstance(right, exp.Subquery):
        values = [item.value for item in read_query(right, scope, notes)]
    else:
        values = [notes.value(right, scope)]
    if len(targets) != len(values):
        raise AnalysisError("GDB113", "SET has not as many values as columns", position=notes.position(left))
    pairs = zip(targets, values, strict=True)
    flows = [_assignment(part, value, target, scope, notes) for part, value in pairs]
    nodes = right.expressions if isinstance(right, exp.Tuple) else [right] * len(flows)
    for place, value, made, part in zip(targets, values, flows, nodes, strict=True):
        supplied.written(target.info, made.target.column, part, notes)
        _tried(place, value, part, target, notes)
    return flows


def _tried(place: exp.Expr, value: Value, made_by: exp.Expr, target: Target, notes: Notes) -> None:
    """A value that the row makes up is another one in each row."""
    if isinstance(place, exp.Bracket):
        return
    note_same(target, assigned(place, notes), made_by, notes)
    if value.labels:
        note_trial(target, assigned(place, notes), value, made_by, notes)


def flow(target: Target, column: str, value: Value, node: exp.Expr, notes: Notes) -> Flow:
    names = {stored(c.name, notes.dialect): c.name for c in target.info.columns}
    if column not in names:
        raise AnalysisError(
            "GDB111",
            f"{target.relation} has no column {column}",
            position=notes.position(node),
            help=nearest(column, names),
        )
    ref = ColumnRef(target.info.schema, target.info.name, names[column])
    return Flow(ref, value.labels, value.exposed, value.plain, notes.position(node))
