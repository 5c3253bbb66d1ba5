"""An output of a query into the name that the server gives it.

Masks go by position, never by name; names are for people, and for queries around this one.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from governed_db.model.catalog import Dialect
from governed_db.sql.notes import Notes
from governed_db.sql.text import without_marks
from governed_db.sql.tokens import HIDDEN

_NAMELESS = "?column?"

# PostgreSQL names a cast after the type, by the name in pg_type.
_TYPES: Mapping[str, str] = {
    **dict.fromkeys(("int", "integer"), "int4"),
    **dict.fromkeys(("float", "double", "double precision"), "float8"),
    **dict.fromkeys(("decimal", "dec", "numeric"), "numeric"),
    **dict.fromkeys(("char", "character"), "bpchar"),
    **dict.fromkeys(("varchar", "character varying"), "varchar"),
    "bigint": "int8",
    "smallint": "int2",
    "real": "float4",
    "boolean": "bool",
    "bit varying": "varbit",
}
_FUNCTIONS: Mapping[type, str] = {
    exp.StrPosition: "position",
    exp.AtTimeZone: "timezone",
    exp.Array: "array",
    exp.Exists: "exists",
    exp.Tuple: "row",
    exp.Substring: "substring",
    exp.Overlay: "overlay",
    exp.Overlaps: "overlaps",
    exp.Extract: "extract",
    exp.Normalize: "normalize",
    exp.XMLElement: "xmlelement",
    exp.CurrentDate: "current_date",
    exp.CurrentTime: "current_time",
    exp.CurrentTimestamp: "current_timestamp",
    exp.Localtime: "localtime",
    exp.Localtimestamp: "localtimestamp",
    exp.CurrentUser: "current_user",
    exp.SessionUser: "session_user",
    exp.CurrentSchema: "current_schema",
    exp.CurrentCatalog: "current_catalog",
}
_TRIMS: Mapping[str, str] = {"LEADING": "ltrim", "TRAILING": "rtrim"}


def output_name(node: exp.Expr, notes: Notes) -> str:
    """What the server will call this output."""
    named = node.args.get("alias") if isinstance(node, exp.Alias) else None
    named = node.this if isinstance(node, exp.Column) else named
    if isinstance(named, exp.Identifier):
        return _identifier(named, notes)
    if notes.dialect is Dialect.POSTGRES:
        return _figured(node, notes)[0] or _NAMELESS
    return _written(node, notes)


def _identifier(node: exp.Identifier, notes: Notes) -> str:
    folds = notes.dialect is Dialect.POSTGRES and not node.args.get("quoted")
    return str(node.this).lower() if folds else str(node.this)


def _figured(node: exp.Expr, notes: Notes) -> tuple[str, bool]:
    """PostgreSQL's FigureColname: a name and whether it is a strong one, which casts and CASE keep."""
    match node:
        case exp.Alias() | exp.Column():
            return output_name(node, notes), True
        case exp.Paren() | exp.Collate() | exp.Filter() | exp.Window() | exp.WithinGroup() | exp.Bracket():
            return _figured(node.this, notes)
        case exp.Cast() | exp.TryCast():
            return _or_weak(_figured(node.this, notes), _type_name(node.args["to"], notes))
        case exp.Interval():
            return "interval", False
        case exp.Case():
            default = node.args.get("default")
            return _or_weak(_figured(default, notes) if default is not None else ("", False), "case")
        case exp.Subquery() | exp.Select():
            return _of_query(node, notes)
        case exp.Dot():
            return _dotted(node, notes)
        case exp.Anonymous():
            return str(node.this).removeprefix(HIDDEN).lower(), True
        case exp.Trim():
            return _TRIMS.get(str(node.args.get("position") or "").upper(), "btrim"), True
        case _:
            return _FUNCTIONS.get(type(node)) or _called(node, notes), True


def _called(node: exp.Expr, notes: Notes) -> str:
    """The name of a function as the caller wrote it; operators have none."""
    if not isinstance(node, exp.Func) or "start" not in node.meta:
        return ""
    return notes.text[node.meta["start"] : node.meta["end"] + 1].removeprefix(HIDDEN).lower()


def _or_weak(found: tuple[str, bool], weak: str) -> tuple[str, bool]:
    name, is_strong = found
    return (name, True) if name and is_strong else (weak, False)


def _type_name(node: exp.Expr, notes: Notes) -> str:
    """The last part of the type's name, as pg_type has it, an array under the name of its element."""
    while isinstance(node, exp.DataType) and node.this is exp.DType.ARRAY and node.expressions:
        node = node.expressions[0]
    kind = node.args.get("kind")
    if isinstance(kind, exp.Dot):
        return str(kind.expression.name).lower()
    name = node.sql(dialect=notes.dialect.value).lower().partition("(")[0].strip().strip('"')
    return _TYPES.get(name, name)


def _of_query(node: exp.Expr, notes: Notes) -> tuple[str, bool]:
    """A scalar sub-query is named as its only output."""
    query = node.this if isinstance(node, exp.Subquery) else node
    outputs = query.expressions if isinstance(query, exp.Select) else []
    return (output_name(outputs[0], notes), True) if len(outputs) == 1 else ("", True)


def _dotted(node: exp.Dot, notes: Notes) -> tuple[str, bool]:
    if isinstance(node.expression, exp.Func):
        return _figured(node.expression, notes)
    if isinstance(node.expression, exp.Identifier):
        return _identifier(node.expression, notes), True
    return "", True


def _written(node: exp.Expr, notes: Notes) -> str:
    """The caller's own text of an expression, which SQLite and MySQL use as its name, or the part of it
    that has a position."""
    spans = [part.meta for part in node.walk() if "start" in part.meta]
    if not spans or notes.viewing:
        return "?"
    start, end = min(m["start"] for m in spans), max(m["end"] for m in spans) + 1
    text = notes.text[start:end]
    unclosed = text.count("(") - text.count(")")
    while unclosed > 0 and end < len(notes.text):
        unclosed -= notes.text[end] == ")"
        end += 1
    return without_marks(notes.text[start:end])
