"""A statement into whether its conditions can fail on a row, and so tell of a row that is filtered away.

Servers may test a caller's condition before the row filter. An error (a division by zero, a cast) would
then tell what a hidden row holds. Only what is listed here as never failing is trusted; where there is
anything else the filter is fenced off, at the price of indexes on other columns.

Lists of outputs are made after the conditions, except those of inner queries, which servers dissolve.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from governed_db.sql.tokens import HIDDEN

_SURE = (
    *(exp.Column, exp.Identifier, exp.Literal, exp.Placeholder, exp.Parameter, exp.Null, exp.Boolean),
    *(exp.And, exp.Or, exp.Not, exp.Paren, exp.Tuple, exp.Is, exp.In, exp.Between, exp.Exists),
    *(exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ),
    *(exp.Where, exp.Having, exp.From, exp.Join, exp.Table, exp.TableAlias, exp.Alias, exp.Star),
    *(exp.Select, exp.SetOperation, exp.Subquery, exp.With, exp.CTE, exp.Lateral, exp.Values, exp.Distinct),
    *(exp.Order, exp.Ordered, exp.Limit, exp.Offset, exp.Fetch, exp.Group, exp.Rollup, exp.Cube, exp.Var),
    *(exp.Coalesce, exp.Case, exp.If, exp.Nullif, exp.Count, exp.Max, exp.Min, exp.Lock, exp.Returning),
    *(exp.Window, exp.WindowSpec, exp.RowNumber, exp.Insert, exp.Update, exp.Delete, exp.Schema),
)
_SURE_CALLS = frozenset(
    "count min max coalesce lower upper length char_length ifnull nullif row_number rank dense_rank".split()
)
_AGGREGATES = frozenset(
    """count sum avg min max total group_concat string_agg array_agg json_agg jsonb_agg json_group_array
    bool_and bool_or every stddev variance""".split()
)
_LATE = frozenset({"expressions", "order", "group", "limit", "offset", "distinct", "windows", "returning"})
_HOLDS_ROWS = (exp.From, exp.Join, exp.In, exp.Exists, exp.CTE, exp.Lateral, exp.SetOperation, exp.Insert)


def can_fail(root: exp.Expr) -> bool:
    """Whether anything that may be computed before the filter depends on a column and can fail."""
    return any(_fails(node) for node in _early(root))


def _early(root: exp.Expr) -> Iterator[exp.Expr]:
    """All that is tested before, or with, the filter."""
    if isinstance(root, exp.Insert) and isinstance(root.args.get("expression"), exp.Select):
        yield from _early(root.args["expression"])
        return
    for key, part in root.args.items():
        for one in part if isinstance(part, list) else [part]:
            if not isinstance(one, exp.Expr):
                continue
            if key in _LATE and isinstance(root, (exp.Select, exp.Update, exp.Delete)):
                for inner in one.find_all(exp.Select):
                    yield from _tested(inner)
            else:
                yield from _tested(one)


def _tested(node: exp.Expr) -> Iterator[exp.Expr]:
    """All of an expression but what is computed from groups, which come after what chose their rows."""
    late = {id(one) for part in node.find_all(exp.Select) for one in part.expressions if _aggregates(one)}
    late |= {
        id(one) for part in node.find_all(exp.Having) for one in _conjuncts(part.this) if _aggregates(one)
    }
    yield from (one for one in node.walk(prune=lambda one: id(one) in late) if id(one) not in late)


def _aggregates(node: exp.Expr) -> bool:
    """Whether it is computed from a group, and not from a window over rows."""
    calls = (one for one in node.find_all(exp.Anonymous) if _called(one) in _AGGREGATES)
    return any(one.find_ancestor(exp.Window, exp.Select) is _select_of(node) for one in calls)


def _select_of(node: exp.Expr) -> exp.Expr | None:
    return node.find_ancestor(exp.Window, exp.Select)


def _conjuncts(node: exp.Expr) -> list[exp.Expr]:
    """Servers test each part of a HAVING where it can be tested first."""
    node = node.unnest() if isinstance(node, exp.Paren) else node
    return [*_conjuncts(node.this), *_conjuncts(node.expression)] if isinstance(node, exp.And) else [node]


def _called(node: exp.Anonymous) -> str:
    return str(node.this).removeprefix(HIDDEN).lower()


def _fails(node: exp.Expr) -> bool:
    if isinstance(node, exp.Subquery):
        return _is_scalar(node)
    if isinstance(node, (exp.Like, exp.ILike)):
        return not _is_plain_pattern(node.expression)
    if isinstance(node, exp.Anonymous):
        return _called(node) not in _SURE_CALLS and node.find(exp.Column) is not None
    return not isinstance(node, _SURE) and node.find(exp.Column) is not None


def _is_scalar(node: exp.Subquery) -> bool:
    """Whether a sub-query must give one row, and fails when it gives more."""
    parent = node.parent
    while isinstance(parent, (exp.Subquery, exp.Paren)):
        parent = parent.parent
    return parent is not None and not isinstance(parent, _HOLDS_ROWS)


def _is_plain_pattern(node: exp.Expr) -> bool:
    """PostgreSQL fails on a pattern that ends in its escape character, where a row leads it there."""
    return isinstance(node, exp.Literal) and "\\" not in str(node.this)
