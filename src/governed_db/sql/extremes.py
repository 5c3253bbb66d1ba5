"""SQLite's max(x) and min(x) into what the columns beside them tell.

A column that is neither grouped nor inside an aggregate is taken from the row that holds the extreme
("Bare columns in an aggregate query", sqlite.org/lang_select.html): an id beside max(ssn) says whose is
the largest.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from governed_db.model.catalog import Dialect
from governed_db.model.statement import Role
from governed_db.sql.functions import FunctionKind, lookup
from governed_db.sql.names import Scope, Value
from governed_db.sql.notes import Notes
from governed_db.sql.tokens import HIDDEN

_CLAUSES = ("having", "order")


def note_extreme(name: str, arguments: list[Value], node: exp.Expr, notes: Notes) -> None:
    """Remember an aggregate that picks a row by a column's content."""
    if notes.dialect is not Dialect.SQLITE or name not in ("max", "min") or len(arguments) != 1:
        return
    if arguments[0].exposed and not isinstance(node.parent, exp.Window):
        notes.extremes.append((arguments[0], node))


def read_extremes(node: exp.Select, scope: Scope, mark: int, notes: Notes) -> None:
    """Note as revealing what was found since `mark`, if another column shows which row was picked."""
    found = notes.extremes[mark:]
    if not found:
        return
    if any(True for _ in _bare(node)):
        for value, call in found:
            notes.use(value, Role.REVEAL, "max or min beside other columns", call)
    own = frozenset().union(*(source.row().exposed for source in scope.sources))
    del notes.extremes[mark:]
    notes.extremes.extend(one for one in found if not one[0].exposed <= own)  # of an outer query


def _bare(node: exp.Select) -> Iterator[exp.Column]:
    grouping = node.args.get("group")
    terms = list(grouping.expressions) if grouping is not None else []
    parts = [*node.expressions, *(node.args[name] for name in _CLAUSES if node.args.get(name))]
    for part in parts:
        yield from _outside(part, terms)


def _outside(node: exp.Expr, terms: list[exp.Expr]) -> Iterator[exp.Column]:
    """Columns of an expression that are not within an aggregate and not grouped."""
    if node in terms or _is_aggregate(node):
        return
    if isinstance(node, exp.Column):
        yield node
    if isinstance(node, exp.Star):
        yield exp.Column(this=node)
    for child in node.iter_expressions():
        yield from _outside(child, terms)


def _is_aggregate(node: exp.Expr) -> bool:
    if not isinstance(node, exp.Func):
        return False
    name = str(node.this).removeprefix(HIDDEN) if isinstance(node, exp.Anonymous) else node.sql_name()
    info = lookup(Dialect.SQLITE, name.lower())
    is_scalar = name.lower() in ("max", "min") and len(list(node.iter_expressions())) > 1
    return info is not None and info.kind is FunctionKind.AGGREGATE and not is_scalar
