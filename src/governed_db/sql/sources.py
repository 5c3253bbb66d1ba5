"""FROM into sources: tables, views, sub-queries, functions and joins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs
from sqlglot import exp

from governed_db.errors import AnalysisError
from governed_db.model.catalog import Dialect, RelationInfo, RelationKind
from governed_db.model.statement import HazardKind, Relation
from governed_db.sql import views
from governed_db.sql.columns import name_of
from governed_db.sql.functions import FunctionKind, lookup, readable_system_relation
from governed_db.sql.names import (
    Scope,
    Source,
    Value,
    base_columns,
    find_relation,
    hidden_columns,
    nearest,
    no_relation,
    union,
)
from governed_db.sql.notes import Notes
from governed_db.sql.parse import HIDDEN
from governed_db.sql.predicates import condition, equal_columns, refuse_unknown

_TABLE = frozenset("this db catalog alias joins hints ordinality only sample indexed".split())
_JOIN = frozenset("this on side kind using method".split())

# Output columns of table functions; others must be given a column list by the caller.
_FUNCTION_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "json_each": ("key", "value"),
    "jsonb_each": ("key", "value"),
    "json_each_text": ("key", "value"),
    "jsonb_each_text": ("key", "value"),
    "json_array_elements": ("value",),
    "jsonb_array_elements": ("value",),
    "json_array_elements_text": ("value",),
    "jsonb_array_elements_text": ("value",),
}
_JSON_TABLE = ("key", "value", "type", "atom", "id", "parent", "fullkey", "path")


def alias_of(node: exp.Expr, notes: Notes) -> tuple[str | None, tuple[str, ...]]:
    """The alias of a source and its column list."""
    alias = node.args.get("alias")
    if alias is None:
        return None, ()
    if isinstance(alias, exp.Identifier):
        return name_of(alias, notes), ()
    name = name_of(alias.this, notes) if alias.this is not None else None
    columns = alias.args.get("columns") or []
    return name, tuple(name_of(_column_name(column), notes) for column in columns)


def _column_name(node: exp.Expr) -> exp.Expr:
    return node.this if isinstance(node, exp.ColumnDef) else node


def rename(
    columns: tuple[tuple[str, Value], ...],
    names: Sequence[str],
    node: exp.Expr,
    notes: Notes,
) -> tuple[tuple[str, Value], ...]:
    """Columns renamed by position, as an alias list does; fewer names leave the rest as they are."""
    if len(names) > len(columns):
        raise AnalysisError(
            "GDB113", "the alias list has more names than columns", position=notes.position(node)
        )
    folded = [column if notes.dialect is Dialect.POSTGRES else column.lower() for column, _ in columns]
    folded[: len(names)] = names
    return tuple((name, value) for name, (_, value) in zip(folded, columns, strict=True))


def read_from(node: exp.Expr, scope: Scope, outer: Scope, notes: Notes) -> None:
    """Add the sources of FROM and its joins to `scope`; `outer` is what sub-queries in it may see."""
    from_ = node.args.get("from_")
    if from_ is not None:
        refuse_unknown(from_, {"this"}, notes)
        add_source(from_.this, scope, outer, notes)
    for join in node.args.get("joins") or []:
        read_join(join, scope, outer, notes)
    for lateral in node.args.get("laterals") or []:
        add_source(lateral, scope, outer, notes)


def add_source(node: exp.Expr, scope: Scope, outer: Scope, notes: Notes) -> None:
    """Add one item of FROM."""
    match node:
        case exp.Table() if isinstance(node.this, exp.Func):
            scope.add(_function(node, node.this, scope, notes))
        case exp.Table():
            scope.add(_table(node, scope, notes))
        case exp.Subquery() if isinstance(node.this, exp.Table):
            _parenthesised(node, scope, outer, notes)
        case exp.Subquery() | exp.Values():
            scope.add(_derived(node, outer, notes))
        case exp.Lateral():
            _lateral(node, scope, notes)
        case exp.Unnest():
            scope.add(_function(node, node, scope, notes))
        case exp.Paren():
            add_source(node.this, scope, outer, notes)
        case _:
            raise AnalysisError(
                "GDB108",
                f"{type(node).__name__} is not accepted in FROM",
                position=notes.position(node),
            )
    for join in node.args.get("joins") or []:
        read_join(join, scope, outer, notes)


def _parenthesised(node: exp.Subquery, scope: Scope, outer: Scope, notes: Notes) -> None:
    """`(a JOIN b ON ...)`, with or without an alias that hides the inner ones."""
    refuse_unknown(node, {"this", "alias", "joins"}, notes)
    name, renamed = alias_of(node, notes)
    if name is None:
        add_source(node.this, scope, outer, notes)
        return
    inner = Scope(parent=outer)
    add_source(node.this, inner, outer, notes)
    columns = tuple(column for source in inner.sources for column in source.columns)
    scope.add(Source(name, rename(columns, renamed, node, notes)))


def _derived(node: exp.Expr, outer: Scope, notes: Notes) -> Source:
    name, renamed = alias_of(node, notes)
    if isinstance(node, exp.Subquery):
        refuse_unknown(node, {"this", "alias", "joins", "with_", "order", "limit", "offset"}, notes)
    columns = notes.query(_unaliased(node) if isinstance(node, exp.Subquery) else node, outer)
    return Source(name, rename(columns, renamed, node, notes))


def _unaliased(node: exp.Subquery) -> exp.Expr:
    """The query in the parentheses, or the parentheses where they carry ORDER BY or LIMIT."""
    if any(node.args.get(key) for key in ("order", "limit", "offset", "with_")):
        return exp.Subquery(
            **{key: node.args.get(key) for key in ("this", "order", "limit", "offset", "with_")}
        )
    inner: exp.Expr = node.this
    return inner


def _lateral(node: exp.Lateral, scope: Scope, notes: Notes) -> None:
    refuse_unknown(node, {"this", "alias", "ordinality"}, notes)
    if isinstance(node.this, exp.Subquery):
        name, renamed = alias_of(node, notes)
        columns = notes.query(_unaliased(node.this), scope)
        scope.add(Source(name, rename(columns, renamed, node, notes)))
    else:
        scope.add(_function(node, node.this, scope, notes))


def read_join(join: exp.Join, scope: Scope, outer: Scope, notes: Notes) -> None:
    refuse_unknown(join, _JOIN, notes)
    notes.joins += 1
    before = len(scope.sources)
    add_source(join.this, scope, outer, notes)
    if str(join.args.get("method") or "").upper() == "NATURAL":
        _merge(scope, before, _shared(scope, before), join, notes)
    elif join.args.get("using"):
        names = [name_of(_using_name(part), notes) for part in join.args["using"]]
        _merge(scope, before, names, join, notes)
    condition(join.args.get("on"), scope, notes, "JOIN")


def _using_name(node: exp.Expr) -> exp.Expr:
    return node.this if isinstance(node, exp.Column) else node


def _shared(scope: Scope, before: int) -> list[str]:
    left = {name for source in scope.sources[:before] for name, _ in source.columns}
    return [name for source in scope.sources[before:] for name, _ in source.columns if name in left]


def _merge(scope: Scope, before: int, names: list[str], join: exp.Join, notes: Notes) -> None:
    """USING and NATURAL: one column for both sides, which are compared for equality."""
    for name in names:
        left = [v for source in scope.sources[:before] for n, v in source.columns if n == name]
        right = [v for source in scope.sources[before:] for n, v in source.columns if n == name]
        if not left or not right:
            raise AnalysisError(
                "GDB111", f"USING names {name}, which is not on both sides", position=notes.position(join)
            )
        notes.reveal([equal_columns(union_plain(left), right[0], join, notes)], "USING", join)
        both = union([*left, *right])
        plain = left[0].plain if left[0] == right[0] else None
        scope.merged[name] = Value(both.labels, both.exposed, plain)


def union_plain(values: list[Value]) -> Value:
    """The value of a column that earlier joins may have merged."""
    return values[0] if len(values) == 1 else union(values)


# -- tables -----------------------------------------------------------------------------------------


def _table(node: exp.Table, scope: Scope, notes: Notes) -> Source:
    refuse_unknown(node, _TABLE, notes)
    name, renamed = alias_of(node, notes)
    relation_name = name_of(node.this, notes)
    schema = name_of(node.args["db"], notes) if node.args.get("db") else None
    _claim_hints(node, notes)
    if notes.dialect is Dialect.MYSQL and schema is None and relation_name == "dual":
        return Source(name or "dual", ())
    if schema is None:
        columns = scope.cte(relation_name)
        if columns is not None:
            return Source(name or relation_name, rename(columns, renamed, node, notes))
    if node.args.get("catalog") and name_of(node.args["catalog"], notes) != notes.catalog.database.lower():
        raise AnalysisError("GDB110", "another database is named", position=notes.position(node))
    info = resolve(node, schema, relation_name, notes)
    source = relation_source(info, notes)
    notes.refer(node, Relation(info.schema, info.name), has_alias=name is not None)
    return attrs.evolve(
        source,
        name=name or relation_name,
        columns=rename(source.columns, renamed, node, notes),
    )


def _claim_hints(node: exp.Table, notes: Notes) -> None:
    """Index hints name indexes, TABLESAMPLE a method and constants: neither reads a value."""
    for key in ("hints", "indexed", "sample"):
        part = node.args.get(key)
        for hint in part if isinstance(part, list) else [part]:
            if isinstance(hint, exp.Expr):
                for word in hint.walk():
                    if isinstance(word, (exp.Column, exp.Subquery, exp.Select)):
                        raise AnalysisError(
                            "GDB108",
                            "a hint with an expression is not accepted",
                            position=notes.position(node),
                        )
                    notes.claim(word)


def resolve(node: exp.Expr, schema: str | None, name: str, notes: Notes) -> RelationInfo:
    """The relation that the caller named. Raises AnalysisError GDB110 with the nearest names."""
    info = find_relation(notes.catalog, schema, name, notes.path)
    if info is not None:
        return info
    known = [relation for _, relation in notes.catalog.relations]
    shown = name if schema is None else f"{schema}.{name}"
    raise AnalysisError(
        "GDB110",
        no_relation(shown, notes.dialect),
        position=notes.position(node),
        help=nearest(name, known),
    )


def relation_source(info: RelationInfo, notes: Notes) -> Source:
    """A table's own columns; a view's as its definition computes them."""
    relation = Relation(info.schema, info.name)
    if not notes.viewing:
        notes.relations.add(relation)
    if info.kind is RelationKind.SYSTEM:
        _system(info, notes)
    if info.definition is not None and info.kind is not RelationKind.SYSTEM:
        columns = views.expand(info, notes)
    else:
        notes.base_relations.add(relation)
        columns = base_columns(info, notes.dialect)
    return Source(info.name, columns, hidden_columns(info, notes.dialect), relation)


def _system(info: RelationInfo, notes: Notes) -> None:
    if not readable_system_relation(notes.dialect, info.schema, info.name):
        notes.hazard(
            HazardKind.SYSTEM,
            f"{info.schema}.{info.name}",
            f"the system relation {info.schema}.{info.name} can hold values or credentials",
            None,
            "use information_schema or the catalogs that describe tables and columns",
        )


# -- functions in FROM ----------------------------------------------------------------------------------


def _function(node: exp.Expr, call: exp.Expr, scope: Scope, notes: Notes) -> Source:
    """A function as a source: each of its columns depends on all its arguments."""
    name, renamed = alias_of(node, notes)
    value = union([notes.value(call, scope)]) if call is not node else _unnested(node, scope, notes)
    notes.reveal([value], "a function in FROM", call)
    function = _function_name(call)
    columns = renamed or _known_columns(function, notes)
    is_scalar = not columns and _returns_one_column(function, notes)
    if is_scalar:
        columns = (name or function,)
    columns = (*columns, *_ordinality(node, call, columns, renamed, notes))
    return Source(
        name or function,
        tuple((column, value) for column in columns),
        open=value if is_scalar or not columns else None,
    )


def _ordinality(
    node: exp.Expr, call: exp.Expr, columns: Sequence[str], renamed: Sequence[str], notes: Notes
) -> tuple[str, ...]:
    """The name of the column that WITH ORDINALITY adds; sqlglot takes it out of unnest's alias list."""
    offset = call.args.get("offset") if isinstance(call, exp.Unnest) else None
    if isinstance(offset, exp.Identifier):
        return (name_of(offset, notes),)
    is_added = bool(offset) or bool(node.args.get("ordinality"))
    return ("ordinality",) if is_added and columns and not renamed else ()


_SCALAR_SETS = frozenset(
    """generate_series unnest generate_subscripts regexp_split_to_table regexp_matches string_to_table
    json_object_keys jsonb_object_keys jsonb_path_query""".split()
)


def _returns_one_column(function: str, notes: Notes) -> bool:
    info = lookup(notes.dialect, function)
    return function in _SCALAR_SETS or (info is not None and info.kind is FunctionKind.SCALAR)


def _unnested(node: exp.Expr, scope: Scope, notes: Notes) -> Value:
    notes.claim(node)
    return union([notes.value(part, scope) for part in node.expressions])


def _function_name(call: exp.Expr) -> str:
    if isinstance(call, exp.Anonymous):
        return str(call.this).removeprefix(HIDDEN).lower()
    if isinstance(call, exp.Dot):
        return _function_name(call.expression)
    return "unnest" if isinstance(call, exp.Unnest) else "generate_series"


def _known_columns(function: str, notes: Notes) -> tuple[str, ...]:
    if notes.dialect is Dialect.SQLITE:
        if function in ("json_each", "json_tree"):
            return _JSON_TABLE
        info = find_relation(notes.catalog, None, function)
        return tuple(column.name.lower() for column in info.columns if not column.hidden) if info else ()
    return _FUNCTION_COLUMNS.get(function, ())


# -- stars ------------------------------------------------------------------------------------------


def star(projection: exp.Expr, scope: Scope, notes: Notes) -> list[tuple[str, Value]] | None:
    """The columns of `*`, `source.*` or `(source).*`; None for anything else."""
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
    """`*`: columns merged by USING come once, first (SQL:2016 7.10); then each source's others."""
    if not scope.sources:
        raise AnalysisError("GDB108", "* needs a FROM", position=notes.position(node))
    columns: list[tuple[str, Value]] = list(scope.merged.items())
    for source in scope.sources:
        columns.extend(c for c in _columns_of(source, node, notes) if c[0] not in scope.merged)
    return columns


def written(node: exp.Expr, notes: Notes) -> str:
    """The caller's own text of an expression, which SQLite and MySQL use as its name."""
    spans = [part.meta for part in node.walk() if "start" in part.meta]
    if not spans or notes.viewing:
        return "?"
    return notes.text[min(m["start"] for m in spans) : max(m["end"] for m in spans) + 1]
