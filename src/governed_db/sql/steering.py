"""A value into what computing it risks, and operands that are only computed for some values into uses.

An error, a warning, a long wait or a counter that moves on tells whether an expression was computed. So a
protected value may not decide that: `CASE WHEN salary > 9000 THEN 1 / 0 END` shows one bit, masked or not.

Rules of this file:

* CASE, AND, OR, BETWEEN, IN, COALESCE and IF compute their later operands for some values of the earlier
  ones only. MySQL leaves out operands of most functions and operators after one that is NULL.
* What is on no list here may fail.
* A text that may be of any length (repeat, lpad) fails when it grows over the server's limit: put together
  with a value, it tells how long that is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import attrs
from sqlglot import exp

from governed_db.model.catalog import Dialect
from governed_db.model.statement import Role
from governed_db.sql.functions import FunctionKind, lookup, types
from governed_db.sql.names import Risk, Value, union
from governed_db.sql.notes import Notes
from governed_db.sql.tokens import HIDDEN

MAX_LENGTH = 1000  # of a text that is made to have a given length, and of a pattern

_GIVEN = (exp.Literal, exp.Placeholder, exp.Parameter, exp.Null, exp.Boolean)
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg, exp.BitwiseAnd, exp.BitwiseOr,
               exp.BitwiseNot, exp.BitwiseLeftShift, exp.BitwiseRightShift)  # fmt: skip
_ORDERED = (exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.Like, exp.ILike, exp.Glob, exp.SimilarTo)
_PATTERNS = (exp.Like, exp.ILike, exp.Glob, exp.Escape)
_CALM: frozenset[type] = frozenset(
    {
        *(exp.Column, exp.Star, exp.Paren, exp.Alias, exp.Case, exp.Distinct, exp.Order, exp.Ordered),
        *(exp.Literal, exp.Null, exp.Boolean, exp.Placeholder, exp.Parameter, exp.HexString, exp.BitString),
        *(exp.ByteString, exp.RawString, exp.National, exp.Heredoc, exp.Introducer, exp.Var, exp.DataType),
        *(exp.And, exp.Or, exp.Xor, exp.Not, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.EQ, exp.NEQ),
        *(exp.NullSafeEQ, exp.NullSafeNEQ, exp.Is, exp.Between, exp.Overlaps, exp.In, exp.Any, exp.All),
        *(exp.DPipe, exp.Tuple, exp.Array, exp.Slice, exp.Bracket, exp.Collate, exp.Dot, exp.Variadic),
        *(exp.ArrayContainsAll, exp.ArrayContainedBy, exp.ArrayOverlaps, exp.JSONBContains, exp.Kwarg),
        *(exp.JSONBContainsTopKey, exp.JSONBContainsAnyTopKeys, exp.JSONBContainsAllTopKeys, exp.JSONPath),
        *(exp.Coalesce, exp.If, exp.CurrentDate, exp.CurrentTime, exp.CurrentTimestamp, exp.CurrentUser),
        *(exp.CurrentSchema, exp.CurrentCatalog, exp.SessionUser, exp.Localtime, exp.Localtimestamp),
        *(exp.UtcDate, exp.UtcTime, exp.UtcTimestamp, exp.SessionParameter, exp.PropertyEQ, exp.Window),
        *(exp.WithinGroup, exp.Filter, exp.IgnoreNulls, exp.RespectNulls),
    }
)
_QUERIES = (exp.Subquery, exp.Query, exp.Exists)
# MySQL computes all that these need, or they are read one by one elsewhere.
_WHOLE = (*_QUERIES, exp.Case, exp.If, exp.In, exp.Window, exp.Order, exp.Ordered)
_COALESCE = frozenset({"coalesce", "ifnull", "nvl"})
_IF = frozenset({"if", "iif", "nvl2"})
_SIZED = {"repeat": 1, "lpad": 1, "rpad": 1, "space": 0, "zeroblob": 0, "randomblob": 0, "array_fill": 1}
_FORMATS = frozenset({"format", "printf", "sformat"})
_REPLACES = frozenset({"replace", "regexp_replace"})
_WIDTH = re.compile(r"[*]|\d{4}")


def with_risk(value: Value, node: exp.Expr, notes: Notes) -> Value:
    """The value with what computing `node` risks; uses that this makes revealing are noted."""
    kind = type(node)
    operands = notes.operands
    if not operands and kind in _CALM:
        return value
    _note_order(node, operands, notes)
    if notes.viewing and isinstance(node, _ORDERED):
        _note_crossing(operands, node, notes)
    risk = max((operand.risk for operand in operands), default=Risk.NONE)
    if kind not in _CALM:
        name = call(node)
        is_aggregate = name is not None and _is_aggregate(name, notes)  # computed before CASE is
        risk = (risk if risk is Risk.GROWS else Risk.NONE) if is_aggregate else max(risk, _own(node, notes))
    if risk is Risk.GROWS and value.exposed:
        notes.use(value, Role.REVEAL, "a text of any length", node)
    return attrs.evolve(value, risk=risk) if risk > value.risk else value


def note_steering(steps: Iterable[tuple[Value, bool]], construct: str, node: exp.Expr, notes: Notes) -> None:
    """Note values that decide whether what comes after them is computed, if that can be told.

    `steps` are in the order of computing; the flag says whether a step decides.
    """
    order = list(steps)
    ahead = Risk.NONE
    for value, decides in reversed(order):
        if decides and ahead:
            notes.use(value, Role.REVEAL, construct, node)
        ahead = max(ahead, value.risk)


def _note_order(node: exp.Expr, operands: Sequence[Value], notes: Notes) -> None:
    name = call(node)
    if isinstance(node, (exp.And, exp.Or, exp.Between)):
        note_steering(((value, True) for value in operands), "a condition before another", node, notes)
    elif isinstance(node, exp.Coalesce) or name in _COALESCE:
        note_steering(((value, not value.is_steady) for value in operands), "COALESCE", node, notes)
    elif isinstance(node, exp.If) or name in _IF:
        steps = ((value, index == 0) for index, value in enumerate(operands))
        note_steering(steps, "IF", node, notes)
    elif notes.dialect is Dialect.MYSQL and not isinstance(node, _WHOLE):
        _note_nulls(node, operands, notes)


def _note_crossing(operands: Sequence[Value], node: exp.Expr, notes: Notes) -> None:
    """In a view: a comparison with a column of another table, which the caller may be able to change."""
    relations = [{(one.schema, one.relation) for one in value.exposed} for value in operands]
    known = [each for each in relations if each]
    if len(known) > 1 and any(each != known[0] for each in known):
        notes.use(union(operands), Role.REVEAL, "a view's comparison of tables", node, in_view=False)


def _note_nulls(node: exp.Expr, operands: Sequence[Value], notes: Notes) -> None:
    """MySQL's functions and operators end at the first NULL, in an order of their own."""
    for index, value in enumerate(operands):
        others = (*operands[:index], *operands[index + 1 :])
        if value.exposed and not value.is_steady and any(other.risk for other in others):
            notes.use(value, Role.REVEAL, "an operand before another", node)


def call(node: exp.Expr) -> str | None:
    """The name of the function that is called; None for what is no call."""
    if isinstance(node, exp.Anonymous):
        return str(node.this).removeprefix(HIDDEN).lower()
    return node.sql_name().lower() if isinstance(node, exp.Func) else None


def _is_aggregate(name: str, notes: Notes) -> bool:
    info = lookup(notes.dialect, name)
    return info is not None and info.kind in (FunctionKind.AGGREGATE, FunctionKind.WINDOW)


def _own(node: exp.Expr, notes: Notes) -> Risk:
    """What `node` risks by itself."""
    if isinstance(node, _ARITHMETIC):
        return Risk.NONE if notes.dialect is Dialect.SQLITE else Risk.FAILS
    if isinstance(node, exp.Cast):
        return _cast(node, notes)
    if isinstance(node, _PATTERNS):
        return Risk.NONE if _is_short(node.expression) else Risk.FAILS
    if isinstance(node, exp.Interval):
        return Risk.NONE if isinstance(node.this, _GIVEN) else Risk.FAILS
    if isinstance(node, (exp.JSONExtract, exp.JSONExtractScalar, exp.JSONBExtract, exp.JSONBExtractScalar)):
        return Risk.NONE if notes.dialect is Dialect.POSTGRES else Risk.FAILS
    name = call(node)
    return Risk.FAILS if name is None else _function(name, node, notes)


def _cast(node: exp.Cast, notes: Notes) -> Risk:
    base = node.args["to"].sql(dialect=notes.dialect.value).lower().split("(")[0].strip()
    known = types(notes.dialect).get(base)
    is_safe = notes.dialect is Dialect.SQLITE or isinstance(node.this, _GIVEN)
    return Risk.NONE if is_safe or (known is not None and known.total) else Risk.FAILS


def _function(name: str, node: exp.Expr, notes: Notes) -> Risk:
    arguments = list(node.expressions if isinstance(node, exp.Anonymous) else node.iter_expressions())
    if name in _SIZED:
        size = arguments[_SIZED[name]] if len(arguments) > _SIZED[name] else None
        return Risk.NONE if _is_small(size) else Risk.GROWS
    if name in _FORMATS:
        is_calm = bool(arguments) and _is_short(arguments[0]) and not _WIDTH.search(arguments[0].name)
        return Risk.NONE if is_calm else Risk.GROWS
    if name in _REPLACES:
        return Risk.NONE if _stays_short(arguments) else Risk.GROWS
    info = lookup(notes.dialect, name)
    is_calm = info is not None and info.total and info.kind is FunctionKind.SCALAR
    return Risk.NONE if is_calm else Risk.FAILS


def _is_small(node: exp.Expr | None) -> bool:
    is_number = isinstance(node, exp.Literal) and not node.is_string and str(node.this).isdigit()
    return is_number and int(node.this) <= MAX_LENGTH  # type: ignore[union-attr]  # it is a Literal


def _is_short(node: exp.Expr | None) -> bool:
    return isinstance(node, exp.Literal) and len(str(node.this)) <= MAX_LENGTH


def _stays_short(arguments: Sequence[exp.Expr]) -> bool:
    """Whether replacing makes nothing much longer: of a stored text, or by no longer text."""
    if len(arguments) < 3 or not (_is_short(arguments[1]) and _is_short(arguments[2])):
        return False
    return isinstance(arguments[0], exp.Column) or len(arguments[2].name) <= len(arguments[1].name)
