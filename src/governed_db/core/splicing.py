"""A decision into the text to send: the caller's own, with row filters and masks spliced in and read again.

Row filters must be spliced, or the statement is refused. Masks that the policy wants in the database are
spliced where that leaves everything else as it is; the others are made in the driver, from labels, and
the decision says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import attrs

from governed_db.core.plan import Knowledge, Statement
from governed_db.errors import AnalysisError
from governed_db.mask.sql_forms import FUNCTIONS, sql_form
from governed_db.model.catalog import Catalog, Dialect
from governed_db.model.decision import Decision, Effect, FilterRows, Mask, MaskColumn, Place
from governed_db.model.statement import ColumnRef, Facts, Kind, Output, Relation
from governed_db.sql.agree import Intended, difference, parameters
from governed_db.sql.facts import analyse
from governed_db.sql.parse import parse, parse_query
from governed_db.sql.projections import Form, Forms, Query, around, items, kept_names
from governed_db.sql.spans import Edit, apply, stand_free
from governed_db.sql.splice import Filtered, filter_edits
from governed_db.sql.text import MARK

_TEXT = ("char", "text", "citext", "name")


@attrs.frozen
class Spliced:
    """What is sent, what is known of it, and the decision with the place of each mask as it came out."""

    text: str
    facts: Facts
    decision: Decision


def splice(
    statement: Statement, facts: Facts, decision: Decision, knowledge: Knowledge, dialect: Dialect
) -> Spliced:
    """Raises AnalysisError GDB330 where a row filter cannot be held."""
    filters = _filters(facts, decision)
    forms = _forms(facts, decision, knowledge.catalog, dialect)
    if decision.effect is Effect.DENY or not (filters or forms):
        return Spliced(statement.sent, facts, _placed(decision, frozenset()))
    work = _Work(statement, facts, knowledge.catalog, dialect)
    filtered = filter_edits(statement.text, facts, knowledge.catalog, filters)
    for way in work.ways(forms):
        try:
            text, after = work.changed(filtered, way)
        except AnalysisError:
            if way.masked:
                continue
            raise
        return Spliced(text, after, _placed(decision, way.masked))
    return Spliced(statement.sent, facts, _placed(decision, frozenset()))


@attrs.frozen
class _Way:
    """One way to mask in a text. `is_around`: the query is put into another, which gives all names."""

    edits: tuple[Edit, ...] = ()
    masked: frozenset[int] = frozenset()
    is_around: bool = False


@attrs.frozen(eq=False)
class _Work:
    statement: Statement
    facts: Facts
    catalog: Catalog
    dialect: Dialect

    def ways(self, forms: Forms) -> list[_Way]:
        """The ways to mask in this text, the best first; the last is to mask nothing."""
        query = self._query()
        if query is None or not forms:
            return [_Way()]
        masked = frozenset(forms)
        ways = ((items(query, forms), False), (around(query, forms), True))
        return [*(_Way(edits, masked, there) for edits, there in ways if edits is not None), _Way()]

    def _query(self) -> Query | None:
        try:
            tree = parse_query(parse(self.statement.text, self.dialect, self.catalog.modes))
        except AnalysisError:
            return None  # a command, like EXPLAIN
        return Query(self.statement.text, tree, self.facts, self.catalog)

    def changed(self, filtered: Filtered, way: _Way) -> tuple[str, Facts]:
        """The text to send and the facts of it. Raises AnalysisError GDB330 when it does anything else."""
        edits = self._edits(filtered, way)
        if not edits:
            return self.statement.sent, _together(self.facts, self.facts)
        text = apply(self.statement.text, edits)
        after = analyse(parse(text, self.dialect, self.catalog.modes), self.catalog)
        wrong = difference(self.facts, after, self._intended(filtered, way))
        if wrong is None and not stand_free(text, edits, self.dialect):
            wrong = "nothing"
        if wrong is None and parameters(text, self.dialect) != parameters(self.statement.text, self.dialect):
            wrong = "its parameters"
        if any(MARK in new for _, _, new in edits):
            wrong = "a name with a percent sign"
        if wrong is not None:
            raise AnalysisError("GDB330", f"the row filter or mask would change {wrong}")
        if self.statement.doubles_percent:
            edits = tuple((start, end, new.replace("%", "%%")) for start, end, new in edits)
        return apply(self.statement.sent, edits), _together(self.facts, after)

    def _edits(self, filtered: Filtered, way: _Way) -> tuple[Edit, ...]:
        query = self._query() if filtered.edits and not way.is_around else None
        named = kept_names(query, filtered.edits, way.masked) if query is not None else ()
        # Stable: at one place what closes a reference comes before what goes on after it.
        return tuple(sorted((*filtered.edits, *way.edits, *named), key=lambda edit: edit[:2]))

    def _intended(self, filtered: Filtered, way: _Way) -> Intended:
        """What the changes may bring: what filters and masks read and call."""
        columns = filtered.columns.union(*(self.facts.outputs[index].labels for index in way.masked))
        if filtered.edits and self.facts.viewed:  # written out, it compares again
            columns |= self.facts.columns.union(frozenset(use.column for use in self.facts.uses))
        functions = filtered.functions | (FUNCTIONS if way.masked else frozenset())
        return Intended(
            columns, functions, filtered.uses, filtered.relations, way.masked, is_around=way.is_around
        )


def _together(before: Facts, after: Facts) -> Facts:
    """The facts of what the caller wrote, with all that the server will be seen to read."""
    return attrs.evolve(
        before,
        columns=before.columns | after.columns,
        base_relations=before.base_relations | after.base_relations,
        functions=before.functions | after.functions,
        given=frozenset(),  # the literals that prove a filter to hold make the text what it is
    )


# -- row filters ------------------------------------------------------------------------------------------


def _filters(facts: Facts, decision: Decision) -> Mapping[Relation, str]:
    """The predicate of each relation: all that were said of it must hold."""
    said: dict[Relation, list[str]] = {}
    for obligation in decision.obligations:
        if isinstance(obligation, FilterRows):
            for relation in facts.relations | facts.base_relations:
                if str(relation) == obligation.relation:
                    said.setdefault(relation, []).append(obligation.predicate)
    # A line comment at the end would swallow the parenthesis.
    return {
        relation: predicates[0] if len(predicates) == 1 else " AND ".join(f"({one}\n)" for one in predicates)
        for relation, predicates in said.items()
    }


# -- masks ------------------------------------------------------------------------------------------------


def _forms(facts: Facts, decision: Decision, catalog: Catalog, dialect: Dialect) -> Forms:
    """How each output that is to be masked in the database is masked there, where it can be."""
    if Kind.EXPLAIN in facts.kinds or Kind.COPY in facts.kinds:
        return {}
    wanted = {
        one.index: one.mask
        for one in decision.obligations
        if isinstance(one, MaskColumn) and one.mask.place is Place.IN_DATABASE
    }
    found = {index: _form(mask, facts.outputs[index], catalog, dialect) for index, mask in wanted.items()}
    return {index: form for index, form in found.items() if form is not None}


def _form(mask: Mask, output: Output, catalog: Catalog, dialect: Dialect) -> Form | None:
    of_value = partial(_of_value, mask, is_text=_is_text(output, catalog))
    kind = _type(output.plain, catalog) if output.plain is not None else None
    if kind is None:
        return Form(of_value, of_value) if of_value("x") is not None else None
    of_column = partial(_of_column, mask, kind, dialect)
    return Form(of_column, of_value) if of_column("x") is not None else None


def _of_column(mask: Mask, kind: str, dialect: Dialect, column: str) -> str | None:
    return sql_form(mask, column, kind, dialect)


def _of_value(mask: Mask, value: str, *, is_text: bool) -> str | None:
    """The mask of what is computed: NULL of the same type, or the placeholder for text."""
    if mask.name == "null":
        return f"CASE WHEN 1 = 0 THEN {value} END"
    if mask.name == "redact" and is_text:
        return f"CASE WHEN {value} IS NULL THEN NULL ELSE '***' END"
    return None


def _is_text(output: Output, catalog: Catalog) -> bool:
    """Whether a computed output is text: put together from text, or changed letter by letter."""
    if not output.is_steady or output.plain is not None:
        return False
    kinds = [_type(column, catalog) or "" for column in output.exposed]
    return bool(kinds) and all(any(part in kind for part in _TEXT) for kind in kinds)


def _type(column: ColumnRef | None, catalog: Catalog) -> str | None:
    if column is None:
        return None
    info = catalog.relations.get((column.schema, column.relation))
    return next((one.type for one in info.columns if one.name == column.column), None) if info else None


def _placed(decision: Decision, done: frozenset[int]) -> Decision:
    """The decision with the masks that were not spliced made in the driver."""
    obligations = tuple(
        attrs.evolve(one, mask=attrs.evolve(one.mask, place=Place.IN_DRIVER))
        if isinstance(one, MaskColumn) and one.index not in done
        else one
        for one in decision.obligations
    )
    return attrs.evolve(decision, obligations=obligations)
