"""Some rows of a table into what may be stored of them and shown to anybody.

A protected value never leaves the database for this: in its place the question itself has a mark. What is
left is looked through for personal data and credentials, cut short, and text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from governed_db.core.contents import key_class
from governed_db.errors import AnalysisError
from governed_db.mask.content.cells import rewritten
from governed_db.model.catalog import Catalog, Column, Dialect, RelationInfo
from governed_db.model.classification import CLEAR, TAXONOMY
from governed_db.model.decision import Effect, MaskColumn
from governed_db.model.policy import Policy
from governed_db.model.principal import Context, Principal
from governed_db.model.statement import ColumnRef
from governed_db.policy.decide import decide
from governed_db.sql.affected import qualified, quoted
from governed_db.sql.facts import analyse
from governed_db.sql.parse import parse

ROWS: Final = 20
_COLUMNS: Final = 40
_READ, _SHOWN = 1000, 120  # characters of a value
_MARK: Final = "***"
_ALL: Final = frozenset(TAXONOMY)
_INTEGERS: Final = re.compile(r"(?:tiny|small|medium|big)?int|integer|(?:small|big)?serial|oid")
_BINARY: Final = re.compile(r"bytea|.*blob|(?:var)?binary|bit\b")
_STRANGER: Final = Principal("preview", kind="agent")

Row = tuple[str | None, ...]


@attrs.frozen
class Face:
    """What is shown of a relation: its columns, and those of them that are not."""

    info: RelationInfo
    columns: tuple[Column, ...]
    masked: frozenset[str]

    def question(self, key: Sequence[str], keys: Sequence[Row], dialect: Dialect) -> str:
        """For the rows with these keys: the key again, then every column as text."""
        outputs = [_text(column, dialect) for column in self._column(key)]
        outputs += [
            f"CASE WHEN {quoted(one.name, dialect)} IS NULL THEN NULL ELSE '{_MARK}' END"
            if one.name in self.masked
            else _shown(one, dialect)
            for one in self.columns
        ]
        kinds = {one.name: one.type for one in self.info.columns}
        rows = (
            " AND ".join(
                f"{quoted(name, dialect)} = {literal(value, kinds.get(name, ''), dialect)}"
                for name, value in zip(key, values, strict=True)
            )
            for values in keys
        )
        where = " OR ".join(f"({row})" for row in rows)
        outputs = [f"{output} AS c{number}" for number, output in enumerate(outputs)]
        return f"SELECT {', '.join(outputs)} FROM {qualified(self.info, dialect)} WHERE {where}"

    def _column(self, names: Sequence[str]) -> list[Column]:
        by_name = {one.name: one for one in self.info.columns}
        return [by_name[name] for name in names]


def face(
    info: RelationInfo,
    catalog: Catalog,
    classes: Mapping[ColumnRef, str],
    context: Context,
    policies: Sequence[Policy],
    *,
    database: str,
) -> Face:
    """The strongest of what the policies say: a column that any of them masks for either reader is masked.

    Readers are who asks, and an agent that nobody knows. What neither may read is masked altogether.
    """
    columns = tuple(one for one in info.columns if not one.hidden)[:_COLUMNS]
    names = [one.name for one in columns]
    text = f"SELECT {', '.join(quoted(name, catalog.dialect) for name in names)} FROM "
    text += qualified(info, catalog.dialect)
    masked: set[str] = set()
    try:
        facts = analyse(parse(text, catalog.dialect, catalog.modes), catalog)
    except AnalysisError:
        return Face(info, columns, frozenset(names))
    for policy in policies:
        for reader in (context.principal, _STRANGER):
            # Without a clock: a rule that depends on the time shows nothing here.
            decision = decide(facts, reader, policy, classes, database=database)
            if decision.effect is not Effect.PERMIT and reader is context.principal:
                return Face(info, columns, frozenset(names))
            masked |= {names[one.index] for one in decision.obligations if isinstance(one, MaskColumn)}
    masked |= {
        names[index]
        for index, output in enumerate(facts.outputs)
        if any(_is_secret(classes.get(column, CLEAR)) for column in output.labels)
    }
    return Face(info, columns, frozenset(masked))


def masked_rows(rows: Sequence[Sequence[object]], width: int) -> dict[Row, Row]:
    """What the question was answered with: by key, the rest as it may be shown."""
    return {
        tuple(_plain(value) for value in row[:width]): tuple(_clean(value) for value in row[width:])
        for row in rows
    }


def shown_text(text: str) -> str:
    """A text that somebody wrote, without personal data and credentials in it."""
    return str(rewritten(text, _ALL, {}, key_class))


def literal(value: str | None, kind: str, dialect: Dialect) -> str:
    """A value of a key that the database gave as text, as it is written into a question."""
    if value is None:
        return "NULL"
    if re.fullmatch(r"-?\d{1,19}", value) and _INTEGERS.match(kind.lower()):
        return value
    match dialect:
        case Dialect.MYSQL:
            return f"CONVERT(X'{value.encode().hex()}' USING utf8mb4)"
        case Dialect.POSTGRES:
            return " E'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
        case Dialect.SQLITE:
            return "'" + value.replace("'", "''") + "'"


def can_be_key(info: RelationInfo, key: Sequence[str]) -> bool:
    """Whether the rows can be asked for by text: not where the key is bytes."""
    kinds = {one.name: one.type.lower() for one in info.columns}
    return not any(_BINARY.match(kinds.get(name, "")) for name in key)


def _is_secret(classification: str) -> bool:
    return classification.startswith("secret")


def _text(column: Column, dialect: Dialect) -> str:
    name = quoted(column.name, dialect)
    match dialect:
        case Dialect.MYSQL:
            return f"CONVERT({name} USING utf8mb4)"
        case _:
            return f"CAST({name} AS text)"


def _shown(column: Column, dialect: Dialect) -> str:
    name = quoted(column.name, dialect)
    is_binary = _BINARY.match(column.type.lower()) is not None
    match dialect:
        case Dialect.MYSQL if is_binary:
            return f"CONCAT('<', LENGTH({name}), ' bytes>')"
        case Dialect.MYSQL:
            return f"LEFT(CONVERT({name} USING utf8mb4), {_READ})"
        case Dialect.POSTGRES if is_binary:
            return f"'<' || pg_catalog.octet_length({name}) || ' bytes>'"
        case Dialect.POSTGRES:
            return f"pg_catalog.left(CAST({name} AS text), {_READ})"
        case Dialect.SQLITE:
            short = f"substr(CAST({name} AS text), 1, {_READ})"
            return f"CASE typeof({name}) WHEN 'blob' THEN '<' || length({name}) || ' bytes>' ELSE {short} END"


def _plain(value: object) -> str | None:
    return None if value is None else str(value)


def _clean(value: object) -> str | None:
    if value is None:
        return None
    text = str(rewritten(str(value), _ALL, {}, key_class))
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
