"""A step into a JSON document into a value that depends on one member of it, not on the whole.

Only paths that are written out count: a key that is a parameter, a wildcard, a filter or a second path is
the whole document. A member has the name of a column: "data->contact->email".
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import attrs
from sqlglot import exp

from governed_db.model.statement import ColumnRef, Member, Role, Use
from governed_db.sql.names import Value
from governed_db.sql.notes import Notes
from governed_db.sql.tokens import HIDDEN

ARROW = "->"
_Keys = tuple[str, ...]
_PLAIN_PATH = re.compile(r"(?:strict |lax )?\$((?:\.(?:[^\W\d]\w*|\"[^\"\\]+\")|\[(?:\d+|\*)\])*)")
_STEP = re.compile(r"\.(?:([^\W\d]\w*)|\"([^\"\\]+)\")")
_ARRAY_PATH = re.compile(r"\{([\w $-]+(?:,[\w $-]+)*)\}")
_NUMBER = re.compile(r"-?\d+")
_JSON = frozenset({exp.DataType.Type.JSON, exp.DataType.Type.JSONB})
_EXTRACTS = (exp.JSONExtract, exp.JSONExtractScalar, exp.JSONBExtract, exp.JSONBExtractScalar)
_BY_KEYS = frozenset(
    {"json_extract_path", "json_extract_path_text", "jsonb_extract_path", "jsonb_extract_path_text"}
)
_BY_PATH = frozenset({"jsonb_path_query", "jsonb_path_query_first", "jsonb_path_query_array", "json_value"})
_BY_PATH |= {"json_query", "json_extract", "jsonb_extract"}
_SAME = frozenset({"json_unquote"})
STEPS: frozenset[type] = frozenset({*_EXTRACTS, exp.JSONValue, exp.Bracket, exp.Anonymous, exp.Cast})


def narrowed(node: exp.Expr, value: Value, notes: Notes) -> Value:
    """The value of an expression that has been read, as that of a member where it takes one out."""
    if not notes.operands or len(value.exposed) != 1:
        return value
    document = notes.operands[0]
    base = _base(document)
    if base is None or value.exposed != document.exposed:
        return value
    if isinstance(node, exp.Cast):
        return attrs.evolve(value, member=base) if node.to.this in _JSON else value
    if isinstance(node, exp.Anonymous) and _name(node) in _SAME and len(node.expressions) == 1:
        _forget(value, notes)
        return attrs.evolve(value, member=base)
    if not _takes(node):
        return value
    keys = _keys(node)  # none at all: the path was of a form that is not read (tokens.py)
    return _whole(base[0], value) if not keys else _member(base[0], (*base[1], *keys), value, notes)


def _base(document: Value) -> tuple[ColumnRef, _Keys] | None:
    """The stored column, and the way into it, that an operand is an exact copy of."""
    if document.member is not None:
        return document.member
    return (document.plain, ()) if document.plain is not None else None


def _whole(column: ColumnRef, value: Value) -> Value:
    """What cannot be followed may be anywhere in the document."""
    only = frozenset((column,))
    return attrs.evolve(value, labels=only, exposed=only)


def _member(column: ColumnRef, keys: _Keys, value: Value, notes: Notes) -> Value:
    ref = attrs.evolve(column, column=ARROW.join((column.column, *keys)))
    info = notes.catalog.relations.get((column.schema, column.relation))
    if info is not None and any(one.name == ref.column for one in info.columns):
        return _whole(column, value)  # somebody called a column like that
    notes.members[ref] = Member(ref, column, keys)
    only = frozenset((ref,))
    _forget(value, notes)
    return attrs.evolve(value, labels=only, exposed=only, plain=None, member=(column, keys))


def _forget(value: Value, notes: Notes) -> None:
    """The functions that take a member out fail where there is no document, and tell no more of it."""
    while notes.uses and notes.uses[-1].role is Role.REVEAL and _is_of_function(notes.uses[-1], value):
        notes.uses.pop()


def _is_of_function(use: Use, value: Value) -> bool:
    return use.column in value.exposed and use.construct.startswith("function json")


def _takes(node: exp.Expr) -> bool:
    if isinstance(node, exp.Anonymous):
        return _name(node) in _BY_KEYS | _BY_PATH
    return isinstance(node, (*_EXTRACTS, exp.JSONValue, exp.Bracket))


def _name(node: exp.Anonymous) -> str:
    return str(node.this).removeprefix(HIDDEN).lower()


def _keys(node: exp.Expr) -> _Keys | None:
    """The keys that a step goes by; None where the text does not say them all."""
    if isinstance(node, exp.Bracket):
        return _of_keys(node.expressions) if len(node.expressions) == 1 else None
    if isinstance(node, exp.Anonymous):
        rest = node.expressions[1:]
        if _name(node) in _BY_KEYS:
            return _of_keys(rest)
        return _of_path(rest[0]) if len(rest) == 1 else None
    if isinstance(node, exp.JSONValue):
        return None if node.args.get("on_condition") else _of_path(node.args.get("path"))
    if node.args.get("expressions"):
        return None
    return _of_path(node.expression)


def _of_keys(keys: Iterable[exp.Expr]) -> _Keys | None:
    """Keys, and numbers of elements, one by one."""
    found: list[str] = []
    for key in keys:
        if not isinstance(key, exp.Literal):
            return None
        if key.is_string and not _NUMBER.fullmatch(str(key.this)):
            found.append(str(key.this))
    return tuple(found)


def _of_path(path: exp.Expr | None) -> _Keys | None:
    if isinstance(path, exp.JSONPath):
        return _of_parts(path.expressions)
    if not isinstance(path, exp.Literal) or not path.is_string:
        return None
    text = str(path.this)
    plain, array = _PLAIN_PATH.fullmatch(text), _ARRAY_PATH.fullmatch(text)
    if plain is not None:
        return tuple(one[1] or one[2] for one in _STEP.finditer(plain[1]))
    if array is not None:
        return tuple(key.strip() for key in array[1].split(",") if not _NUMBER.fullmatch(key.strip()))
    return None


def _is_as_written(key: str) -> bool:
    r"""No path that is not read (tokens.py), and no escape: SQLite and MySQL read `\u0073sn` as ssn."""
    return key != "$" and "\\" not in key


def _of_parts(parts: Iterable[exp.Expr]) -> _Keys | None:
    found: list[str] = []
    for part in parts:
        if isinstance(part, exp.JSONPathKey) and isinstance(part.this, str) and _is_as_written(part.this):
            found.append(part.this)
        elif isinstance(part, exp.JSONPathSubscript):
            if not isinstance(part.this, int) and not isinstance(part.this, exp.JSONPathWildcard):
                return None
        elif not isinstance(part, exp.JSONPathRoot):
            return None
    return tuple(found)
