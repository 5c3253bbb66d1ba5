"""Predicates into values: what a comparison shows, and what it reveals by which rows are there.

The equality principle: whole-value equality with a parameter, a literal or a column, a test for NULL
and membership show no more than a token of the value would. Everything else that depends on a value
shows it. A predicate that shows a value reveals it, because the rows that come back tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlglot import exp

from governed_db.errors import AnalysisError
from governed_db.model.catalog import Dialect
from governed_db.model.statement import ColumnRef, Role
from governed_db.sql import supplied
from governed_db.sql.folding import fold_case
from governed_db.sql.names import NOTHING, Scope, Value, union
from governed_db.sql.notes import MAX_PROBES, Notes
from governed_db.sql.steering import note_steering
from governed_db.sql.tokens import HIDDEN


def condition(node: exp.Expr | None, scope: Scope, notes: Notes, construct: str) -> Value:
    """The value of a predicate: what it exposes, it reveals by which rows are there."""
    if node is None:
        return NOTHING
    value = notes.value(node, scope)
    for column in sorted(value.exposed):
        part, name = _blamed(node, column, construct)
        notes.use(Value(exposed=frozenset({column})), Role.REVEAL, name, part)
    return value


def _blamed(node: exp.Expr, column: ColumnRef, construct: str) -> tuple[exp.Expr, str]:
    """The innermost syntax around a column that people would name, and where it stands."""
    for named in node.find_all(exp.Column):
        part: exp.Expr | None = named if named.name.lower() == column.column.lower() else None
        while part is not None:
            if type(part) in _NAMES:
                return part, _said(part)
            part = part.parent if part is not node else None
    found = next((part for part in node.walk() if type(part) in _NAMES), None)
    return node, construct if found is None else _said(found)


def _said(node: exp.Expr) -> str:
    is_call = isinstance(node, exp.Anonymous)
    return f"function {node.name.removeprefix(HIDDEN).lower()}" if is_call else _NAMES[type(node)]


def equality(node: exp.Expr, scope: Scope, notes: Notes) -> Value:
    """`a = b`, `a <> b`, `a IS NOT DISTINCT FROM b`; rows are compared field by field."""
    return _pairwise(node.this, node.expression, node, scope, notes)


def _pairwise(left: exp.Expr, right: exp.Expr, node: exp.Expr, scope: Scope, notes: Notes) -> Value:
    lefts, rights = row_fields(left, notes), row_fields(right, notes)
    if lefts is not None and rights is not None and len(lefts) == len(rights):
        pairs = zip(lefts, rights, strict=True)
        return _in_order([compare(a, b, node, scope, notes) for a, b in pairs], node, notes)
    return compare(left, right, node, scope, notes)


def _in_order(values: list[Value], node: exp.Expr, notes: Notes) -> Value:
    """The union of conditions of which later ones are not computed where earlier ones decide."""
    note_steering(((value, True) for value in values), "a condition before another", node, notes)
    return union(values)


def row_fields(node: exp.Expr, notes: Notes) -> list[exp.Expr] | None:
    """The fields of `(a, b)` and `ROW(a, b)`, None for anything else."""
    if isinstance(node, exp.Tuple):
        return list(node.expressions)
    is_row = isinstance(node, exp.Anonymous) and str(node.this).upper() == "ROW"
    if not is_row or any(part.is_star for part in node.expressions):
        return None
    notes.claim(node)
    return list(node.expressions)


def compare(left: exp.Expr, right: exp.Expr, node: exp.Expr, scope: Scope, notes: Notes) -> Value:
    """Whole-value equality of two expressions, in which `lower(a) = lower(b)` folds the case of both."""
    folded = fold_case(left, right, notes)
    if folded is not None:
        left, right = folded
    values = (side(left, scope, notes), side(right, scope, notes))
    both = union(values)
    if not both.exposed:
        return Value(both.labels)
    for value, other in (values, values[::-1]):
        other_node = right if value is values[0] else left
        if value.exposed and not other.exposed and not _is_given(other_node, value, notes):
            return both
    for value, other_node in ((values[0], right), (values[1], left)):
        supplied.compared(value, other_node, notes, as_it_is=folded is None)
    return equal(*values, node, notes)


def _is_given(node: exp.Expr, value: Value, notes: Notes) -> bool:
    """Whether the caller gave this value himself, as literal or parameter.

    Values that a query makes up (generate_series, VALUES) would try all there are in one statement.
    In MySQL a text that is compared with a number is read as one: a prefix could be asked for.
    """
    elements = _elements(node)
    if elements is not None:
        # A parameter may hold any number of values: written out, they are counted.
        is_counted = not elements.find(exp.Placeholder, exp.Parameter) or isinstance(elements, exp.Array)
        return is_counted and not _is_long(elements) and _is_given(elements, value, notes)
    if notes.dialect is Dialect.MYSQL and _is_number(node) and notes.is_text(value.plain):
        return False
    if isinstance(node, (exp.Paren, exp.Cast, exp.Neg)):
        return _is_given(node.this, value, notes)
    if isinstance(node, (exp.Array, exp.Tuple)):
        return all(_is_given(item, value, notes) for item in node.expressions)
    return isinstance(node, _GIVEN)


def _is_number(node: exp.Expr) -> bool:
    """Whether MySQL compares it as a number, a date or anything else that is no text."""
    if isinstance(node, exp.Cast):
        return node.to.this not in exp.DataType.TEXT_TYPES | _BINARY_TYPES
    return isinstance(node, (exp.Neg, exp.Boolean)) or (isinstance(node, exp.Literal) and not node.is_string)


_BINARY_TYPES = frozenset({exp.DataType.Type.BINARY, exp.DataType.Type.VARBINARY})


def _is_long(elements: exp.Expr) -> bool:
    """Whether an array that is written as one text holds more values than may be compared at once."""
    texts = [part.this for part in elements.find_all(exp.Literal) if part.is_string]
    return any(str(text).count(",") >= MAX_PROBES for text in texts)


_GIVEN = (
    exp.Literal,
    exp.Placeholder,
    exp.Parameter,
    exp.Null,
    exp.Boolean,
    exp.HexString,
    exp.ByteString,
    exp.BitString,
    exp.National,
    exp.RawString,
    exp.Heredoc,
    exp.Introducer,
)


def side(node: exp.Expr, scope: Scope, notes: Notes) -> Value:
    """One side of a comparison; ANY (...) and ALL (...) compare with each element."""
    elements = _elements(node)
    if elements is None:
        return notes.value(node, scope)
    value = notes.value(elements, scope)
    if isinstance(elements, (exp.Query, exp.Subquery)):
        return value
    return union([value])  # an element of a stored array is not the whole value


def _elements(node: exp.Expr) -> exp.Expr | None:
    """What stands in ANY (...), SOME (...) or ALL (...); None for anything else."""
    if isinstance(node, (exp.Any, exp.All)):
        return node.this.unnest() if isinstance(node.this, exp.Paren) else node.this
    if isinstance(node, exp.Anonymous) and str(node.this).upper() in ("ALL", "SOME"):
        return node.expressions[0] if len(node.expressions) == 1 else None
    return None


def equal(left: Value, right: Value, node: exp.Expr, notes: Notes) -> Value:
    """The value of `left = right`, with its uses noted; a side that exposes nothing is given."""
    both = union([left, right])
    if not both.exposed:
        return Value(both.labels)
    sides = [value for value in (left, right) if value.exposed]
    if any(value.plain is None and value.member is None for value in sides):
        return both
    if len(sides) == 2:
        notes.use(left, Role.EQUALS_COLUMN, "=", node, right.exposed)
        notes.use(right, Role.EQUALS_COLUMN, "=", node, left.exposed)
    else:
        notes.probe(sides[0], node)
    return Value(both.labels)


def equal_columns(left: Value, right: Value, node: exp.Expr, notes: Notes) -> Value:
    """Equality of two columns of rows: what exposes nothing was made up by a query, not given."""
    if bool(left.exposed) != bool(right.exposed):
        return union([left, right])
    return equal(left, right, node, notes)


def is_test(node: exp.Expr, scope: Scope, notes: Notes) -> Value:
    """IS NULL shows nothing; IS TRUE and SQLite's `a IS b` are comparisons.

    In SQLite a text is true if the number it begins with is: IS TRUE shows a piece of it.
    """
    if notes.dialect is Dialect.SQLITE and isinstance(node.expression, exp.Boolean):
        return union([notes.value(node.this, scope)])
    if not isinstance(node.expression, exp.Null):
        return equality(node, scope, notes)
    value = notes.value(node.this, scope)
    if value.plain is None and value.member is None and value.exposed:
        return union([value])
    notes.use(value, Role.IS_NULL, "IS NULL", node)
    return Value(value.labels)


def membership(node: exp.Expr, scope: Scope, notes: Notes) -> Value:
    """`a IN (...)`: equality with each item or with each row of a query."""
    known = {"this", "expressions", "query", "unnest", "field"}
    refuse_unknown(node, known, notes)
    if node.args.get("unnest") or node.args.get("field"):
        values = notes.children(node, scope)
        notes.reveal(values, "IN", node)
        return union(values)
    inner = node.args.get("query")
    if inner is not None:
        before = len(notes.uses)
        outputs = [value for _, value in notes.query(inner, scope)]
        told = notes.told_since(before)
        found = _in_query(node.this, outputs, node, scope, notes)
        return union([found, Value(told, told)]) if told else found
    if len(node.expressions) == 1 and isinstance(node.expressions[0], exp.Values):
        outputs = [value for _, value in notes.query(node.expressions[0], scope)]
        return _in_query(node.this, outputs, node, scope, notes)
    if not node.expressions:  # SQLite's `a IN ()` is false, whatever the value
        return Value(notes.value(node.this, scope).labels)
    items = [_pairwise(node.this, item, node, scope, notes) for item in node.expressions]
    compared = _in_order(items, node, notes)
    if notes.has_folded_lists:
        notes.reveal([notes.value(node.this, scope)], f"IN with more than {MAX_PROBES} values", node)
    return compared


def _in_query(left: exp.Expr, outputs: list[Value], node: exp.Expr, scope: Scope, notes: Notes) -> Value:
    items = row_fields(left, notes) or [left]
    if len(items) != len(outputs):
        raise AnalysisError("GDB108", "IN compares different numbers of columns")
    pairs = zip(items, outputs, strict=True)
    return union([equal_columns(notes.value(a, scope), b, node, notes) for a, b in pairs])


def refuse_unknown(node: exp.Expr, known: Iterable[str], notes: Notes) -> None:
    """Refuse a node with an argument that its reader does not know."""
    extra = sorted(name for name, value in node.args.items() if value and name not in known)
    if extra:
        raise AnalysisError(
            "GDB108",
            f"{type(node).__name__} with {', '.join(extra)} is not accepted",
            position=notes.position(node),
        )


_NAMES: Mapping[type, str] = {
    exp.Like: "LIKE",
    exp.ILike: "ILIKE",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.Between: "BETWEEN",
    exp.Glob: "GLOB",
    exp.RegexpLike: "a regular expression",
    exp.Case: "CASE",
    exp.Anonymous: "function",
}
