"""CREATE, DROP and TRUNCATE of temporary tables into facts: the state of a session, seen by nobody else.

Rules of this file:

* Only plain shapes are read here: columns with types, keys and constant defaults, or AS and a query.
  Everything else (CHECK, LIKE, views, triggers) is structure like any other, and asked for.
* A temporary table may not have the name of any relation that exists: later statements would mean it.
* It keeps no protected value (policy/protect.py), so that no constraint of it can tell of one.
* MySQL's catalog does not list them, so that they cannot be read again. There they are structure like any
  other; and where a session has one, no protected value is written anywhere: a name could mean it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import attrs

from governed_db.model.catalog import Catalog, Dialect
from governed_db.model.statement import ColumnRef, Facts, Flow, Kind, Reach, Relation, Write
from governed_db.sql.names import find_relation
from governed_db.sql.parse import Tree

Analyse = Callable[[Tree, int, Catalog], Facts]

_NAME = r"(?:[A-Z_][A-Z0-9_]*|\"[^\"]+\"|`[^`]+`|\[[^\]]+\])"
_CONSTANT = r"(?:'[^']*'|-?[ ]?[0-9.]+|NULL|TRUE|FALSE|CURRENT_TIMESTAMP|CURRENT_DATE|NOW [(] [)])"
# None of these calls a function, names another relation or tests a value.
_PROPERTY = rf"(?:PRIMARY KEY|NOT NULL|NULL|UNIQUE|AUTOINCREMENT|DEFAULT {_CONSTANT})"
_TYPE = (
    rf"{_NAME}(?: (?:PRECISION|VARYING|UNSIGNED))?(?: [(] \d+(?: , \d+)? [)])?"
    r"(?: WITH(?:OUT)? TIME ZONE)?(?: \[ \])*"
)
_KEY = rf"(?:PRIMARY KEY|UNIQUE) [(] {_NAME}(?: , {_NAME})* [)]"
_PART = rf"(?:{_KEY}|(?!CONSTRAINT|CHECK|FOREIGN|EXCLUDE|LIKE){_NAME}(?: {_TYPE})?(?: {_PROPERTY})*)"
_END = r"(?: ON COMMIT (?:DROP|DELETE ROWS|PRESERVE ROWS))?"
_MADE = rf"CREATE (?:TEMP|TEMPORARY) TABLE (?:IF NOT EXISTS )?(?P<name>{_NAME})"
_DEFINED = re.compile(rf"{_MADE} [(] {_PART}(?: , {_PART})* [)]{_END}")
_FILLED = re.compile(rf"{_MADE}{_END} AS (?=SELECT|WITH|VALUES)")
_EMPTIED = re.compile(rf"(?:DROP TABLE|TRUNCATE(?: TABLE)?) (?:IF EXISTS )?{_NAME}(?: , {_NAME})*")
_INDEXED = re.compile(
    rf"CREATE (?:UNIQUE )?INDEX (?:IF NOT EXISTS )?(?:(?!ON )[A-Z_][A-Z0-9_]* )?ON {_NAME}"
    rf"(?: USING BTREE)? [(] {_NAME}(?: (?:ASC|DESC))?(?: , {_NAME}(?: (?:ASC|DESC))?)* [)]"
)


def may_hide(catalog: Catalog) -> bool:
    """Whether the session has temporary tables that the server does not tell of, under any names."""
    made = catalog.modes.get("temporary_tables_created", "0")
    return catalog.dialect is Dialect.MYSQL and made not in ("", "0")


def read(tree: Tree, catalog: Catalog, analyse: Analyse) -> Facts | None:
    """The facts of a statement about temporary tables; None for everything else."""
    if tree.dialect is Dialect.MYSQL:
        return None
    sentence = " ".join(tree.words)
    if any(word[0] in "'\"`[" and word[0] in word[1:-1] for word in tree.words):
        return None  # a quote within a name or text: the patterns above would take it for its end
    filled = _FILLED.match(sentence)
    made = _DEFINED.fullmatch(sentence) or filled
    if made is not None:
        index = sentence[: made.start("name")].count(" ")
        return _created(tree, index, catalog, analyse, is_filled=filled is not None)
    if _EMPTIED.fullmatch(sentence):
        return _about(tree, _names(tree), catalog)
    if _INDEXED.fullmatch(sentence):
        return _about(tree, [tree.words.index("ON") + 1], catalog)
    return None


def _created(tree: Tree, index: int, catalog: Catalog, analyse: Analyse, *, is_filled: bool) -> Facts | None:
    name = tree.name(index)
    if any(known.lower() == name.lower() for _, known in catalog.relations) or name.startswith("pg_"):
        return None
    relation = Relation(_schema(catalog), name)
    if not is_filled:
        return _session(relation, "create temporary table")
    inner = analyse(tree, tree.words.index("AS", index) + 1, catalog)
    flows = tuple(
        Flow(ColumnRef(relation.schema, name, o.name), o.labels, o.exposed, o.plain, o.position)
        for o in inner.outputs
    )
    write = Write(Kind.INSERT, relation, Reach.KEYED, None, flows, tree.starts[0], is_temporary=True)
    return attrs.evolve(
        inner,
        kind=Kind.SESSION,
        kinds=inner.kinds | {Kind.SESSION},
        outputs=(),
        writes=(*inner.writes, write),
        returns_rows=False,
        row_limit=None,
        verb="create temporary table",
    )


def _names(tree: Tree) -> list[int]:
    """Where the names of a list stand, behind `DROP TABLE IF EXISTS`."""
    first = 1
    while tree.words[first] in ("TABLE", "IF", "EXISTS"):
        first += 1
    return [index for index in range(first, len(tree.words)) if tree.words[index] != ","]


def _about(tree: Tree, indexes: list[int], catalog: Catalog) -> Facts | None:
    """A statement about tables that exist, of which all must be temporary."""
    found = [find_relation(catalog, None, tree.name(index)) for index in indexes]
    known = [info for info in found if info is not None and info.temporary]
    if not known or len(known) != len(found):
        return None
    facts = _session(Relation(known[0].schema, known[0].name), f"{tree.words[0]} temporary table".lower())
    relations = frozenset(Relation(info.schema, info.name) for info in known)
    return attrs.evolve(facts, relations=relations, base_relations=relations)


def _session(relation: Relation, verb: str) -> Facts:
    relations = frozenset({relation})
    return Facts(
        kind=Kind.SESSION,
        kinds=frozenset({Kind.SESSION}),
        relations=relations,
        base_relations=relations,
        verb=verb,
    )


def _schema(catalog: Catalog) -> str:
    return "temp" if catalog.dialect is Dialect.SQLITE else catalog.modes.get("temp_schema") or "pg_temp"
