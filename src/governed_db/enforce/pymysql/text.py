"""A query and its arguments, as a cursor takes them, into the text to govern and the text to send.

PyMySQL has no parameters on the wire: it writes values into the text. Plans are kept for the text
before that, the template, which is as good as long as each value is exactly one literal, stands where a
literal is one token of its own, and means there what a parameter means. Rules of this file:

* Values of the built-in types are written here, in the driver's way. What any other encoder gives
  must look like one literal.
* Where placeholders may stand is said in places.py. What numbers do when compared with a protected
  text (they match its first digits) is seen to in line.py, with the plan.
* Whatever does not fit is written out in full, and the whole text is analysed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import attrs
import pymysql
from pymysql import converters

from governed_db.drivers.pymysql import DRIVER
from governed_db.enforce.pymysql.places import SEQUENCES, spread, takes_no_other

if TYPE_CHECKING:
    from governed_db.enforce.pymysql.session import Session

Values: TypeAlias = tuple[str, ...] | dict[str, str]

_NUMBERS: Final = frozenset(
    kind for kind in converters.encoders if kind.__name__ in ("bool", "int", "float", "Decimal")
)
# The driver's encoders as they were before anybody could change them; str and bytes it does by hand.
_ENCODERS: Final[Mapping[type, Callable[..., str]]] = dict(converters.encoders)
_WRITTEN: Final = frozenset(_ENCODERS) - frozenset(SEQUENCES) - {dict, str, bytes}
_LITERAL: Final = re.compile(
    r"(?:_binary\ )?X'[0-9a-fA-F]*'|NULL|'(?:[^'\\]|\\.|'')*'"
    r"|(?P<number>TRUE|FALSE|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)",
    re.DOTALL,
)


@attrs.define(eq=False)  # not frozen: one is made for every call, and freezing it takes three times as long
class Form:
    """What a call wants to send.

    `template` is what plans are kept for, always in the driver's style: a percent sign is written %%.
    `values` are the literals that belong into it, and `text` is the two together.
    """

    template: str
    values: Values
    text: str
    has_numbers: bool = False
    cacheable: bool = True


@attrs.frozen(eq=False)
class Batch:
    """What a call wants to send for many sets of values."""

    template: str
    rows: Sequence[Values]
    has_numbers: bool


def exact(query: object, encoding: str) -> str:
    """The query as an exact str; what is no query is a TypeError."""
    if type(query) is str:
        return query
    if isinstance(query, str):
        return str.__str__(query)
    if not isinstance(query, (bytes, bytearray)):
        raise TypeError(f"a query is a string or bytes, not {type(query).__qualname__}")
    try:
        return bytes(query).decode(encoding)
    except UnicodeDecodeError:
        pass
    raise DRIVER.not_analysable("GDB102", f"the statement is not valid {encoding}", "send it as str")


def written(text: str) -> Form:
    """The form of a text that is complete as it is."""
    return Form(text.replace("%", "%%") if "%" in text else text, (), text)


def in_full(text: str) -> Form:
    """The form of a text with values in it that had to be written out; no other call will have the same."""
    return attrs.evolve(written(text), cacheable=False)


def formed(session: Session, connection: Any, text: str, args: Any) -> Form:
    """The form of a text and its arguments, which are a list, tuple or dict."""
    if type(args) is tuple and not session.writes_itself:
        found = _common(args, connection.encoders, session)
        if found is not None and session.shape(text).takes(found[1]):
            return Form(text, found[0], bound(text, found[0]), found[1])
    scribe = Scribe(session, connection)
    values = scribe.all(args)
    if scribe.has_sequence and takes_no_other(text):
        text, args = spread(text, args)
        scribe = Scribe(session, connection)
        values = scribe.all(args)
    rendered = bound(text, values)
    if scribe.is_literal and session.shape(text).takes(scribe.has_numbers):
        return Form(text, values, rendered, scribe.has_numbers)
    return in_full(rendered)


def _common(args: tuple[Any, ...], encoders: Any, session: Session) -> tuple[tuple[str, ...], bool] | None:
    """What Scribe would write, and whether there are numbers, for the types that most values have.

    In one frame, because it is done for every statement; None for what it leaves to Scribe.
    """
    values = []
    has_numbers = False
    for value in args:
        kind = type(value)
        if kind is int and encoders.get(int) is converters.escape_int:
            has_numbers = True
            values.append(str(value))
        elif kind is str and not session.keeps_backslashes:
            values.append(f"'{converters.escape_string(value)}'")
        else:
            return None
    return tuple(values), has_numbers


def batched(session: Session, connection: Any, text: str, rows: Sequence[Any]) -> Batch | None:
    """Many sets of values for one template; None if they are not all literals that may stand in it."""
    if not all(isinstance(row, (dict, list, tuple)) for row in rows):
        return None
    scribe = Scribe(session, connection)
    values = [scribe.all(row) for row in rows]
    if not (scribe.is_literal and session.shape(text).takes(scribe.has_numbers)):
        return None
    return Batch(text, values, scribe.has_numbers)


def bound(template: str, values: Values) -> str:
    """The template with its literals in it; errors as the driver's own."""
    problem = ""
    try:
        return template % values
    except TypeError as error:
        problem = str(error)
    raise pymysql.err.ProgrammingError(problem)


class Scribe:
    """Writes values as literals, and notes what kind they were."""

    __slots__ = ("_connection", "_encoders", "_session", "has_numbers", "has_sequence", "is_literal")

    def __init__(self, session: Session, connection: Any) -> None:
        self._session = session
        self._connection = connection
        self._encoders = connection.encoders
        self.has_numbers = False
        self.has_sequence = False
        self.is_literal = True

    def all(self, args: Any) -> Values:
        if isinstance(args, dict):
            return {name: self.one(value) for name, value in args.items()}
        return tuple(map(self.one, args))

    def one(self, value: Any) -> str:
        """The value as the driver would write it."""
        session = self._session
        if session.writes_itself:
            return self._foreign(value)
        kind = type(value)
        if kind is str:
            return f"'{self._escaped(value)}'"
        if kind is bytes:
            return f"X'{value.hex()}'"
        if kind in _WRITTEN and self._encoders.get(kind) is _ENCODERS[kind]:
            if kind in _NUMBERS:
                self.has_numbers = True
            return _ENCODERS[kind](value, None)
        return self._foreign(value)

    def _escaped(self, value: str) -> str:
        # As the server said last what its mode is; the driver's own attribute can be set by anybody.
        if self._session.keeps_backslashes:
            return value.replace("'", "''")
        return converters.escape_string(value)

    def _foreign(self, value: Any) -> str:
        """By the driver, with whatever encoders and methods the application gave it."""
        self.has_sequence = self.has_sequence or type(value) in SEQUENCES
        text = str.__str__(self._connection.escape(value))
        found = _LITERAL.fullmatch(text)
        if found is None or (self._session.keeps_backslashes and "\\" in text):
            self.is_literal = False
        elif found["number"] is not None:
            self.has_numbers = True
        return text
