"""A query with tokens into one that psycopg sends with what they stand for, and shows with the tokens.

psycopg keeps the query object on the cursor, and dumpers, query classes and encoders of callers take part in
making it. So it is made with the tokens; then, in a place that only psycopg's own code reads, bytes of our
making take the place of theirs.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

from psycopg import _cursor_base, client_cursor
from psycopg._queries import PostgresQuery, PostgresRawQuery, _query2pg_nocache
from psycopg.pq import Format

from governed_db.enforce.psycopg.text import check_letters
from governed_db.enforce.turning import parameters_sent, text_sent
from governed_db.mask.tokens import no_token

if TYPE_CHECKING:
    from governed_db.core.plan import Plan
    from governed_db.enforce.gate import Gate


class _Turned(bytes):
    """A parameter as it is sent in text format, or in binary if `is_octets`."""

    is_octets = False


class TurningQuery(PostgresQuery):
    """Mixin for the query classes of cursors."""

    __slots__ = ()

    def dump(self, vars: Any) -> None:
        """psycopg dumps what the caller gave; tokens among it are replaced afterwards."""
        super().dump(vars)
        ours: Any = self
        ours._governed_turn(vars)


_SLOTS: Final[Mapping[str, Any]] = vars(PostgresQuery)
# psycopg's cursors send; what it keeps of prepared statements, for one, has the tokens.
_SENDERS: Final = frozenset({id(vars(_cursor_base)), id(vars(client_cursor))})
_OURS: Final = object()  # who does not show it is not told


class _Shown:
    """An attribute of a query: for psycopg's cursors what is sent, for all else what was written."""

    def __init__(self, base: Any, place: int) -> None:
        self._base = base
        self._place = place

    def __get__(self, query: Any, owner: type | None = None) -> Any:
        if query is None:
            return self
        is_sending = id(sys._getframe(1).f_globals) in _SENDERS
        raw = query._governed_raw(_OURS)[self._place] if is_sending else None
        return self._base.__get__(query, owner) if raw is None else raw

    def __set__(self, query: Any, value: Any) -> None:
        self._base.__set__(query, value)


@cache
def turning(base: type[PostgresQuery]) -> Any:
    """The class of queries that may hold tokens."""
    names = {
        "__slots__": ("_governed_raw", "_governed_turn"),
        "query": _Shown(_SLOTS["query"], 0),
        "params": _Shown(_SLOTS["params"], 1),
    }
    return type(base.__name__, (TurningQuery, base), names)


def turned(
    cursor: Any,
    gate: Gate,
    plan: Plan,
    text: str,
    params: Any,
    transformer: Any,
    base: Any = None,
) -> PostgresQuery:
    """The query of a plan with tokens; `text` is its text, or ends with it.

    `base`: its class without them, where that is not the cursor's but one of this statement alone.
    """
    encoding: str = cursor._encoding
    own: Any = cursor._query_cls
    made = turning(own) if base in (None, own) else turning.__wrapped__(base)
    query = made(transformer)
    raw: list[Any] = [None, None]

    def turn(given: Any) -> None:
        raw[1] = _params(query, gate, plan, given, encoding)

    query._governed_raw = lambda asker: raw if asker is _OURS else (None, None)
    query._governed_turn = turn
    query.convert(text, params)
    if plan.tokens:
        sent = text.removesuffix(plan.text) + text_sent(gate, plan, partial(quoted, encoding))
        check_letters(sent, encoding)
        raw[0] = _sent(query, encoded(sent, encoding), encoding)
    return query  # type: ignore[no-any-return]  # made above, of the cursor's own class


def sendable_parts(
    cursor: Any, gate: Gate, plan: Plan, text: str, params: Any, transformer: Any
) -> tuple[bytes, Any, Any, Any]:
    """What libpq is given for a text that ends with a plan's own: it, values, types and formats."""
    if not text.isascii():
        check_letters(text, cursor._encoding)
    if plan.tokens or plan.watched:
        query = turned(cursor, gate, plan, text, params, transformer)
        ours: Any = query
        raw = ours._governed_raw(_OURS)
    else:
        query, raw = cursor._query_cls(transformer), (None, None)
        query.convert(text, params)
    sent = _SLOTS["query"].__get__(query) if raw[0] is None else raw[0]
    values = _SLOTS["params"].__get__(query) if raw[1] is None else raw[1]
    return sent, values, query.types, query.formats


def forget_values(cursor: Any) -> None:
    """The statement was sent: its query has nothing but the tokens left, whoever asks."""
    query = cursor._query
    if isinstance(query, TurningQuery):
        ours: Any = query
        ours._governed_raw = lambda _asker: (None, None)


def _sent(query: Any, raw: bytes, encoding: str) -> bytes:
    """The text as psycopg makes it; its own cache of texts must not keep this one."""
    is_pyformat = query._want_formats is not None and not isinstance(query, PostgresRawQuery)
    return _query2pg_nocache(raw, encoding)[0] if is_pyformat else raw


def _params(query: Any, gate: Gate, plan: Plan, given: Any, encoding: str) -> list[Any] | None:
    """What is sent as parameters; None where that is what was dumped."""
    if given is None or not plan.watched:
        return None
    values = parameters_sent(gate, plan, given, lambda value: _bytes_of(value, encoding))
    if values is given:
        return None
    names = query._order if isinstance(given, Mapping) else range(len(values))
    dumped = _SLOTS["params"].__get__(query)
    return [
        _formatted(values[name], wanted) if type(values[name]) is _Turned else before
        for name, before, wanted in zip(names, dumped, query.formats, strict=True)
    ]


def _bytes_of(value: str | bytes, encoding: str) -> _Turned:
    made = _Turned(value if isinstance(value, bytes) else encoded(value, encoding))
    made.is_octets = isinstance(value, bytes)
    return made


def encoded(text: str, encoding: str) -> bytes:
    """Python's own error would show the text."""
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        pass
    raise no_token("what the token stands for cannot be written in this connection's encoding")


def _formatted(value: _Turned, wanted: Format) -> bytes:
    if value.is_octets and wanted == Format.TEXT:
        return b"\\x" + value.hex().encode("ascii")
    return bytes(value)


def quoted(encoding: str, value: str | bytes) -> str:
    """A literal, whatever standard_conforming_strings says; with a space in front, so that E is no name."""
    if isinstance(value, bytes):
        return f" E'\\\\x{value.hex()}'"
    encoded(value, encoding)
    return " E'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
