"""A function in FROM into a source: its columns depend on all its arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from governed_db.model.catalog import Dialect
from governed_db.sql.columns import alias_of, name_of
from governed_db.sql.functions import FunctionKind, lookup
from governed_db.sql.names import NOTHING, Scope, Source, Value, find_relation, union
from governed_db.sql.notes import Notes
from governed_db.sql.tokens import HIDDEN

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
_JSON_EACH = ("key", "value", "type", "atom", "id", "parent", "fullkey", "path")
# SQLite's pragmas as functions: "PRAGMA functions" in its documentation.
_PRAGMAS: Mapping[str, tuple[str, ...]] = {
    name: tuple(columns.split())
    for name, columns in {
        "pragma_collation_list": "seq name",
        "pragma_compile_options": "compile_options",
        "pragma_database_list": "seq name file",
        "pragma_foreign_key_list": "id seq table from to on_update on_delete match",
        "pragma_function_list": "name builtin type enc narg flags",
        "pragma_index_info": "seqno cid name",
        "pragma_index_list": "seq name unique origin partial",
        "pragma_index_xinfo": "seqno cid name desc coll key",
        "pragma_module_list": "name",
        "pragma_pragma_list": "name",
        "pragma_table_info": "cid name type notnull dflt_value pk",
        "pragma_table_list": "schema name type ncol wr strict",
        "pragma_table_xinfo": "cid name type notnull dflt_value pk hidden",
    }.items()
}


def function_source(node: exp.Expr, call: exp.Expr, scope: Scope, notes: Notes) -> Source:
    """A function as a source: each of its columns depends on all its arguments."""
    name, renamed = alias_of(node, notes)
    value = _value_of(call, scope, notes)
    notes.reveal([value], "a function in FROM", call)
    function = _function_name(call, notes)
    columns = renamed or _listed_columns(call, notes) or _known_columns(function, notes)
    columns = (*columns, *_side_by_side(call)[len(columns) :])
    columns = columns or _row_type_columns(function, call, notes)
    is_scalar = not columns and _returns_one_column(function, notes)
    if is_scalar:
        columns = (name or function,)
    columns = (*columns, *_ordinality(node, call, columns, renamed, notes))
    return Source(
        name or function,
        tuple((column, value) for column in columns),
        open=value if is_scalar or not columns else None,
    )


def _side_by_side(call: exp.Expr) -> tuple[str, ...]:
    """`unnest(a, b)`: a column for each array, all of one name. Django inserts many rows so."""
    several = isinstance(call, exp.Unnest) and len(call.expressions) > 1
    return ("unnest",) * len(call.expressions) if several else ()


def pragma_table(name: str, notes: Notes) -> tuple[tuple[str, Value], ...] | None:
    """SQLite's `FROM pragma_table_list`, which needs no argument, and so no parentheses; None for others."""
    if notes.dialect is not Dialect.SQLITE or name not in _PRAGMAS:
        return None
    notes.functions.add(name)
    return tuple((column, NOTHING) for column in _PRAGMAS[name])


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


def _value_of(call: exp.Expr, scope: Scope, notes: Notes) -> Value:
    match call:
        case exp.Unnest():
            notes.claim(call)
            return union([notes.value(part, scope) for part in call.expressions])
        case exp.JSONTable():
            return union([notes.value(call.this, scope)])
        case _:
            return union([notes.value(call, scope)])


def _listed_columns(call: exp.Expr, notes: Notes) -> tuple[str, ...]:
    """JSON_TABLE says its own columns, those of NESTED PATH among them."""
    if not isinstance(call, exp.JSONTable):
        return ()
    found = call.find_all(exp.JSONColumnDef, bfs=False)
    return tuple(name_of(column.this, notes) for column in found if column.this is not None)


def _function_name(call: exp.Expr, notes: Notes) -> str:
    if isinstance(call, exp.Anonymous):
        return str(call.this).removeprefix(HIDDEN).lower()
    if isinstance(call, exp.Dot):
        return _function_name(call.expression, notes)
    if isinstance(call, exp.JSONTable):
        return "json_table"
    if isinstance(call, exp.Unnest):
        return "unnest"
    if "start" in call.meta:
        return notes.text[call.meta["start"] : call.meta["end"] + 1].removeprefix(HIDDEN).lower()
    return "generate_series"


def _row_type_columns(function: str, call: exp.Expr, notes: Notes) -> tuple[str, ...]:
    """`jsonb_populate_record(NULL::customers, ...)` has the columns of that table."""
    if function.partition("_")[0] not in ("json", "jsonb") or "_populate_record" not in function:
        return ()
    first = call.expressions[0] if call.expressions else None
    kind = first.to if isinstance(first, exp.Cast) else None
    if kind is None or kind.this is not exp.DataType.Type.USERDEFINED:
        return ()
    schema, _, name = str(kind.args.get("kind")).rpartition(".")
    info = find_relation(notes.catalog, schema or None, name)
    return tuple(column.name for column in info.columns if not column.hidden) if info is not None else ()


def _known_columns(function: str, notes: Notes) -> tuple[str, ...]:
    if notes.dialect is Dialect.SQLITE:
        if function in ("json_each", "json_tree"):
            return _JSON_EACH
        if function in _PRAGMAS:
            return _PRAGMAS[function]
        info = find_relation(notes.catalog, None, function)
        return tuple(column.name.lower() for column in info.columns if not column.hidden) if info else ()
    return _FUNCTION_COLUMNS.get(function, ())
