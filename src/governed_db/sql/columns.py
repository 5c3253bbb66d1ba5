"""A column name into the value it stands for, by each dialect's rules of scope."""

from __future__ import annotations

from sqlglot import exp

from governed_db.errors import AnalysisError
from governed_db.model.catalog import Dialect
from governed_db.sql.names import NOTHING, Scope, Source, Value, fold, merged, nearest, no_column, union
from governed_db.sql.notes import Notes

MAX_NAME_BYTES = 63  # PostgreSQL cuts longer names (NAMEDATALEN)
_COLUMNS_A_STEP = 50  # looked through for a name


def name_of(identifier: exp.Expr, notes: Notes) -> str:
    """The folded name of an identifier, accounted for."""
    if not isinstance(identifier, exp.Identifier):
        raise AnalysisError("GDB108", "a name was expected", position=notes.position(identifier))
    notes.claim(identifier)
    name = identifier.this.removeprefix("\u00a7")
    notes.names.add(name.lower())
    if notes.dialect is Dialect.POSTGRES and len(name.encode()) > MAX_NAME_BYTES:
        raise AnalysisError(
            "GDB113", "a name is longer than the server keeps", position=notes.position(identifier)
        )
    return fold(name, quoted=bool(identifier.args.get("quoted")), dialect=notes.dialect)


def alias_of(node: exp.Expr, notes: Notes) -> tuple[str | None, tuple[str, ...]]:
    """The alias of a source and its column list."""
    alias = node.args.get("alias")
    if alias is None:
        return None, ()
    if isinstance(alias, exp.Identifier):
        return name_of(alias, notes), ()
    name = name_of(alias.this, notes) if alias.this is not None else None
    columns = alias.args.get("columns") or []
    return name, tuple(name_of(_alias_column(column, notes), notes) for column in columns)


def _alias_column(node: exp.Expr, notes: Notes) -> exp.Expr:
    """The name in `AS t(name type)`: a type says nothing of values."""
    if not isinstance(node, exp.ColumnDef):
        return node
    for part in node.args["kind"].walk() if node.args.get("kind") else ():
        notes.claim(part)
    name: exp.Expr = node.this
    return name


def column(node: exp.Expr, scope: Scope, notes: Notes) -> Value:
    """The value of `name`, `source.name` or `schema.relation.name`; a source's own name is its row."""
    if isinstance(node.this, exp.Star):
        return _source_of(node, scope, notes).row()
    value = _qualified(node, scope, notes) if node.args.get("table") else _bare(node, scope, notes)
    notes.columns |= value.exposed
    return value


def row_source(node: exp.Expr, scope: Scope) -> Source | None:
    """The source whose whole row a bare name stands for, None for anything else."""
    if (
        not isinstance(node, exp.Column)
        or node.args.get("table")
        or not isinstance(node.this, exp.Identifier)
    ):
        return None
    name = node.name if node.this.args.get("quoted") else node.name.lower()
    seen = (column for part in scope.chain() for source in part.sources for column, _ in source.columns)
    return scope.source(name) if name not in seen else None


def _qualified(node: exp.Expr, scope: Scope, notes: Notes) -> Value:
    source = _source_of(node, scope, notes)
    name = name_of(node.this, notes)
    value = in_source(source, name)
    if value is not None:
        return value
    raise _unknown(name, [source], node, notes)


def _source_of(node: exp.Expr, scope: Scope, notes: Notes) -> Source:
    table = name_of(node.args["table"], notes)
    schema = name_of(node.args["db"], notes) if node.args.get("db") else None
    if node.args.get("catalog"):
        name_of(node.args["catalog"], notes)
    source = scope.source(table)
    if source is not None and (schema is None or _is_of(source, schema)):
        return source
    known = [source.name for part in scope.chain() for source in part.sources if source.name]
    raise AnalysisError(
        "GDB112",
        f"there is no table or alias {table} here",
        position=notes.position(node),
        help=nearest(table, known),
    )


def _is_of(source: Source, schema: str) -> bool:
    return source.relation is not None and source.relation.schema.lower() == schema.lower()


def in_source(source: Source, name: str) -> Value | None:
    hits = [value for column, value in source.columns if column == name]
    hits = hits or [value for column, value in source.hidden if column == name]
    if hits:
        return merged(hits)
    return source.open


def _bare(node: exp.Expr, scope: Scope, notes: Notes) -> Value:
    name = name_of(node.this, notes)
    found: list[Value] = []
    for part in scope.chain():
        here, is_final = _in_scope(part, name, node, notes)
        found.extend(here)
        if is_final:
            break
    if found:
        return merged(found)
    return _not_a_column(name, node, scope, notes)


def _in_scope(scope: Scope, name: str, node: exp.Expr, notes: Notes) -> tuple[list[Value], bool]:
    """What a bare name means in one scope, and whether outer scopes are out of question.

    An alias and a column of the same name are both taken: which one the server takes differs by
    clause and dialect.
    """
    notes.step(sum(len(source.columns) for source in scope.sources) // _COLUMNS_A_STEP)
    found = [scope.aliases[name]] if name in scope.aliases else []
    if name in scope.merged:
        return [*found, scope.merged[name]], True
    columns = [v for source in scope.sources for c, v in source.columns if c == name]
    columns = columns or [v for source in scope.sources for c, v in source.hidden if c == name]
    if len(columns) > 1 and not found:
        raise AnalysisError(
            "GDB113",
            f"the column {name} is ambiguous",
            position=notes.position(node),
            help="write the table or alias in front of it",
        )
    found.extend(columns)
    is_final = bool(found)
    found.extend(source.open for source in scope.sources if source.open is not None)
    return found, is_final


def _not_a_column(name: str, node: exp.Expr, scope: Scope, notes: Notes) -> Value:
    source = scope.source(name)
    if source is not None and notes.dialect is Dialect.POSTGRES:
        return union([source.row()])
    quoted = node.this.args.get("quoted")
    if notes.dialect is Dialect.SQLITE and quoted and name not in notes.aliases:
        return NOTHING  # SQLite reads "text" as a string when no column has that name
    if name == "default" or (notes.dialect is Dialect.SQLITE and name in ("true", "false")):
        return NOTHING
    if name in ("user", "current_role") and notes.dialect is Dialect.POSTGRES and not quoted:
        return NOTHING  # reserved words there, as CURRENT_USER
    raise _unknown(name, [s for part in scope.chain() for s in part.sources], node, notes)


def _unknown(name: str, sources: list[Source], node: exp.Expr, notes: Notes) -> AnalysisError:
    known = [column for source in sources for column, _ in source.columns]
    return AnalysisError(
        "GDB111",
        no_column(name, notes.dialect),
        position=notes.position(node.this),
        help=nearest(name, known),
    )
