"""What a caller passes as query into the exact text that is sent, and the parameters that go with it.

A query object (str subclass, Composable) can render differently each time it is asked, so it is asked
once. The text is what psycopg's own _convert_query is given; it makes the server's form of it.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, cast

import psycopg
from psycopg import adapt, sql
from psycopg._compat import Template
from psycopg._queries import PostgresClientQuery, PostgresQuery, PostgresRawQuery

from governed_db.drivers.psycopg import DRIVER
from governed_db.enforce.psycopg.seat import seat_of

if TYPE_CHECKING:
    from psycopg._cursor_base import BaseCursor
    from psycopg.abc import AdaptContext


class Style(enum.Enum):
    """How a cursor class reads placeholders."""

    PYFORMAT = "pyformat"  # %s and %(name)s become $1
    MERGED = "merged"  # values are written into the text by the client
    RAW = "raw"  # $1


def style_of(cursor_class: type[BaseCursor[Any, Any]]) -> Style:
    """The style of a cursor class, by the class of queries that it makes."""
    made_by = cursor_class._query_cls
    if issubclass(made_by, PostgresClientQuery):
        return Style.MERGED
    if issubclass(made_by, PostgresRawQuery):
        return Style.RAW
    if issubclass(made_by, PostgresQuery):
        return Style.PYFORMAT
    raise DRIVER.refused_call(f"{cursor_class.__qualname__}._query_cls", "derive it from psycopg's cursors")


def sendable(cursor: BaseCursor[Any, Any], style: Style, query: Any, params: Any) -> tuple[str, Any]:
    """The text to govern and send, with its parameters."""
    if style is Style.MERGED:
        return merged(cursor, query, params), None
    text = rendered(cursor, query)
    if params is None and style is Style.PYFORMAT and "%" in text:
        # Without parameters a percent sign is itself, with parameters it begins a placeholder. Plans are
        # kept by text alone, so both are written in one way: psycopg sends the same bytes for this.
        return text.replace("%", "%%"), ()
    return text, params


def merged(cursor: BaseCursor[Any, Any], query: Any, params: Any) -> str:
    """The text with the values in it, as a client-side binding cursor would send it."""
    _refuse_template(query)
    transformer = adapt.Transformer(cursor)
    converted = PostgresClientQuery(transformer)
    converted.convert(rendered(cursor, query), params)
    seat_of(cursor)._written = converted.params
    return _decoded(converted.query, transformer.encoding)


def rendered(cursor: BaseCursor[Any, Any], query: Any) -> str:
    """The query as an exact str; what is not a query is a TypeError, as in psycopg."""
    if type(query) is str:
        return query
    if isinstance(query, str):
        return str.__str__(query)
    if isinstance(query, (bytes, bytearray, memoryview)):
        return _decoded(bytes(query), cursor._encoding)
    if isinstance(query, sql.Composable):
        return str.__str__(query.as_string(cast("AdaptContext", cursor)))
    _refuse_template(query)
    raise TypeError(f"a query is a string, bytes or psycopg.sql object, not {type(query).__qualname__}")


def check_letters(text: str, encoding: str) -> None:
    """Refuse a text of which the server would read another one than was analysed.

    In some encodings of East Asia Python writes the yen sign as the byte that PostgreSQL reads as a
    backslash, and a backslash can hide the end of a string.
    """
    if encoding != "utf-8" and not all(_is_itself(letter, encoding) for letter in set(text)):
        raise DRIVER.refused_call(
            f"a statement with letters that {encoding} has no place for",
            "set client_encoding to UTF8",
        )


def _is_itself(letter: str, encoding: str) -> bool:
    """Whether it is ASCII in both forms, or in neither."""
    try:
        written = letter.encode(encoding)
    except UnicodeEncodeError:
        return True  # psycopg says so
    return written == letter.encode() if letter.isascii() else not written[:1].isascii()


def _refuse_template(query: Any) -> None:
    if isinstance(query, Template):
        raise psycopg.NotSupportedError(
            "GDB701 template strings are not available on a governed connection"
            "\n  = help: pass the text and its parameters, or a psycopg.sql object"
        )


def _decoded(query: bytes, encoding: str) -> str:
    try:
        return query.decode(encoding)
    except UnicodeDecodeError:
        pass
    raise DRIVER.refused_call(f"a statement that is not {encoding}", "send it as str")
