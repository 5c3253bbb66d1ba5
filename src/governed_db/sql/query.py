"""A query into the values of its outputs, scope by scope."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
from sqlglot import exp

from governed_db.errors import AnalysisError
from governed_db.model.catalog import Dialect
from governed_db.model.statement import HazardKind, Role
from governed_db.sql import sources, stars
from governed_db.sql.calls import group, window
from governed_db.sql.columns import alias_of, name_of
from governed_db.sql.extremes import read_extremes
from governed_db.sql.names import NOTHING, Scope, Source, Value, union
from governed_db.sql.notes import Columns, Notes
from governed_db.sql.output_names import output_name
from governed_db.sql.predicates import condition, equal_columns, refuse_unknown

_SELECT = frozenset(
    """with_ kind expressions hint distinct from_ operation_modifiers joins laterals where group having
    windows order limit offset locks into""".split()
)
_SET = frozenset("with_ this expression distinct order limit offset side kind".split())
_WRAP = frozenset("with_ this alias order limit offset".split())
_LIMIT_KEYS = ("limit", "offset")
_TURNS, _MOST_TURNS = 8, 64  # of a recursive query: as it is, and at all


@attrs.frozen
class Item:
    """One output of a query. `node` is what it was written as, `starred` as in Output."""

    name: str
    value: Value
    node: exp.Expr
    starred: tuple[str, str] | None = None


def read_query(node: exp.Expr, parent: Scope | None, notes: Notes) -> tuple[Item, ...]:
    """The outputs of SELECT, set operation, VALUES or a query in parentheses."""
    notes.step()
    scope = Scope(parent=parent)
    read_ctes(node, scope, notes)
    match node:
        case exp.Select():
            return _read_select(node, scope, notes)
        case exp.SetOperation():
            return _read_set(node, scope, notes)
        case exp.Subquery() | exp.Paren():
            return _read_wrapped(node, scope, notes)
        case exp.Values():
            return _read_values(node, scope, notes)
        case exp.Insert() | exp.Update() | exp.Delete() | exp.Merge():
            raise AnalysisError("GDB108", "a change is not accepted here", position=notes.position(node))
        case _:
            raise AnalysisError(
                "GDB108", f"{type(node).__name__} is not accepted as a query", position=notes.position(node)
            )


def scalar(node: exp.Expr, scope: Scope, notes: Notes) -> tuple[list[Value], Value]:
    """The outputs of a sub-query, and all that chose its rows."""
    before = len(notes.uses)
    items = read_query(node, scope, notes)
    controls = frozenset(use.column for use in notes.uses[before:])
    return [item.value for item in items], Value(controls, notes.told_since(before))


def columns_of(node: exp.Expr, scope: Scope | None, notes: Notes) -> Columns:
    """The named values of a query."""
    return tuple((item.name, item.value) for item in read_query(node, scope, notes))


# -- common table expressions -----------------------------------------------------------------------


def read_ctes(node: exp.Expr, scope: Scope, notes: Notes) -> None:
    with_ = node.args.get("with_")
    if with_ is None:
        return
    refuse_unknown(with_, {"expressions", "recursive"}, notes)
    is_forward = bool(with_.args.get("recursive")) or notes.dialect is Dialect.SQLITE
    if is_forward:  # there a query may name one that comes after it
        scope.pending = {cte.alias.lower() for cte in with_.expressions}
    for cte in with_.expressions:
        refuse_unknown(cte, {"this", "alias", "materialized"}, notes)
        name, renamed = alias_of(cte, notes)
        if name is None:
            raise AnalysisError("GDB108", "a WITH query needs a name", position=notes.position(cte))
        if is_forward and isinstance(cte.this, exp.SetOperation):
            scope.pending.discard(name.lower())
            scope.ctes[name] = _fixpoint(name, renamed, cte.this, scope, notes)
        else:
            scope.ctes[name] = sources.rename(_cte_outputs(cte.this, scope, notes), renamed, cte, notes)
        scope.pending.discard(name.lower())


def _cte_outputs(node: exp.Expr, scope: Scope, notes: Notes) -> tuple[tuple[str, Value], ...]:
    if isinstance(node, (exp.Insert, exp.Update, exp.Delete, exp.Merge)):
        return notes.write(node, scope)
    return columns_of(node, scope, notes)


def _fixpoint(
    name: str, renamed: Sequence[str], node: exp.SetOperation, scope: Scope, notes: Notes
) -> tuple[tuple[str, Value], ...]:
    """Labels only grow, so that this ends: at the latest when every column has every label."""
    inner = Scope(parent=scope)
    anchor = [(item.name, item.value) for item in read_query(node.this, inner, notes)]
    columns = sources.rename(tuple(anchor), renamed, node, notes)
    for turn in range(_MOST_TURNS):
        inner.ctes[name] = columns
        mark = notes.mark()
        step = read_query(node.expression, inner, notes)
        if len(step) != len(columns):
            raise AnalysisError("GDB108", "the parts of a recursive query differ in width")
        grown = tuple(
            (column, _either(value, item.value)) for (column, value), item in zip(columns, step, strict=True)
        )
        if node.args.get("distinct"):
            _deduplicate([value for _, value in grown], node, notes)
        if grown == columns:
            _read_queue(node, columns, scope, notes)
            return columns
        notes.rewind(mark)
        columns = grown if turn < _TURNS else _levelled(grown)
    raise AnalysisError("GDB108", "a recursive query could not be resolved")


def _read_queue(node: exp.SetOperation, columns: Columns, scope: Scope, notes: Notes) -> None:
    """ORDER BY, LIMIT and OFFSET of a recursive query: SQLite takes rows from its queue in that order."""
    refuse_unknown(node, _SET, notes)
    source = Source(None, columns)
    items = tuple(Item(name, value, node) for name, value in columns)
    _read_tail(node, Scope(parent=scope, sources=[source]), items, notes)


def _levelled(columns: Columns) -> Columns:
    """Every column may be any of them: labels that wander from column to column take too many turns."""
    anything = union(value for _, value in columns)
    return tuple((name, anything) for name, _ in columns)


def _either(left: Value, right: Value) -> Value:
    """A value that is one or the other.

    Next to values that a query made up, a stored one is no plain copy any more: grouping them together
    would match it with all that there can be.
    """
    if left == right:
        return left
    both = union([left, right])
    plain = left.plain if left.plain == right.plain else None
    return attrs.evolve(both, plain=plain, computes_steadily=left.is_steady and right.is_steady)


# -- SELECT ---------------------------------------------------------------------------------------


def _read_select(node: exp.Select, scope: Scope, notes: Notes) -> tuple[Item, ...]:
    refuse_unknown(node, _SELECT, notes)
    if node.args.get("into") is not None:
        for part in node.args["into"].walk():
            notes.claim(part)
        notes.hazard(
            HazardKind.FILE, "into", "SELECT ... INTO is not permitted", node, "use INSERT ... SELECT"
        )
    if node.args.get("kind"):
        raise AnalysisError("GDB108", "SELECT AS is not accepted", position=notes.position(node))
    inner = Scope(parent=scope)
    mark = len(notes.extremes)
    sources.read_from(node, inner, scope, notes)
    if notes.dialect is not Dialect.POSTGRES:
        _early_aliases(node, inner, notes)
    where = node.args.get("where")
    condition(where.this if where else None, inner, notes, "WHERE")
    for definition in node.args.get("windows") or []:
        window(definition, inner, notes)
    items = _outputs(node, inner, notes)
    inner.aliases = {
        item.name if notes.dialect is Dialect.POSTGRES else item.name.lower(): item.value
        for item in items
        if isinstance(item.node, exp.Alias)
    }
    _read_group(node, inner, items, notes)
    having = node.args.get("having")
    condition(having.this if having else None, inner, notes, "HAVING")
    _read_distinct(node, inner, items, notes)
    _read_tail(node, inner, items, notes)
    _read_locks(node, inner, notes)
    read_extremes(node, inner, mark, notes)
    return items


def _read_locks(node: exp.Select, scope: Scope, notes: Notes) -> None:
    """FOR UPDATE OF names sources."""
    notes.locks_rows |= bool(node.args.get("locks"))
    for lock in node.args.get("locks") or []:
        for table in lock.expressions:
            name = name_of(table.this, notes)
            if all(source.name != name for source in scope.sources):
                raise AnalysisError(
                    "GDB112", f"there is no table or alias {name} here", position=notes.position(table)
                )


def _early_aliases(node: exp.Select, scope: Scope, notes: Notes) -> None:
    """SQLite lets WHERE use output aliases; MySQL's HAVING and GROUP BY come after the outputs."""
    if notes.dialect is not Dialect.SQLITE or node.args.get("where") is None:
        return
    known = {name for source in scope.sources for name, _ in source.columns}
    used = {column.name.lower() for column in node.args["where"].find_all(exp.Column)}
    for projection in node.expressions:
        name = projection.alias.lower() if isinstance(projection, exp.Alias) else ""
        if name in used and name not in known:
            scope.aliases[name] = notes.value(projection, scope)


def _outputs(node: exp.Select, scope: Scope, notes: Notes) -> tuple[Item, ...]:
    items: list[Item] = []
    for projection in node.expressions:
        items.extend(outputs_of(projection, scope, notes))
    return tuple(items)


def outputs_of(projection: exp.Expr, scope: Scope, notes: Notes) -> list[Item]:
    """One item of a select list or RETURNING: a star is many outputs."""
    starred = stars.star(projection, scope, notes)
    if starred is not None:
        named = stars.named(projection, scope, notes, len(starred))
        pairs = zip(starred, named, strict=True)
        return [Item(name, value, projection, place) for (name, value), place in pairs]
    value = notes.value(projection, scope)
    if isinstance(projection, exp.Alias):
        name_of(projection.args["alias"], notes)
    return [Item(output_name(projection, notes), value, projection)]


def _read_group(node: exp.Select, scope: Scope, items: tuple[Item, ...], notes: Notes) -> None:
    grouping = node.args.get("group")
    if grouping is None:
        return
    refuse_unknown(grouping, {"expressions", "grouping_sets", "cube", "rollup", "all"}, notes)
    for part in grouping.iter_expressions():
        for term in _grouped(part):
            group(_by_position(term, scope, items, notes), "GROUP BY", term, notes)


def _grouped(node: exp.Expr) -> list[exp.Expr]:
    """The terms of GROUP BY a, ROLLUP (b), GROUPING SETS ((c), (d, e))."""
    if isinstance(node, (exp.Cube, exp.Rollup, exp.GroupingSets, exp.Tuple)):
        return [term for part in node.expressions for term in _grouped(part)]
    if isinstance(node, exp.Paren):
        return _grouped(node.this)
    return [node]


def _by_position(term: exp.Expr, scope: Scope, items: Sequence[Item], notes: Notes) -> Value:
    """GROUP BY 1 and ORDER BY 1 name an output."""
    if isinstance(term, exp.Literal) and not term.is_string:
        index = int(term.this) - 1 if str(term.this).isdigit() else -1
        if not 0 <= index < len(items):
            raise AnalysisError("GDB108", "there is no output of that number", position=notes.position(term))
        return items[index].value
    return notes.value(term, scope)


def _read_distinct(node: exp.Select, scope: Scope, items: tuple[Item, ...], notes: Notes) -> None:
    distinct = node.args.get("distinct")
    if distinct is None:
        return
    on = distinct.args.get("on")
    if on is None:
        _deduplicate([item.value for item in items], node, notes)
        return
    for term in on.expressions if isinstance(on, exp.Tuple) else [on]:
        group(_by_position(term, scope, items, notes), "DISTINCT ON", term, notes)


def _deduplicate(values: Sequence[Value], node: exp.Expr, notes: Notes) -> None:
    for value in values:
        group(value, "DISTINCT", node, notes)


def _read_tail(node: exp.Expr, scope: Scope, items: Sequence[Item], notes: Notes) -> None:
    """ORDER BY, LIMIT and OFFSET."""
    order = node.args.get("order")
    if order is not None:
        for ordered in order.expressions:
            term = ordered.this if isinstance(ordered, exp.Ordered) else ordered
            value = _by_position(_bare_term(term), scope, items, notes)
            notes.use(value, Role.REVEAL, "ORDER BY", term)
    for key in _LIMIT_KEYS:
        part = node.args.get(key)
        if part is not None:
            notes.reveal(notes_children(part, scope, notes), key.upper(), part)


def _bare_term(term: exp.Expr) -> exp.Expr:
    return term.unnest() if isinstance(term, exp.Paren) else term


def notes_children(node: exp.Expr, scope: Scope, notes: Notes) -> list[Value]:
    """The values of a LIMIT, OFFSET or FETCH clause."""
    return [
        notes.value(child, scope)
        for child in node.iter_expressions()
        if not isinstance(child, exp.LimitOptions)
    ]


# -- set operations, VALUES, parentheses --------------------------------------------------------------


def _read_set(node: exp.SetOperation, scope: Scope, notes: Notes) -> tuple[Item, ...]:
    """Many parts are nested to the left: they are read in a loop."""
    chain = [node]
    while isinstance(chain[-1].this, exp.SetOperation) and not _has_tail(chain[-1].this):
        chain.append(chain[-1].this)
    items = read_query(chain[-1].this, scope, notes)
    for part in reversed(chain):
        items = _combined(part, items, scope, notes)
    return items


def _has_tail(node: exp.Expr) -> bool:
    return any(node.args.get(key) for key in ("with_", "order", *_LIMIT_KEYS))


def _combined(node: exp.SetOperation, left: tuple[Item, ...], scope: Scope, notes: Notes) -> tuple[Item, ...]:
    refuse_unknown(node, _SET, notes)
    right = read_query(node.expression, scope, notes)
    if len(left) != len(right):
        raise AnalysisError(
            "GDB108", "the parts of a set operation differ in width", position=notes.position(node)
        )
    pairs = list(zip(left, right, strict=True))
    if node.args.get("distinct") or not isinstance(node, exp.Union):
        for a, b in pairs:
            _match(a.value, b.value, node, notes)
    items = tuple(Item(a.name, _either(a.value, b.value), a.node) for a, b in pairs)
    ordered = Scope(parent=scope, sources=[Source(None, tuple((i.name, i.value) for i in items))])
    _read_tail(node, ordered, items, notes)
    return items


def _match(left: Value, right: Value, node: exp.Expr, notes: Notes) -> None:
    """Rows of the two sides are compared: like equality of each column."""
    compared = equal_columns(left, right, node, notes)
    notes.use(compared, Role.REVEAL, type(node).__name__.upper(), node)
    for value in (left, right):
        group(value, type(node).__name__.upper(), node, notes)


def _read_wrapped(node: exp.Expr, scope: Scope, notes: Notes) -> tuple[Item, ...]:
    refuse_unknown(node, _WRAP, notes)
    items = read_query(node.this, scope, notes)
    inner = Scope(parent=scope, sources=[Source(None, tuple((i.name, i.value) for i in items))])
    _read_tail(node, inner, items, notes)
    return items


def _read_values(node: exp.Values, scope: Scope, notes: Notes) -> tuple[Item, ...]:
    rows = [row.expressions if isinstance(row, exp.Tuple) else [row] for row in node.expressions]
    if len({len(row) for row in rows}) != 1:
        raise AnalysisError("GDB108", "VALUES rows differ in width", position=notes.position(node))
    columns = list(zip(*rows, strict=True))
    items = tuple(
        Item(f"column{index}", _any_of([notes.value(cell, scope) for cell in cells]), cells[0])
        for index, cells in enumerate(columns, 1)
    )
    _read_tail(node, scope, items, notes)
    return items


def _any_of(values: Sequence[Value]) -> Value:
    result = values[0]
    for value in values[1:]:
        result = _either(result, value)
    return result if result.exposed or result.labels else NOTHING
