"""Literals and parameters of a statement into where they meet stored columns.

A value that the caller supplies can be a token, which stands for another value, or a placeholder that was
read earlier. Which of them may be where, policy decides; here is what they are compared with or written
into. Rules of this file:

* A token may be turned back only where the whole value is compared or written: a cast that cuts, a
  character set, a number would show a part of what it stands for.
* MySQL and SQLite name an output without an alias by its text as it was sent, with what a token stands for.
* What is written and cannot be followed (through a sub-query, a function, a join) is noted as a part of
  what is written, so that a placeholder is found wherever it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import attrs
from sqlglot import exp

from governed_db.model.catalog import Dialect, RelationInfo
from governed_db.model.statement import ColumnRef, Label, Purpose, Supplied
from governed_db.sql.abridge import FoldedItem
from governed_db.sql.names import Value, stored
from governed_db.sql.notes import Notes

_TEXTS = (exp.ByteString, exp.National, exp.RawString, exp.Heredoc, exp.UnicodeString)
_UNBOUNDED = frozenset({exp.DataType.Type.TEXT, exp.DataType.Type.VARCHAR})
_TEXT_TYPES = ("char", "text", "clob", "enum", "string", "bytea", "blob", "binary")


def compared(value: Value, node: exp.Expr, notes: Notes, *, as_it_is: bool = True) -> None:
    """Note what is compared for equality with a column.

    Without regard to case, a token would tell whether its value has capitals.
    """
    if value.plain is None or notes.viewing:
        return
    for leaf, is_whole in _leaves(node, notes.dialect):
        _note(leaf, frozenset((value.plain,)), Purpose.COMPARED, notes, is_whole=is_whole and as_it_is)


def written(info: RelationInfo, column: str, node: exp.Expr, notes: Notes) -> None:
    """Note what an expression writes into a column, named as in SQL."""
    columns = _columns(info, column, notes)
    if not columns:
        return
    whole = _whole(node, notes.dialect)
    if whole is not None:
        _note(whole[0], columns, Purpose.WRITTEN, notes, is_whole=whole[1])
        return
    for part in _texts(node):
        _note(part, columns, Purpose.PART, notes, is_whole=False)
    if node.find(exp.Column, exp.Query, exp.Star) is not None:
        notes.spreads.append(columns)


def inserted(what: exp.Expr | None, info: RelationInfo, columns: Sequence[str], notes: Notes) -> None:
    """Note what INSERT writes, row by row."""
    rows = _rows(what)
    if rows is None:
        notes.spreads.extend(_columns(info, column, notes) for column in columns)
        return
    for row in rows:
        for column, node in zip(columns, row, strict=False):
            written(info, column, node, notes)
    last = max((_start(leaf) or 0 for row in rows for node in row for leaf in _texts(node)), default=0)
    for item in _folded_after(last, notes):
        if item.index < len(columns):
            where = _columns(info, columns[item.index], notes)
            takes = all(_holds_text(column, notes) for column in where)
            notes.supplied.append(
                Supplied(item.start, item.end, where, Purpose.WRITTEN, item.is_parameter, takes)
            )


def settled(root: exp.Expr, notes: Notes) -> tuple[Supplied, ...]:
    """All that was noted, each place once for each purpose."""
    direct = [one for one in notes.supplied if one.purpose is not Purpose.PART]
    known = {one.start for one in direct}
    parts = [one for one in notes.supplied if one.purpose is Purpose.PART and one.start not in known]
    spread: Label = frozenset().union(*notes.spreads)
    if spread:
        parts += [one for one in _everything(root, spread, notes) if one.start not in known]
    return tuple(_merged([*direct, *parts]))


def _everything(root: exp.Expr, columns: Label, notes: Notes) -> Iterator[Supplied]:
    for leaf in _texts(root):
        found = _supplied(leaf, columns, Purpose.PART, is_whole=False)
        if found is not None:
            yield found
    for item in notes.folded_items:
        yield Supplied(item.start, item.end, columns, Purpose.PART, item.is_parameter, takes_tokens=False)


def _merged(found: Iterable[Supplied]) -> Iterator[Supplied]:
    together: dict[tuple[int, Purpose], Supplied] = {}
    for one in found:
        key = one.start, one.purpose
        other = together.get(key, one)
        together[key] = attrs.evolve(
            one, columns=one.columns | other.columns, takes_tokens=one.takes_tokens and other.takes_tokens
        )
    yield from sorted(together.values(), key=lambda one: (one.start, one.purpose.value))


# -- nodes -----------------------------------------------------------------------------------------------


def _leaves(node: exp.Expr, dialect: Dialect) -> Iterator[tuple[exp.Expr, bool]]:
    """The values that are compared, and whether each as it is."""
    match node:
        case exp.Any() | exp.All() | exp.Array() | exp.Tuple():
            inner = [node.this] if isinstance(node, (exp.Any, exp.All)) else node.expressions
            for item in inner:
                yield from _leaves(item, dialect)
        case exp.Paren():
            yield from _leaves(node.this, dialect)
        case exp.Anonymous():  # ALL (...) and SOME (...)
            for item in node.expressions:
                yield from _leaves(item, dialect)
        case _:
            found = _whole(node, dialect)
            if found is not None:
                yield found


def _whole(node: exp.Expr, dialect: Dialect) -> tuple[exp.Expr, bool] | None:
    """A literal or parameter by itself, and whether it comes as it is; None for anything computed."""
    is_whole = True
    while isinstance(node, (exp.Paren, exp.Cast, exp.TryCast)):
        if not isinstance(node, exp.Paren):
            is_whole = is_whole and _keeps(node, dialect)
        node = node.this
    if isinstance(node, exp.Literal):
        return (node, is_whole) if node.is_string else None
    if isinstance(node, exp.Introducer):
        return node.expression, False
    if isinstance(node, _TEXTS):
        return node, False
    return (node, is_whole) if isinstance(node, exp.Placeholder) else None


def _keeps(cast: exp.Expr, dialect: Dialect) -> bool:
    """Whether a cast to text cuts nothing off (SQLAlchemy writes one around each parameter)."""
    target = cast.args["to"]
    return dialect is not Dialect.MYSQL and target.this in _UNBOUNDED and not target.expressions


def _texts(node: exp.Expr) -> Iterator[exp.Expr]:
    """All parameters and texts inside of an expression."""
    for part in node.find_all(exp.Literal, exp.Placeholder, *_TEXTS):
        if not isinstance(part, exp.Literal) or part.is_string:
            yield part


def _rows(what: exp.Expr | None) -> list[list[exp.Expr]] | None:
    """The rows of VALUES, None of a query."""
    match what:
        case None:
            return []
        case exp.Values() if not what.args.get("alias"):
            return [row.expressions if isinstance(row, exp.Tuple) else [row] for row in what.expressions]
        case exp.Tuple():
            return [what.expressions]
        case _:
            return None


def _start(node: exp.Expr) -> int | None:
    start: int | None = node.meta.get("start")
    return start


# -- notes -----------------------------------------------------------------------------------------------


def _note(node: exp.Expr, columns: Label, purpose: Purpose, notes: Notes, *, is_whole: bool) -> None:
    if notes.viewing:
        return
    is_whole = is_whole and all(_holds_text(column, notes) for column in columns)
    is_whole = is_whole and not _names_output(node, notes.dialect)
    found = _supplied(node, columns, purpose, is_whole=is_whole)
    if found is not None:
        notes.supplied.append(found)


def _names_output(node: exp.Expr, dialect: Dialect) -> bool:
    """Whether a value is written into the name of a result's column, the caller's or one further in."""
    is_sent_apart = isinstance(node, exp.Placeholder) and dialect is Dialect.SQLITE
    if dialect is Dialect.POSTGRES or is_sent_apart:
        return False
    child, parent = node, node.parent
    while parent is not None:
        is_item = isinstance(parent, (exp.Select, exp.Returning)) and child.arg_key == "expressions"
        is_row = isinstance(parent, exp.Values) and not isinstance(parent.parent, exp.Insert)
        if (is_item and not isinstance(child, exp.Alias)) or is_row:
            return True
        child, parent = parent, parent.parent
    return False


def _supplied(node: exp.Expr, columns: Label, purpose: Purpose, *, is_whole: bool) -> Supplied | None:
    start = _start(node)
    if start is None:
        return None
    is_parameter = isinstance(node, exp.Placeholder)
    return Supplied(start, node.meta["end"] + 1, columns, purpose, is_parameter, is_whole)


def _columns(info: RelationInfo, column: str, notes: Notes) -> Label:
    names = {stored(one.name, notes.dialect): one.name for one in info.columns}
    return frozenset((ColumnRef(info.schema, info.name, names[column]),)) if column in names else frozenset()


def _folded_after(last: int, notes: Notes) -> Iterator[FoldedItem]:
    """The rows left out of the VALUES list of which the first row ends about `last`."""
    groups = {item.group for item in notes.folded_items if item.start > last}
    nearest = min(groups, default=None)
    return (item for item in notes.folded_items if item.group == nearest)


def _holds_text(column: ColumnRef, notes: Notes) -> bool:
    """Whether a column holds text or bytes and compares them as they are; SQLite's may have no type."""
    name = (notes.type_of(column) or "").lower()
    if name.endswith("[]") or "json" in name:
        return False
    return any(part in name for part in _TEXT_TYPES) or (not name and notes.dialect is Dialect.SQLITE)
