"""Tokens into fewer: VALUES rows and IN items that look like the first are left out of the tree.

What is given in the rows that were left out is noted, so that nothing written goes unseen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs
from sqlglot.tokenizer_core import Token, TokenType

FOLDABLE = frozenset({"VALUES", "IN"})
FOLD_FROM = 200  # an IN list with more plain items is folded, and VALUES rows after the first

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


def fold(tokens: tuple[Token, ...]) -> tuple[tuple[Token, ...], int, tuple[FoldedItem, ...], bool]:
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
