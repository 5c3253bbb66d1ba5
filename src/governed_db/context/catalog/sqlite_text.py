"""The CREATE texts that SQLite keeps into what its PRAGMAs do not tell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import attrs

# SQLite's own notion of space (not Unicode's) and of identifier characters (all beyond ASCII).
_TOKEN = re.compile(
    r"""(?P<space>[ \t\n\f\r]+|--[^\n]*|/\*.*?(?:\*/|\Z))
    | (?P<quoted>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|'(?:[^']|'')*')
    | (?P<word>[A-Za-z0-9_$\u0080-\U0010ffff]+)
    | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_EVENTS = frozenset({"DELETE", "INSERT", "UPDATE"})
# A catalog is read again after each change of the schema, and nearly all of its texts are as they were:
# migrations of a few hundred tables would spend most of their time here.
_remembered = lru_cache(maxsize=8192)


@attrs.frozen
class Token:
    """A token and where it ends; `keyword` is empty for quoted names."""

    text: str
    start: int
    end: int
    keyword: str

    @property
    def name(self) -> str:
        """The identifier or string that the token stands for."""
        if self.keyword or len(self.text) < 2:
            return self.text
        inner, mark = self.text[1:-1], self.text[-1]
        return inner if mark == "]" else inner.replace(mark * 2, mark)


@attrs.frozen
class ColumnText:
    """What a column's definition says; the collation is in upper case."""

    collation: str = "BINARY"
    generated_from: str | None = None


def tokens(sql: str) -> list[Token]:
    return list(_tokens(sql))


def _tokens(sql: str) -> Iterator[Token]:
    for match in _TOKEN.finditer(sql):
        if match.lastgroup != "space":
            keyword = "" if match.lastgroup == "quoted" else match.group().upper()
            yield Token(match.group(), match.start(), match.end(), keyword)


def view_select(sql: str) -> str | None:
    """The SELECT of a view, None where the text is not of the form that SQLite stores."""
    found = tokens(sql)
    if [each.keyword for each in found[:2]] != ["CREATE", "VIEW"] or len(found) < 5:
        return None
    at = 3
    if found[at].keyword == "(":
        at = _closing(found, at) + 1
    if at >= len(found) or found[at].keyword != "AS":
        return None
    return sql[found[at].end :].strip().removesuffix(";")


def trigger_events(sql: str) -> frozenset[str]:
    """The event of a trigger, all of them where the text is not of the form that SQLite stores."""
    for token in tokens(sql)[3:]:
        if token.keyword in _EVENTS:
            return frozenset({token.keyword.lower()})
    return frozenset({"delete", "insert", "update"})


@_remembered
def column_texts(sql: str) -> dict[str, ColumnText]:
    """The columns of a table by lower-case name; constraints give entries that no one asks for.

    The answer is shared: nobody may change it.
    """
    found = tokens(sql)
    opening = next((at for at, each in enumerate(found) if each.keyword == "("), None)
    if opening is None:
        return {}
    columns: dict[str, ColumnText] = {}
    for part in _parts(found[opening + 1 : _closing(found, opening)]):
        # Columns come before constraints: an unquoted PRIMARY must not hide a column "primary".
        columns.setdefault(part[0].name.lower(), _column_text(sql, part))
    return columns


@_remembered
def check_texts(sql: str) -> tuple[str, ...]:
    """What stands in the parentheses of CHECK constraints, of columns and of the table."""
    found = tokens(sql)
    return tuple(
        sql[found[at + 1].end : found[_closing(found, at + 1)].start].strip()
        for at in range(len(found) - 1)
        if found[at].keyword == "CHECK" and found[at + 1].keyword == "("
    )


def virtual_arguments(sql: str) -> frozenset[str]:
    """Every name among the arguments of a virtual table, in lower case."""
    found = tokens(sql)
    using = next((at for at, each in enumerate(found) if each.keyword == "USING"), len(found))
    return frozenset(token.name.lower() for token in found[using + 2 :])


def _column_text(sql: str, part: Sequence[Token]) -> ColumnText:
    collation, generated, at = "BINARY", None, 1
    while at < len(part):
        following = part[at + 1] if at + 1 < len(part) else None
        if part[at].keyword == "COLLATE" and following:
            collation = following.name.upper()
        elif part[at].keyword == "AS" and following and following.keyword == "(":
            generated = sql[following.end : part[_closing(part, at + 1)].start].strip()
        at = _closing(part, at) + 1 if part[at].keyword == "(" else at + 1
    return ColumnText(collation, generated)


def _parts(found: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """Split at the commas that no parenthesis encloses."""
    begin, at = 0, 0
    while at < len(found):
        if found[at].keyword == "(":
            at = _closing(found, at)
        elif found[at].keyword == ",":
            yield found[begin:at]
            begin = at + 1
        at += 1
    if begin < len(found):
        yield found[begin:]


def _closing(found: Sequence[Token], opening: int) -> int:
    """The index of the parenthesis that closes the one at `opening`, else of the last token."""
    depth = 0
    for at in range(opening, len(found)):
        depth += {"(": 1, ")": -1}.get(found[at].keyword, 0)
        if depth == 0:
            return at
    return len(found) - 1
