"""The name of a built-in into what is known about it: functions, cast targets, system relations.

Everything not listed is refused. The lists are text files in this folder, one name a line, one folder a
dialect, kept by hand; `scripts/function_tables.py` reports what a running server has and they lack.

Names are lower case. `pg_catalog.` and `information_schema.` are stripped by the caller for functions
and types; system relations keep their schema, because the schema decides which relation is meant. A name
on these lists is the built-in only if the catalog has no routine of that name which a user made.
"""

from __future__ import annotations

from collections.abc import Mapping

from governed_db.model.catalog import Dialect
from governed_db.sql.functions.tables import (
    CastType,
    Forbidden,
    FunctionInfo,
    FunctionKind,
    load,
)

__all__ = [
    "CastType",
    "Forbidden",
    "FunctionInfo",
    "FunctionKind",
    "forbidden",
    "is_reviewed_extension",
    "is_system_schema",
    "lookup",
    "names",
    "readable_system_relation",
    "system_relations",
    "types",
]


def lookup(dialect: Dialect, name: str) -> FunctionInfo | None:
    """What is known of a function that may be called; None: refuse it (`forbidden` may know why)."""
    return load(dialect).functions.get(name)


def forbidden(dialect: Dialect, name: str) -> Forbidden | None:
    """Why a function known to be dangerous is refused; None: it is merely not on the list, or allowed."""
    tables = load(dialect)
    if name in tables.functions:
        return None
    if (exact := tables.forbidden.get(name)) is not None:
        return exact
    return next((why for prefix, why in tables.forbidden_prefixes if name.startswith(prefix)), None)


def is_reviewed_extension(dialect: Dialect, name: str | None) -> bool:
    """Whether the functions of this extension are as good as built in (those on the list, that is)."""
    return name is not None and name in load(dialect).extensions


def names(dialect: Dialect) -> frozenset[str]:
    """The names of all functions that may be called (for "did you mean" help)."""
    return frozenset(load(dialect).functions)


def types(dialect: Dialect) -> Mapping[str, CastType]:
    """The built-in types that may be cast to, by name as written, without (length) and []."""
    return load(dialect).types


def system_relations(dialect: Dialect) -> frozenset[str]:
    """System relations without stored values or credentials ("pg_catalog.pg_class", "sqlite_master")."""
    return load(dialect).relations


def is_system_schema(dialect: Dialect, schema: str) -> bool:
    """Whether relations of this schema are the server's own, so that only listed ones may be read."""
    schema = schema.lower()
    return schema in load(dialect).schemas or (
        dialect is Dialect.POSTGRES and schema.startswith(("pg_toast", "pg_catalog"))
    )


def readable_system_relation(dialect: Dialect, schema: str, name: str) -> bool:
    """Whether this system relation may be read. SQLite's have no schema of their own: it is ignored."""
    key = name.lower() if dialect is Dialect.SQLITE else f"{schema}.{name}".lower()
    return key in load(dialect).relations
