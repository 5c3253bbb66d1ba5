"""A PostgreSQL session into a `Catalog`, in four queries."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from typing import Any

import attrs

from governed_db.context.catalog import postgres_queries as queries
from governed_db.context.catalog.rows import (
    EpochReading,
    Loading,
    Rows,
    flag,
    maybe,
    only_row,
    text,
    unjson,
    words,
)
from governed_db.model.catalog import (
    Catalog,
    Column,
    Dialect,
    ForeignKey,
    RelationInfo,
    RelationKind,
    Routine,
    Trigger,
)

_Name = tuple[str, str]

_KINDS = {
    "r": RelationKind.TABLE,
    "p": RelationKind.TABLE,
    "S": RelationKind.TABLE,  # a sequence can be selected from like a table of one row
    "v": RelationKind.VIEW,
    "m": RelationKind.MATERIALIZED_VIEW,
    "f": RelationKind.FOREIGN_TABLE,
}
_VOLATILITY = {"i": "immutable", "s": "stable", "v": "volatile"}
_ROUTINES = {"f": "function", "p": "procedure", "a": "aggregate", "w": "window function"}
_EVENT_BITS = {4: "insert", 8: "delete", 16: "update", 32: "truncate"}
_RULE_EVENTS = {"2": "update", "3": "insert", "4": "delete"}
_WRITES_ELSEWHERE = {"c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}


def load() -> Loading:
    """The catalog of a PostgreSQL session."""
    # The epoch comes with the first answer: a change made while we read is noticed at the next check.
    session = only_row((yield queries.SESSION))
    version, number, database, path, temp, session_user, current_user, settings, epoch_ = session
    relations = _relations((yield queries.RELATIONS), words(unjson(path)))
    details = yield queries.DETAILS
    routines = yield queries.routines(int(number))
    modes = {name: text(value) for name, value in unjson(settings).items()}
    modes |= {"temp_schema": text(temp), "session_user": text(session_user)}
    modes |= {"current_user": text(current_user), "server_version_num": text(number)}
    return Catalog(
        dialect=Dialect.POSTGRES,
        server=f"PostgreSQL {text(version)}",
        database=text(database),
        relations=_detailed(relations, details),
        search_path=words(unjson(path)),
        routines=_routines(routines),
        modes=modes,
        epoch=text(epoch_),
        composites=_composites(details),
    )


def epoch() -> EpochReading:
    """One query; it tells every change of what `load` reads, and of the search path."""
    return text(only_row((yield queries.EPOCH))[0])


def _relations(rows: Rows, path: tuple[str, ...]) -> dict[_Name, RelationInfo]:
    found = {}
    for schema, name, kind, temporary, system, definition, columns in rows:
        relation = RelationInfo(
            schema=text(schema),
            name=text(name),
            kind=RelationKind.SYSTEM if flag(system) else _KINDS[text(kind)],
            columns=_columns(columns),
            definition=_select(definition),
            temporary=flag(temporary),
            definition_path=path if definition is not None else (),
        )
        found[relation.schema, relation.name] = relation
    return found


def _columns(said: object) -> tuple[Column, ...]:
    return _read(said) if isinstance(said, str) else tuple(_column(column) for column in unjson(said) or ())


@lru_cache(maxsize=8192)  # a change of the schema leaves most relations as they were
def _read(said: str) -> tuple[Column, ...]:
    return tuple(_column(column) for column in unjson(said) or ())


def _column(said: list[Any]) -> Column:
    name, type_, not_null, generated = said
    return Column(name, type_.lower(), not_null, generated)


def _select(definition: object) -> str | None:
    """The server ends a view's SELECT with a semicolon."""
    return None if definition is None else text(definition).strip().removesuffix(";")


def _composites(rows: Rows) -> dict[str, tuple[Column, ...]]:
    """The fields of row types that columns have."""
    said = [unjson(row[3]) for row in rows if text(row[0]) == "composite"]
    return {name.lower(): tuple(_column(field) for field in fields or ()) for name, fields in said}


def _detailed(relations: dict[_Name, RelationInfo], rows: Rows) -> dict[_Name, RelationInfo]:
    said: dict[_Name, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for what, schema, name, payload in rows:
        said[text(schema), text(name)][text(what)].append(unjson(payload))
    result = {}
    for key, relation in relations.items():
        result[key] = _with_details(relation, said[key]) if key in said else relation
    return result


def _with_details(relation: RelationInfo, said: dict[str, list[Any]]) -> RelationInfo:
    triggers = [Trigger(name, _events(bits), body) for name, bits, body in said["trigger"]]
    rules = [Trigger(name, frozenset({_RULE_EVENTS[event]}), body) for name, event, body in said["rule"]]
    return attrs.evolve(
        relation,
        unique_keys=tuple(frozenset(key) for key in said["unique"]),
        foreign_keys=tuple(_foreign_key(*each) for each in said["foreign"]),
        triggers=(*triggers, *rules),
        parents=tuple((schema, name) for schema, name in said["parent"]),
        checks=tuple(said["check"]),
        partitioned_by=tuple(text for text in said["partition"] if text),
        apart=tuple(said["apart"]),
    )


def _events(bits: int) -> frozenset[str]:
    return frozenset(event for bit, event in _EVENT_BITS.items() if bits & bit)


def _foreign_key(
    columns: list[str], schema: str, relation: str, referenced: list[str], *actions: str
) -> ForeignKey:
    on_delete, on_update = (_WRITES_ELSEWHERE.get(action, "") for action in actions)
    cascades = bool(on_delete or on_update)
    return ForeignKey(tuple(columns), schema, relation, tuple(referenced), cascades, on_delete, on_update)


def _routines(rows: Rows) -> dict[_Name, tuple[Routine, ...]]:
    found: dict[_Name, tuple[Routine, ...]] = {}
    for schema, name, language, volatility, kind, body, extension in rows:
        routine = Routine(
            schema=text(schema),
            name=text(name),
            language=text(language),
            volatility=_VOLATILITY[text(volatility)],
            body=maybe(body),
            kind=_ROUTINES[text(kind)],
            extension=maybe(extension),
        )
        found[routine.schema, routine.name] = (*found.get((routine.schema, routine.name), ()), routine)
    return found
