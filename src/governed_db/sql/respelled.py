"""Tokens of forms that sqlglot does not read into tokens of forms that it reads, of the same operands.

Only what flows where must stay the same: the statement that is sent is the caller's own. Rules of this file:

* PostgreSQL's prefix operators, and infix ones that sqlglot has no word for, become `~`, which shows its
  operands and can fail as they can. Only operators of pg_catalog are in the lists. What touches another sign
  is part of a longer operator. `OVERRIDING SYSTEM VALUE` and `ORDER BY x USING >` need no reading.
* PostgreSQL's `box '...'` becomes `'...'::box`, for built-in types only.
* MySQL's VALUES that begins a query is put in parentheses: it also is a function there. `FOR UPDATE WAIT 1`
  needs no reading.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot.tokenizer_core import Token, TokenType

from governed_db.model.catalog import Dialect
from governed_db.sql.functions import types

_PREFIXES = frozenset("@ |/ ||/ !! @@ # @-@ ?- ?|".split())
_INFIXES = frozenset("## <^ >^ ?# ?- ?-| ?|| ~= <<| |>> &<| |&> ~<~ ~<=~ ~>=~ ~>~".split())
# An operand begins after these, and after signs.
_BEFORE = frozenset(
    {
        *(TokenType.SELECT, TokenType.DISTINCT, TokenType.ALL, TokenType.COMMA, TokenType.L_PAREN),
        *(TokenType.L_BRACKET, TokenType.WHERE, TokenType.AND, TokenType.OR, TokenType.NOT, TokenType.ON),
        *(TokenType.HAVING, TokenType.WHEN, TokenType.THEN, TokenType.ELSE, TokenType.CASE),
        *(TokenType.GROUP_BY, TokenType.ORDER_BY, TokenType.PARTITION_BY, TokenType.BETWEEN),
        TokenType.RETURNING,
    }
)
_SIGNS = frozenset("+-*/<>=~!@#%^&|`?")


def respelled(tokens: Sequence[Token], dialect: Dialect) -> list[Token]:
    """The tokens as they are, but for the forms above."""
    if dialect is Dialect.POSTGRES:
        return _operands(_without_asides(tokens))
    return _grouped_values(tokens) if dialect is Dialect.MYSQL else list(tokens)


def _operands(tokens: Sequence[Token]) -> list[Token]:
    kept: list[Token] = []
    begins = True  # an operand
    index = 0
    while index < len(tokens):
        token, sign = tokens[index], _sign(index, tokens)
        if "".join(sign) in (_PREFIXES if begins else _INFIXES) and index + len(sign) < len(tokens):
            kept.append(_token(TokenType.RLIKE, "~", token))
            index += len(sign)
            begins = True
            continue
        index += 1
        if begins and index < len(tokens) and _types(token) and tokens[index].token_type is TokenType.STRING:
            kept += [tokens[index], _token(TokenType.DCOLON, "::", token), token]
            index += 1
        else:
            kept.append(token)
        is_parameter = begins and token.token_type is TokenType.PLACEHOLDER
        begins = token.token_type in _BEFORE or (_is_sign(token) and not is_parameter)
    return kept


def _sign(index: int, tokens: Sequence[Token]) -> list[str]:
    """The texts of the tokens that are one operator to PostgreSQL; none inside of one, and for words."""
    if index and _is_sign(tokens[index - 1]) and tokens[index - 1].end + 1 == tokens[index].start:
        return []
    found: list[str] = []
    while index < len(tokens) and _is_sign(tokens[index]):
        if found and tokens[index - 1].end + 1 != tokens[index].start:
            break
        found.append(tokens[index].text)
        index += 1
    return found


def _is_sign(token: Token) -> bool:
    """Quoted ones are longer in the text."""
    return token.end + 1 - token.start == len(token.text) and _SIGNS.issuperset(token.text)


def _without_asides(tokens: Sequence[Token]) -> list[Token]:
    """Without words that change neither what is read nor what is written where."""
    kept: list[Token] = []
    left = 0
    for index, token in enumerate(tokens):
        after = [one.text.upper() for one in tokens[index + 1 : index + 3]]
        text = token.text.upper() if token.token_type is not TokenType.IDENTIFIER else ""
        if text == "OVERRIDING" and after == ["SYSTEM", "VALUE"]:
            left = 3
        elif token.token_type is TokenType.USING and after[:1] in (["<"], [">"]):
            left = 2
        if left:
            left -= 1
        else:
            kept.append(token)
    return kept


def _types(token: Token) -> bool:
    return token.token_type is TokenType.VAR and token.text.lower() in types(Dialect.POSTGRES)


def _grouped_values(tokens: Sequence[Token]) -> list[Token]:
    kept: list[Token] = []
    end = -1
    tokens = [token for index, token in enumerate(tokens) if not _waits(index, tokens)]
    for index, token in enumerate(tokens):
        if token.token_type is TokenType.VALUES and _begins_query(index, tokens):
            kept.append(_token(TokenType.L_PAREN, "(", token))
            end = _end_of_rows(index + 1, tokens)
        kept.append(token)
        if index == end:
            kept.append(_token(TokenType.R_PAREN, ")", token))
    return kept


def _waits(index: int, tokens: Sequence[Token]) -> bool:
    """The words of `FOR UPDATE WAIT 1` and `LOCK IN SHARE MODE WAIT 1` behind the lock."""
    for first in (index, index - 1):
        words = [token.text.upper() for token in tokens[max(first - 2, 0) : first + 1]]
        kinds = [token.token_type for token in tokens[first : first + 2]]
        if kinds == [TokenType.VAR, TokenType.NUMBER] and words in (
            ["FOR", "UPDATE", "WAIT"],
            ["SHARE", "MODE", "WAIT"],
        ):
            return True
    return False


def _begins_query(index: int, tokens: Sequence[Token]) -> bool:
    """`VALUES ...` as a statement, and in `WITH t AS (VALUES ...)`."""
    if index == 0:
        return True
    before = [token.token_type for token in tokens[max(index - 2, 0) : index]]
    return before == [TokenType.ALIAS, TokenType.L_PAREN]


def _end_of_rows(index: int, tokens: Sequence[Token]) -> int:
    """Where the last row of a list in parentheses ends."""
    depth, end = 0, -1
    for number, token in enumerate(tokens[index:], index):
        depth += (token.token_type is TokenType.L_PAREN) - (token.token_type is TokenType.R_PAREN)
        if depth < 0 or (depth == 0 and token.token_type not in (TokenType.R_PAREN, TokenType.COMMA)):
            break
        if depth == 0 and token.token_type is TokenType.R_PAREN:
            end = number
    return end


def _token(kind: TokenType, text: str, at: Token) -> Token:
    return Token(kind, text, at.line, at.col, at.start, at.end, at.comments)
