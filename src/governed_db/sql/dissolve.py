"""A view over filtered tables into the query that it stands for, with the filters in it.

The definition is the catalog's text of it. Names of relations in it are written with their schema, because
it now stands where other names are looked up first, and where the caller's WITH queries are in scope.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from governed_db.errors import AnalysisError
from governed_db.model.catalog import Catalog, Dialect, RelationInfo, RelationKind
from governed_db.model.statement import Facts, Reference, Relation
from governed_db.sql.facts import analyse
from governed_db.sql.filters import Predicate
from governed_db.sql.parse import parse
from governed_db.sql.spans import Edit, apply, end_of, lexemes_of, quoted

MAX_DEPTH = 16  # views under views, as in views.py


@attrs.frozen(eq=False)
class Dissolver:
    """What must be filtered, and how. `fence` is put after each predicate."""

    catalog: Catalog
    predicates: Mapping[Relation, Predicate]
    fence: str = ""
    _depth: int = 0

    @property
    def dialect(self) -> Dialect:
        return self.catalog.dialect

    def query(self, relation: Relation) -> str | None:
        """The query for a view over filtered tables; None for any other relation.

        Raises AnalysisError GDB330 where its rows are stored, or its definition is not known.
        """
        info = self.catalog.relations.get((relation.schema, relation.name))
        if info is None or info.definition is None or relation in self.predicates:
            return None
        facts = self._facts(info, info.definition)
        if not set(self.predicates) & (facts.relations | facts.base_relations | facts.viewed):
            return None
        if info.kind is not RelationKind.VIEW or self._depth >= MAX_DEPTH:
            raise _stored(relation)
        body = self._filtered(info.definition, facts)
        # The names of its columns can be others than those of its outputs.
        name = quoted("governed_view", self.dialect)
        columns = ", ".join(quoted(column.name, self.dialect) for column in info.columns)
        return f"WITH {name} ({columns}) AS ({body}\n) SELECT * FROM {name}"

    def _facts(self, info: RelationInfo, definition: str) -> Facts:
        path = info.definition_path or self.catalog.search_path
        catalog = attrs.evolve(self.catalog, search_path=path)
        return analyse(parse(definition, self.dialect, self.catalog.modes), catalog)

    def _filtered(self, definition: str, facts: Facts) -> str:
        inner = attrs.evolve(self, depth=self._depth + 1)
        edits: list[Edit] = []
        for reference in facts.references:
            edits.append((reference.start, reference.end, inner._written(reference)))
            edits += self._unqualified(definition, reference)
        return apply(definition[: end_of(definition, self.dialect)], tuple(sorted(set(edits))))

    def _written(self, reference: Reference) -> str:
        """What stands in place of one reference in a definition."""
        relation = reference.relation
        full = f"{quoted(relation.schema, self.dialect)}.{quoted(relation.name, self.dialect)}"
        alias = "" if reference.has_alias else f" AS {quoted(relation.name, self.dialect)}"
        if relation in self.predicates:
            predicate = self.predicates[relation].text
            return f"(SELECT * FROM {full} WHERE {predicate}{self.fence}){alias}"
        query = self.query(relation)
        return full if query is None else f"({query}){alias}"

    def _unqualified(self, definition: str, reference: Reference) -> list[Edit]:
        """`schema.relation.column` without the schema, which a sub-query of that name has not."""
        if reference.has_alias:
            return []
        wanted = [reference.relation.schema.lower(), ".", reference.relation.name.lower(), "."]
        lexemes = lexemes_of(definition, self.dialect)
        words = [definition[one.start : one.end].strip('`"').lower() for one in lexemes]
        return [
            (lexemes[at].start, lexemes[at + 2].start, "")
            for at in range(len(words) - 4)
            if words[at : at + 4] == wanted
        ]


def _stored(relation: Relation) -> AnalysisError:
    return AnalysisError(
        "GDB330",
        f"{relation} shows rows that are filtered for you, and stores them",
        help="read the tables under it",
    )
