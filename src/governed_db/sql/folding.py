"""Two sides of a comparison into what they compare when only the case of letters is left out.

`lower(email) = lower($1)` is how applications look people up. It tells whether a whole value is the one
that was given, up to the case of its letters: what the server's own collations and citext tell of `=`.
"""

from __future__ import annotations

from sqlglot import exp

from governed_db.model.catalog import Dialect
from governed_db.sql.notes import Notes
from governed_db.sql.tokens import HIDDEN

_FOLDS = {
    Dialect.POSTGRES: frozenset({"lower", "upper"}),
    Dialect.MYSQL: frozenset({"lower", "upper", "lcase", "ucase"}),
    Dialect.SQLITE: frozenset({"lower", "upper"}),
}


def fold_case(left: exp.Expr, right: exp.Expr, notes: Notes) -> tuple[exp.Expr, exp.Expr] | None:
    """The column and the given value under `lower()` or `upper()`.

    None for anything else, also where only the given value is under one.
    """
    inner = _unfolded(left, notes), _unfolded(right, notes)
    columns = [i for i in (0, 1) if isinstance(inner[i], exp.Column)]
    if len(columns) != 1 or not isinstance(_as_text(inner[1 - columns[0]]), _GIVEN):
        return None
    if inner[columns[0]] is (left, right)[columns[0]]:
        return None
    for side in (left, right):
        for part in side.walk():
            if not isinstance(part, exp.Column):
                notes.claim(part)
            if isinstance(part, exp.Anonymous):
                notes.functions.add(_name(part))
    return inner


_GIVEN = (exp.Placeholder, exp.Parameter, exp.Literal)


def _unfolded(node: exp.Expr, notes: Notes) -> exp.Expr:
    if isinstance(node, exp.Paren):
        return _unfolded(node.this, notes)
    if isinstance(node, exp.Anonymous) and _folds(node, notes):
        return _as_text(node.expressions[0])
    return node


def _folds(node: exp.Anonymous, notes: Notes) -> bool:
    is_fold = _name(node) in _FOLDS[notes.dialect] and len(node.expressions) == 1
    return is_fold and not notes.is_made_by_users(_name(node))


def _name(node: exp.Anonymous) -> str:
    return str(node.this).removeprefix(HIDDEN).lower()


def _as_text(node: exp.Expr) -> exp.Expr:
    """Django writes UPPER(email::text), SQLAlchemy lower(email) = %s::VARCHAR."""
    while isinstance(node, (exp.Paren, exp.Cast)):
        is_text = not isinstance(node, exp.Cast) or node.to.sql().upper() in ("TEXT", "VARCHAR")
        if not is_text:
            return node
        node = node.this
    return node
