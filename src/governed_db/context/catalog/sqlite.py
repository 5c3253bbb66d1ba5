"""A SQLite connection with all its attached databases into a `Catalog`.

What cannot be read for certain (a view whose text has another form or whose tables are gone, a virtual
table without its module, a generated column without its expression) is left out: naming it is refused.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterable
from itertools import groupby
from pathlib import PurePath
from typing import Any

import attrs

from governed_db.context.catalog import sqlite_queries as queries
from governed_db.context.catalog.rows import EpochReading, Loading, Rows, flag, only_row, text
from governed_db.context.catalog.sqlite_text import (
    ColumnText,
    check_texts,
    column_texts,
    trigger_events,
    view_select,
    virtual_arguments,
)
from governed_db.model.catalog import (
    Catalog,
    Column,
    Dialect,
    ForeignKey,
    RelationInfo,
    RelationKind,
    Trigger,
)

_Name = tuple[str, str]

_WRITES_ELSEWHERE = frozenset({"CASCADE", "SET NULL", "SET DEFAULT"})
_HIDDEN, _VIRTUAL_GENERATED, _STORED_GENERATED = 1, 2, 3
_SCHEMA_COLUMNS = tuple(
    Column(name, type_)
    for name, type_ in zip(
        ("type", "name", "tbl_name", "rootpage", "sql"), ("text", "text", "text", "int", "text"), strict=True
    )
)


@attrs.frozen
class _Found:
    """The answers, each by relation; `texts` hold (type, name, relation, sql) by schema."""

    path: tuple[str, ...]
    listed: dict[_Name, str]
    columns: dict[_Name, list[tuple[Any, ...]]]
    indexes: dict[_Name, list[tuple[Any, ...]]]
    references: dict[_Name, list[tuple[Any, ...]]]
    texts: dict[_Name, str]
    triggers: dict[_Name, tuple[Trigger, ...]]
    unique: dict[_Name, tuple[str, ...]]


def load() -> Loading:
    """The catalog of a SQLite connection."""
    files, epoch_ = yield from _files_and_epoch()
    version, *values = only_row((yield queries.SESSION))
    path = ("temp", "main", *(schema for schema in files if schema not in {"temp", "main"}))
    listed = {(text(row[0]), text(row[1])): text(row[2]) for row in (yield queries.RELATIONS)}
    columns = _grouped((yield queries.COLUMNS))
    indexes = _grouped((yield queries.INDEXES))
    references = _grouped((yield queries.REFERENCES))
    texts = yield queries.texts(path)
    made = _tables(texts), _triggers(texts, path), _unique_indexes(texts)
    found = _Found(path, listed, columns, indexes, references, *made)
    return Catalog(
        dialect=Dialect.SQLITE,
        server=f"SQLite {text(version)}",
        database=PurePath(files["main"]).stem or ":memory:",
        relations=_relations(found),
        search_path=path,
        modes={name: text(value) for name, value in zip(queries.MODES, values, strict=True)},
        epoch=epoch_,
        shadows=_shadows(listed),
    )


def epoch() -> EpochReading:
    """A handful of PRAGMAs that cost microseconds each.

    A rollback turns a schema version back: after a rolled-back change of one's own, load again.
    """
    _, epoch_ = yield from _files_and_epoch()
    return epoch_


def _files_and_epoch() -> Generator[str, Rows, tuple[dict[str, str], str]]:
    """The file of each attached database, and their schema versions as one text."""
    files = {text(schema): text(file) for _, schema, file in (yield queries.DATABASES)}
    files.setdefault("temp", "")
    versions = []
    for schema, file in files.items():
        (version,) = only_row((yield queries.schema_version(schema)))
        versions.append(f"{schema}={version}:{file}")
    return files, "/".join(versions)


def _grouped(rows: Rows) -> dict[_Name, list[tuple[Any, ...]]]:
    """Rows by the schema and relation that they begin with."""
    found: dict[_Name, list[tuple[Any, ...]]] = defaultdict(list)
    for schema, relation, *rest in rows:
        found[text(schema), text(relation)].append(tuple(rest))
    return found


def _tables(texts: Rows) -> dict[_Name, str]:
    return {(text(row[0]), text(row[2])): text(row[4]) for row in texts if text(row[1]) in {"table", "view"}}


def _unique_indexes(texts: Rows) -> dict[_Name, tuple[str, ...]]:
    """What CREATE UNIQUE INDEX says after ON, by schema and lower-case relation."""
    found: dict[_Name, tuple[str, ...]] = defaultdict(tuple)
    for schema, kind, _, relation, sql in texts:
        if text(kind) == "index" and sql is not None and "UNIQUE" in text(sql)[:40].upper():
            found[text(schema), text(relation).lower()] += (text(sql).partition("(")[2],)
    return found


def _triggers(texts: Rows, path: tuple[str, ...]) -> dict[_Name, tuple[Trigger, ...]]:
    """Triggers by schema and lower-case relation.

    The text of a temporary trigger need not say whose table it watches: it counts for all of the name.
    """
    found: dict[_Name, tuple[Trigger, ...]] = defaultdict(tuple)
    for schema, kind, name, relation, sql in texts:
        if text(kind) == "trigger":
            trigger = Trigger(text(name), trigger_events(text(sql)), text(sql))
            for watched in path if text(schema) == "temp" else (text(schema),):
                found[watched, text(relation).lower()] += (trigger,)
    return found


def _shadows(listed: dict[_Name, str]) -> dict[_Name, _Name]:
    """Tables in which virtual ones keep their rows: `ft_content` belongs to the longest name before _."""
    found = {}
    for (schema, name), kind in listed.items():
        owner = name
        while kind == "shadow" and "_" in owner:
            owner = owner.rpartition("_")[0]
            if listed.get((schema, owner)) == "virtual":
                found[schema, name] = schema, owner
                break
    return found


def _relations(found: _Found) -> dict[_Name, RelationInfo]:
    relations = {(each.schema, each.name): each for each in _schema_tables(found.path)}
    for (schema, name), kind in found.listed.items():
        if kind == "view":
            relation = _view(schema, name, found)
        else:
            relation = None if kind == "shadow" else _table(schema, name, kind, found)
        if relation is not None:
            relations[schema, name] = relation
    return relations


def _schema_tables(path: Iterable[str]) -> Iterable[RelationInfo]:
    """The tables that hold the schema itself, under each of their names."""
    for schema in path:
        prefix = "sqlite_temp" if schema == "temp" else "sqlite"
        for name in (f"{prefix}_schema", f"{prefix}_master"):
            yield RelationInfo(schema, name, RelationKind.SYSTEM, _SCHEMA_COLUMNS, temporary=schema == "temp")


def _view(schema: str, name: str, found: _Found) -> RelationInfo | None:
    definition = view_select(found.texts.get((schema, name), ""))
    if definition is None or (schema, name) not in found.columns:
        return None
    return RelationInfo(
        schema=schema,
        name=name,
        kind=RelationKind.VIEW,
        columns=tuple(Column(text(row[0]), text(row[1]).lower()) for row in found.columns[schema, name]),
        definition=definition,
        triggers=found.triggers.get((schema, name.lower()), ()),
        temporary=schema == "temp",
        # A stored view sees its own database only; a temporary one all of them.
        definition_path=found.path if schema == "temp" else (schema,),
    )


def _table(schema: str, name: str, kind: str, found: _Found) -> RelationInfo | None:
    sql = found.texts.get((schema, name))
    rows = found.columns.get((schema, name))
    if sql is None or rows is None:
        return None
    texts = {} if kind == "virtual" else column_texts(sql)
    columns = tuple(_column(row, texts) for row in rows)
    if None in columns:
        return None
    return RelationInfo(
        schema=schema,
        name=name,
        kind=RelationKind.SYSTEM if name.lower().startswith("sqlite_") else RelationKind.TABLE,
        columns=tuple(column for column in columns if column),
        unique_keys=_unique_keys(found.columns[schema, name], found.indexes[schema, name], texts),
        foreign_keys=_foreign_keys(schema, name, found),
        triggers=found.triggers.get((schema, name.lower()), ()),
        temporary=schema == "temp",
        parents=_sources(schema, name, sql, found) if kind == "virtual" else (),
        checks=() if kind == "virtual" else check_texts(sql),
        apart=(*found.unique.get((schema, name.lower()), ()), *_compared_loosely(schema, name, found)),
    )


def _column(row: tuple[Any, ...], texts: dict[str, ColumnText]) -> Column | None:
    name, type_, not_null, _, hidden = row
    said = texts.get(text(name).lower(), ColumnText())
    if int(hidden) in {_VIRTUAL_GENERATED, _STORED_GENERATED} and not said.generated_from:
        return None
    return Column(
        name=text(name),
        type=text(type_).lower().removesuffix(" generated always").strip(),
        not_null=flag(not_null),
        generated_from=said.generated_from,
        hidden=int(hidden) == _HIDDEN,
    )


def _unique_keys(
    columns: list[tuple[Any, ...]], indexes: list[tuple[Any, ...]], texts: dict[str, ColumnText]
) -> tuple[frozenset[str], ...]:
    """Unique indexes on plain columns, and the rowid under the name of an INTEGER PRIMARY KEY."""
    keys = []
    for _, group in groupby(indexes, key=lambda row: row[0]):
        parts = list(group)
        if all(_binds(name, collation, texts) for *_, name, collation in parts):
            keys.append(frozenset(text(row[-2]) for row in parts))
    primary = frozenset(text(row[0]) for row in columns if int(row[3]))
    if primary and not any(text(row[1]) == "pk" for row in indexes):
        keys.append(primary)
    return tuple(keys)


def _compared_loosely(schema: str, name: str, found: _Found) -> tuple[str, ...]:
    """The columns of unique constraints, each as a text: one that compares without case is no key."""
    return tuple(text(row[-2]) for row in found.indexes[schema, name] if row[-2] is not None)


def _binds(name: object, collation: object, texts: dict[str, ColumnText]) -> bool:
    """Whether `column = value` finds at most one row: not when the column compares more loosely."""
    if name is None:
        return False
    return texts.get(text(name).lower(), ColumnText()).collation in {"BINARY", text(collation).upper()}


def _foreign_keys(schema: str, name: str, found: _Found) -> tuple[ForeignKey, ...]:
    keys = []
    for _, group in groupby(found.references[schema, name], key=lambda row: row[0]):
        parts = list(group)
        relation, *actions = (text(each) for each in parts[0][1:4])
        on_update, on_delete = (each if each in _WRITES_ELSEWHERE else "" for each in actions)
        referenced = tuple(text(row[5]) for row in parts if row[5] is not None)
        keys.append(
            ForeignKey(
                columns=tuple(text(row[4]) for row in parts),
                schema=schema,
                relation=relation,
                referenced=referenced or _primary_key(schema, relation, found),
                cascades=bool(on_delete or on_update),
                on_delete=on_delete,
                on_update=on_update,
            )
        )
    return tuple(keys)


def _primary_key(schema: str, relation: str, found: _Found) -> tuple[str, ...]:
    """What a foreign key without column names refers to; names are compared without case."""
    for (owner, name), rows in found.columns.items():
        if (owner, name.lower()) == (schema, relation.lower()):
            keyed = sorted((int(row[3]), text(row[0])) for row in rows if int(row[3]))
            return tuple(column for _, column in keyed)
    return ()


def _sources(schema: str, name: str, sql: str, found: _Found) -> tuple[_Name, ...]:
    """Tables that a virtual table reads (fts5 content=, fts5vocab), as far as its arguments name them."""
    named = virtual_arguments(sql)
    return tuple(
        key
        for key, kind in found.listed.items()
        if key != (schema, name) and kind != "shadow" and key[1].lower() in named
    )
