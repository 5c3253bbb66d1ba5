"""A MariaDB or MySQL session into a `Catalog`, in fifteen queries."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Generator, Iterator
from itertools import groupby

import attrs

from governed_db.context.catalog import mysql_queries as queries
from governed_db.context.catalog.rows import EpochReading, Loading, Rows, flag, maybe, only_row, text
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

_SYSTEM = frozenset({"information_schema", "mysql", "performance_schema", "sys"})
# Tables whose rows live elsewhere: a file, another server, other tables.
_FOREIGN_ENGINES = frozenset({"federated", "connect", "spider", "mrg_myisam", "csv"})
_WRITES_ELSEWHERE = frozenset({"CASCADE", "SET NULL", "SET DEFAULT"})


@attrs.frozen
class _Details:
    """What is known of relations beside their kind, each by relation."""

    columns: dict[_Name, tuple[Column, ...]]
    definitions: dict[_Name, str | None]
    keys: dict[_Name, tuple[frozenset[str], ...]]
    references: dict[_Name, tuple[ForeignKey, ...]]
    triggers: dict[_Name, tuple[Trigger, ...]]
    checks: dict[_Name, tuple[str, ...]]
    partitions: dict[_Name, tuple[str, ...]]


def load(before: Catalog | None = None) -> Loading:
    """The catalog of a MariaDB or MySQL session.

    `before` is one that the same user saw on this server: the columns of the server's own tables, of which
    there are thousands and which take as long as all else, are as they were while those tables are.
    """
    # The epoch first: a change made while we read is noticed at the next check.
    epoch_ = yield from epoch()
    version, comment, database, user, *values = only_row((yield queries.SESSION))
    modes = {name: text(value) for name, value in zip(queries.MODES, values, strict=True)}
    modes |= {"current_user": text(user)}
    modes["temporary_tables_created"] = _temporary_tables((yield queries.TEMPORARY))
    engines = {text(engine).lower(): text(yes) == "YES" for engine, yes in (yield queries.ENGINES)}
    relations = yield queries.RELATIONS
    details = _Details(
        columns=_columns((yield queries.COLUMNS), modes["sql_mode"])
        | (_known_columns(before, version, relations) or _columns((yield queries.SYSTEM_COLUMNS), "")),
        definitions={_name(row): maybe(row[2]) for row in (yield queries.VIEWS)},
        keys=_unique_keys((yield queries.UNIQUE)),
        references=_foreign_keys((yield queries.REFERENCES), (yield queries.ACTIONS)),
        triggers=_triggers((yield queries.TRIGGERS)),
        checks=(yield from _checks(relations, _server(text(version), text(comment)))),
        partitions=_partitions((yield queries.PARTITIONS)),
    )
    return Catalog(
        dialect=Dialect.MYSQL,
        server=_server(text(version), text(comment)),
        database=text(database),
        relations={_name(row): _relation(row, engines, details) for row in relations},
        search_path=(text(database),) if database else (),
        routines=_routines((yield queries.ROUTINES)),
        modes=modes,
        epoch=epoch_,
    )


def epoch() -> EpochReading:
    """One query; it tells every change of what `load` reads, and of the current database."""
    return text(only_row((yield queries.EPOCH))[0])


def _server(version: str, comment: str) -> str:
    maker = "MariaDB" if "mariadb" in f"{version} {comment}".lower() else "MySQL"
    return f"{maker} {version}"


def _temporary_tables(rows: Rows) -> str:
    """How many the session has made so far; empty where the server does not count them (MySQL)."""
    return text(rows[0][1]) if rows else ""


def _name(row: tuple[object, ...]) -> _Name:
    return text(row[0]), text(row[1])


def _relation(row: tuple[object, ...], engines: dict[str, bool], details: _Details) -> RelationInfo:
    schema, name, kind, engine = (text(each) for each in row)
    key = schema, name
    return RelationInfo(
        schema=schema,
        name=name,
        kind=_kind(schema, kind, engine.lower()),
        columns=details.columns.get(key, ()),
        # Empty without the privilege SHOW VIEW: then the view stands for itself.
        definition=details.definitions.get(key),
        unique_keys=details.keys.get(key, ()),
        foreign_keys=details.references.get(key, ()),
        triggers=details.triggers.get(key, ()),
        checks=details.checks.get(key, ()),
        partitioned_by=details.partitions.get(key, ()),
        # An engine that is not listed is taken for one that cannot roll back; a view has none.
        transactional=engines.get(engine.lower(), False) if engine else kind.endswith("VIEW"),
        temporary=kind == "TEMPORARY",
    )


def _kind(schema: str, kind: str, engine: str) -> RelationKind:
    if schema.lower() in _SYSTEM:
        return RelationKind.SYSTEM
    if kind == "VIEW":
        return RelationKind.VIEW
    return RelationKind.FOREIGN_TABLE if engine in _FOREIGN_ENGINES else RelationKind.TABLE


def _columns(rows: Rows, modes: str) -> dict[_Name, tuple[Column, ...]]:
    return {key: tuple(_column(row, modes) for row in group) for key, group in groupby(rows, key=_name)}


def _known_columns(
    before: Catalog | None, version: object, relations: Rows
) -> dict[_Name, tuple[Column, ...]] | None:
    """The columns of system tables, if these are the same tables of the same server."""
    if before is None or before.server.partition(" ")[2] != text(version):
        return None
    known = {
        (one.schema, one.name): one.columns
        for one in before.relations.values()
        if one.kind is RelationKind.SYSTEM
    }
    return (
        known
        if known.keys() == {_name(row) for row in relations if text(row[0]).lower() in _SYSTEM}
        else None
    )


# A string with its escapes, or what ANSI_QUOTES makes a name.
_QUOTED = re.compile(r"""('(?:[^'\\]|\\.|'')*')|"((?:[^"]|"")*)\"""", re.DOTALL)


def _backticked(expression: str, modes: str) -> str:
    """A generating expression as a server without ANSI_QUOTES writes it.

    Names are quoted the way of the session, whereas strings and view definitions are always written
    with backslash escapes: read in the default mode this text would have strings instead of columns.
    """
    if "ANSI_QUOTES" not in modes:
        return expression
    return _QUOTED.sub(lambda found: found[1] or _quoted_name(found[2]), expression)


def _quoted_name(inner: str) -> str:
    return "`" + inner.replace('""', '"').replace("`", "``") + "`"


def _column(row: tuple[object, ...], modes: str) -> Column:
    name, type_, nullable, extra, generated = (text(each) for each in row[2:])
    return Column(
        name=name,
        type=type_.lower(),
        not_null=not flag(nullable),
        generated_from=_backticked(generated, modes) or None,
        hidden="INVISIBLE" in extra.upper(),
    )


def _unique_keys(rows: Rows) -> dict[_Name, tuple[frozenset[str], ...]]:
    """Each unique index whose parts are all columns (MySQL gives expressions no column name).

    A key on a prefix counts: values with the same whole have the same prefix.
    """
    found: dict[_Name, tuple[frozenset[str], ...]] = defaultdict(tuple)
    for (*name, _), group in groupby(rows, key=lambda row: (*_name(row), text(row[2]))):
        columns = [maybe(row[3]) for row in group]
        if None not in columns:
            found[name[0], name[1]] += (frozenset(column for column in columns if column),)
    return found


def _foreign_keys(rows: Rows, actions: Rows) -> dict[_Name, tuple[ForeignKey, ...]]:
    rules = {(*_name(row), text(row[2])): tuple(map(_written_elsewhere, row[3:])) for row in actions}
    found: dict[_Name, tuple[ForeignKey, ...]] = defaultdict(tuple)
    for key, group in groupby(rows, key=lambda row: (*_name(row), text(row[2]))):
        parts = [tuple(text(each) for each in row[3:]) for row in group]
        columns, schemas, relations, referenced = zip(*parts, strict=True)
        on_delete, on_update = rules.get(key, ("", ""))
        cascades = bool(on_delete or on_update)
        foreign = ForeignKey(columns, schemas[0], relations[0], referenced, cascades, on_delete, on_update)
        found[key[0], key[1]] += (foreign,)
    return found


def _written_elsewhere(rule: object) -> str:
    return text(rule) if text(rule) in _WRITES_ELSEWHERE else ""


def _triggers(rows: Rows) -> dict[_Name, tuple[Trigger, ...]]:
    found: dict[_Name, tuple[Trigger, ...]] = defaultdict(tuple)
    for row in rows:
        found[_name(row)] += (Trigger(text(row[2]), frozenset(_events(text(row[3]))), maybe(row[4])),)
    return found


def _checks(relations: Rows, server: str) -> Generator[str, Rows, dict[_Name, tuple[str, ...]]]:
    """CHECK constraints, where the server has a table of them."""
    if not any(_is_system_table(row, "check_constraints") for row in relations):
        return {}
    found: dict[_Name, tuple[str, ...]] = defaultdict(tuple)
    of_tables = server.startswith("MariaDB")
    for row in (yield queries.CHECKS_OF_TABLES if of_tables else queries.CHECKS_OF_SCHEMAS):
        found[_name(row)] += (text(row[2]),)
    return found


def _partitions(rows: Rows) -> dict[_Name, tuple[str, ...]]:
    """What partitions and subpartitions are made by; HASH and KEY say it too."""
    return {_name(row): tuple(each for each in map(maybe, row[2:]) if each) for row in rows}


def _is_system_table(row: tuple[object, ...], name: str) -> bool:
    return tuple(each.lower() for each in _name(row)) == ("information_schema", name)


def _events(manipulation: str) -> Iterator[str]:
    """One event, or several joined by OR or a comma from MariaDB 12 on."""
    return (word for word in manipulation.lower().replace(",", " ").split() if word != "or")


def _routines(rows: Rows) -> dict[_Name, tuple[Routine, ...]]:
    found: dict[_Name, tuple[Routine, ...]] = defaultdict(tuple)
    for row in rows:
        schema, name, kind, language, body = (text(each) for each in row)
        # DETERMINISTIC and NO SQL are words of the author that the server does not check.
        found[schema, name] += (
            Routine(schema, name, language.lower(), "volatile", body or None, kind.lower()),
        )
    return dict(found)
