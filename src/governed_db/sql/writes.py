"""INSERT, UPDATE, DELETE and MERGE into Writes: which relation, how far they reach, what flows where."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from governed_db.errors import AnalysisError
from governed_db.model.catalog import Dialect
from governed_db.model.statement import Flow, HazardKind, Kind, Reach, Write
from governed_db.sql import sources, supplied, trials
from governed_db.sql.assignments import assigned, assignments, flow
from governed_db.sql.cascades import has_busy_trigger, taken_along
from governed_db.sql.columns import name_of
from governed_db.sql.functions import FunctionKind, lookup
from governed_db.sql.given_rows import given_rows
from governed_db.sql.names import NOTHING, Scope, Source, Value
from governed_db.sql.notes import Notes
from governed_db.sql.predicates import condition, refuse_unknown
from governed_db.sql.query import Item, notes_children, outputs_of, read_ctes, read_query
from governed_db.sql.reach import reach_of
from governed_db.sql.steering import call
from governed_db.sql.targets import Target, joined_target, read_target
from governed_db.sql.trials import note_forgiven, note_trial
from governed_db.sql.triggers import set_off

_INSERT = frozenset(
    "with_ this expression conflict returning ignore alternative default overwrite source".split()
)
_UPDATE = frozenset("with_ this expressions from_ where returning order limit".split())
_DELETE = frozenset("with_ this using where returning order limit tables".split())
_MERGE = frozenset("with_ this using on whens returning".split())
_CONFLICT = frozenset("duplicate expressions action conflict_keys index_predicate constraint where".split())


def read_write(node: exp.Expr, parent: Scope | None, notes: Notes) -> tuple[Item, ...]:
    """Note the change that `node` makes; the outputs of its RETURNING."""
    scope = Scope(parent=parent)
    read_ctes(node, scope, notes)
    match node:
        case exp.Insert():
            return _insert(node, scope, notes)
        case exp.Update():
            return _update(node, scope, notes)
        case exp.Delete():
            return _delete(node, scope, notes)
        case exp.Merge():
            return _merge(node, scope, notes)
        case _:
            raise AnalysisError("GDB108", f"{type(node).__name__} is not accepted")


def write_in_with(node: exp.Expr, scope: Scope, notes: Notes) -> tuple[tuple[str, Value], ...]:
    """The named values that a change inside WITH returns."""
    return tuple((item.name, item.value) for item in read_write(node, scope, notes))


def _note(
    kind: Kind,
    target: Target,
    reach: tuple[Reach, int | None],
    flows: Sequence[Flow],
    node: exp.Table,
    notes: Notes,
    *,
    joined: bool = False,
) -> None:
    event = kind.value
    triggers = tuple(t.name for t in target.info.triggers if event in {e.lower() for e in t.events})
    notes.kinds.add(kind)
    notes.refer(
        node,
        target.relation,
        has_alias=bool(node.args.get("alias")),
        target=kind,
        is_joined=joined,
    )
    also = set_off(target.info, {kind, *notes.kinds}, notes)
    taken = taken_along(target.info, kind, flows, notes.catalog)
    is_wide = bool(taken) or has_busy_trigger(target.info, kind)
    if is_wide and reach[0] is Reach.KEYED:  # how many rows are taken along only running it tells
        reach = (Reach.PREDICATE, None)
    if taken and kind is Kind.UPDATE and notes.dialect is Dialect.MYSQL:  # there not even that
        reach = (Reach.UNBOUNDED, None)
    notes.writes.append(
        Write(
            kind,
            target.relation,
            reach[0],
            reach[1],
            (*flows, *also),
            notes.position(node),
            target.info.transactional,
            triggers,
            taken,
            is_wide,
            target.info.temporary,
        )
    )


# -- INSERT -----------------------------------------------------------------------------------------


def _insert(node: exp.Insert, scope: Scope, notes: Notes) -> tuple[Item, ...]:
    refuse_unknown(node, _INSERT, notes)
    schema = node.this
    table = schema.this if isinstance(schema, exp.Schema) else schema
    target = read_target(table, notes)
    columns = _insert_columns(schema, target, notes)
    _note_command(target, columns, node, notes)
    items, rows = _inserted(node, scope, notes)
    values = None if items is None else [item.value for item in items]
    if items is None or values is None:
        flows = []
    else:
        if len(values) > len(columns) or (isinstance(schema, exp.Schema) and len(values) != len(columns)):
            raise AnalysisError(
                "GDB113", "INSERT has not as many values as columns", position=notes.position(node)
            )
        flows = [
            flow(target, column, value, node, notes)
            for column, value in zip(columns[: len(values)], values, strict=True)
        ]
        if rows is None:
            for column, item in zip(columns[: len(items)], items, strict=True):
                note_trial(target, column, item.value, item.node, notes)
    supplied.inserted(node.args.get("expression"), target.info, columns, notes)
    reach = (Reach.PREDICATE, None) if rows is None else (Reach.KEYED, rows)
    inner = Scope(parent=scope, sources=[target.source])
    conflict = _conflict(node, target, columns, values, inner, notes)
    if rows is not None and _is_forgiving(node):
        note_forgiven(target, columns, rows, node, notes)
    _note(Kind.INSERT, target, reach, [*flows, *conflict], table, notes)
    return _returning(node, inner, notes)


def _is_forgiving(node: exp.Insert) -> bool:
    """IGNORE, OR IGNORE, ON CONFLICT, ON DUPLICATE KEY: a key that is there is no error."""
    return any(node.args.get(key) for key in ("conflict", "ignore", "alternative"))


def _note_command(target: Target, columns: Sequence[str], node: exp.Insert, notes: Notes) -> None:
    """SQLite's fts tables take a row with the column of their own name for a command: 'delete-all'.

    A trigger that keeps such a table up to date is its owner's.
    """
    own = target.info.name.lower()
    is_hidden = any(column.hidden and column.name.lower() == own for column in target.info.columns)
    if notes.dialect is Dialect.SQLITE and own in columns and is_hidden and not notes.viewing:
        message = f"a command to the full-text table {target.info.name}"
        notes.hazard(HazardKind.SERVER, "fts command", message, node, "ask the owner of the database")


def _insert_columns(schema: exp.Expr, target: Target, notes: Notes) -> list[str]:
    if isinstance(schema, exp.Schema):
        parts = [part.this if isinstance(part, exp.Column) else part for part in schema.expressions]
        return [name_of(part, notes) for part in parts]
    return [name for name, _ in target.source.columns]


def _inserted(node: exp.Insert, scope: Scope, notes: Notes) -> tuple[Sequence[Item] | None, int | None]:
    """The values by position and how many rows; None values for DEFAULT VALUES, None rows if unknown."""
    what = node.args.get("expression")
    if node.args.get("default") or what is None:
        return None, 1
    if isinstance(what, exp.Values) and not what.args.get("alias"):
        return read_query(what, scope, notes), None if _makes_rows(what, notes) else len(what.expressions)
    if isinstance(what, exp.Tuple):
        items = [Item("", notes.value(part, scope), part) for part in what.expressions]
        return items, None if _makes_rows(what, notes) else 1
    given = given_rows(what)
    return read_query(what, scope, notes), None if given is None else len(given.expressions)


def _makes_rows(node: exp.Expr, notes: Notes) -> bool:
    """Whether a value is a function that returns rows: VALUES (generate_series(1, 9000)) inserts them all."""
    if notes.dialect is not Dialect.POSTGRES:
        return False
    calls = (call(part) for part in node.find_all(exp.Func))
    known = (lookup(notes.dialect, name) for name in calls if name is not None)
    return any(info is None or info.kind is FunctionKind.TABLE for info in known)


def _conflict(
    node: exp.Insert,
    target: Target,
    columns: Sequence[str],
    values: Sequence[Value] | None,
    scope: Scope,
    notes: Notes,
) -> list[Flow]:
    conflict = node.args.get("conflict")
    if conflict is None:
        return []
    refuse_unknown(conflict, _CONFLICT, notes)
    proposed = dict(zip(columns, values or (), strict=False))
    excluded = tuple((name, proposed.get(name, NOTHING)) for name, _ in target.source.columns)
    inner = Scope(parent=scope.parent, sources=[target.source, Source("excluded", (), excluded)])
    for key in conflict.args.get("conflict_keys") or []:
        _conflict_key(key, inner, notes)
    for name in ("constraint",):
        if isinstance(conflict.args.get(name), exp.Identifier):
            name_of(conflict.args[name], notes)
    predicate = conflict.args.get("index_predicate")
    if predicate is not None:
        notes.value(predicate.this if isinstance(predicate, exp.Where) else predicate, inner)
    flows = assignments(conflict.expressions, target, inner, notes)
    where = conflict.args.get("where")
    condition(where.this if where else None, inner, notes, "WHERE")
    if flows:
        notes.kinds.add(Kind.UPDATE)
    trials.note_checks(target, flows, conflict, notes)
    return flows


def _conflict_key(key: exp.Expr, scope: Scope, notes: Notes) -> None:
    """What is inserted is compared with what is there: that it conflicts can be seen."""
    for part in key.find_all(exp.Identifier):
        column = exp.Column(this=part.copy())
        column.this.meta.update(part.meta)
        notes.probe(notes.value(column, scope), part)


# -- UPDATE -----------------------------------------------------------------------------------------


def _update(node: exp.Update, scope: Scope, notes: Notes) -> tuple[Item, ...]:
    refuse_unknown(node, _UPDATE, notes)
    inner = Scope(parent=scope)
    target, table, joined = joined_target([node.this], _qualifiers(node, notes), inner, scope, notes)
    if node.args.get("from_") is not None:
        sources.read_from(node, inner, scope, notes)
        joined = True
    flows = assignments(node.expressions, target, inner, notes)
    trials.note_checks(target, flows, node, notes)
    where = node.args.get("where")
    condition(where.this if where else None, inner, notes, "WHERE")
    _order_limit(node, inner, notes)
    reach = _reach(node, target, notes, joined=joined)
    _note(Kind.UPDATE, target, reach, flows, table, notes, joined=joined)
    return _returning(node, inner, notes)


def _qualifiers(node: exp.Update, notes: Notes) -> frozenset[str]:
    """What MySQL's SET writes in front of columns: it tells which of the joined tables is changed."""
    columns = [part.this for part in node.expressions if isinstance(part.this, exp.Column)]
    tables = [column.args["table"] for column in columns if column.args.get("table")]
    return frozenset(name_of(table, notes) for table in tables)


def _order_limit(node: exp.Expr, scope: Scope, notes: Notes) -> None:
    order = node.args.get("order")
    if order is not None:
        notes.reveal(notes.children(order, scope), "ORDER BY", order)
    limit = node.args.get("limit")
    if limit is not None:
        notes.reveal(notes_children(limit, scope, notes), "LIMIT", limit)


def _reach(node: exp.Expr, target: Target, notes: Notes, *, joined: bool) -> tuple[Reach, int | None]:
    where = node.args.get("where")
    return reach_of(where.this if where else None, target.info, notes.dialect, joined=joined)


# -- DELETE, MERGE ------------------------------------------------------------------------------------


def _delete(node: exp.Delete, scope: Scope, notes: Notes) -> tuple[Item, ...]:
    refuse_unknown(node, _DELETE, notes)
    inner = Scope(parent=scope)
    using = node.args.get("using") or []
    named = [name_of(part.this, notes) for part in node.args.get("tables") or []]
    if using and notes.dialect is Dialect.MYSQL:  # DELETE FROM alias USING table AS alias JOIN ...
        named, roots, using = [name_of(node.this.this, notes)], using, []
    else:
        roots = [node.this]
    target, table, joined = joined_target(roots, frozenset(named), inner, scope, notes)
    for other in using:
        sources.add_source(other, inner, scope, notes)
        joined = True
    where = node.args.get("where")
    condition(where.this if where else None, inner, notes, "WHERE")
    _order_limit(node, inner, notes)
    reach = _reach(node, target, notes, joined=joined)
    _note(Kind.DELETE, target, reach, (), table, notes, joined=joined)
    return _returning(node, inner, notes)


def _merge(node: exp.Merge, scope: Scope, notes: Notes) -> tuple[Item, ...]:
    refuse_unknown(node, _MERGE, notes)
    target = read_target(node.this, notes)
    inner = Scope(parent=scope, sources=[target.source])
    sources.add_source(node.args["using"], inner, scope, notes)
    condition(node.args["on"], inner, notes, "ON")
    flows: list[Flow] = []
    for when in node.args["whens"].expressions:
        condition(when.args.get("condition"), inner, notes, "WHEN")
        flows.extend(_merge_action(when.args["then"], target, inner, notes))
    notes.kinds.add(Kind.MERGE)
    _note(Kind.MERGE, target, (Reach.PREDICATE, None), flows, node.this, notes)
    return _returning(node, inner, notes)


def _merge_action(action: exp.Expr, target: Target, scope: Scope, notes: Notes) -> list[Flow]:
    if isinstance(action, exp.Update):
        flows = assignments(action.expressions, target, scope, notes)
        trials.note_checks(target, flows, action, notes)
        return flows
    if isinstance(action, exp.Insert):
        columns = action.this
        names = (
            [assigned(part, notes) for part in columns.expressions]
            if isinstance(columns, exp.Tuple)
            else [assigned(columns.this, notes)]
            if isinstance(columns, exp.Paren)
            else [name for name, _ in target.source.columns]
        )
        what = action.args.get("expression")
        parts = what.expressions if isinstance(what, exp.Tuple) else [what.this] if what else []
        values = [notes.value(part, scope) for part in parts]
        for name, value, part in zip(names[: len(values)], values, parts, strict=True):
            supplied.written(target.info, name, part, notes)
            note_trial(target, name, value, part, notes)
        return [
            flow(target, name, value, action, notes)
            for name, value in zip(names[: len(values)], values, strict=True)
        ]
    if isinstance(action, exp.Var):
        return []  # DELETE, DO NOTHING
    raise AnalysisError("GDB108", "this MERGE action is not accepted", position=notes.position(action))


def _returning(node: exp.Expr, scope: Scope, notes: Notes) -> tuple[Item, ...]:
    returning = node.args.get("returning")
    if returning is None:
        return ()
    refuse_unknown(returning, {"expressions"}, notes)
    return tuple(
        item for projection in returning.expressions for item in outputs_of(projection, scope, notes)
    )
