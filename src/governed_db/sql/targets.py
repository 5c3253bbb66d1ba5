"""The table that a change names into its target, among what it is joined with.

MySQL can change one of several joined tables, and even more than one at once: only one may be, so
that a statement is one Write.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs
from sqlglot import exp

from governed_db.errors import AnalysisError
from governed_db.model.catalog import RelationInfo, RelationKind
from governed_db.model.statement import Relation, Role
from governed_db.sql import sources
from governed_db.sql.columns import alias_of, name_of
from governed_db.sql.names import Scope, Source, partition_value
from governed_db.sql.notes import Notes
from governed_db.sql.predicates import condition


@attrs.frozen
class Target:
    """The relation that is changed, and it as a source of the statement."""

    info: RelationInfo
    source: Source

    @property
    def relation(self) -> Relation:
        return Relation(self.info.schema, self.info.name)


def read_target(node: exp.Expr, notes: Notes) -> Target:
    """The relation that a change names. Raises AnalysisError GDB116 for what is no plain table."""
    if not isinstance(node, exp.Table) or not isinstance(node.this, exp.Identifier):
        raise AnalysisError("GDB108", "only a table can be changed", position=notes.position(node))
    alias, _ = alias_of(node, notes)
    name = name_of(node.this, notes)
    schema = name_of(node.args["db"], notes) if node.args.get("db") else None
    if node.args.get("catalog"):
        raise AnalysisError("GDB110", "another database is named", position=notes.position(node))
    info = sources.resolve(node, schema, name, notes)
    if info.kind is RelationKind.SYSTEM:
        raise AnalysisError("GDB116", "a system relation cannot be changed", position=notes.position(node))
    if info.definition is not None:
        raise AnalysisError(
            "GDB116",
            f"{name} is a view: changes through views are not accepted",
            position=notes.position(node),
            help="change the table under it",
        )
    source = sources.relation_source(info, notes)
    if info.parents or node.args.get("partition"):  # how many rows it has tells how many have such values
        notes.use(partition_value(info), Role.REVEAL, "the name of a partition", node)
    return Target(info, attrs.evolve(source, name=alias or name))


def joined_target(
    roots: Sequence[exp.Expr], named: frozenset[str], inner: Scope, outer: Scope, notes: Notes
) -> tuple[Target, exp.Table, bool]:
    """The target, where it stands, and whether it is joined; `inner` gets it first, then the others.

    `roots` are the tables with their joins; `named` says which of them is changed: none means the first.
    """
    if not all(isinstance(root, exp.Expr) for root in roots):
        raise AnalysisError("GDB106", "it is not understood which table is changed")
    table = _chosen(roots, named, notes)
    target = read_target(table, notes)
    inner.add(target.source)
    for root in roots:
        columns = target.source.columns
        if root is not table:
            columns = sources.add_source(_alone(root), inner, outer, notes)
        for join in root.args.get("joins") or []:
            if join.this is table:
                _join_target(join, inner, notes)
            else:
                sources.read_join(join, columns, inner, outer, notes)
    return target, table, len(roots) > 1 or bool(roots[0].args.get("joins"))


def _chosen(roots: Sequence[exp.Expr], named: frozenset[str], notes: Notes) -> exp.Table:
    tables = [table for root in roots for table in (root, *_joined_to(root))]
    if named:
        tables = [table for table in tables if table.alias_or_name.lower() in named]
    if len(named) > 1 or not tables or not isinstance(tables[0], exp.Table):
        raise AnalysisError(
            "GDB116",
            "one statement may change one table, and by the name it has here",
            position=notes.position(roots[0]),
            help="change the tables one after the other in a transaction",
        )
    return tables[0]


def _joined_to(root: exp.Expr) -> list[exp.Expr]:
    return [join.this for join in root.args.get("joins") or []]


def _alone(root: exp.Expr) -> exp.Expr:
    alone = root.copy()
    alone.set("joins", None)
    return alone


def _join_target(join: exp.Join, inner: Scope, notes: Notes) -> None:
    if join.args.get("using") or join.args.get("method"):
        raise AnalysisError(
            "GDB108",
            "a table that is joined with USING or NATURAL cannot be changed",
            position=notes.position(join),
            help="write the condition with ON",
        )
    condition(join.args.get("on"), inner, notes, "JOIN")
