"""A change into how the rows that it affects are found: by what it returns, or by its own conditions.

Only plain changes of one table have an answer. The text of the statement is never made anew: words are
added at its end (RETURNING), or its own conditions are put behind a SELECT of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import attrs

from governed_db.errors import AnalysisError
from governed_db.model.catalog import Catalog, Dialect, RelationInfo, RelationKind
from governed_db.model.statement import ColumnRef, Facts, Kind, Write
from governed_db.sql.text import Lexeme, lex

_TAILS: Final = frozenset({"WHERE", "ORDER", "LIMIT"})
_JOINS: Final = frozenset({"JOIN", "USING", "WITH", "STRAIGHT_JOIN"})
_ONE_TABLE: Final = {
    Kind.UPDATE: re.compile(r"\s*UPDATE\s+(?:LOW_PRIORITY\s+)?(?:IGNORE\s+)?", re.IGNORECASE),
    Kind.DELETE: re.compile(
        r"\s*DELETE\s+(?:LOW_PRIORITY\s+)?(?:QUICK\s+)?(?:IGNORE\s+)?FROM\s+", re.IGNORECASE
    ),
}
_FOLLOWS: Final = frozenset({"SET", "WHERE", "USING", "RETURNING", "FROM"})  # after a table's name
_STORED: Final = frozenset({RelationKind.TABLE, RelationKind.FOREIGN_TABLE})


@attrs.frozen
class Target:
    """The one table that a statement changes. `key`: columns that tell its rows apart, and stay the same."""

    info: RelationInfo
    write: Write
    key: tuple[str, ...]


def target(facts: Facts, catalog: Catalog, classes: Mapping[ColumnRef, str]) -> Target | None:
    """None where there is none, or no key of it that the change leaves alone."""
    if len(facts.writes) != 1:
        return None
    (write,) = facts.writes
    info = catalog.relations.get((write.relation.schema, write.relation.name))
    if info is None or info.kind not in _STORED:
        return None
    assigned = {flow.target.column for flow in write.flows if flow.target.relation == info.name}
    is_new = write.kind is Kind.INSERT
    keys = [key for key in info.unique_keys if is_new or key.isdisjoint(assigned)]
    not_null = {column.name for column in info.columns if column.not_null}

    def order(key: frozenset[str]) -> tuple[int, int, int, list[str]]:
        protected = sum(ColumnRef(info.schema, info.name, column) in classes for column in key)
        return protected, len(key - not_null), len(key), sorted(key)

    ordered = sorted(keys, key=order)
    return Target(info, write, tuple(sorted(ordered[0]))) if ordered else None


def returning(text: str, found: Target, dialect: Dialect) -> str | None:
    """The text with the key among what it returns, as its last columns; None where it cannot return it."""
    kind = found.write.kind
    if kind is Kind.MERGE or (dialect is Dialect.MYSQL and kind is Kind.UPDATE):
        return None
    words = _words(text, dialect)
    if not words:
        return None
    upper = [text[one.start : one.end].upper() for one in words]
    while upper and upper[-1] == ";":
        upper.pop()
        words.pop()
    # MariaDB counts a row that took the place of another as two, but not where rows are returned.
    if dialect is Dialect.MYSQL and (upper[0] in ("WITH", "REPLACE") or "DUPLICATE" in upper):
        return None
    named = _named(text, words, upper, found, dialect)
    if named is None:
        return None
    columns = ", ".join(_returned(f"{named}{quoted(column, dialect)}", dialect) for column in found.key)
    joint = ", " if "RETURNING" in upper else " RETURNING "
    return text[: words[-1].end] + joint + columns


def matching(text: str, found: Target, dialect: Dialect) -> str | None:
    """`FROM table WHERE ...` of an UPDATE or DELETE of one table, with its ORDER BY and LIMIT."""
    try:
        match = _ONE_TABLE[found.write.kind].match(text) if found.write.kind in _ONE_TABLE else None
        words = _words(text, dialect)
    except AnalysisError:
        return None
    outer = list(_outside(text, words))
    names = [word for word, _ in outer]
    if match is None or not _JOINS.isdisjoint(names):
        return None
    tail = next((at for word, at in outer if word in _TAILS), None)
    stops = [at for word, at in outer if word in ("SET", "RETURNING", ";")]
    ends = [at for word, at in outer if word in ("RETURNING", ";")]
    end = min(ends, default=len(text))
    table = text[match.end() : min([*stops, tail if tail is not None else end, end])]
    rest = text[tail:end] if tail is not None else ""
    return None if "," in table else f"FROM {table} {rest}"


def _outside(text: str, words: Sequence[Lexeme]) -> Iterator[tuple[str, int]]:
    """The words that stand in no parentheses, in capitals, and where."""
    depth = 0
    for one in words:
        word = text[one.start : one.end].upper()
        depth += (word == "(") - (word == ")")
        if not depth:
            yield word, one.start


def quoted(name: str, dialect: Dialect) -> str:
    """A name as the dialect quotes it."""
    mark = "`" if dialect is Dialect.MYSQL else '"'
    return mark + name.replace(mark, mark * 2) + mark


def qualified(info: RelationInfo, dialect: Dialect) -> str:
    return f"{quoted(info.schema, dialect)}.{quoted(info.name, dialect)}"


def _returned(column: str, dialect: Dialect) -> str:
    """As an expression, which sqlite3 has no converters for."""
    return f"CAST({column} AS text)" if dialect is Dialect.SQLITE else column


def _words(text: str, dialect: Dialect) -> list[Lexeme]:
    return [one for one in lex(text, dialect) if one.kind not in ("space", "comment")]


def _named(
    text: str, words: Sequence[Lexeme], upper: Sequence[str], found: Target, dialect: Dialect
) -> str | None:
    """What the table's columns are qualified with: nothing, unless other tables are there in PostgreSQL."""
    if dialect is not Dialect.POSTGRES:
        return ""
    verb = found.write.kind.value.upper()
    if verb not in upper:
        return None
    begin = upper.index(verb) + 1
    while upper[begin] in ("INTO", "FROM", "ONLY"):
        begin += 1
    end = begin + 1
    while end + 1 < len(upper) and upper[end] == ".":
        end += 2
    if end < len(upper) and upper[end] == "AS":
        return text[words[end + 1].start : words[end + 1].end] + "."
    is_word = end < len(upper) and words[end].kind in ("word", "name")
    if is_word and found.write.kind is not Kind.INSERT and upper[end] not in _FOLLOWS:
        return text[words[end].start : words[end].end] + "."
    return text[words[begin].start : words[end - 1].end] + "."
