"""Row filters into the caller's own text, by replacing character spans; SQL is never regenerated.

A reference to a filtered relation becomes `(SELECT * FROM relation WHERE predicate)` under the name
it had; the WHERE of an UPDATE or DELETE, and of ON CONFLICT DO UPDATE, gets the predicate in front. What
is written must stay inside of the filter, as its text proves. Where a condition of the caller's could
fail on a hidden row, and so tell of it, the filter is fenced off (fences.py). What cannot be spliced is
refused: what commands reach, MERGE, new rows that nothing proves to be inside. A view over filtered tables
becomes the query that it stands for (dissolve.py).
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs
from sqlglot import exp

from governed_db.errors import AnalysisError
from governed_db.model.catalog import Catalog, Dialect
from governed_db.model.statement import NO_LABEL, ColumnRef, Facts, Kind, Label, Reference, Relation
from governed_db.sql import filters
from governed_db.sql.dissolve import Dissolver
from governed_db.sql.fences import can_fail
from governed_db.sql.filters import Predicate
from governed_db.sql.parse import Tree, parse, parse_query
from governed_db.sql.rows_written import Written, stands_alone, stands_in_group, written_at
from governed_db.sql.spans import Edit, end_of, lexemes_of
from governed_db.sql.text import Lexeme, lex, without_marks

_ENDS_WHERE = frozenset({"RETURNING", "ORDER", "LIMIT", "WINDOW"})
_ENDS_SELECT = frozenset(
    "GROUP HAVING WINDOW ORDER LIMIT OFFSET FETCH FOR LOCK INTO PROCEDURE UNION EXCEPT INTERSECT".split()
)
_DECORATIONS = frozenset({"TABLESAMPLE", "PARTITION", "USE", "FORCE", "IGNORE", "INDEXED", "*"})
_FENCES: Mapping[Dialect, str] = {  # what keeps a server from testing other conditions first
    Dialect.POSTGRES: " OFFSET 0",
    Dialect.MYSQL: " LIMIT 18446744073709551615",
    Dialect.SQLITE: " LIMIT -1",
}


@attrs.frozen
class Filtered:
    """The replacements in order, for which relations, and what the predicates in them read and call."""

    edits: tuple[Edit, ...] = ()
    relations: frozenset[Relation] = frozenset()
    columns: Label = NO_LABEL
    functions: frozenset[str] = frozenset()
    uses: tuple[ColumnRef, ...] = ()


def filter_edits(text: str, facts: Facts, catalog: Catalog, said: Mapping[Relation, str]) -> Filtered:
    """The replacements that hold a statement to row filters. Raises AnalysisError GDB330 and GDB332."""
    if not said:
        return Filtered()
    named = {one.relation for one in facts.references}
    hidden = set(said) & ((facts.base_relations | facts.relations) - named - facts.viewed)
    if hidden:
        raise _cannot(min(hidden), None, "is reached by a command")
    predicates = {relation: filters.read(relation, text, catalog) for relation, text in said.items()}
    tree = parse_query(parse(text, catalog.dialect, catalog.modes), _skipped(text, catalog))
    work = _Work(text, tree, catalog, predicates, can_fail(tree.query()))
    # What is read first: where a change begins a condition at the very end of a reference, it follows it.
    references = sorted(facts.references, key=lambda one: one.target is not None)
    edits = [edit for one in references for edit in work.edits(one)]
    return Filtered(
        tuple(sorted(edits, key=lambda edit: edit[:2])),
        frozenset(said),
        NO_LABEL.union(*(one.columns for one in predicates.values())),
        frozenset[str]().union(*(one.functions for one in predicates.values())),
        tuple(use for one in references for use in _demanded(one, predicates)),
    )


def _demanded(reference: Reference, predicates: Mapping[Relation, Predicate]) -> tuple[ColumnRef, ...]:
    if reference.target is Kind.INSERT or reference.relation not in predicates:
        return ()
    return predicates[reference.relation].uses


def _skipped(text: str, catalog: Catalog) -> int:
    """How many words stand before the query, as in EXPLAIN."""
    words = parse(text, catalog.dialect, catalog.modes).words
    starts = ("SELECT", "WITH", "VALUES", "TABLE", "INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE")
    return next((number for number, word in enumerate(words) if word in starts), 0)


@attrs.frozen(eq=False)
class _Work:
    """One statement; `is_fenced`: its conditions can fail on a row."""

    text: str
    tree: Tree
    catalog: Catalog
    predicates: Mapping[Relation, Predicate]
    is_fenced: bool
    _begun: set[int] = attrs.field(factory=set)  # where a WHERE was put in

    @property
    def dialect(self) -> Dialect:
        return self.tree.dialect

    def edits(self, reference: Reference) -> list[Edit]:
        predicate = self.predicates.get(reference.relation)
        if predicate is None:
            return self._dissolved(reference)
        match reference.target:
            case None:
                return self._read(reference, predicate)
            case Kind.UPDATE | Kind.DELETE:
                self._stays(reference, predicate)
                return self._changed(reference, predicate)
            case Kind.INSERT:
                return self._inserted(reference, predicate)
            case _:
                raise _cannot(reference.relation, reference.start, "is the target of a MERGE")

    # -- reading ----------------------------------------------------------------------------------------

    @property
    def fence(self) -> str:
        return _FENCES[self.dialect] if self.is_fenced else ""

    def _read(self, reference: Reference, predicate: Predicate) -> list[Edit]:
        before = self._before(reference)
        if self.dialect is Dialect.MYSQL and self.tree.query().find(exp.Lock):
            return self._locked(reference, predicate)
        if self.dialect is Dialect.POSTGRES and not self.is_fenced and predicate.is_simple:
            # GROUP BY a key gives all columns of its table, but not those of a sub-query.
            grouped = stands_in_group(self.tree.query(), reference, self.text)
            if grouped is not None and before[-1:] != ["ONLY"]:
                return self._where(reference.end, predicate.under(grouped), _ENDS_SELECT)
        name = "" if reference.has_alias else f" AS {self._own_name(reference)}"
        start = self._last("ONLY", reference) if before[-1:] == ["ONLY"] else reference.start
        edits = [
            (start, start, "(SELECT * FROM "),
            (reference.end, reference.end, f" WHERE {predicate.text}{self.fence}){name}"),
        ]
        return [*self._as_select(reference, before), *edits]

    def _locked(self, reference: Reference, predicate: Predicate) -> list[Edit]:
        """MariaDB locks nothing in a sub-query of FROM: the condition comes first in WHERE instead."""
        alone = stands_alone(self.tree.query(), reference, self.text)
        if alone is None:
            raise _cannot(reference.relation, reference.start, "is locked together with other tables")
        own = predicate.under(alone) if reference.has_alias else predicate.text
        return self._where(reference.end, own, _ENDS_SELECT)

    def _dissolved(self, reference: Reference) -> list[Edit]:
        """A view over filtered tables as the query that it stands for."""
        query = Dissolver(self.catalog, self.predicates, self.fence).query(reference.relation)
        if query is None:
            return []
        before = self._before(reference)
        name = "" if reference.has_alias else f" AS {self._own_name(reference)}"
        return [*self._as_select(reference, before), (reference.start, reference.end, f"({query}){name}")]

    def _as_select(self, reference: Reference, before: list[str]) -> list[Edit]:
        """`TABLE name` takes no sub-query."""
        if before[-1:] != ["TABLE"]:
            return []
        start = self._last("TABLE", reference)
        return [(start, start + len("TABLE"), "SELECT * FROM")]

    def _before(self, reference: Reference) -> list[str]:
        """The two words before a reference that nothing but a name and an alias belongs to."""
        before, after = self._around(reference)
        if after & _DECORATIONS or before[:1] == ["ONLY"]:
            raise _cannot(reference.relation, reference.start, "has a hint, a sample or a part of it named")
        return before

    def _last(self, word: str, reference: Reference) -> int:
        """Where the word stands that comes before a reference."""
        lexemes = lexemes_of(self.text, self.dialect)
        return max(one.start for one in lexemes if one.end <= reference.start and self._word(one) == word)

    def _around(self, reference: Reference) -> tuple[list[str], set[str]]:
        """The two words before a reference, and those after it up to its alias and what follows."""
        lexemes = lexemes_of(self.text, self.dialect)
        before = [self._word(one) for one in lexemes if one.end <= reference.start][-2:]
        after = [self._word(one) for one in lexemes if one.start >= reference.end][:4]
        known = after[:1] if not reference.has_alias else after
        known = after[:2] if after[:1] == ["NOT"] else known
        return before, set(known)

    def _word(self, lexeme: Lexeme) -> str:
        return self.text[lexeme.start : lexeme.end].upper() if lexeme.kind in ("word", "other") else ""

    def _own_name(self, reference: Reference) -> str:
        """The last part of a name as it is written."""
        written = self.text[reference.start : reference.end]
        pieces = [
            written[start:end] for kind, start, end in lex(written, self.dialect) if kind in ("word", "name")
        ]
        if not pieces:
            raise _cannot(reference.relation, reference.start, "is named in a way that cannot be repeated")
        return without_marks(pieces[-1])

    # -- changing ---------------------------------------------------------------------------------------

    def _stays(self, reference: Reference, predicate: Predicate) -> None:
        """Refuse what could move a row out of the filter."""
        for values in self._written(reference).assigned:
            column = predicate.objection(values, is_new=False)
            if column is not None:
                raise _moves(reference, column)

    def _changed(self, reference: Reference, predicate: Predicate) -> list[Edit]:
        if reference.is_joined and not predicate.is_simple:
            raise _cannot(
                reference.relation, reference.start, "is changed by a join, and its filter reads others"
            )
        name = self._written(reference).name
        own = predicate.under(name) if reference.has_alias or reference.is_joined else predicate.text
        return self._where(reference.end, own)

    def _inserted(self, reference: Reference, predicate: Predicate) -> list[Edit]:
        written = self._written(reference)
        if written.replaces or self.tree.replaces:
            raise _cannot(reference.relation, reference.start, "could have hidden rows replaced")
        for values in written.rows:
            column = predicate.objection(values, is_new=True)
            if column is not None:
                raise _moves(reference, column)
        if not written.assigned:
            return []
        self._stays(reference, predicate)
        start = self._after("DO", "UPDATE", reference.end)
        if start is None or not predicate.is_simple:
            raise _cannot(reference.relation, reference.start, "could have hidden rows changed")
        return self._where(start, predicate.under(written.name))

    def _written(self, reference: Reference) -> Written:
        found = written_at(self.tree.query(), reference, self.text, self.dialect)
        if found is None:
            raise _cannot(reference.relation, reference.start, "is changed in a way that is not understood")
        return found

    def _after(self, first: str, second: str, start: int) -> int | None:
        """Where a pair of words ends, outside of parentheses."""
        depth, before = 0, ""
        for lexeme in lex(self.text, self.dialect):
            if lexeme.start < start or lexeme.kind in ("space", "comment"):
                continue
            word = self._word(lexeme)
            depth += (word == "(") - (word == ")")
            if depth == 0 and (before, word) == (first, second):
                return lexeme.end
            before = word
        return None

    def _where(self, start: int, predicate: str, ends: frozenset[str] = _ENDS_WHERE) -> list[Edit]:
        """The predicate as the first condition of the change or query that goes on at `start`."""
        where: int | None = None
        end = end_of(self.text, self.dialect)
        depth = 0
        for lexeme in lex(self.text, self.dialect):
            if lexeme.start < start:
                continue
            word = self._word(lexeme)
            depth += (word == "(") - (word == ")")
            if depth < 0 or (depth == 0 and (word in ends or word == ";")):
                end = lexeme.start
                break
            if depth == 0 and word == "WHERE" and where is None:
                where = lexeme.end
        if where is None:
            word = "AND" if end in self._begun else "WHERE"
            self._begun.add(end)
            return [(end, end, f" {word} ({predicate}) ")]
        # A line comment at the end would swallow the parenthesis.
        if not self.is_fenced:
            return [(where, where, f" ({predicate}) AND ("), (end, end, "\n) ")]
        # CASE is computed in order, everywhere.
        opening = f" ({predicate}) AND (CASE WHEN ({predicate}) THEN ("
        return [(where, where, opening), (end, end, "\n) END) ")]


def _cannot(relation: Relation, position: int | None, why: str) -> AnalysisError:
    return AnalysisError(
        "GDB330",
        f"rows of {relation} are filtered for you, and here it {why}",
        position=position,
        help="name the table itself in a SELECT, or in an UPDATE or DELETE of its own",
    )


def _moves(reference: Reference, column: str) -> AnalysisError:
    what = f" by its column {column}" if column else ""
    return AnalysisError(
        "GDB332",
        f"rows of {reference.relation} are filtered for you, and this could make one you may not see{what}",
        position=reference.start,
        help="write the column as the very literal that the filter names, or leave it as it is",
    )
