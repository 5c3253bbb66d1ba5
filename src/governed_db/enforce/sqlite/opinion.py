"""What SQLite says a statement does, against what analysis found: every difference is an objection."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Set as AbstractSet
from typing import Final

from governed_db.core.plan import Plan
from governed_db.model.catalog import Catalog, Dialect, RelationKind
from governed_db.model.statement import Kind
from governed_db.sql.functions import FunctionKind, lookup

_FREE: Final = frozenset(
    {
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_RECURSIVE,
        sqlite3.SQLITE_TRANSACTION,
        sqlite3.SQLITE_SAVEPOINT,
    }
)
_WRITING: Final = frozenset({sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE})
_STRUCTURAL: Final = frozenset({Kind.DDL, Kind.GRANT, Kind.CALL, Kind.COPY, Kind.SESSION})
# The schema tables under their newer names; the authorizer always says the older.
_SCHEMA_TABLES: Final = {"sqlite_schema": "sqlite_master", "sqlite_temp_schema": "sqlite_temp_master"}

_Name = tuple[str, str]


class Opinion:
    """The second opinion on one plan; names are compared without case, as SQLite does."""

    __slots__ = (
        "_catalog",
        "_columns",
        "_computed",
        "_functions",
        "_is_silent",
        "_is_structural",
        "_is_virtual",
        "_plan",
        "_registered",
        "_related",
        "_relations",
        "_shadows",
        "_table_functions",
        "_triggers",
        "_views",
        "_writes",
    )

    def __init__(
        self,
        plan: Plan,
        catalog: Catalog | None,
        registered: AbstractSet[str],
        computed: AbstractSet[str] = frozenset(),
        *,
        observes: bool = False,
    ) -> None:
        self._plan = plan
        self._catalog = catalog
        self._registered = registered
        facts = plan.facts
        self._computed = computed
        self._is_silent = observes or facts is None or catalog is None
        if facts is None or catalog is None:
            return
        self._is_structural = bool(facts.kinds & _STRUCTURAL)
        self._columns = {(*_key(ref.schema, ref.relation), ref.column.lower()) for ref in facts.columns}
        self._relations = {_key(name.schema, name.name) for name in facts.relations | facts.base_relations}
        self._functions = {name.lower() for name in facts.functions}
        self._table_functions = {name for name in self._functions if _returns_table(name)}
        self._writes = {_key(write.relation.schema, write.relation.name) for write in facts.writes}
        self._shadows = {_key(*shadow): _key(*owner) for shadow, owner in catalog.shadows.items()}
        self._is_virtual = not (self._relations | self._writes).isdisjoint(self._shadows.values())
        relations = catalog.relations.values()
        self._views = {_key(one.schema, one.name) for one in relations if one.kind is RelationKind.VIEW}
        self._triggers = (
            {trigger.name.lower() for one in relations for trigger in one.triggers} if facts.writes else set()
        )
        self._related = _related(catalog, self._writes)

    def objection(
        self, action: int, first: str | None, second: str | None, schema: str | None, source: str | None
    ) -> str | None:
        """Why this must not happen under the plan, None if it may."""
        if self._is_silent:
            return None
        if action == sqlite3.SQLITE_READ and schema is None and not second and self._is_named(first or ""):
            return None  # rows are counted, and SQLite does not say in which schema
        if action == sqlite3.SQLITE_READ:
            return self._read(_key(schema or "main", first or ""), (second or "").lower(), source)
        if action == sqlite3.SQLITE_FUNCTION:
            return self._call((second or "").lower())
        if action in _FREE or self._is_structural:
            return None
        if action in _WRITING:
            return self._write(_key(schema or "main", first or ""), source)
        if action == sqlite3.SQLITE_PRAGMA:
            return self._pragma((first or "").lower())
        return f"SQLite says it does what its text does not show (action {action})"

    def _is_named(self, name: str) -> bool:
        return any(known == name.lower() for _, known in self._relations)

    def _read(self, relation: _Name, column: str, source: str | None) -> str | None:
        if (*relation, column) in self._columns or self._is_inside(source) or relation in self._views:
            return None  # what lies under a view is reported by itself
        if relation[1] in self._table_functions or self._declares(relation):
            return None
        if relation in self._shadows and self._describes:
            return None
        relation = self._shadows.get(relation, relation)
        if not column and self._is_derived(relation[1]):
            return None
        is_whole = column in ("", "rowid") or relation in self._shadows.values()
        if relation in self._relations and is_whole:
            return None
        if (*relation, column) in self._related:
            return None
        if relation in self._writes and column in self._computed:
            return None
        if (self._is_virtual or self._describes) and relation == ("main", "sqlite_stat1"):
            return None  # an rtree estimates its size
        if self._is_structural and (relation[1].startswith("sqlite_") or not self._shows):
            return None
        return f"SQLite reads {'.'.join(relation)}.{column or '*'}, which analysis did not find"

    @property
    def _describes(self) -> bool:
        """Whether a pragma in FROM opens virtual tables; a statement cannot name what these keep."""
        return any(name.startswith("pragma_") for name in self._table_functions)

    def _is_derived(self, name: str) -> bool:
        """Whether it is the name of a common table expression: counting its rows looks like a read."""
        named = rf"[\"\[`]?\b{re.escape(name)}\b[\"\]`]?\s*(?:\([^()]*\)\s*)?AS\s*"
        named += r"(?:(?:NOT\s+)?MATERIALIZED\s*)?\("
        return re.search(named, self._plan.text, re.IGNORECASE) is not None

    @property
    def _shows(self) -> bool:
        """Whether rows come out of the statement, or go into a new table: then every column counts."""
        return self._plan.facts is not None and Kind.SELECT in self._plan.facts.kinds

    def _write(self, relation: _Name, source: str | None) -> str | None:
        owner = self._shadows.get(relation, relation)
        if self._declares(relation) or (
            relation in self._shadows and (owner in self._relations or self._describes)
        ):
            return None  # a virtual table that is opened has its own statements prepared
        if owner in self._writes or (self._writes and (self._is_inside(source) or self._is_kept(relation))):
            return None
        return f"SQLite changes {'.'.join(relation)}, which analysis did not find"

    def _declares(self, relation: _Name) -> bool:
        """Whether a table-valued function or a virtual table tells SQLite its columns.

        A connection asks for them once, and it is as if a table were made.
        """
        return relation[1] == "sqlite_master" and (bool(self._table_functions) or self._is_virtual)

    def _is_inside(self, source: str | None) -> bool:
        """Whether a trigger does it: it runs with a change, and shows nothing to the caller."""
        return source is not None and source.lower() in self._triggers

    def _is_kept(self, relation: _Name) -> bool:
        """Counters of SQLite's own, and the tables that a foreign key's action changes."""
        return relation[1] == "sqlite_sequence" or any(name[:2] == relation for name in self._related)

    def _call(self, name: str) -> str | None:
        is_builtin = lookup(Dialect.SQLITE, name) is not None
        if name in self._registered and self._plan.protected and (is_builtin or name not in self._functions):
            return f"{name} is a function of the application, which would see protected values"
        if not is_builtin and name not in self._functions and not self._is_structural:
            return f"SQLite calls {name}, which analysis did not find"
        return None

    def _pragma(self, name: str) -> str | None:
        facts = self._plan.facts
        if facts is not None and facts.verb == "pragma":
            return None
        if name == "data_version" or f"pragma_{name}" in self._table_functions:
            return None  # full-text tables look for changes by others; table-valued pragmas run one
        return f"SQLite runs PRAGMA {name}, which analysis did not find"


def _returns_table(name: str) -> bool:
    known = lookup(Dialect.SQLITE, name)
    return known is not None and known.kind is FunctionKind.TABLE


def _key(schema: str, name: str) -> _Name:
    name = name.lower()
    return schema.lower(), _SCHEMA_TABLES.get(name, name)


def _related(catalog: Catalog, writes: AbstractSet[_Name]) -> set[tuple[str, str, str]]:
    """Columns that foreign keys of the changed tables make SQLite read or change, on either side."""
    found = set()
    changed = _taken_along(catalog, writes)
    for relation in catalog.relations.values():
        for key in relation.foreign_keys:
            own, other = _key(relation.schema, relation.name), _key(key.schema, key.relation)
            if own in changed or other in changed:
                found |= {(*own, column.lower()) for column in key.columns}
                found |= {(*other, column.lower()) for column in key.referenced}
    return found


def _taken_along(catalog: Catalog, writes: AbstractSet[_Name]) -> set[_Name]:
    """The changed tables, and those whose rows foreign keys change with them, at any depth."""
    changed, size = set(writes), -1
    while size != len(changed):
        size = len(changed)
        changed |= {
            _key(relation.schema, relation.name)
            for relation in catalog.relations.values()
            for key in relation.foreign_keys
            if key.cascades and _key(key.schema, key.relation) in changed
        }
    return changed
