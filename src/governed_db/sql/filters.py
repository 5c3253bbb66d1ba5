"""The predicate of a row filter into SQL that means the same wherever it is put into a statement.

Rules of this file:

* A predicate is one expression: no comment, no placeholder, no semicolon, parentheses in pairs.
* Relations that it names are written with their schema: a WITH query of the caller cannot take their place.
* Its own columns can be written with any name that the filtered table has in a statement.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping

import attrs
from sqlglot import exp

from governed_db.errors import AnalysisError
from governed_db.model.catalog import Catalog
from governed_db.model.statement import ColumnRef, Label, Relation
from governed_db.sql.facts import analyse
from governed_db.sql.parse import parse, parse_query
from governed_db.sql.spans import Edit, apply, quoted
from governed_db.sql.text import lex, refuse_mark

Node = exp.Expr
Values = Mapping[str, Node | None]

_ORDERS: Mapping[type, Callable[[int, int], bool]] = {
    exp.LT: operator.lt,
    exp.LTE: operator.le,
    exp.GT: operator.gt,
    exp.GTE: operator.ge,
    exp.NEQ: operator.ne,
}


@attrs.frozen(eq=False)
class Predicate:
    """A predicate that was read. `columns`: all that it reads; `uses`: those that it compares, each time;
    `functions`: all that it calls."""

    relation: Relation
    text: str
    columns: Label
    uses: tuple[ColumnRef, ...]
    functions: frozenset[str]
    _root: exp.Expr
    _offset: int

    @property
    def is_simple(self) -> bool:
        """Whether it reads nothing but the filtered table."""
        return len(list(self._root.find_all(exp.Select))) == 1

    def under(self, name: str) -> str:
        """The text for a place where the table is called `name` (SQL), next to other tables."""
        edits: list[Edit] = []
        for column in self._condition.find_all(exp.Column):
            edits += self._named(column, name)
        return apply(self.text, tuple(sorted(edits)))

    def objection(self, values: Values, *, is_new: bool) -> str | None:
        """The column by which a row could come to be outside of the filter; None if none can.

        `values`: what is written, by folded name of the column. `is_new`: of a new row.
        Only literals that the filter names prove anything.
        """
        named = self._names(self._condition)
        own = {one.column.lower() for one in self.columns if self._is_own(one)}
        computed_from = (own - named) & set(values)
        if computed_from and not is_new:
            return min(computed_from)
        for part in _conjuncts(self._condition):
            names = self._names(part)
            if not is_new and not names & set(values):
                continue
            if not _holds(part, values):
                return min(names & set(values) or names, default="")
        return None

    @property
    def _condition(self) -> exp.Expr:
        condition: exp.Expr = self._root.args["where"].this
        return condition

    def _names(self, part: exp.Expr) -> set[str]:
        return {one.name.lower() for one in part.find_all(exp.Column)}

    def _is_own(self, column: ColumnRef) -> bool:
        return (column.schema, column.relation) == (self.relation.schema, self.relation.name)

    def _named(self, column: exp.Column, name: str) -> list[Edit]:
        """The replacements that write one column with the name of the table."""
        table = column.args.get("table")
        if table is not None:
            if table.name.lower() != self.relation.name.lower():
                return []
            first = column.args.get("db") or table
            return [(first.meta["start"] - self._offset, table.meta["end"] + 1 - self._offset, name)]
        if column.find_ancestor(exp.Select) is not self._root:
            return []
        start = column.this.meta["start"] - self._offset
        return [(start, start, f"{name}.")]


def read(relation: Relation, text: str, catalog: Catalog) -> Predicate:
    """The predicate of `relation`. Raises AnalysisError GDB330 for what is none."""
    refuse_mark(text)
    _refuse_fragments(relation, text, catalog)
    dialect = catalog.dialect
    head = f"SELECT 1 FROM {quoted(relation.schema, dialect)}.{quoted(relation.name, dialect)} WHERE (\n"
    facts = analyse(parse(f"{head}{text}\n)", dialect, catalog.modes), catalog)
    edits = tuple(
        (
            one.start - len(head),
            one.end - len(head),
            f"{quoted(one.relation.schema, dialect)}.{quoted(one.relation.name, dialect)}",
        )
        for one in sorted(facts.references, key=lambda one: one.start)
        if one.start >= len(head)
    )
    qualified = apply(text, edits)
    root = parse_query(parse(f"{head}{qualified}\n)", dialect, catalog.modes)).query()
    columns = facts.columns.union(*(frozenset((use.column,)) for use in facts.uses))
    uses = tuple(use.column for use in facts.uses)
    return Predicate(relation, qualified, columns, uses, facts.functions, root, len(head))


def _refuse_fragments(relation: Relation, text: str, catalog: Catalog) -> None:
    depth = 0
    for kind, start, end in lex(text, catalog.dialect):
        piece = text[start:end]
        depth += (kind == "other" and piece == "(") - (kind == "other" and piece == ")")
        if kind in ("comment", "parameter") or (kind == "other" and piece == ";") or depth < 0:
            break
    else:
        if depth == 0:
            return
    raise AnalysisError(
        "GDB330",
        f"the row filter of {relation} is not one SQL expression",
        help="ask the owner of the policy: no comments, placeholders or semicolons, parentheses in pairs",
    )


# -- what a predicate demands of a row ----------------------------------------------------------------------


def _conjuncts(node: exp.Expr) -> list[exp.Expr]:
    node = node.unnest() if isinstance(node, exp.Paren) else node
    if isinstance(node, exp.And):
        return [*_conjuncts(node.this), *_conjuncts(node.expression)]
    return [node]


def _holds(part: exp.Expr, values: Values) -> bool:
    """Whether a condition on one column is certainly true of a literal that is written into it.

    Only what is true in every collation: the same text, and comparisons of whole numbers.
    """
    match part:
        case exp.EQ(this=exp.Literal() as one, expression=exp.Literal() as other):
            return _literal(one) == _literal(other)
        case exp.In(this=exp.Column() as column) if part.expressions:
            given = _literal(values.get(column.name.lower()))
            return given is not None and given in map(_literal, part.expressions)
        case exp.Between(this=exp.Column() as column):
            number = _number(values.get(column.name.lower()))
            low, high = _number(part.args.get("low")), _number(part.args.get("high"))
            return number is not None and low is not None and high is not None and low <= number <= high
        case exp.Binary(this=exp.Literal() as value, expression=exp.Column() as column):
            return _compared(part, value, values.get(column.name.lower()))
        case exp.Binary(this=exp.Column() as column, expression=exp.Literal() as value):
            return _compared(part, values.get(column.name.lower()), value)
        case _:
            return False


def _compared(part: exp.Expr, left: Node | None, right: Node | None) -> bool:
    if isinstance(part, exp.EQ):
        return _literal(left) is not None and _literal(left) == _literal(right)
    one, other = _number(left), _number(right)
    compare = _ORDERS.get(type(part))
    return compare is not None and one is not None and other is not None and compare(one, other)


def _literal(node: Node | None) -> tuple[bool, str] | None:
    return (bool(node.is_string), str(node.this)) if isinstance(node, exp.Literal) else None


def _number(node: Node | None) -> int | None:
    is_number = isinstance(node, exp.Literal) and not node.is_string and str(node.this).isdigit()
    return int(node.this) if is_number and node is not None else None
