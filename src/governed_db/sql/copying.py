"""PostgreSQL's COPY into facts: a read when it goes to the client, a write when it comes from there."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from governed_db.errors import AnalysisError
from governed_db.model.catalog import Catalog, RelationInfo
from governed_db.model.statement import (
    ColumnRef,
    Facts,
    Hazard,
    HazardKind,
    Kind,
    Purpose,
    Reach,
    Relation,
    Supplied,
    Write,
)
from governed_db.sql.names import find_relation, nearest, no_relation
from governed_db.sql.parse import Tree, parse

Analyse = Callable[[Tree, int, Catalog], Facts]


def read(tree: Tree, catalog: Catalog, analyse: Analyse) -> Facts:
    """`COPY table|(query) TO STDOUT` and `COPY table FROM STDIN`; files and programs are hazards."""
    end = _end_of_source(tree)
    direction, place = tree.words[end : end + 1], tree.words[end + 1 : end + 2]
    if direction not in (("TO",), ("FROM",)) or not place:
        raise AnalysisError("GDB106", "this COPY is not understood", position=tree.starts[0])
    if place not in (("STDOUT",), ("STDIN",)):
        hazard = Hazard(
            HazardKind.FILE,
            "copy",
            "COPY with a file or program",
            tree.starts[end + 1],
            "use STDIN or STDOUT",
        )
        return Facts(Kind.COPY, frozenset({Kind.COPY}), frozenset(), hazards=(hazard,), verb="copy")
    if direction == ("FROM",):
        return _from_client(tree, catalog)
    if tree.words[1] == "(":
        inner = _query(tree, end, catalog, analyse)
    else:  # places in a text of our making mean nothing to the caller
        inner = _query(_as_select(tree, end, catalog), None, catalog, analyse)
        inner = attrs.evolve(inner, references=())
    return attrs.evolve(
        inner, kind=Kind.COPY, kinds=inner.kinds | {Kind.COPY}, returns_rows=False, verb="copy to"
    )


def _end_of_source(tree: Tree) -> int:
    """The word number after the table with its columns, or after the query in parentheses."""
    depth = 0
    for index, word in enumerate(tree.words):
        depth += (word == "(") - (word == ")")
        if depth == 0 and word in ("TO", "FROM"):
            return index
    raise AnalysisError("GDB106", "this COPY is not understood", position=tree.starts[0])


def _query(tree: Tree, end: int | None, catalog: Catalog, analyse: Analyse) -> Facts:
    if end is None:
        return analyse(tree, 0, catalog)
    closing = tree.starts[end - 1]
    words = end - 1
    cut = attrs.evolve(tree, text=tree.text[:closing], words=tree.words[:words], starts=tree.starts[:words])
    return analyse(cut, 2, catalog)


def _as_select(tree: Tree, end: int, catalog: Catalog) -> Tree:
    """The query that `COPY table (columns) TO` stands for."""
    info, _ = _relation(tree, catalog)
    named = [word for word in tree.words[1:end] if word == "("]
    columns = "*"
    if named:
        opening = tree.words.index("(")
        columns = tree.text[tree.starts[opening] + 1 : tree.starts[end - 1]]
    source = f'"{info.schema}"."{info.name}"'
    return parse(f"SELECT {columns} FROM {source}", tree.dialect)


def _relation(tree: Tree, catalog: Catalog) -> tuple[RelationInfo, int]:
    name, schema, after = tree.name(1), None, 2
    if tree.words[2:3] == (".",) and len(tree.words) > 3:
        schema, name, after = name, tree.name(3), 4
    info = find_relation(catalog, schema, name)
    if info is None:
        known = [relation for _, relation in catalog.relations]
        raise AnalysisError(
            "GDB110",
            no_relation(name, tree.dialect),
            position=tree.starts[1],
            help=nearest(name, known),
        )
    return info, after


def _from_client(tree: Tree, catalog: Catalog) -> Facts:
    info, _ = _relation(tree, catalog)
    relation = Relation(info.schema, info.name)
    triggers = tuple(trigger.name for trigger in info.triggers)
    write = Write(
        Kind.INSERT, relation, Reach.PREDICATE, None, (), tree.starts[1], info.transactional, triggers
    )
    return Facts(
        Kind.COPY,
        frozenset({Kind.COPY, Kind.INSERT}),
        frozenset({relation}),
        frozenset({relation}),
        writes=(write,),
        supplied=_columns(tree, info),
        verb="copy from",
    )


def _columns(tree: Tree, info: RelationInfo) -> tuple[Supplied, ...]:
    """The columns of the rows that will come, in their order; no token of theirs is turned back."""
    words = tree.words
    names = [column.name for column in info.columns if column.generated_from is None]
    if "(" in words[: words.index("FROM")]:
        opening, closing = words.index("("), words.index(")")
        names = [tree.name(index) for index in range(opening + 1, closing) if words[index] != ","]
    start = tree.starts[1]
    return tuple(
        Supplied(
            start + number,
            start + number,
            frozenset((ColumnRef(info.schema, info.name, name),)),
            Purpose.WRITTEN,
            is_parameter=True,
            takes_tokens=False,
        )
        for number, name in enumerate(names)
    )
