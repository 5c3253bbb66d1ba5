"""A change of a table into the expressions that it writes, row by row and column by column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs
from sqlglot import exp

from governed_db.model.catalog import Dialect
from governed_db.model.statement import Reference
from governed_db.sql.spans import lexemes_of
from governed_db.sql.text import without_marks

Values = Mapping[str, exp.Expr | None]


@attrs.frozen(eq=False)
class Written:
    """What one change writes; columns by name in lower case, None for what is not a single expression.

    `name`: how the changed table is called (SQL). `rows`: the new rows. `assigned`: what existing rows
    get. `replaces`: existing rows can be taken away for new ones.
    """

    name: str
    rows: Sequence[Values] = ()
    assigned: Sequence[Values] = ()
    replaces: bool = False


def written_at(root: exp.Expr, reference: Reference, text: str, dialect: Dialect) -> Written | None:
    """What the change writes whose target stands at `reference`."""
    table = next((one for one in root.find_all(exp.Table) if _start(one) == reference.start), None)
    change = table.find_ancestor(exp.Insert, exp.Update, exp.Delete) if table is not None else None
    if table is None or change is None:
        return None
    name = _name(table, text)
    match change:
        case exp.Delete():
            return Written(name)
        case exp.Update():
            return Written(name, assigned=[_assigned(change.expressions)])
        case _:
            return _inserted(change, name, _listed(text, dialect, reference.end))


def stands_alone(root: exp.Expr, reference: Reference, text: str) -> str | None:
    """How the table at `reference` is called, if a SELECT reads nothing else."""
    table = next((one for one in root.find_all(exp.Table) if _start(one) == reference.start), None)
    select = table.parent.parent if table is not None and isinstance(table.parent, exp.From) else None
    if table is None or not isinstance(select, exp.Select) or select.args.get("joins"):
        return None
    return None if table.args.get("joins") or select.args.get("laterals") else _name(table, text)


def stands_in_group(root: exp.Expr, reference: Reference, text: str) -> str | None:
    """How the table at `reference` is called, if a grouped SELECT reads it, in no outer join."""
    table = next((one for one in root.find_all(exp.Table) if _start(one) == reference.start), None)
    place = table.parent if table is not None else None
    select = place.parent if isinstance(place, (exp.From, exp.Join)) else None
    if table is None or place is None or not isinstance(select, exp.Select) or not select.args.get("group"):
        return None
    joins = select.args.get("joins") or []
    is_kept = not any(join.side in ("RIGHT", "FULL") or join.method for join in joins)
    return _name(table, text) if is_kept and not (isinstance(place, exp.Join) and place.side) else None


def _start(table: exp.Table) -> int | None:
    parts = [table.args[key] for key in ("this", "db", "catalog") if table.args.get(key)]
    return min((part.meta["start"] for part in parts if "start" in part.meta), default=None)


def _name(table: exp.Table, text: str) -> str:
    alias = table.args.get("alias")
    node = alias.this if isinstance(alias, exp.TableAlias) else alias
    node = node if isinstance(node, exp.Identifier) else table.this
    return without_marks(text[node.meta["start"] : node.meta["end"] + 1])


def _assigned(assignments: Sequence[exp.Expr]) -> Values:
    values: dict[str, exp.Expr | None] = {}
    for one in assignments:
        left, right = one.this, one.expression
        if isinstance(left, (exp.Tuple, exp.Paren)):
            targets = left.expressions if isinstance(left, exp.Tuple) else [left.this]
            parts = right.expressions if isinstance(right, exp.Tuple) else []
            same = len(parts) == len(targets)
            values |= {part.name.lower(): parts[n] if same else None for n, part in enumerate(targets)}
        elif isinstance(left, exp.Bracket):
            values[left.this.name.lower()] = None
        else:
            values[left.name.lower()] = right
    return values


def _inserted(node: exp.Expr, name: str, listed: Sequence[Sequence[exp.Expr]]) -> Written:
    columns = _columns(node)
    rows = [_row(columns, row) for row in _sources(node.args.get("expression"), listed)]
    conflict = node.args.get("conflict")
    assigned = [_assigned(conflict.expressions)] if conflict is not None and conflict.expressions else []
    if assigned and rows:
        # EXCLUDED is the new row, which is looked at by itself.
        assigned = [{column: _proposed(value, rows) for column, value in assigned[0].items()}]
    is_key = conflict is not None and bool(conflict.args.get("duplicate"))
    alternative = str(node.args.get("alternative") or "").upper() == "REPLACE"
    replaces = bool(node.args.get("overwrite")) or alternative or is_key
    return Written(name, rows or [{}], assigned, replaces)


def _columns(node: exp.Expr) -> list[str] | None:
    schema = node.this
    if not isinstance(schema, exp.Schema):
        return None
    parts = [part.this if isinstance(part, exp.Column) else part for part in schema.expressions]
    return [part.name.lower() for part in parts]


def _sources(
    what: exp.Expr | None, listed: Sequence[Sequence[exp.Expr]]
) -> Sequence[Sequence[exp.Expr] | None]:
    """The expressions of each new row; None for rows that are not written out.

    The tree has only the first of many VALUES rows that look alike: they are read from the text.
    """
    match what:
        case exp.Values():
            return listed
        case exp.Tuple():
            return [what.expressions]
        case exp.Select() if not any(
            isinstance(one, exp.Star) or one.find(exp.Star) for one in what.expressions
        ):
            return [[one.this if isinstance(one, exp.Alias) else one for one in what.expressions]]
        case _:
            return [None]


def _row(columns: list[str] | None, row: Sequence[exp.Expr] | None) -> Values:
    """An empty row for what is not known: nothing proves anything of it."""
    if columns is None or row is None or len(row) != len(columns):
        return {}
    return dict(zip(columns, row, strict=True))


def _proposed(value: exp.Expr | None, rows: Sequence[Values]) -> exp.Expr | None:
    if isinstance(value, exp.Column) and value.table.lower() == "excluded":
        given = [row.get(value.name.lower()) for row in rows]
        if all(one is not None and one == given[0] for one in given):
            return given[0]
    return value


def _listed(text: str, dialect: Dialect, start: int) -> list[list[exp.Expr]]:
    """The rows of VALUES that follow `start`: plain literals as they are, NULL for everything else."""
    rows: list[list[exp.Expr]] = []
    item: list[tuple[str, str]] = []
    depth, begun = 0, False
    for lexeme in lexemes_of(text, dialect):
        piece = text[lexeme.start : lexeme.end]
        if lexeme.start < start or not begun:
            begun = begun or (lexeme.start >= start and depth == 0 and piece.upper() == "VALUES")
            continue
        if depth == 0 and piece not in ("(", ","):
            break
        depth += (piece == "(") - (piece == ")")
        if depth == 1 and piece == "(":
            rows.append([])
            item = []
        elif (depth, piece) in ((1, ","), (0, ")")):
            rows[-1].append(_plain(item))
            item = []
        elif depth:
            item.append((lexeme.kind, piece))
    return rows


def _plain(item: Sequence[tuple[str, str]]) -> exp.Expr:
    """One literal without escapes, or NULL, which proves nothing."""
    if len(item) == 1:
        kind, piece = item[0][0], without_marks(item[0][1])
        if kind == "number" and piece.isdigit():
            return exp.Literal.number(piece)
        if kind == "string" and piece[0] == "'" and "\\" not in piece:
            return exp.Literal.string(piece[1:-1].replace("''", "'"))
    return exp.Null()
