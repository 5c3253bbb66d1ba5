"""`*`, `source.*` and `(source).*` into the columns they stand for."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from governed_db.errors import AnalysisError
from governed_db.model.catalog import Dialect
from governed_db.sql.columns import name_of
from governed_db.sql.names import Scope, Source, Value
from governed_db.sql.notes import Notes
from governed_db.sql.predicates import refuse_unknown


def star(projection: exp.Expr, scope: Scope, notes: Notes) -> list[tuple[str, Value]] | None:
    """The columns of `*`, `source.*` or `(source).*`; None for anything else."""
    if _is_star_in_parentheses(projection):
        return _in_parentheses(projection, scope, notes)
    if isinstance(projection, exp.Star):
        refuse_unknown(projection, (), notes)
        notes.claim(projection)
        return _all_columns(scope, projection, notes)
    if isinstance(projection, exp.Column) and isinstance(projection.this, exp.Star):
        source = _starred(projection, scope, notes)
        return _columns_of(source, projection, notes)
    if isinstance(projection, exp.Dot) and isinstance(projection.expression, exp.Star):
        return _row_columns(projection, scope, notes)
    return None


def _is_star_in_parentheses(projection: exp.Expr) -> bool:
    inner = projection.this if isinstance(projection, exp.Alias) else projection
    if not isinstance(inner, exp.Paren):
        return False
    inner = inner.unnest()
    return isinstance(inner, exp.Star) or (isinstance(inner, exp.Column) and isinstance(inner.this, exp.Star))


def _in_parentheses(projection: exp.Expr, scope: Scope, notes: Notes) -> list[tuple[str, Value]] | None:
    """PostgreSQL's `(source.*)`; an alias cannot name several columns."""
    if isinstance(projection, exp.Alias):
        raise AnalysisError("GDB114", "* has no alias", position=notes.position(projection))
    return star(projection.unnest(), scope, notes)


def _starred(node: exp.Column, scope: Scope, notes: Notes) -> Source:
    name = name_of(node.args["table"], notes)
    if node.args.get("db"):
        name_of(node.args["db"], notes)
    source = scope.source(name)
    if source is None:
        raise AnalysisError(
            "GDB112", f"there is no table or alias {name} here", position=notes.position(node)
        )
    return source


def _row_columns(node: exp.Dot, scope: Scope, notes: Notes) -> list[tuple[str, Value]]:
    inner = node.this.unnest() if isinstance(node.this, exp.Paren) else node.this
    if isinstance(inner, exp.Column) and not inner.args.get("table"):
        source = scope.source(name_of(inner.this, notes))
        if source is not None:
            return _columns_of(source, node, notes)
    raise AnalysisError(
        "GDB114",
        "it is not known which columns (...).* has",
        position=notes.position(node),
        help="name the fields that you need",
    )


def _columns_of(source: Source, node: exp.Expr, notes: Notes) -> list[tuple[str, Value]]:
    if source.open is not None and not source.columns:
        raise AnalysisError(
            "GDB114",
            "it is not known which columns * has here",
            position=notes.position(node),
            help="give the function an alias with a column list: AS f(a, b)",
        )
    notes.columns.update(*(value.exposed for _, value in source.columns))
    return list(source.columns)


def _all_columns(scope: Scope, node: exp.Expr, notes: Notes) -> list[tuple[str, Value]]:
    """`*`: all columns of all sources; those merged by a join come once."""
    if not scope.sources:
        raise AnalysisError("GDB108", "* needs a FROM", position=notes.position(node))
    for source in scope.sources:
        _columns_of(source, node, notes)
    return list(scope.stars())


def named(projection: exp.Expr, scope: Scope, notes: Notes, count: int) -> Sequence[tuple[str, str] | None]:
    """For each column of a star the source and column by which it can be named, where that is sure."""
    pairs = [pair for source in _spread(projection, scope) for pair in _named(source, notes)]
    return pairs if len(pairs) == count else [None] * count


def _spread(projection: exp.Expr, scope: Scope) -> Sequence[Source]:
    """The sources of a star; none where columns of several are merged."""
    if isinstance(projection, exp.Star):
        return scope.sources if not scope.merged else ()
    if isinstance(projection, exp.Column) and projection.args.get("table") and not projection.args.get("db"):
        table = projection.args["table"]
        name = table.name if table.args.get("quoted") else table.name.lower()
        source = scope.source(name) or scope.source(name.lower())
        return [source] if source is not None else ()
    return ()


def _named(source: Source, notes: Notes) -> list[tuple[str, str] | None]:
    """Only PostgreSQL keeps the case of all names; of the others the catalog knows those of relations."""
    if source.name is None or not source.columns:
        return [None] * len(source.columns)
    if notes.dialect is Dialect.POSTGRES:
        return [(source.name, name) for name, _ in source.columns]
    relation = source.relation
    info = notes.catalog.relations.get((relation.schema, relation.name)) if relation is not None else None
    names = [column.name for column in info.columns if not column.hidden] if info is not None else []
    if [name.lower() for name in names] != [name for name, _ in source.columns]:
        return [None] * len(source.columns)
    return [(source.name, name) for name in names]
