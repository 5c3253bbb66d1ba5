"""SQL text into a Tree: tokens that two lexers agree on, and sqlglot's reading of them.

Rules of this file:

* One statement. Strings, quoted names and comments must end where the server's own rules (text.py)
  say they end, or the statement is refused.
* sqlglot reads tokens that were prepared for it (tokens.py); long VALUES and IN lists of plain
  literals are folded (abridge.py).
* Size, depth and the number of joins are bounded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs
from sqlglot import ErrorLevel, exp
from sqlglot.errors import ParseError
from sqlglot.tokenizer_core import Token, TokenType

from governed_db.errors import AnalysisError
from governed_db.model.catalog import Dialect
from governed_db.sql.abridge import FOLDABLE, FoldedItem, fold
from governed_db.sql.hushed import hushed
from governed_db.sql.text import Lexeme, lex, without_marks
from governed_db.sql.tokens import DIALECTS, changed, prepared, replaces, tokenized

MAX_TOKENS = 20_000
MAX_DEPTH = 48
MAX_JOINS = 64
MAX_SUBSCRIPTS = 64  # sqlglot takes a minute for a[1][1]... with 2,000 of them


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
        _, start, end = self.lexemes[index]
        written = without_marks(self.text[start:end])
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
    words = tuple(without_marks(text[start:end]).upper() for _, start, end in lexemes)
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
    if len(tree.words) > MAX_TOKENS and not FOLDABLE.intersection(tree.words):
        raise _too_many_words()
    start = tree.starts[skip]
    text = " " * start + tree.text[start:]
    is_replace = tree.words[skip] == "REPLACE"
    if is_replace:  # sqlglot reads MySQL's REPLACE as an opaque command
        text = " " * start + "INSERT " + text[start + len("REPLACE") :]
    tokens = tokenized(text, tree.lexemes[skip:], tree.dialect)
    _refuse_size(tokens)
    kept, folded, folded_items, has_folded_lists = fold(tuple(prepared(tokens, tree.dialect)))
    return attrs.evolve(
        tree,
        root=_read(kept, text, tree.dialect),
        tokens=kept,
        folded=folded,
        folded_items=folded_items,
        has_folded_lists=has_folded_lists,
        replaces=is_replace or (tree.dialect is Dialect.SQLITE and replaces(tokens)),
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


def _read(tokens: tuple[Token, ...], text: str, dialect: Dialect) -> exp.Expr:
    if len(tokens) > MAX_TOKENS:
        raise _too_many_words()
    parser = DIALECTS[dialect]().parser(error_level=ErrorLevel.IMMEDIATE)
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
        numbered.append(changed(token, TokenType.COLON, ":"))
        numbered.append(changed(token, TokenType.VAR, str(token.start)))
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
