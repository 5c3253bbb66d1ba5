"""CREATE, ALTER, DROP and TRUNCATE into facts: which relation, and what flows into a new one."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from governed_db.errors import AnalysisError
from governed_db.model.catalog import Catalog, Dialect
from governed_db.model.statement import (
    ColumnRef,
    Facts,
    Flow,
    Hazard,
    HazardKind,
    Kind,
    Reach,
    Relation,
    Write,
)
from governed_db.sql import temporary
from governed_db.sql.names import find_relation
from governed_db.sql.parse import Tree

Analyse = Callable[[Tree, int, Catalog], Facts]

_OBJECTS = frozenset("TABLE VIEW INDEX TRIGGER SEQUENCE SCHEMA DATABASE FUNCTION PROCEDURE TYPE".split())
_SKIPPED = frozenset("IF NOT EXISTS ONLY CONCURRENTLY TABLE VIEW COLUMN (".split())
_BEFORE_RELATIONS = frozenset(
    """TABLE VIEW ON REFERENCES LIKE OF PARTITION INHERIT INHERITS FROM JOIN INTO UPDATE TO COLUMN
    ,""".split()
)
_DANGEROUS = {
    "EXTENSION": HazardKind.SERVER,
    "SERVER": HazardKind.NETWORK,
    "FOREIGN": HazardKind.NETWORK,
    "SUBSCRIPTION": HazardKind.NETWORK,
    "PUBLICATION": HazardKind.NETWORK,
    "LANGUAGE": HazardKind.SERVER,
    "TABLESPACE": HazardKind.FILE,
    "SYSTEM": HazardKind.SERVER,
    "OPERATOR": HazardKind.SERVER,
    "CAST": HazardKind.SERVER,
    "VIRTUAL": HazardKind.SERVER,
}


def read(tree: Tree, catalog: Catalog, analyse: Analyse) -> Facts:
    """The facts of a statement about structure. It always needs a rule, so few of them are exact."""
    own = temporary.read(tree, catalog, analyse)
    if own is not None:
        return own
    verb = tree.words[0]
    relations = _relations(tree, catalog)
    facts = Facts(
        kind=Kind.DDL,
        kinds=frozenset({Kind.DDL}),
        relations=relations,
        base_relations=relations,
        hazards=_hazards(tree),
        verb=f"{verb} {_object(tree)}".lower().strip(),
    )
    if verb == "TRUNCATE":
        return _truncate(facts)
    if verb == "CREATE" and _object(tree) in ("TABLE", "VIEW"):
        return _filled(facts, tree, catalog, analyse)
    return facts


def _object(tree: Tree) -> str:
    return next((word for word in tree.words[1:6] if word in _OBJECTS), "")


def _hazards(tree: Tree) -> tuple[Hazard, ...]:
    for index, word in enumerate(tree.words[1:3], 1):
        kind = _DANGEROUS.get(word)
        if kind is not None:
            what = f"{tree.words[0]} {word}"
            help_ = "administration is not done through governed connections"
            return (Hazard(kind, what.lower(), f"{what} is not permitted", tree.starts[index], help_),)
    return ()


def _object_start(tree: Tree) -> int | None:
    """The word number of the object's name; None where no kind that is known here is named."""
    kinds = [i for i, word in enumerate(tree.words[:6]) if word in _OBJECTS]
    if not kinds and tree.words[0] != "TRUNCATE":
        return None
    return _skip(tree, kinds[0] + 1 if kinds else 1)


def _skip(tree: Tree, index: int) -> int:
    while index < len(tree.words) and tree.words[index] in _SKIPPED:
        index += 1
    return index


def _made(tree: Tree, catalog: Catalog) -> Relation | None:
    """The object that is named after its kind, where it can be a relation."""
    start = _object_start(tree)
    is_on_a_table = _object(tree) in ("INDEX", "TRIGGER") and "ON" in tree.words
    if start is None or is_on_a_table or tree.words[0] == "COMMENT":
        return None
    return _named(tree, start, catalog)


def _relations(tree: Tree, catalog: Catalog) -> frozenset[Relation]:
    """The object itself, those that a list names beside it, and every known relation that is mentioned."""
    found = {_made(tree, catalog)}
    for index, word in enumerate(tree.words):
        if word in _BEFORE_RELATIONS:
            found.add(_known(tree, _skip(tree, index + 1), catalog))
    if tree.words[0] in ("DROP", "TRUNCATE"):
        found |= {_named(tree, i + 1, catalog) for i, word in enumerate(tree.words) if word == ","}
    return frozenset(relation for relation in found if relation is not None)


def _known(tree: Tree, index: int, catalog: Catalog) -> Relation | None:
    """The relation that exists under the name at a word; of `relation.column`, the relation."""
    relation = _named(tree, index, catalog)
    if relation is None or (relation.schema, relation.name) in catalog.relations:
        return relation
    info = find_relation(catalog, None, tree.name(index))
    return Relation(info.schema, info.name) if info is not None else None


def _named(tree: Tree, index: int, catalog: Catalog) -> Relation | None:
    if index >= len(tree.words) or not (tree.words[index][0].isalpha() or tree.words[index][0] in '"`[_'):
        return None
    name, schema = tree.name(index), None
    if tree.words[index + 1 : index + 2] == (".",) and index + 2 < len(tree.words):
        schema, name = name, tree.name(index + 2)
    info = find_relation(catalog, schema, name)
    if info is not None:
        return Relation(info.schema, info.name)
    return Relation(schema or _default_schema(catalog), name)


def _default_schema(catalog: Catalog) -> str:
    own = [s for s in catalog.search_path if not s.startswith("pg_") and s != "temp"]
    return own[0] if own else ""


def _truncate(facts: Facts) -> Facts:
    writes = tuple(Write(Kind.DELETE, relation, Reach.UNBOUNDED) for relation in sorted(facts.relations))
    return attrs.evolve(facts, kinds=facts.kinds | {Kind.DELETE}, writes=writes)


def _filled(facts: Facts, tree: Tree, catalog: Catalog, analyse: Analyse) -> Facts:
    """CREATE ... AS query: what the query shows flows into columns that nobody has classified.

    A view keeps nothing: it is read through to its tables each time.
    """
    start = _query_start(tree)
    if start is None:
        return facts
    inner = analyse(tree, start, catalog)
    made = _made(tree, catalog) or Relation("", "")
    flows = tuple(
        Flow(ColumnRef(made.schema, made.name, o.name), o.labels, o.exposed, o.plain, o.position)
        for o in inner.outputs
    )
    hides = catalog.dialect is Dialect.MYSQL and "TEMPORARY" in tree.words[1:5]
    write = Write(Kind.INSERT, made, Reach.PREDICATE, None, flows, tree.starts[0], may_be_hidden=hides)
    is_view = _object(tree) == "VIEW" and "MATERIALIZED" not in tree.words[1:6]
    return attrs.evolve(
        inner,
        kind=Kind.DDL,
        kinds=inner.kinds | {Kind.DDL},
        relations=inner.relations | facts.relations,
        outputs=(),
        writes=inner.writes if is_view else (*inner.writes, write),
        hazards=facts.hazards + inner.hazards,
        returns_rows=False,
        verb=facts.verb,
    )


def _query_start(tree: Tree) -> int | None:
    """The word number at which the query of CREATE ... AS begins, at no depth of parentheses."""
    depth = 0
    for index, word in enumerate(tree.words):
        if word == "(":
            depth += 1
        elif word == ")":
            depth -= 1
        elif (
            depth == 0
            and index > 2
            and (word in ("SELECT", "VALUES") or (word == "WITH" and tree.words[index - 1] == "AS"))
        ):
            return index
        if word == "(" and depth == 1 and tree.words[index - 1 : index + 2] == ("AS", "(", "SELECT"):
            return index
    if any(word == "SELECT" for word in tree.words):
        raise AnalysisError(
            "GDB108",
            "it is not certain where the query of this statement begins",
            help="write CREATE ... AS SELECT without parentheses",
        )
    return None
