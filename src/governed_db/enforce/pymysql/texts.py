"""A query and its arguments into the text that is analysed, and the bytes that are sent.

A template is analysed in place of what is rendered from it when its arguments can only become literals:
values of the built-in types, escaped by the driver's own methods, at places outside of quotes that touch
no word. Otherwise the rendered text is what is analysed, each time.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import attrs
from pymysql import converters

from governed_db.core.plan import Plan
from governed_db.enforce.pymysql.raw import Connection, Cursor
from governed_db.errors import AnalysisError
from governed_db.model.catalog import Dialect
from governed_db.model.statement import WRITES, Kind
from governed_db.sql.text import placeholders_stand_free

if TYPE_CHECKING:
    from governed_db.enforce.pymysql.connection import GovernedConnection

# Text and bytes are escaped by the connection itself, the others by its encoders.
_BY_CONNECTION: Final = (str, bytes, bytearray)
_BY_ENCODERS: Final = (type(None), bool, int, float, Decimal, dt.date, dt.datetime, dt.time, dt.timedelta)
_LITERALS: Final = frozenset((*_BY_CONNECTION, *_BY_ENCODERS))
# A value next to a word or a quote would become a part of it: x%s, _utf8%s, %s'...'.
_TOUCHING: Final = re.compile(r"""[\w$@'"`\\]%(?:\(|s)|%(?:\([^()]*\))?s[\w$@'"`\\]""")
_MARIADB_TIMED: Final = WRITES | {Kind.SELECT}


@attrs.frozen(eq=False)
class Query:
    """`sent` is analysed; with `args` it is a template, else it is sent as it stands.

    Not cacheable: what was rendered, and texts that with arguments would be other statements.
    """

    sent: str
    args: Any = None
    cacheable: bool = True


def read_query(cursor: Any, query: Any, args: Any) -> Query:
    """What to analyse. Rendering is done here if at all, once, by the driver's own rules."""
    connection = cursor.connection
    text = exact(query, connection.encoding)
    if args is None:
        return Query(text, cacheable="%" not in text)
    if is_template(connection, type(cursor), text, [args]):
        return Query(text, args)
    return Query(exact(cursor.mogrify(text, args), connection.encoding), cacheable=False)


def exact(query: Any, encoding: str) -> str:
    """An exact str: subclasses could show one text and send another."""
    if isinstance(query, str):
        return str.__str__(query)
    if isinstance(query, (bytes, bytearray, memoryview)):
        return bytes(query).decode(encoding)
    raise TypeError(f"query must be str or bytes, not {type(query).__name__}")


def is_template(connection: Any, cursor_class: type, text: str, rows: Iterable[Any]) -> bool:
    """Whether these arguments can become nothing but literals where the text has placeholders."""
    if _TOUCHING.search(text) or not _escapes_plainly(connection, cursor_class):
        return False
    try:
        if not placeholders_stand_free(text, Dialect.MYSQL):
            return False
    except AnalysisError:
        return True  # refused and explained by the analysis of the template
    encoders = connection.encoders
    return all(_becomes_literals(row, encoders) for row in rows)


def _becomes_literals(row: Any, encoders: Any) -> bool:
    if type(row) is dict:
        row = row.values()
    elif type(row) not in (tuple, list):
        return False
    for value in row:
        kind = type(value)
        if kind not in _LITERALS:
            return False
        if kind not in _BY_CONNECTION and encoders.get(kind) is not converters.encoders.get(kind):
            return False
    return True


def _escapes_plainly(connection: Any, cursor_class: type) -> bool:
    """Whether no class of the caller's has a hand in rendering."""
    kind: Any = type(connection)
    cursors: Any = cursor_class
    return bool(
        kind.escape is Connection.escape
        and kind._escape_string is Connection._escape_string
        and cursors._mogrify is Cursor._mogrify
        and cursors.mogrify is Cursor.mogrify
    )


def render(cursor: Any, plan: Plan, args: Any) -> bytes:
    """The bytes of a template's text with its values in place."""
    text = plan.text if args is None else Cursor._mogrify(cursor, plan.text, args)
    return timed(cursor.connection, plan, text).encode(cursor.connection.encoding)


def timed(connection: GovernedConnection, plan: Plan, text: str) -> str:
    """The text with the time that it may take, in the server's own way."""
    facts, gate = plan.facts, connection._governed.gate
    if plan.timeout is None or facts is None or facts.kind not in _MARIADB_TIMED:
        return text
    if gate.catalog is not None and gate.catalog.server.startswith("MariaDB"):
        return f"SET STATEMENT max_statement_time={plan.timeout:g} FOR {text}"
    if text[:6].upper() == "SELECT":
        return f"{text[:6]} /*+ MAX_EXECUTION_TIME({int(plan.timeout * 1000)}) */{text[6:]}"
    raise gate.refuse(
        plan, "GDB331", "this server cannot bound the time of such a statement", "policy: limits.seconds"
    )
