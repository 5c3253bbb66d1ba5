"""A function call into the value it may show, by the dialect's allow-list.

What is not on the list (sql/functions) is a hazard that policy decides on; its result depends on all
its arguments and may show them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from governed_db.errors import AnalysisError
from governed_db.model.catalog import Dialect
from governed_db.model.statement import NO_LABEL, ColumnRef, HazardKind, Role
from governed_db.sql.columns import name_of
from governed_db.sql.extremes import note_extreme
from governed_db.sql.functions import FunctionKind, forbidden, lookup
from governed_db.sql.names import NOTHING, Scope, Value, find_relation, steady_union, union
from governed_db.sql.notes import Notes
from governed_db.sql.predicates import condition
from governed_db.sql.tokens import HIDDEN

_UNITS = frozenset(
    """microsecond second minute hour day week month quarter year frac_second sql_tsi_second
    sql_tsi_minute sql_tsi_hour sql_tsi_day sql_tsi_week sql_tsi_month sql_tsi_quarter
    sql_tsi_year""".split()
)
# These can fail only on values that somebody computed (ragged arrays, sums near the end of the range).
_TOTAL_ON_COLUMNS = frozenset(
    """sum avg array_agg json_agg jsonb_agg to_json to_jsonb row_to_json json_build_object
    jsonb_build_object json_build_array jsonb_build_array json_object_agg jsonb_object_agg
    json_group_array json_group_object json_arrayagg json_objectagg stddev variance""".split()
)
# The same holds for a number that is stored, or the mean of such.
_ROUNDED = frozenset("round ceil ceiling floor trunc truncate".split())
_MEANS = frozenset("avg min max".split())
_WRITTEN: Mapping[type, str] = {exp.StrPosition: "position", exp.Chr: "char"}
# These are NULL only where their arguments are.
_STEADY = frozenset(
    "upper lower ucase lcase max min any_value concat string_agg group_concat coalesce ifnull nvl".split()
)
_BUILT_IN_SCHEMAS = ("pg_catalog", "information_schema")


def call(node: exp.Expr, scope: Scope, notes: Notes) -> Value:
    """A call whose name was hidden from the parser, or that it does not know."""
    notes.claim(node)
    name = unquoted(str(node.this).removeprefix(HIDDEN), notes)
    arguments = list(node.expressions)
    if name in ("timestampdiff", "timestampadd") and arguments:
        arguments = _without_unit(arguments, notes)
    if name in ("nextval", "lastval") and notes.dialect is Dialect.MYSQL and _is_sequence(arguments, notes):
        arguments = []
    if name == "current_setting" and notes.dialect is Dialect.POSTGRES and _describes_server(arguments):
        return NOTHING
    if name in ("all", "some") and len(arguments) == 1:  # `5 > ALL (...)`, which is no call
        return union([notes.value(arguments[0], scope)])
    if name == "values" and notes.dialect is Dialect.MYSQL:
        return union([_inserted(argument, scope, notes) for argument in arguments])
    return _apply(name, [notes.value(a, scope) for a in _undistinct(arguments)], node, notes)


def unquoted(name: str, notes: Notes) -> str:
    """The name of a function: PostgreSQL writes "left"(...) into the definitions of views."""
    is_quoted = notes.dialect is Dialect.POSTGRES and len(name) > 2 and name[0] == name[-1] == '"'
    return name[1:-1] if is_quoted else name.lower()


def _undistinct(arguments: Sequence[exp.Expr]) -> list[exp.Expr]:
    """The arguments of `count(DISTINCT a, b)`, of which each is a copy or not."""
    return [
        part
        for argument in arguments
        for part in (argument.expressions if type(argument) is exp.Distinct else [argument])
    ]


def by_field(name: str, row: Value, node: exp.Expr, notes: Notes) -> Value:
    """PostgreSQL's `(row).function`: a call that is written as a field."""
    return _apply(name, [row], node, notes)


def typed(node: exp.Expr, scope: Scope, notes: Notes) -> Value:
    """A call for which the parser has a node class of its own."""
    if isinstance(node, exp.TsOrDsToDate) and "start" not in node.meta:
        return union([notes.value(node.this, scope)])  # put around an argument by sqlglot: nobody wrote it
    notes.claim(node)
    return _apply(_written_name(node, notes), notes.children(node, scope), node, notes)


def qualified(node: exp.Expr, scope: Scope, notes: Notes) -> Value:
    """`schema.function(...)`."""
    if not isinstance(node.this, exp.Identifier):
        raise AnalysisError("GDB108", "a call on a value is not accepted", position=notes.position(node))
    schema = name_of(node.this, notes)
    if schema in _BUILT_IN_SCHEMAS:
        return notes.value(node.expression, scope)
    function = node.expression
    bare = str(function.this).removeprefix(HIDDEN).lower()
    if (schema, bare) in notes.catalog.routines and not notes.is_made_by_users(bare, (schema,)):
        return notes.value(function, scope)  # of an extension that was put into a schema of its own
    notes.claim(function)
    name = f"{schema}.{bare}"
    return _unlisted(name, [notes.value(a, scope) for a in function.expressions], node, notes)


def window(node: exp.Expr, scope: Scope, notes: Notes) -> Value:
    """`function OVER (...)`: partitions group, orders reveal."""
    if isinstance(node.this, exp.Identifier):
        name_of(node.this, notes)
        value = NOTHING
    else:
        value = notes.value(node.this, scope)
    alias = node.args.get("alias")
    if alias is not None:
        name_of(alias, notes)
    for part in node.args.get("partition_by") or []:
        group(notes.value(part, scope), "PARTITION BY", part, notes)
    parts = [value]
    order = node.args.get("order")
    if order is not None:
        ordering = notes.children(order, scope)
        notes.reveal(ordering, "ORDER BY", order)
        # In a view the order is its owner's: what a rank tells is masked like the value.
        parts.extend(ordering if notes.viewing else (Value(part.labels) for part in ordering))
    frame = node.args.get("spec")
    if frame is not None:
        notes.reveal(notes.children(frame, scope), "a window frame", frame)
    return union(parts)


def group(value: Value, construct: str, node: exp.Expr, notes: Notes) -> None:
    """Rows are put together by a value: whole values as by their token, anything else reveals."""
    role = Role.GROUP if value.plain is not None else Role.REVEAL
    notes.use(value, role, construct, node)


def within_group(node: exp.Expr, scope: Scope, notes: Notes) -> Value:
    """`percentile_cont(...) WITHIN GROUP (ORDER BY value)` returns one of the ordered values."""
    return union([notes.value(node.this, scope), *notes.children(node.expression, scope)])


def filtered(node: exp.Expr, scope: Scope, notes: Notes) -> Value:
    """`aggregate FILTER (WHERE condition)`."""
    chosen = condition(node.expression.this, scope, notes, "FILTER")
    value = notes.value(node.this, scope)
    told = chosen.exposed if notes.viewing else NO_LABEL
    return Value(value.labels | chosen.labels, value.exposed | told)


def _without_unit(arguments: list[exp.Expr], notes: Notes) -> list[exp.Expr]:
    unit = arguments[0]
    if isinstance(unit, (exp.Column, exp.Var)) and unit.name.lower() in _UNITS:
        for part in unit.walk():
            notes.claim(part)
        return arguments[1:]
    return arguments


# What programs ask when they connect. Others may hold credentials, or what a statement put there.
_DESCRIBING = frozenset(
    """server_version server_version_num server_encoding client_encoding timezone datestyle intervalstyle
    search_path statement_timeout lock_timeout transaction_isolation transaction_read_only bytea_output
    default_transaction_isolation default_transaction_read_only standard_conforming_strings work_mem
    integer_datetimes lc_collate lc_ctype lc_messages lc_monetary lc_numeric lc_time max_identifier_length
    max_index_keys max_connections block_size is_superuser extra_float_digits in_hot_standby
    default_table_access_method default_tablespace default_toast_compression""".split()
)


def _describes_server(arguments: Sequence[exp.Expr]) -> bool:
    """Whether `current_setting('server_version')`, with or without true, asks for one of these."""
    if not arguments or not isinstance(arguments[0], exp.Literal) or not arguments[0].is_string:
        return False
    is_plain = all(isinstance(argument, exp.Boolean) for argument in arguments[1:])
    return is_plain and str(arguments[0].this).lower() in _DESCRIBING


def _is_sequence(arguments: Sequence[exp.Expr], notes: Notes) -> bool:
    """MariaDB's NEXTVAL(sequence) names a sequence, not a column: account for its name."""
    if len(arguments) != 1 or not isinstance(arguments[0], exp.Column):
        return False
    parts = arguments[0].parts
    schema = parts[-2].name if len(parts) > 1 else None
    if find_relation(notes.catalog, schema, parts[-1].name) is None:
        return False
    for part in parts:
        name_of(part, notes)
    return True


def _inserted(argument: exp.Expr, scope: Scope, notes: Notes) -> Value:
    """VALUES(column) in ON DUPLICATE KEY UPDATE: the value that was to be inserted."""
    name = name_of(argument.this if isinstance(argument, exp.Column) else argument, notes)
    source = scope.source("excluded")
    values = [value for column, value in source.columns if column == name] if source else []
    return union(values)


def _written_name(node: exp.Expr, notes: Notes) -> str:
    """The name as the caller wrote it where the node tells, else sqlglot's own name for it."""
    start, end = node.meta.get("start"), node.meta.get("end")
    if start is not None and end is not None:
        return unquoted(notes.text[start : end + 1].removeprefix(HIDDEN), notes)
    if type(node) in _WRITTEN:
        return _WRITTEN[type(node)]
    return node.sql_name().lower() if isinstance(node, exp.Func) else ""


def _apply(name: str, arguments: Sequence[Value], node: exp.Expr, notes: Notes) -> Value:
    notes.functions.add(name)
    info = lookup(notes.dialect, name)
    if info is None or notes.is_made_by_users(name):
        return _unlisted(name, arguments, node, notes)
    if info.max_arguments is not None and len(arguments) > info.max_arguments:
        return _unlisted(name, arguments, node, notes)
    together = union(arguments)
    if info.label_free:
        return NOTHING
    if info.counts:
        return _counted(together, arguments, node, notes)
    note_extreme(name, list(arguments), node, notes)
    if info.kind is FunctionKind.TABLE:  # in a select list: how many rows come depends on the value
        notes.use(together, Role.REVEAL, f"function {name}, which returns rows", node)
    if not info.total and not _is_total_here(name, node, notes):
        notes.use(together, Role.REVEAL, f"function {name}", node)
    return steady_union(arguments) if name in _STEADY else together


def _is_total_here(name: str, node: exp.Expr, notes: Notes) -> bool:
    if name in _TOTAL_ON_COLUMNS:
        return _are_columns(node)
    return name in _ROUNDED and _rounds_a_number(node, notes)


def _rounds_a_number(node: exp.Expr, notes: Notes) -> bool:
    """`round(column, 2)`, `round(avg(column), 2)`: of a number that is stored, or a mean of such."""
    parts = list(node.expressions) if isinstance(node, exp.Anonymous) else list(node.iter_expressions())
    if not parts or not all(isinstance(part, exp.Literal) and not part.is_string for part in parts[1:]):
        return False
    inner = parts[0]
    if isinstance(inner, exp.Anonymous) and _bare_name(inner) in _MEANS and len(inner.expressions) == 1:
        inner = inner.expressions[0]
    elif type(inner) in (exp.Avg, exp.Min, exp.Max):
        inner = inner.this
    return isinstance(inner, exp.Column) and (notes.dialect is Dialect.POSTGRES or _is_number(inner, notes))


def _bare_name(node: exp.Anonymous) -> str:
    return str(node.this).removeprefix(HIDDEN).lower()


def _is_number(node: exp.Column, notes: Notes) -> bool:
    """Whether no table that the statement names has a text under this name: MySQL warns of its content."""
    return not any(
        column.name.lower() == node.name.lower() and notes.is_text(ColumnRef(r.schema, r.name, column.name))
        for r in (*notes.relations, *notes.base_relations)
        if (info := notes.catalog.relations.get((r.schema, r.name))) is not None
        for column in info.columns
    )


def _are_columns(node: exp.Expr) -> bool:
    """Whether all arguments are columns or constants as they are stored: nothing was computed."""
    for part in node.iter_expressions():
        for inner in part.find_all(exp.Expr):
            if isinstance(inner, (exp.Func, exp.Binary, exp.Unary, exp.Subquery)):
                return isinstance(inner, (exp.Paren, exp.Distinct, exp.Dot))
    return True


def _counted(together: Value, arguments: Sequence[Value], node: exp.Expr, notes: Notes) -> Value:
    if all(argument.plain is not None or not argument.exposed for argument in arguments):
        notes.use(together, Role.COUNT, "COUNT", node)
        return Value(together.labels)
    return together


def _unlisted(name: str, arguments: Sequence[Value], node: exp.Expr, notes: Notes) -> Value:
    notes.functions.add(name)
    known = forbidden(notes.dialect, name.rpartition(".")[2])
    if known is not None:
        notes.hazard(known.kind, name, f"the function {name} is not permitted", node, known.help)
    else:
        made_by_users = "." in name or notes.is_made_by_users(name)
        kind = HazardKind.ROUTINE if made_by_users else HazardKind.FUNCTION
        notes.hazard(
            kind,
            name,
            f"the function {name} is not on the list of functions that may be called",
            node,
            f"a policy rule may list it: functions: [{name}]",
        )
    together = union(arguments)
    notes.use(together, Role.REVEAL, f"function {name}", node)
    return together
