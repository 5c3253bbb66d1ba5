"""An expression into the value it may show: labels flow from every child, innermost first.

Rules of this file:

* A node class that is not in a table here is refused.
* A comparison for equality, a test for NULL and a count show no more than a token would: their result
  exposes nothing, and the use is noted (the equality principle, architecture section 6).
* An operation that can raise an error because of a value (a cast, a division, a pattern) shows it
  through the error: the use is noted as revealing, wherever it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from governed_db.errors import AnalysisError
from governed_db.model.catalog import Dialect
from governed_db.model.statement import HazardKind, Role
from governed_db.sql import calls, columns, documents, predicates, query
from governed_db.sql.functions import types
from governed_db.sql.names import NOTHING, Scope, Value, steady_union, union
from governed_db.sql.notes import Notes
from governed_db.sql.steering import note_steering

MAX_BRANCHES = 8  # of a CASE whose comparisons for equality show nothing

Reader = Callable[[exp.Expr, Scope, Notes], Value]


def value_of(node: exp.Expr, scope: Scope, notes: Notes) -> Value:
    """The value of an expression. Raises AnalysisError for what is not understood."""
    value = _read(node, scope, notes)
    return documents.narrowed(node, value, notes) if type(node) in documents.STEPS else value


def _read(node: exp.Expr, scope: Scope, notes: Notes) -> Value:
    kind = type(node)
    if kind in _CONSTANTS:
        return NOTHING
    reader = _READERS.get(kind)
    if reader is not None:
        return reader(node, scope, notes)
    if kind in _CHAINS:
        join = steady_union if kind in _STEADY else union
        return join([notes.value(part, scope) for part in _links(node)])
    if kind in _TOTAL:
        join = steady_union if kind in _STEADY else union
        return join(notes.children(node, scope))
    if kind in _PARTIAL:
        values = notes.children(node, scope)
        notes.reveal(values, _PARTIAL[kind], node)
        return union(values)
    if isinstance(node, exp.Func):
        return calls.typed(node, scope, notes)
    raise AnalysisError(
        "GDB108",
        f"the construct {kind.__name__} is not accepted",
        position=notes.position(node),
        help="write the statement without it",
    )


def _links(node: exp.Expr) -> list[exp.Expr]:
    """The operands of `a OR b OR c`, which are nested to the left: there may be hundreds."""
    kind, links = type(node), []
    while type(node) is kind:
        links.append(node.expression)
        node = node.this
    return [node, *reversed(links)]


def _paren(node: exp.Expr, scope: Scope, notes: Notes) -> Value:
    return notes.value(node.this, scope)


def _cast(node: exp.Expr, scope: Scope, notes: Notes) -> Value:
    value = notes.value(node.this, scope)
    target = node.args["to"]
    name = target.sql(dialect=notes.dialect.value).lower()
    base = name.split("(")[0].strip()
    notes.claim(target)
    _claim_type(target, notes)
    known = types(notes.dialect).get(base)
    if value.exposed and (known is None or not known.total):
        notes.use(value, Role.REVEAL, "CAST", node)
        return union([value])
    keeps = base in ("text", "varchar", "character varying") and "(" not in name
    return value if keeps else union([value])


def _claim_type(node: exp.Expr, notes: Notes) -> None:
    for part in node.walk():
        notes.claim(part)


def _subquery(node: exp.Expr, scope: Scope, notes: Notes) -> Value:
    outputs, controls = query.scalar(node, scope, notes)
    return _with_controls(outputs[0] if len(outputs) == 1 else union(outputs), controls)


def _exists(node: exp.Expr, scope: Scope, notes: Notes) -> Value:
    outputs, controls = query.scalar(node.this, scope, notes)
    return Value(union([*outputs, controls]).labels, controls.exposed)


def _with_controls(value: Value, controls: Value) -> Value:
    """A sub-query's value also depends on what chose its rows."""
    if controls.exposed:
        return union([value, controls])
    return Value(value.labels | controls.labels, value.exposed, value.plain)


def _dot(node: exp.Expr, scope: Scope, notes: Notes) -> Value:
    """`schema.function(...)`, `(row).field` and `(row).*`."""
    right = node.expression
    if isinstance(right, exp.Func):
        return calls.qualified(node, scope, notes)
    notes.claim(right)
    if not isinstance(right, exp.Identifier):
        return union([notes.value(node.this, scope)])
    row = node.this.unnest() if isinstance(node.this, exp.Paren) else node.this
    source = columns.row_source(row, scope)
    name = columns.name_of(right, notes)
    value = union([notes.value(node.this, scope)])
    if source is None and not notes.is_made_by_users(name):
        return value
    field = columns.in_source(source, name) if source is not None else None
    return field if field is not None else calls.by_field(name, value, node, notes)


def _star(_node: exp.Expr, _scope: Scope, _notes: Notes) -> Value:
    """The star of count(*)."""
    return NOTHING


def _parameter(node: exp.Expr, _scope: Scope, notes: Notes) -> Value:
    """$1 in PostgreSQL; @name in MySQL, which keeps values between statements."""
    if notes.dialect is not Dialect.POSTGRES:
        for part in node.walk():
            notes.claim(part)
        notes.hazard(
            HazardKind.SESSION,
            "@variable",
            "user variables carry values between statements",
            node,
            "use parameters or a sub-query",
        )
    return NOTHING


def _assignment(node: exp.Expr, scope: Scope, notes: Notes) -> Value:
    values = notes.children(node, scope)
    notes.hazard(
        HazardKind.SESSION, ":=", "assigning a session variable", node, "use a sub-query or a window function"
    )
    notes.reveal(values, ":=", node)
    return union(values)


def _collate(node: exp.Expr, scope: Scope, notes: Notes) -> Value:
    """A collation is a name of the database, not of a column."""
    for part in node.expression.walk():
        notes.claim(part)
    return union([notes.value(node.this, scope)])


def _operator(node: exp.Expr, scope: Scope, notes: Notes) -> Value:
    """PostgreSQL's `OPERATOR(pg_catalog.~)`; one of another schema could be made by users."""
    if not str(node.args["operator"]).lower().startswith("pg_catalog."):
        raise AnalysisError(
            "GDB108", "an operator of another schema is not accepted", position=notes.position(node)
        )
    values = [notes.value(side, scope) for side in (node.this, node.expression)]
    notes.reveal(values, "OPERATOR", node)
    return union(values)


def _named_argument(node: exp.Expr, scope: Scope, notes: Notes) -> Value:
    """`silent => true`: the name is the function's own word. sqlglot forgets where it stands."""
    for token, after in zip(notes.tokens, notes.tokens[1:], strict=False):
        if after.token_type is TokenType.FARROW and token.text == node.this.name:
            notes.claimed.add(token.start)
    return union([notes.value(node.expression, scope)])


def _setting(node: exp.Expr, _scope: Scope, notes: Notes) -> Value:
    """MySQL's `@@name`: a setting of the server or the session."""
    for part in node.walk():
        notes.claim(part)
    return NOTHING


def _interval(node: exp.Expr, scope: Scope, notes: Notes) -> Value:
    inner = node.args.get("this")
    value = notes.value(inner, scope) if inner is not None else NOTHING
    notes.reveal([value], "INTERVAL", node)
    return union([value])


def _json_path(node: exp.Expr, scope: Scope, notes: Notes) -> Value:
    if notes.dialect is Dialect.SQLITE:
        notes.functions.update(("->", "->>"))  # there the operators are functions; they are read alike
    values = [notes.value(node.this, scope)]
    path = node.expression
    if not isinstance(path, exp.JSONPath):
        values.append(notes.value(path, scope))
    return union(values)


def _aggregate_part(node: exp.Expr, scope: Scope, notes: Notes) -> Value:
    """DISTINCT and ORDER BY inside an aggregate: they shape a result that is masked with its value."""
    return union(notes.children(node, scope))


def _case(node: exp.Expr, scope: Scope, notes: Notes) -> Value:
    """CASE x WHEN y compares x with each y; all branches and all conditions flow into the result."""
    steps: list[tuple[Value, bool]] = []
    if len(node.args["ifs"]) > MAX_BRANCHES:  # a table of values to look the stored one up in
        together = union(notes.children(node, scope))
        note_steering([(together, True), (together, False)], "CASE", node, notes)
        return Value(together.labels, together.labels)
    for branch in node.args["ifs"]:
        if node.this is not None:
            steps.append((predicates.compare(node.this, branch.this, branch, scope, notes), True))
        else:
            steps.append((notes.value(branch.this, scope), True))
        steps.append((notes.value(branch.args["true"], scope), False))
    default = node.args.get("default")
    if default is not None:
        steps.append((notes.value(default, scope), False))
    note_steering(steps, "CASE", node, notes)
    return union(value for value, _ in steps)


_CONSTANTS: frozenset[type] = frozenset(
    {
        exp.Literal,
        exp.Null,
        exp.Boolean,
        exp.Placeholder,
        exp.HexString,
        exp.BitString,
        exp.ByteString,
        exp.RawString,
        exp.National,
        exp.Heredoc,
        exp.Introducer,
        exp.Var,
        exp.DataType,
        exp.JSONPath,
        exp.CurrentDate,
        exp.CurrentTime,
        exp.CurrentTimestamp,
        exp.CurrentUser,
        exp.CurrentSchema,
        exp.CurrentCatalog,
        exp.SessionUser,
        exp.Localtime,
        exp.Localtimestamp,
        exp.UtcDate,
        exp.UtcTime,
        exp.UtcTimestamp,
    }
)

_TOTAL: frozenset[type] = frozenset(
    {
        exp.And,
        exp.Or,
        exp.Xor,
        exp.Not,
        exp.GT,
        exp.GTE,
        exp.LT,
        exp.LTE,
        exp.Between,
        exp.Like,
        exp.ILike,
        exp.Glob,
        exp.Escape,
        exp.DPipe,
        exp.Tuple,
        exp.Array,
        exp.Coalesce,
        exp.If,
        exp.Overlaps,
        exp.ArrayContainsAll,
        exp.ArrayContainedBy,
        exp.ArrayOverlaps,
        exp.JSONBContains,
        exp.JSONBContainsTopKey,
        exp.JSONBContainsAnyTopKeys,
        exp.JSONBContainsAllTopKeys,
        exp.JSONBPathExists,
        exp.PropertyEQ,
        exp.Slice,
        exp.Distinct,
        exp.Variadic,
        exp.Bracket,
    }
)

_CHAINS: frozenset[type] = frozenset({exp.And, exp.Or, exp.DPipe})
_STEADY: frozenset[type] = frozenset({exp.DPipe, exp.Coalesce})

_PARTIAL: Mapping[type, str] = {
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.IntDiv: "DIV",
    exp.Mod: "%",
    exp.Neg: "-",
    exp.Pow: "^",
    exp.BitwiseAnd: "&",
    exp.BitwiseOr: "|",
    exp.BitwiseXor: "#",
    exp.BitwiseNot: "~",
    exp.BitwiseLeftShift: "<<",
    exp.BitwiseRightShift: ">>",
    exp.RegexpLike: "REGEXP",
    exp.RegexpILike: "~*",
    exp.SimilarTo: "SIMILAR TO",
    exp.AtTimeZone: "AT TIME ZONE",
    exp.MatchAgainst: "MATCH",
    exp.Match: "MATCH",
    exp.JSONBDeleteAtPath: "#-",
    exp.Distance: "<->",
    exp.Adjacent: "-|-",
    exp.ExtendsLeft: "&<",
    exp.ExtendsRight: "&>",
}

_READERS: Mapping[type, Reader] = {
    exp.Column: columns.column,
    exp.Star: _star,
    exp.Paren: _paren,
    exp.Alias: _paren,
    exp.EQ: predicates.equality,
    exp.NEQ: predicates.equality,
    exp.NullSafeEQ: predicates.equality,
    exp.NullSafeNEQ: predicates.equality,
    exp.Is: predicates.is_test,
    exp.In: predicates.membership,
    exp.Collate: _collate,
    exp.Operator: _operator,
    exp.SessionParameter: _setting,
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.Subquery: _subquery,
    exp.Select: _subquery,
    exp.Union: _subquery,
    exp.Intersect: _subquery,
    exp.Except: _subquery,
    exp.Exists: _exists,
    exp.Any: predicates.side,
    exp.All: predicates.side,
    exp.Dot: _dot,
    exp.Parameter: _parameter,
    exp.Interval: _interval,
    exp.Kwarg: _named_argument,
    exp.ParseJSON: _paren,
    exp.JSONExtract: _json_path,
    exp.JSONExtractScalar: _json_path,
    exp.JSONBExtract: _json_path,
    exp.JSONBExtractScalar: _json_path,
    exp.Case: _case,
    exp.Order: _aggregate_part,
    exp.Ordered: _aggregate_part,
    exp.Window: calls.window,
    exp.WithinGroup: calls.within_group,
    exp.Filter: calls.filtered,
    exp.IgnoreNulls: _paren,
    exp.RespectNulls: _paren,
    exp.Anonymous: calls.call,
    exp.PropertyEQ: _assignment,
}
