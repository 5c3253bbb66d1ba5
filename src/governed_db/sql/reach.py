"""A WHERE clause into how many rows it can select, as far as the text proves."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from governed_db.model.catalog import Dialect, RelationInfo
from governed_db.model.statement import Reach

_FIXED = (exp.Literal, exp.Placeholder, exp.Parameter, exp.Null, exp.Boolean)


def reach_of(
    where: exp.Expr | None, info: RelationInfo, dialect: Dialect, *, joined: bool
) -> tuple[Reach, int | None]:
    """KEYED with its bound for equality on a unique key; UNBOUNDED for a WHERE that restricts nothing."""
    if where is None or not _restricts(where, info):
        return Reach.UNBOUNDED, None
    if not joined:
        rows = _keyed(where, info, dialect)
        if rows is not None:
            return Reach.KEYED, rows
    return Reach.PREDICATE, None


def _restricts(node: exp.Expr, info: RelationInfo) -> bool:
    """Whether a predicate can leave out a row: `1=1`, `id=id` and the like cannot."""
    match node:
        case exp.Paren():
            return _restricts(node.this, info)
        case exp.And():
            return _restricts(node.this, info) or _restricts(node.expression, info)
        case exp.Or():
            return _restricts(node.this, info) and _restricts(node.expression, info)
        case exp.Not() if isinstance(node.this, exp.Is) and isinstance(node.this.expression, exp.Null):
            return not _never_null(node.this.this, info)
        case exp.Is() if node.args.get("negate") and isinstance(node.expression, exp.Null):
            return not _never_null(node.this, info)
        case exp.Binary() if node.this == node.expression:
            return False
        case _:
            return any(True for _ in node.find_all(exp.Column))


def _never_null(node: exp.Expr, info: RelationInfo) -> bool:
    if not isinstance(node, exp.Column):
        return False
    name = node.name.lower()
    in_key = any(name in {part.lower() for part in key} for key in info.unique_keys)
    return in_key or any(c.not_null for c in info.columns if c.name.lower() == name)


def _keyed(where: exp.Expr, info: RelationInfo, dialect: Dialect) -> int | None:
    """The most rows that equality on all columns of a unique key can select."""
    bounds: dict[str, int] = {}
    for column, count in _equalities(where):
        if dialect is Dialect.MYSQL and not _is_number(column, info):
            continue  # there a text key = 0 matches every text that is no number
        bounds[column] = min(count, bounds.get(column, count))
    best: int | None = None
    for key in info.unique_keys:
        columns = [column.lower() for column in key]
        if columns and all(column in bounds for column in columns):
            rows = 1
            for column in columns:
                rows *= bounds[column]
            best = rows if best is None else min(best, rows)
    return best


def _is_number(column: str, info: RelationInfo) -> bool:
    types = [c.type.lower() for c in info.columns if c.name.lower() == column]
    return any("int" in type_ or "serial" in type_ for type_ in types)


def _equalities(node: exp.Expr) -> Iterator[tuple[str, int]]:
    """Each column that is equal to one of so many fixed values."""
    match node:
        case exp.Paren():
            yield from _equalities(node.this)
        case exp.And():
            yield from _equalities(node.this)
            yield from _equalities(node.expression)
        case exp.EQ():
            for side, other in ((node.this, node.expression), (node.expression, node.this)):
                if isinstance(side, exp.Column) and isinstance(other, _FIXED):
                    yield side.name.lower(), 1
        case exp.In() if isinstance(node.this, exp.Column) and node.expressions:
            if all(isinstance(item, _FIXED) for item in node.expressions):
                yield node.this.name.lower(), len(node.expressions)
