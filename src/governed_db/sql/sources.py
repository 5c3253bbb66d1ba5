"""FROM into sources: tables, views, sub-queries and joins."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

import attrs
from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from governed_db.errors import AnalysisError
from governed_db.model.catalog import Catalog, Dialect, RelationInfo, RelationKind
from governed_db.model.statement import HazardKind, Relation, Role
from governed_db.sql import views
from governed_db.sql.columns import alias_of, name_of
from governed_db.sql.functions import readable_system_relation
from governed_db.sql.names import (
    NOTHING,
    Scope,
    Source,
    Value,
    base_columns,
    find_relation,
    hidden_columns,
    nearest,
    no_relation,
    partition_value,
    union,
)
from governed_db.sql.notes import Columns, Notes
from governed_db.sql.predicates import condition, equal_columns, refuse_unknown
from governed_db.sql.table_functions import function_source, pragma_table
from governed_db.sql.temporary import may_hide
from governed_db.sql.tokens import HIDDEN

MAX_FROM = 256  # joined items, commas included; servers stop earlier or take very long

_TABLE = frozenset("this db catalog alias joins hints ordinality only sample indexed partition".split())
_JOIN = frozenset("this on side kind using method".split())


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
    done = scope.stars()
    columns: Columns = ()
    from_ = node.args.get("from_")
    if from_ is not None:
        refuse_unknown(from_, {"this"}, notes)
        columns = add_source(from_.this, scope, outer, notes)
    for join in node.args.get("joins") or []:
        if _is_comma(join, notes):
            done, columns = (*done, *columns), ()
        columns = read_join(join, columns, scope, outer, notes)
    for lateral in node.args.get("laterals") or []:
        columns = (*columns, *add_source(lateral, scope, outer, notes))
    scope.star = (*done, *columns)


def add_source(node: exp.Expr, scope: Scope, outer: Scope, notes: Notes) -> Columns:
    """Add one item of FROM; the columns that `*` has of it."""
    match node:
        case exp.Table() if (searched := _searched(node, scope, notes)) is not None:
            columns = _added(searched, scope)
        case exp.Table() if isinstance(node.this, exp.Func):
            columns = _added(function_source(node, node.this, scope, notes), scope)
        case exp.Table():
            columns = _added(_table(node, scope, notes), scope)
        case exp.Subquery() if _is_join(node.this):
            columns = _parenthesised(node, scope, outer, notes)
        case exp.Subquery() | exp.Values():
            columns = _added(_derived(node, outer, notes), scope)
        case exp.Lateral():
            columns = _added(_lateral(node, scope, notes), scope)
        case exp.Unnest():
            columns = _added(function_source(node, node, scope, notes), scope)
        case exp.Paren():
            columns = add_source(node.this, scope, outer, notes)
        case _:
            raise AnalysisError(
                "GDB108",
                f"{type(node).__name__} is not accepted in FROM",
                position=notes.position(node),
            )
    for join in node.args.get("joins") or []:
        columns = read_join(join, columns, scope, outer, notes)
    return columns


def _searched(node: exp.Table, scope: Scope, notes: Notes) -> Source | None:
    """SQLite's `FROM documents('words')`: a full-text table, and what is looked for in it."""
    call = node.this
    if notes.dialect is not Dialect.SQLITE or not isinstance(call, exp.Anonymous):
        return None
    info = find_relation(notes.catalog, None, str(call.this).removeprefix(HIDDEN).lower())
    if info is None or not any(column.hidden for column in info.columns):
        return None
    notes.claim(call)
    name, renamed = alias_of(node, notes)
    source = relation_source(info, notes)
    notes.reveal([source.row(), *notes.children(call, scope)], "a search in FROM", node)
    columns = rename(source.columns, renamed, node, notes)
    return attrs.evolve(source, name=name or info.name.lower(), columns=columns)


def _is_join(node: exp.Expr) -> bool:
    """Whether parentheses around this hold FROM items rather than a query."""
    is_named = isinstance(node, exp.Subquery) and bool(node.args.get("joins") or node.args.get("alias"))
    return isinstance(node, exp.Table) or is_named


def _added(source: Source, scope: Scope) -> Columns:
    scope.add(source)
    return source.columns


def _parenthesised(node: exp.Subquery, scope: Scope, outer: Scope, notes: Notes) -> Columns:
    """`(a JOIN b ON ...)`, with or without an alias that hides the inner ones."""
    refuse_unknown(node, {"this", "alias", "joins"}, notes)
    name, renamed = alias_of(node, notes)
    if name is None:
        columns = add_source(node.this, scope, outer, notes)
    else:
        columns = add_source(node.this, Scope(parent=outer), outer, notes)
    if notes.dialect is Dialect.SQLITE:  # it makes a sub-query of them, with every column
        notes.columns |= union(value for _, value in columns).labels
    if name is None:
        return columns
    return _added(Source(name, rename(columns, renamed, node, notes)), scope)


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


def _lateral(node: exp.Lateral, scope: Scope, notes: Notes) -> Source:
    refuse_unknown(node, {"this", "alias", "ordinality"}, notes)
    if isinstance(node.this, exp.Subquery):
        name, renamed = alias_of(node, notes)
        columns = notes.query(_unaliased(node.this), scope)
        return Source(name, rename(columns, renamed, node, notes))
    return function_source(node, node.this, scope, notes)


# -- joins ------------------------------------------------------------------------------------------


def read_join(join: exp.Join, left: Columns, scope: Scope, outer: Scope, notes: Notes) -> Columns:
    """Add what is joined to `left`; the columns that `*` has of both."""
    refuse_unknown(join, _JOIN, notes)
    notes.joins += 1
    if notes.joins > MAX_FROM:
        raise AnalysisError("GDB107", f"more than {MAX_FROM} tables are joined")
    right = add_source(join.this, scope, outer, notes)
    if str(join.args.get("method") or "").upper() == "NATURAL":
        there = {name for name, _ in right}
        columns = _merge(left, right, [name for name, _ in left if name in there], join, scope, notes)
    elif join.args.get("using"):
        names = [name_of(_using_name(part), notes) for part in join.args["using"]]
        columns = _merge(left, right, names, join, scope, notes)
    else:
        columns = (*left, *right)
    condition(join.args.get("on"), scope, notes, "JOIN")
    return columns


def _is_comma(join: exp.Join, notes: Notes) -> bool:
    """Whether FROM items are separated by a comma, which binds less than JOIN does (not in SQLite).

    sqlglot reads `a, b` and MySQL's `a JOIN b` alike: only the text tells them apart.
    """
    if notes.dialect is Dialect.SQLITE or any(join.args.get(key) for key in _JOIN - {"this"}):
        return False
    starts = [part.meta["start"] for part in join.this.walk() if "start" in part.meta]
    index = bisect_left(notes.tokens, min(starts, default=0), key=lambda token: token.start)
    if not isinstance(join.this, exp.Table):
        index = _opening(notes.tokens, index)
    while index and notes.tokens[index - 1].text.upper() in ("(", "LATERAL"):
        index -= 1
    return index > 0 and notes.tokens[index - 1].token_type is TokenType.COMMA


def _opening(tokens: Sequence[Token], index: int) -> int:
    """Where the parentheses open in which a token stands."""
    depth = 0
    while index and depth >= 0:
        index -= 1
        kind = tokens[index].token_type
        depth += (kind is TokenType.R_PAREN) - (kind is TokenType.L_PAREN)
    return index


def _using_name(node: exp.Expr) -> exp.Expr:
    return node.this if isinstance(node, exp.Column) else node


def _merge(
    left: Columns, right: Columns, names: list[str], join: exp.Join, scope: Scope, notes: Notes
) -> Columns:
    """USING and NATURAL: one column for both sides, which are compared for equality."""
    for name in names:
        lefts = [value for column, value in left if column == name]
        rights = [value for column, value in right if column == name]
        if not lefts or not rights:
            raise AnalysisError(
                "GDB111", f"USING names {name}, which is not on both sides", position=notes.position(join)
            )
        compared = [equal_columns(a, b, join, notes) for a in lefts for b in rights]
        notes.reveal(compared, "USING", join)
        scope.merged[name] = _either_side(union(lefts), union(rights), lefts[0], rights[0], join)
    return _merged_columns(left, right, names, join, scope, notes)


def _either_side(left: Value, right: Value, first: Value, second: Value, join: exp.Join) -> Value:
    """The value of a merged column: the left side's but for RIGHT JOIN, either's for FULL JOIN."""
    side = str(join.args.get("side") or "").upper()
    plain = {"": first.plain, "LEFT": first.plain, "RIGHT": second.plain}.get(side)
    both = union([left, right])
    return Value(both.labels, both.exposed, plain)


def _merged_columns(
    left: Columns, right: Columns, names: list[str], join: exp.Join, scope: Scope, notes: Notes
) -> Columns:
    """The order of `*` after USING: each dialect has its own.

    SQLite leaves merged columns where the left side has them. Elsewhere they come first: in
    PostgreSQL as USING lists them, in MySQL as the outer side has them, which comes first as a whole.
    """
    merged = scope.merged
    if notes.dialect is Dialect.SQLITE:
        kept = tuple((name, merged[name] if name in names else value) for name, value in left)
        return (*kept, *(column for column in right if column[0] not in names))
    is_right = str(join.args.get("side") or "").upper() == "RIGHT"
    if notes.dialect is Dialect.MYSQL:
        left, right = (right, left) if is_right else (left, right)
        names = [name for name, _ in left if name in names]
    rest = [column for column in (*left, *right) if column[0] not in names]
    return (*((name, merged[name]) for name in names), *rest)


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
        described = pragma_table(relation_name, notes)
        if described is not None:
            return Source(name or relation_name, rename(described, renamed, node, notes))
        if notes.dialect is Dialect.MYSQL and _is_sequence_table(relation_name, notes):
            return Source(name or relation_name, rename((("seq", NOTHING),), renamed, node, notes))
    if node.args.get("catalog") and name_of(node.args["catalog"], notes) != notes.catalog.database.lower():
        raise AnalysisError("GDB110", "another database is named", position=notes.position(node))
    info = resolve(node, schema, relation_name, notes)
    source = relation_source(info, notes)
    if info.parents or node.args.get("partition"):  # a partition has the rows of some values only
        notes.use(partition_value(info), Role.REVEAL, "the name of a partition", node)
    notes.refer(node, Relation(info.schema, info.name), has_alias=name is not None)
    if node.args.get("hints") or node.args.get("indexed"):  # rows come in the order of the index
        notes.use(source.row(), Role.REVEAL, "an index hint", node)
    return attrs.evolve(
        source,
        name=name or relation_name,
        columns=rename(source.columns, renamed, node, notes),
    )


_SEQUENCE_TABLE = re.compile(r"seq_\d+_to_\d+(?:_step_\d+)?")


def _is_sequence_table(name: str, notes: Notes) -> bool:
    """MariaDB's `seq_1_to_10`: numbers that no catalog lists."""
    return _SEQUENCE_TABLE.fullmatch(name) is not None and find_relation(notes.catalog, None, name) is None


_NO_HINTS = (exp.Column, exp.Subquery, exp.Select)


def _claim_hints(node: exp.Table, notes: Notes) -> None:
    """Index hints name indexes, PARTITION partitions, TABLESAMPLE a method: no value is read."""
    for key in ("hints", "indexed", "sample", "partition"):
        part = node.args.get(key)
        for hint in part if isinstance(part, list) else [part]:
            if isinstance(hint, exp.Expr):
                refused = (exp.Subquery, exp.Select) if key == "partition" else _NO_HINTS
                for word in hint.walk():
                    if isinstance(word, refused):
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
        help=nearest(name, known) or _of_session(notes.catalog),
    )


def _of_session(catalog: Catalog) -> str:
    """MySQL and MariaDB before 11.2 list no temporary tables: nobody can read again what they hold."""
    if not may_hide(catalog):
        return ""
    return "this server does not tell of temporary tables, so they cannot be used: write a WITH query instead"


def relation_source(info: RelationInfo, notes: Notes) -> Source:
    """A table's own columns; a view's as its definition computes them."""
    relation = Relation(info.schema, info.name)
    (notes.viewed if notes.viewing else notes.relations).add(relation)
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
