"""The words of a statement into the tokens that sqlglot shall read.

Two lexers must agree on where each quote ends. Then tokens are changed where sqlglot would lose an
argument: names of functions that need no grammar of their own are hidden from it (HIDDEN), so that
every call keeps all its arguments in order; `->` becomes `->>`, which is not read as a lambda; JSON
paths become `$`. We never generate SQL from the tree, so only what flows where matters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from sqlglot.dialects import Dialect as SqlglotDialect
from sqlglot.dialects import MySQL, Postgres, SQLite
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from governed_db.errors import AnalysisError
from governed_db.model.catalog import Dialect
from governed_db.sql.respelled import respelled
from governed_db.sql.text import MARK, Lexeme, without_marks

HIDDEN = "\u00a7"  # section sign: text.py refuses it outside of quotes

DIALECTS: Mapping[Dialect, type[SqlglotDialect]] = {
    Dialect.POSTGRES: Postgres,
    Dialect.MYSQL: MySQL,
    Dialect.SQLITE: SQLite,
}

# Calls with a grammar of their own inside the parentheses; sqlglot keeps their arguments.
GRAMMAR = frozenset(
    """CAST TRY_CAST CONVERT EXTRACT SUBSTRING SUBSTR TRIM POSITION OVERLAY GROUP_CONCAT MATCH CHAR
    XMLELEMENT XMLTABLE JSON_TABLE COLUMNS AGAINST NORMALIZE WEIGHT_STRING VALUES IF ROW ARRAY
    UNNEST""".split()
)
_KEYWORD_FUNCTIONS = frozenset({TokenType.LEFT, TokenType.RIGHT, TokenType.REPLACE})


def tokenized(text: str, lexemes: Sequence[Lexeme], dialect: Dialect) -> list[Token]:
    """The text's words as sqlglot splits them. Raises AnalysisError (GDB105) where `lexemes` disagree."""
    quoted = {
        (start, end)
        for kind, start, end in lexemes
        if kind in ("string", "name") and text[end - 1] in "'\"`]$"
    }
    try:
        tokens = list(DIALECTS[dialect]().tokenize(_without_dollars(text, lexemes)))
    except (SqlglotError, ValueError, IndexError):
        raise AnalysisError("GDB105", "the statement cannot be split into words") from None
    seen = {
        (token.start, token.end + 1)
        for token in tokens
        if token.token_type in _QUOTED and text[token.end] in "'\"`]$"
    }
    if quoted != seen:
        raise AnalysisError(
            "GDB105",
            "it is not certain where a quote of this statement ends",
            position=min((start for start, _ in quoted ^ seen), default=None),
            help="pass values as parameters",
        )
    if MARK in text:
        tokens = [changed(token, token.token_type, without_marks(token.text)) for token in tokens]
    return tokens


def _without_dollars(text: str, lexemes: Sequence[Lexeme]) -> str:
    """The text with "?" for each parameter: sqlglot takes the dollars of "$1,$2" for a quote."""
    pieces, done = [], 0
    for kind, start, end in lexemes:
        if kind == "parameter":
            pieces += [text[done:start], "?".ljust(end - start)]
            done = end
    return "".join([*pieces, text[done:]])


_QUOTED = frozenset(
    {
        TokenType.STRING,
        TokenType.IDENTIFIER,
        TokenType.NATIONAL_STRING,
        TokenType.BYTE_STRING,
        TokenType.HEX_STRING,
        TokenType.BIT_STRING,
        TokenType.HEREDOC_STRING,
        TokenType.RAW_STRING,
        TokenType.UNICODE_STRING,
    }
)


@cache
def _known_functions(dialect: Dialect) -> frozenset[str]:
    parser = DIALECTS[dialect].parser_class
    return frozenset(parser.FUNCTIONS) | frozenset(parser.FUNCTION_PARSERS)


def prepared(tokens: Sequence[Token], dialect: Dialect) -> Iterator[Token]:
    """The tokens as sqlglot shall read them."""
    tokens = respelled(_without_modifiers(tokens, dialect), dialect)
    for index, token in enumerate(tokens):
        kind = token.token_type
        called = index + 1 < len(tokens) and tokens[index + 1].token_type is TokenType.L_PAREN
        if kind is TokenType.ARROW:
            yield changed(token, TokenType.DARROW, token.text)
        elif dialect is Dialect.POSTGRES and _ends_operator(index, tokens):
            yield changed(token, _ENDING[kind], token.text[0])
        elif called and dialect is Dialect.MYSQL and _is_value(index, tokens):
            yield changed(token, TokenType.VALUES, "VALUES")
        elif kind is TokenType.STRING and _is_path(index, tokens):
            yield changed(token, TokenType.STRING, "$")
        elif called and _is_hidden(index, tokens, dialect):
            yield changed(token, TokenType.VAR, HIDDEN + token.text)
        else:
            yield token


_ENDING = {TokenType.LTE: TokenType.LT, TokenType.GTE: TokenType.GT}


def _ends_operator(index: int, tokens: Sequence[Token]) -> bool:
    """The second half of `<<=` and `>>=`, which are read as `<<` and `>>`: the same flows through them."""
    kind, before = tokens[index].token_type, tokens[index - 1] if index else None
    is_half = before is not None and kind in _ENDING and before.token_type is _ENDING[kind]
    return is_half and before is not None and before.end + 1 == tokens[index].start


def _is_value(index: int, tokens: Sequence[Token]) -> bool:
    """MySQL's `INSERT INTO t (a) VALUE (1)`."""
    is_word = tokens[index].token_type is TokenType.VAR and tokens[index].text.upper() == "VALUE"
    return is_word and index > 1 and tokens[0].token_type is TokenType.INSERT


_MODIFIERS: Mapping[TokenType, frozenset[str]] = {
    TokenType.INSERT: frozenset({"LOW_PRIORITY", "HIGH_PRIORITY", "DELAYED"}),
    TokenType.UPDATE: frozenset({"LOW_PRIORITY", "IGNORE"}),
    TokenType.DELETE: frozenset({"LOW_PRIORITY", "QUICK", "IGNORE"}),
}


def _without_modifiers(tokens: Sequence[Token], dialect: Dialect) -> list[Token]:
    """Without the words that say how urgent a change is and what to do about conflicts.

    sqlglot does not know them after MySQL's verbs and after SQLite's UPDATE.
    """
    kept: list[Token] = []
    verb: TokenType | None = None
    for index, token in enumerate(tokens):
        text = token.text.upper()
        if verb is not None and dialect is Dialect.MYSQL and text in _MODIFIERS[verb]:
            continue
        is_clause = verb is TokenType.UPDATE and dialect is Dialect.SQLITE
        if is_clause and "OR" in (text, tokens[index - 1].text.upper()):
            continue
        verb = token.token_type if token.token_type in _MODIFIERS else None
        kept.append(token)
    return kept


def replaces(tokens: Sequence[Token]) -> bool:
    """Whether SQLite's INSERT OR REPLACE or UPDATE OR REPLACE is among the tokens."""
    triples = zip(tokens, tokens[1:], tokens[2:], strict=False)
    return any(
        first.text.upper() == "OR"
        and second.text.upper() == "REPLACE"
        and third.token_type is not TokenType.L_PAREN
        for first, second, third in triples
    )


_PLAIN_PATH = re.compile(
    r"[A-Za-z_]\w*|\$(?:\.[A-Za-z_]\w*|\[\d+\])+|\{[A-Za-z_]\w*(?:,(?:[A-Za-z_]\w*|\d+))*\}", re.ASCII
)
_ARROWS = frozenset({"->", "->>", "#>", "#>>", "PATH"})


def _is_path(index: int, tokens: Sequence[Token]) -> bool:
    """Whether a string is a JSON path, but for the plainest: sqlglot logs those that it cannot read."""
    if _PLAIN_PATH.fullmatch(tokens[index].text):
        return False
    before = tokens[index - 1].text.upper() if index else ""
    after = tokens[index + 1].text.upper() if index + 1 < len(tokens) else ""
    return before in _ARROWS or after == "COLUMNS"


def _is_hidden(index: int, tokens: Sequence[Token], dialect: Dialect) -> bool:
    token = tokens[index]
    upper = token.text.upper()
    if token.token_type in _KEYWORD_FUNCTIONS:
        return index > 0
    if token.token_type is TokenType.INSERT:  # MySQL's function, not MERGE's action
        return index > 0 and tokens[index - 1].text.upper() not in ("THEN", "OR")
    if upper == "CONVERT" and token.token_type is TokenType.VAR:
        return dialect is not Dialect.MYSQL
    if token.token_type is not TokenType.VAR or upper in GRAMMAR:
        return upper in ("SUBSTR", "SUBSTRING") and not _has_from(index + 1, tokens)
    return upper in _known_functions(dialect)


def _has_from(start: int, tokens: Sequence[Token]) -> bool:
    """Whether FROM, FOR or SIMILAR stand in the parentheses that open at `start`."""
    depth = 0
    for token in tokens[start:]:
        if token.token_type is TokenType.L_PAREN:
            depth += 1
        elif token.token_type is TokenType.R_PAREN:
            depth -= 1
            if depth == 0:
                return False
        elif depth == 1 and token.text.upper() in ("FROM", "FOR", "SIMILAR"):
            return True
    return False


def changed(token: Token, kind: TokenType, text: str) -> Token:
    """The token as another kind and text, in the same place."""
    return Token(kind, text, token.line, token.col, token.start, token.end, token.comments)
