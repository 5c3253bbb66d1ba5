"""SQL text into lexemes, by the server's own lexical rules.

sqlglot's tokenizer is a second reader: where the two disagree on where a string, a quoted name or a
comment ends, the statement is refused (parse.py). Rules of this file:

* PostgreSQL: standard_conforming_strings on; '' doubles; E'' has backslashes; $tag$ quotes; U& refused.
* MySQL/MariaDB: backslash escapes; "x" is a string; # and "-- " comment; /*! and /*M! execute: refused.
* SQLite: "x", `x` and [x] quote names; '' doubles.
* Comments inside comments are refused everywhere: servers differ on where they end.

Sources: PostgreSQL 15 manual 4.1, MariaDB KB "Comment Syntax", SQLite "tokenize.c" documentation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from governed_db.errors import AnalysisError
from governed_db.model.catalog import Dialect

MARK = "\0"  # the second sign of %% within quotes; no server keeps it, and no text given to us may hold it
MAX_CHARACTERS = 1_000_000
MAX_LEXEMES = 250_000

_NUMBER = r"(?:0[xX][0-9a-fA-F]+|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)"
_WORD = r"[^\W\d][\w$]*"
_SPACE = r"[ \t\n\r\f\v]+"
_BLOCK = r"/\*(?:[^*]|\*(?!/))*\*/"
_PLAIN_STRING = r"'(?:[^']|'')*'"
_BACKSLASH_STRING = r"'(?:[^'\\]|''|\\.)*'"

_PATTERNS = {
    Dialect.POSTGRES: rf"""
        (?P<space>{_SPACE})
      | (?P<comment>--[^\n\r]*|{_BLOCK})
      | (?P<unicode>[uU]&['"])
      | (?P<string>[eE]{_BACKSLASH_STRING}|[bBxXnN]?{_PLAIN_STRING}
          |\$(?P<tag>(?:[^\W\d]\w*)?)\$(?:.*?)\$(?P=tag)\$)
      | (?P<name>"(?:[^"]|"")+")
      | (?P<parameter>\$\d+)
      | (?P<number>{_NUMBER})
      | (?P<word>{_WORD})
      | (?P<other>.)""",
    Dialect.MYSQL: rf"""
        (?P<space>{_SPACE})
      | (?P<comment>--(?:[ \t\f\v][^\n]*|(?=\n)|$)|\#[^\n]*|{_BLOCK})
      | (?P<unicode>--)
      | (?P<string>[bBxXnN]?{_BACKSLASH_STRING}|"(?:[^"\\]|""|\\.)*")
      | (?P<name>`(?:[^`]|``)+`)
      | (?P<parameter>\?)
      | (?P<number>{_NUMBER})
      | (?P<word>{_WORD})
      | (?P<other>.)""",
    Dialect.SQLITE: rf"""
        (?P<space>{_SPACE})
      | (?P<comment>--[^\n]*|{_BLOCK})
      | (?P<string>[xX]?{_PLAIN_STRING})
      | (?P<name>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])
      | (?P<parameter>\?\d*|[:@$][A-Za-z_][\w$]*)
      | (?P<number>{_NUMBER})
      | (?P<word>{_WORD})
      | (?P<unicode>(?!))
      | (?P<other>.)""",
}


class Lexeme(NamedTuple):
    """A piece of text. `kind`: space comment string name parameter number word other."""

    kind: str
    start: int
    end: int  # exclusive


@cache
def _pattern(dialect: Dialect) -> re.Pattern[str]:
    return re.compile(_PATTERNS[dialect], re.VERBOSE | re.DOTALL)


@lru_cache(maxsize=8)  # half a dozen readers look at each new statement, one after the other
def lex(text: str, dialect: Dialect) -> tuple[Lexeme, ...]:
    """All lexemes of `text`, in order and without a gap.

    Raises AnalysisError for what servers read differently or what hides text from the parser.
    """
    _refuse_whole(text, dialect)
    return tuple(_lexemes(text, dialect))


def _lexemes(text: str, dialect: Dialect) -> Iterator[Lexeme]:
    for count, match in enumerate(_pattern(dialect).finditer(text)):
        if count > MAX_LEXEMES:
            raise _too_long(f"more than {MAX_LEXEMES} words and signs")
        kind = match.lastgroup or "other"
        if kind == "tag":
            kind = "string"
        start, end = match.span()
        if kind in ("unicode", "comment", "other"):
            refuse_mark(match.group(), start)
            _refuse_piece(kind, match.group(), start, dialect)
        yield Lexeme(kind, start, end)


def _refuse_whole(text: str, dialect: Dialect) -> None:
    if len(text) > MAX_CHARACTERS:
        raise _too_long(f"{len(text)} characters, more than {MAX_CHARACTERS}")
    if MARK in text:
        refuse_mark(text if dialect is Dialect.SQLITE else text.replace("%" + MARK, "%%"))
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise AnalysisError("GDB102", "the statement is not valid Unicode", position=error.start) from None


def refuse_mark(text: str, start: int = 0) -> None:
    """Refuse a NUL character: `analysable` puts them where a name or string has %%, and nobody else may."""
    zero = text.find(MARK)
    if zero >= 0:
        raise AnalysisError("GDB102", "the statement contains a NUL character", position=start + zero)


def _too_long(what: str) -> AnalysisError:
    help_ = "send it in smaller pieces, with values as parameters"
    return AnalysisError("GDB101", f"the statement has {what}", help=help_)


def _refuse_piece(kind: str, piece: str, start: int, dialect: Dialect) -> None:
    if kind == "unicode":
        what = "a Unicode escape (U&)" if dialect is Dialect.POSTGRES else "-- without a space"
        raise AnalysisError("GDB102", f"{what} is not accepted", position=start)
    if kind == "comment":
        _refuse_comment(piece, start, dialect)
    elif piece in "'\"`[" and not (piece == "[" and dialect is Dialect.POSTGRES):
        raise AnalysisError("GDB105", "a quote is not closed", position=start)
    elif not piece.isascii():
        raise AnalysisError(
            "GDB102", f"the character U+{ord(piece):04X} stands outside of quotes", position=start
        )


def _refuse_comment(piece: str, start: int, dialect: Dialect) -> None:
    if dialect is Dialect.MYSQL and piece.startswith(("/*!", "/*M!", "/*m!")):
        raise AnalysisError(
            "GDB102",
            "an executable comment is not accepted",
            position=start,
            help="write the statement without /*! ... */",
        )
    if piece.startswith("/*") and "/*" in piece[2:]:
        raise AnalysisError("GDB102", "a comment inside a comment is not accepted", position=start)
    if not piece.startswith("/*") and "\r" in piece.rstrip("\r"):
        raise AnalysisError("GDB102", "a line comment holds a carriage return", position=start)


_PYFORMAT = re.compile(r"%(?:%|\((?P<name>[^()]*)\)[a-zA-Z]|[a-zA-Z])?")


def analysable(sent: str, dialect: Dialect, style: str) -> str:
    """The text to analyse, of the same length as `sent`, so that positions hold in both.

    `style` "pyformat": %s, %b, %t and %(name)s become one parameter each as psycopg and PyMySQL
    read them (inside quotes too), %% a single % with a space behind it, within quotes with a MARK, which
    is not part of the name or string (tokens.py). "none": no placeholders (the driver was given no
    parameters). "qmark": the server's own placeholders; SQLite's ?1 :name @name $name become ?.
    """
    refuse_mark(sent)
    if style == "pyformat" and "%" in sent:
        text = _PYFORMAT.sub(lambda match: _stand_in(match, dialect), sent)
        return _marked(text, sent, dialect) if "%%" in sent else text
    if style == "qmark" and dialect is Dialect.SQLITE:
        return _sqlite_parameters(sent)
    return sent


def _stand_in(match: re.Match[str], dialect: Dialect) -> str:
    piece = match.group()
    if piece == "%%":
        return "% "
    if len(piece) < 2 or piece[-1] not in "sbt":
        raise AnalysisError(
            "GDB104",
            "only %s, %b, %t, %(name)s placeholders are accepted",
            position=match.start(),
            help="write a percent sign as %% when parameters are given",
        )
    parameter = "$1" if dialect is Dialect.POSTGRES else "?"
    return parameter.ljust(len(piece))


def _marked(text: str, sent: str, dialect: Dialect) -> str:
    """The text with a MARK behind each % within quotes that is written %%."""
    marked = list(text)
    for match in _PYFORMAT.finditer(sent):
        if match.group() == "%%":
            marked[match.end() - 1] = MARK
    try:
        pieces = (
            "".join(marked[start:end]) if kind in ("string", "name") else text[start:end]
            for kind, start, end in lex(text, dialect)
        )
        return "".join(pieces)
    except AnalysisError:
        return text  # whoever reads it next refuses it


def without_marks(text: str) -> str:
    """A name or string as the server will read it."""
    return text.replace(MARK, "") if MARK in text else text


def _sqlite_parameters(sent: str) -> str:
    if not any(mark in sent for mark in "?:@$"):
        return sent
    pieces = []
    for kind, start, end in lex(sent, Dialect.SQLITE):
        piece = sent[start:end]
        pieces.append("?".ljust(len(piece)) if kind == "parameter" else piece)
    return "".join(pieces)


def parameter_keys(
    sent: str, dialect: Dialect, *, is_pyformat: bool
) -> dict[int, tuple[int | None, str | None]]:
    """For each place of a parameter the number (from 0) and the name by which its value is given."""
    if is_pyformat:
        return _pyformat_keys(sent)
    keys: dict[int, tuple[int | None, str | None]] = {}
    named: dict[str, int] = {}
    last = 0
    for kind, start, end in lex(sent, dialect):
        if kind != "parameter":
            continue
        name, number = sent[start + 1 : end], last + 1
        if name.isdigit():
            number, name = int(name), ""
        elif name:
            number = named.setdefault(sent[start:end], number)
        last = max(last, number)
        keys[start] = number - 1, name or None
    return keys


def _pyformat_keys(sent: str) -> dict[int, tuple[int | None, str | None]]:
    keys: dict[int, tuple[int | None, str | None]] = {}
    for match in _PYFORMAT.finditer(sent):
        if match.group() != "%%":
            name = match["name"]
            keys[match.start()] = (len(keys), None) if name is None else (None, name)
    return keys


def placeholders_stand_free(sent: str, dialect: Dialect) -> bool:
    """Whether every pyformat placeholder stands outside of quotes and comments.

    PyMySQL renders values into the text: a placeholder inside quotes would end them.
    """
    marked = _PYFORMAT.sub(lambda match: "\x01" * len(match.group()), sent)
    text = marked.replace("\x01", " ")
    return all(
        "\x01" not in marked[start:end]
        for kind, start, end in lex(text, dialect)
        if kind in ("string", "name", "comment")
    )
