"""SQL text into a Tree: tokens that two lexers agree on, and sqlglot's reading of them.

Rules of this file:

* One statement. Strings, quoted names and comments must end where the server's own rules (text.py)
  say they end, or the statement is refused.
* Tokens are changed before parsing where sqlglot would lose an argument: names of functions that
  need no grammar of their own are hidden from it (HIDDEN), so that every call keeps all its arguments
  in order; `->` becomes `->>`, which is not read as a lambda; JSON paths become `$`. We never generate
  SQL from the tree, so only what flows where matters.
* Size, depth and the number of joins are bounded; long VALUES and IN lists of plain literals are folded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

import attrs
from sqlglot import ErrorLevel, exp
from sqlglot.dialects import Dialect as SqlglotDialect
from sqlglot.dialects import MySQL, Postgres, SQLite
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from governed_db.errors import AnalysisError
from governed_db.model.catalog import Dialect
from governed_db.sql.hushed import hushed
from governed_db.sql.text import Lexeme, lex

HIDDEN = "\u00a7"  # section sign: text.py refuses it outside of quotes

MAX_TOKENS = 20_000
MAX_DEPTH = 48
MAX_JOINS = 64
MAX_SUBSCRIPTS = 64  # sqlglot takes a minute for a[1][1]... with 2,000 of them
_FOLDABLE = frozenset({"VALUES", "IN"})
FOLD_FROM = 200  # an IN list with more plain items is folded, and VALUES rows after the first

_DIALECTS: Mapping[Dialect, type[SqlglotDialect]] = {
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
_ITEMS = frozenset(
    {
        TokenType.STRING,
        TokenType.NUMBER,
        TokenType.PLACEHOLDER,
        TokenType.NULL,
        TokenType.TRUE,
        TokenType.FALSE,
        TokenType.BYTE_STRING,
        TokenType.HEX_STRING,
        TokenType.NATIONAL_STRING,
        TokenType.HEREDOC_STRING,
    }
)


@attrs.frozen
class FoldedItem:
    """A text or parameter in a row of VALUES that was left out of the tree: number `index` of its row.

    `group` is where its VALUES stands.
    """

    group: int
    index: int
    start: int
    end: int
    is_parameter: bool


@attrs.frozen(eq=False)
class Tree:
    """One statement, read as far as needed.

    `words`: upper-case texts of its lexemes without spaces and comments; `starts`: where each
    stands. `root` and `tokens`: sqlglot's reading, absent for statements that are read word by word
    (commands.py). `folded`: VALUES rows that were left out because they look like the first, and
    `folded_items` the texts and parameters in them; `has_folded_lists`: so were items of IN.
    `replaces`: it said REPLACE INTO.
    """

    text: str
    dialect: Dialect
    words: tuple[str, ...]
    starts: tuple[int, ...]
    lexemes: tuple[Lexeme, ...] = ()
    root: exp.Expr | None = None
    tokens: tuple[Token, ...] = ()
    folded: int = 0
    folded_items: tuple[FoldedItem, ...] = ()
    has_folded_lists: bool = False
    replaces: bool = False

    def name(self, index: int) -> str:
        """Word number `index` as a name: unquoted, folded as the dialect does."""
        word = self.words[index]
        start = self.starts[index]
        written = self.text[start : start + len(word)]
        if written[0] in '"`[':
            inner = written[1:-1].replace(written[0] * 2, written[0])
            return inner if self.dialect is Dialect.POSTGRES else inner.lower()
        return written.lower()

    def query(self) -> exp.Expr:
        """The root, of a tree that was made by parse_query."""
        if self.root is None:
            raise AnalysisError("GDB106", "the statement is not understood")
        return self.root


def parse(text: str, dialect: Dialect, modes: Mapping[str, str] | None = None) -> Tree:
    """One statement into words. Raises AnalysisError (GDB101 to GDB109)."""
    _refuse_modes(text, dialect, modes or {})
    lexemes = [lexeme for lexeme in lex(text, dialect) if lexeme.kind not in ("space", "comment")]
    while lexemes and text[lexemes[-1].start : lexemes[-1].end] == ";":
        lexemes.pop()
    words = tuple(text[start:end].upper() for _, start, end in lexemes)
    for kind, start, end in lexemes:
        if kind == "other" and text[start:end] == ";" and not _has_body(words, dialect):
            raise AnalysisError(
                "GDB109",
                "more than one statement in one call",
                position=start,
                help="send one statement at a time",
            )
    if not lexemes:
        raise AnalysisError("GDB106", "the statement is empty")
    starts = tuple(start for _, start, _ in lexemes)
    return Tree(text[: lexemes[-1].end], dialect, words, starts, tuple(lexemes))


def _has_body(words: Sequence[str], dialect: Dialect) -> bool:
    """Whether the semicolons may be those of a body: then the whole is structure, and asked for.

    Not in PostgreSQL, whose bodies are quoted, and which runs whatever follows one in the same call.
    """
    made = {"TRIGGER", "PROCEDURE", "FUNCTION", "EVENT"}
    return dialect is not Dialect.POSTGRES and words[0] == "CREATE" and not made.isdisjoint(words[1:7])


def parse_query(tree: Tree, skip: int = 0) -> Tree:
    """The tree with its root, reading from word number `skip`. Raises AnalysisError."""
    if len(tree.words) > MAX_TOKENS and not _FOLDABLE.intersection(tree.words):
        raise _too_many_words()
    start = tree.starts[skip]
    text = " " * start + tree.text[start:]
    replaces = tree.words[skip] == "REPLACE"
    if replaces:  # sqlglot reads MySQL's REPLACE as an opaque command
        text = " " * start + "INSERT " + text[start + len("REPLACE") :]
    tokens = _tokens(text, tree.lexemes[skip:], tree.dialect)
    _refuse_size(tokens)
    prepared, folded, folded_items, has_folded_lists = _fold(tuple(_prepared(tokens, tree.dialect)))
    return attrs.evolve(
        tree,
        root=_read(prepared, text, tree.dialect),
        tokens=prepared,
        folded=folded,
        folded_items=folded_items,
        has_folded_lists=has_folded_lists,
        replaces=replaces or (tree.dialect is Dialect.SQLITE and _replaces(tokens)),
    )


def _refuse_modes(text: str, dialect: Dialect, modes: Mapping[str, str]) -> None:
    """Session modes under which the server reads quotes differently than we do."""
    conforming = modes.get("standard_conforming_strings", "on") == "on"
    if dialect is Dialect.POSTGRES and "\\" in text and not conforming:
        raise AnalysisError("GDB103", "standard_conforming_strings is off in this session")
    if dialect is Dialect.MYSQL:
        sql_mode = modes.get("sql_mode", "").upper().split(",")
        if "NO_BACKSLASH_ESCAPES" in sql_mode and "\\" in text:
            raise AnalysisError("GDB103", "sql_mode NO_BACKSLASH_ESCAPES is set in this session")
        if "ANSI_QUOTES" in sql_mode and '"' in text:
            raise AnalysisError("GDB103", "sql_mode ANSI_QUOTES is set in this session")


def _tokens(text: str, lexemes: Sequence[Lexeme], dialect: Dialect) -> list[Token]:
    quoted = {
        (start, end)
        for kind, start, end in lexemes
        if kind in ("string", "name") and text[end - 1] in "'\"`]$"
    }
    try:
        tokens = list(_DIALECTS[dialect]().tokenize(_without_dollars(text, lexemes)))
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


def _refuse_size(tokens: Sequence[Token]) -> None:
    depth = joins = subscripts = 0
    last: TokenType | None = None
    for token in tokens:
        match token.token_type:
            case TokenType.L_PAREN | TokenType.L_BRACKET | TokenType.CASE:
                depth += 1
                if depth > MAX_DEPTH:
                    raise AnalysisError("GDB107", f"nested deeper than {MAX_DEPTH}", position=token.start)
            case TokenType.R_PAREN | TokenType.R_BRACKET | TokenType.END:
                depth -= 1
            case TokenType.JOIN:
                joins += 1
        follows = token.token_type is TokenType.L_BRACKET and last is TokenType.R_BRACKET
        subscripts += follows
        last = token.token_type
    if subscripts > MAX_SUBSCRIPTS:
        raise AnalysisError("GDB107", f"more than {MAX_SUBSCRIPTS} subscripts of subscripts")
    if joins > MAX_JOINS:
        raise AnalysisError("GDB107", f"more than {MAX_JOINS} joins")


@cache
def _known_functions(dialect: Dialect) -> frozenset[str]:
    parser = _DIALECTS[dialect].parser_class
    return frozenset(parser.FUNCTIONS) | frozenset(parser.FUNCTION_PARSERS)


def _prepared(tokens: Sequence[Token], dialect: Dialect) -> Iterator[Token]:
    """The tokens as sqlglot shall read them."""
    tokens = _without_modifiers(tokens, dialect)
    for index, token in enumerate(tokens):
        kind = token.token_type
        called = index + 1 < len(tokens) and tokens[index + 1].token_type is TokenType.L_PAREN
        if kind is TokenType.ARROW:
            yield _changed(token, TokenType.DARROW, token.text)
        elif dialect is Dialect.POSTGRES and _ends_operator(index, tokens):
            yield _changed(token, _ENDING[kind], token.text[0])
        elif called and dialect is Dialect.MYSQL and _is_value(index, tokens):
            yield _changed(token, TokenType.VALUES, "VALUES")
        elif kind is TokenType.STRING and _is_path(index, tokens):
            yield _changed(token, TokenType.STRING, "$")
        elif called and _is_hidden(index, tokens, dialect):
            yield _changed(token, TokenType.VAR, HIDDEN + token.text)
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


def _replaces(tokens: Sequence[Token]) -> bool:
    """Whether SQLite's INSERT OR REPLACE or UPDATE OR REPLACE is among the tokens."""
    triples = zip(tokens, tokens[1:], tokens[2:], strict=False)
    return any(
        first.text.upper() == "OR"
        and second.text.upper() == "REPLACE"
        and third.token_type is not TokenType.L_PAREN
        for first, second, third in triples
    )


_ARROWS = frozenset({"->", "->>", "#>", "#>>", "PATH"})


def _is_path(index: int, tokens: Sequence[Token]) -> bool:
    """Whether a string is a JSON path: sqlglot writes those that it cannot read into its log."""
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


def _changed(token: Token, kind: TokenType, text: str) -> Token:
    return Token(kind, text, token.line, token.col, token.start, token.end, token.comments)


def _fold(tokens: tuple[Token, ...]) -> tuple[tuple[Token, ...], int, tuple[FoldedItem, ...], bool]:
    """Leave out VALUES rows and IN items that are literals or parameters, all but the first."""
    kept: list[Token] = []
    items: list[FoldedItem] = []
    folded, lists, index = 0, False, 0
    while index < len(tokens):
        kept.append(tokens[index])
        kind = tokens[index].token_type
        index += 1
        if kind is TokenType.VALUES:
            end, rows = _plain_rows(tokens, index)
            if rows:
                kept.extend(tokens[index:end])
                items.extend(_folded_items(tokens, end, rows[-1]))
                index, folded = rows[-1], folded + len(rows)
        elif kind is TokenType.IN:
            closed = _plain_row(tokens, index)
            if closed is not None and closed - index > 2 * FOLD_FROM:
                kept.extend((tokens[index], *_first_item(tokens, index), tokens[closed - 1]))
                index, lists = closed, True
    return tuple(kept), folded, tuple(items), lists


def _folded_items(tokens: Sequence[Token], start: int, end: int) -> Iterator[FoldedItem]:
    """What is given in the plain rows that begin after the comma at `start`."""
    index = 0
    for token in tokens[start + 1 : end]:
        match token.token_type:
            case TokenType.L_PAREN:
                index = 0
            case TokenType.COMMA:
                index += 1
            case TokenType.STRING | TokenType.PLACEHOLDER:
                is_parameter = token.token_type is TokenType.PLACEHOLDER
                yield FoldedItem(tokens[start].start, index, token.start, token.end + 1, is_parameter)
            case _:
                pass


def _first_item(tokens: Sequence[Token], start: int) -> Iterator[Token]:
    for token in tokens[start + 1 :]:
        if token.token_type in (TokenType.COMMA, TokenType.R_PAREN):
            return
        yield token


def _plain_row(tokens: Sequence[Token], start: int) -> int | None:
    """The index after `( item, item )` at `start`, None if something else stands there."""
    if start >= len(tokens) or tokens[start].token_type is not TokenType.L_PAREN:
        return None
    index, wants_item = start + 1, True
    while index < len(tokens):
        kind = tokens[index].token_type
        if kind is TokenType.R_PAREN and not wants_item:
            return index + 1
        if kind is TokenType.COMMA and not wants_item:
            wants_item = True
        elif kind is TokenType.PARAMETER and wants_item:
            pass  # "$" of "$1": the number follows
        elif kind is TokenType.DASH and wants_item:
            pass
        elif kind in _ITEMS and wants_item:
            wants_item = False
        else:
            return None
        index += 1
    return None


def _plain_rows(tokens: Sequence[Token], start: int) -> tuple[int, list[int]]:
    """The end of the first row, and the ends of the plain rows of equal width that follow it."""
    first = _plain_row(tokens, start)
    if first is None:
        return start, []
    width = _items(tokens[start:first])
    ends: list[int] = []
    index = first
    while index < len(tokens) and tokens[index].token_type is TokenType.COMMA:
        end = _plain_row(tokens, index + 1)
        if end is None or _items(tokens[index + 1 : end]) != width:
            break
        ends.append(end)
        index = end
    return first, ends


def _items(row: Sequence[Token]) -> int:
    return sum(1 for token in row if token.token_type is TokenType.COMMA)


def _read(tokens: tuple[Token, ...], text: str, dialect: Dialect) -> exp.Expr:
    if len(tokens) > MAX_TOKENS:
        raise _too_many_words()
    parser = _DIALECTS[dialect]().parser(error_level=ErrorLevel.IMMEDIATE)
    try:
        with hushed():
            roots = parser.parse(_numbered(tokens, text, dialect), text)
    except ParseError as error:
        raise AnalysisError(
            "GDB106",
            "the statement is not understood",
            position=_position(error, text),
            help="check the syntax; constructs that cannot be analysed are not run",
        ) from None
    except RecursionError:
        raise AnalysisError("GDB107", "the statement is nested too deeply") from None
    except Exception:  # noqa: BLE001 - sqlglot crashes with many classes on odd input; all mean refuse
        raise AnalysisError("GDB106", "the statement is not understood") from None
    if len(roots) != 1 or not isinstance(roots[0], exp.Expr):
        raise AnalysisError("GDB106", "the statement is not understood")
    _place_parameters(roots[0], tokens)
    return roots[0]


def _numbered(tokens: Sequence[Token], text: str, dialect: Dialect) -> list[Token]:
    """The tokens with every parameter named by where it stands.

    sqlglot notes the places of literals and not of parameters; it does keep the name of ":name". Inside
    of brackets a colon means a slice, and PostgreSQL has an operator "?".
    """
    sign = "$" if dialect is Dialect.POSTGRES else "?"
    numbered: list[Token] = []
    for token, before, after in zip(tokens, (None, *tokens), (*tokens[1:], None), strict=False):
        is_parameter = token.token_type is TokenType.PLACEHOLDER and text[token.start] == sign
        if not is_parameter or _begins_slice(before, after):
            numbered.append(token)
            continue
        numbered.append(_changed(token, TokenType.COLON, ":"))
        numbered.append(_changed(token, TokenType.VAR, str(token.start)))
    return numbered


def _begins_slice(before: Token | None, after: Token | None) -> bool:
    if after is not None and after.token_type is TokenType.COLON:
        return True
    return before is not None and before.token_type in (TokenType.L_BRACKET, TokenType.COLON)


def _place_parameters(root: exp.Expr, tokens: Sequence[Token]) -> None:
    """Give parameters their places as sqlglot gives them to literals; their names are nobody's."""
    unplaced = []
    places = {token.start for token in tokens if token.token_type is TokenType.PLACEHOLDER}
    for node in root.find_all(exp.Placeholder):
        name = str(node.this or "")
        if name.isdigit() and int(name) in places:
            node.set("this", None)
            places.discard(_place(node, int(name)))
        else:
            unplaced.append(node)
    if len(unplaced) == len(places) == 1:  # the first of ARRAY[...]
        _place(unplaced[0], places.pop())


def _place(node: exp.Expr, start: int) -> int:
    node.meta.update(start=start, end=start)
    return start


def _too_many_words() -> AnalysisError:
    help_ = "send it in smaller pieces, with values as parameters"
    return AnalysisError("GDB101", f"the statement has more than {MAX_TOKENS} words", help=help_)


def _position(error: ParseError, text: str) -> int | None:
    if not error.errors:
        return None
    line, column = error.errors[0].get("line"), error.errors[0].get("col")
    if not line or not column:
        return None
    lines = text.splitlines(keepends=True)
    offset = sum(len(part) for part in lines[: line - 1]) + column - 1
    return int(min(offset, max(len(text) - 1, 0)))
