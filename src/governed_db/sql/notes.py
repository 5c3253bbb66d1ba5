"""What analysis finds on its way, gathered into Facts at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import attrs
from sqlglot import exp
from sqlglot.tokenizer_core import Token

from governed_db.errors import AnalysisError
from governed_db.model.catalog import Catalog, Dialect
from governed_db.model.statement import (
    NO_LABEL,
    ColumnRef,
    Hazard,
    HazardKind,
    Kind,
    Label,
    Member,
    Reference,
    Relation,
    Role,
    Supplied,
    Use,
    Write,
)
from governed_db.sql.abridge import FoldedItem
from governed_db.sql.functions import is_reviewed_extension
from governed_db.sql.names import Scope, Value

MAX_STEPS = 100_000  # expressions and queries read; the longest text has 20,000 words
MAX_PROBES = 200  # comparisons of one column with given values in one statement

Columns = tuple[tuple[str, Value], ...]

_CHOICES = frozenset({"ORDER BY", "LIMIT", "OFFSET"})


@attrs.frozen
class Readers:
    """The mutually recursive readers: expressions (labels), queries, changes (writes).

    `risk` adds to a value what computing it risks, given the operands that were read for it.
    """

    value: Callable[[exp.Expr, Scope, Notes], Value]
    query: Callable[[exp.Expr, Scope | None, Notes], Columns]
    write: Callable[[exp.Expr, Scope, Notes], Columns]
    risk: Callable[[Value, exp.Expr, Notes], Value]


@attrs.define
class Notes:
    """The findings of one statement.

    `claimed` are the positions of all words that analysis accounted for: a name that is not among
    them was swallowed by the parser (facts.py refuses it). `viewing` names the view whose definition
    is being read, if any: positions inside it mean nothing to the caller. `spreads` are columns into which
    values are written that cannot be followed; `folded_items` are the values left out of the tree; `operands`
    the values that were read for the expression that is being read.
    """

    catalog: Catalog
    readers: Readers
    text: str
    tokens: Sequence[Token] = ()
    steps: list[int] = attrs.field(factory=lambda: [MAX_STEPS])
    uses: list[Use] = attrs.field(factory=list)
    hazards: list[Hazard] = attrs.field(factory=list)
    functions: set[str] = attrs.field(factory=set)
    relations: set[Relation] = attrs.field(factory=set)
    base_relations: set[Relation] = attrs.field(factory=set)
    viewed: set[Relation] = attrs.field(factory=set)
    columns: set[ColumnRef] = attrs.field(factory=set)
    references: list[Reference] = attrs.field(factory=list)
    writes: list[Write] = attrs.field(factory=list)
    kinds: set[Kind] = attrs.field(factory=set)
    claimed: set[int] = attrs.field(factory=set)
    names: set[str] = attrs.field(factory=set)
    joins: int = 0
    viewing: tuple[Relation, ...] = ()
    path: tuple[str, ...] | None = None
    probes: Counter[ColumnRef] = attrs.field(factory=Counter)
    aliases: frozenset[str] = frozenset()
    has_folded_lists: bool = False
    locks_rows: bool = False
    views: dict[Relation, tuple[tuple[str, Value], ...]] = attrs.field(factory=dict)
    extremes: list[tuple[Value, exp.Expr]] = attrs.field(factory=list)
    supplied: list[Supplied] = attrs.field(factory=list)
    spreads: list[Label] = attrs.field(factory=list)
    folded_items: tuple[FoldedItem, ...] = ()
    operands: list[Value] = attrs.field(factory=list)
    members: dict[ColumnRef, Member] = attrs.field(factory=dict)

    @property
    def dialect(self) -> Dialect:
        return self.catalog.dialect

    def step(self, count: int = 1) -> None:
        """Count what is read or looked through; a statement may need only so much."""
        self.steps[0] -= count
        if self.steps[0] < 0:
            raise AnalysisError(
                "GDB107",
                "the statement takes too long to analyse",
                help="write it in simpler parts",
            )

    def mark(self) -> tuple[int, ...]:
        """How much has been noted, to forget what a second reading of the same text will note again."""
        return (len(self.uses), len(self.hazards), len(self.writes), len(self.references), self.joins)

    def rewind(self, mark: tuple[int, ...]) -> None:
        """Forget what was noted since `mark`."""
        uses, hazards, writes, references, self.joins = mark
        del self.uses[uses:]
        del self.hazards[hazards:]
        del self.writes[writes:]
        del self.references[references:]

    def value(self, node: exp.Expr, scope: Scope) -> Value:
        """The value of an expression (labels.py), with what computing it risks (steering.py)."""
        self.step()
        outer, self.operands = self.operands, []
        value = self.readers.risk(self.readers.value(node, scope, self), node, self)
        self.operands = outer
        outer.append(value)
        return value

    def query(self, node: exp.Expr, scope: Scope | None) -> Columns:
        """The columns of a query (query.py)."""
        return self.readers.query(node, scope, self)

    def write(self, node: exp.Expr, scope: Scope) -> Columns:
        """What a change inside WITH returns (writes.py)."""
        return self.readers.write(node, scope, self)

    def children(self, node: exp.Expr, scope: Scope) -> list[Value]:
        """The values of all direct children."""
        return [self.value(child, scope) for child in node.iter_expressions()]

    def claim(self, node: exp.Expr | None) -> None:
        """Account for the word at which `node` stands."""
        if node is not None and not self.viewing:
            start = node.meta.get("start")
            if start is not None:
                self.claimed.add(start)

    def position(self, node: exp.Expr) -> int | None:
        """Where a node begins in the caller's text."""
        if self.viewing:
            return None
        starts = [child.meta["start"] for child in node.walk() if "start" in child.meta]
        return min(starts, default=None)

    def refer(
        self,
        node: exp.Table,
        relation: Relation,
        *,
        has_alias: bool,
        target: Kind | None = None,
        is_joined: bool = False,
    ) -> None:
        """Note where the caller's text names a relation."""
        parts = [node.args[key] for key in ("this", "db", "catalog") if node.args.get(key)]
        spans = [part.meta for part in parts if "start" in part.meta]
        if self.viewing or not spans:
            return
        start, end = min(m["start"] for m in spans), max(m["end"] for m in spans) + 1
        self.references.append(Reference(relation, start, end, has_alias, target, is_joined))

    def use(
        self,
        value: Value,
        role: Role,
        construct: str,
        node: exp.Expr,
        other: Label = NO_LABEL,
        *,
        in_view: bool | None = None,
    ) -> None:
        """Note how the exposed columns of a value are used; `in_view`: whether a view's owner chose it."""
        if not value.exposed:
            return
        position = self.position(node)
        is_owners = bool(self.viewing) if in_view is None else in_view
        for column in sorted(value.exposed):
            self.uses.append(Use(column, role, construct, position, other, is_owners))

    def told_since(self, before: int) -> Label:
        """What the result of a sub-query in a view tells of: its owner may choose rows by what is protected.

        Elsewhere such uses are refused. Which one of several rows is taken is left to the owner.
        """
        if not self.viewing:
            return NO_LABEL
        uses = (use for use in self.uses[before:] if use.role is Role.REVEAL)
        return frozenset(use.column for use in uses if use.construct not in _CHOICES)

    def probe(self, value: Value, node: exp.Expr) -> None:
        """Note a comparison with a given value; too many in one statement would try all there are."""
        self.probes.update(value.exposed)
        if any(self.probes[column] > MAX_PROBES for column in value.exposed):
            self.use(value, Role.REVEAL, f"more than {MAX_PROBES} comparisons", node)
        else:
            self.use(value, Role.EQUALS_VALUE, "=", node)

    def is_text(self, column: ColumnRef | None) -> bool:
        """Whether a stored column holds text, as far as the catalog tells."""
        if column is None:
            return True
        info = self.catalog.relations.get((column.schema, column.relation))
        types = [c.type for c in info.columns if c.name == column.column] if info else []
        return not types or any(
            mark in types[0] for mark in ("char", "text", "enum", "set", "blob", "binary", "json")
        )

    def type_of(self, column: ColumnRef) -> str | None:
        """The type of a stored column as the server names it."""
        info = self.catalog.relations.get((column.schema, column.relation))
        types = [one.type for one in info.columns if one.name == column.column] if info else []
        return types[0] if types else None

    def is_made_by_users(self, name: str, schemas: Sequence[str] | None = None) -> bool:
        """Whether a routine of that name is there which no reviewed extension brought: it may be the one."""
        searched = self.catalog.search_path if schemas is None else schemas
        return any(
            not is_reviewed_extension(self.dialect, routine.extension)
            for schema in searched
            for routine in self.catalog.routines.get((schema, name), ())
        )

    def reveal(self, values: Iterable[Value], construct: str, node: exp.Expr) -> None:
        """Note uses that show order or content."""
        for value in values:
            self.use(value, Role.REVEAL, construct, node)

    def hazard(
        self, kind: HazardKind, name: str, message: str, node: exp.Expr | None, help: str = ""
    ) -> None:
        position = self.position(node) if node is not None else None
        self.hazards.append(Hazard(kind, name, message, position, help))
