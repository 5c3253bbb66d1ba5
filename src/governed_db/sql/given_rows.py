"""The query of an INSERT into the list of rows that it hands on, where it does no more than that.

SQLAlchemy writes many new rows so on PostgreSQL: SELECT p0::VARCHAR, p1::INTEGER FROM (VALUES (...), (...))
AS imp_sen(p0, p1, sen_counter) ORDER BY sen_counter. They are as many as are written down, and each value
is one that the caller gave, as in INSERT ... VALUES.
"""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from governed_db.sql.trials import GIVEN

_PARTS: Final = frozenset({"expressions", "from_", "order"})
_AROUND: Final = (exp.Alias, exp.Cast, exp.Paren)


def given_rows(query: exp.Expr) -> exp.Values | None:
    """The VALUES list whose rows the query gives, one for each; None of any other query."""
    if not isinstance(query, exp.Select) or _parts(query) - _PARTS:
        return None
    source = query.args["from_"].this if "from_" in query.args else None
    if not isinstance(source, exp.Values) or _parts(source) - {"expressions", "alias"}:
        return None
    order = query.args.get("order")
    sorted_by = [one.this for one in order.expressions] if order is not None else []
    if not all(_is_column(one) for one in (*query.expressions, *sorted_by)):
        return None
    return source if all(isinstance(part, (*GIVEN, exp.Tuple)) for part in _cells(source)) else None


def _parts(node: exp.Expr) -> set[str]:
    return {name for name, part in node.args.items() if part}


def _is_column(node: exp.Expr) -> bool:
    """A function could give many rows for one."""
    while isinstance(node, _AROUND):
        node = node.this
    return isinstance(node, exp.Column)


def _cells(values: exp.Values) -> list[exp.Expr]:
    return [part for row in values.expressions for part in row.walk()]
