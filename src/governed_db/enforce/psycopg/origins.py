"""The server's own numbers for tables and columns into their names, as far as a session has asked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import attrs

from governed_db.core.plan import Plan
from governed_db.model.statement import ColumnRef, Relation

if TYPE_CHECKING:
    from psycopg.pq.abc import PGresult

_AGREED: Final = 4096  # plans; more than a connection's cache holds


@attrs.define(eq=False)
class Origins:
    """What a session knows of the server's numbers for tables and columns, in one state of the schema.

    `agreed` are the plans of which a result has been looked at, or that have none.
    """

    epoch: str = ""
    agreed: set[Plan] = attrs.field(factory=set)
    _named: set[Relation] = attrs.field(factory=set)
    _columns: dict[tuple[int, int], ColumnRef] = attrs.field(factory=dict)

    def agree(self, plan: Plan) -> None:
        if len(self.agreed) >= _AGREED:
            self.agreed.clear()
        self.agreed.add(plan.shape)

    def wants(self, plan: Plan) -> bool:
        """Whether the server has to be asked before the first result of the plan can be judged."""
        if plan.shape in self.agreed:
            return False
        return plan.epoch != self.epoch or bool(self.unnamed(plan))

    def unnamed(self, plan: Plan) -> list[Relation]:
        """Relations of the plan whose numbers are not known."""
        if plan.epoch != self.epoch:
            self.epoch = plan.epoch
            for known in (self.agreed, self._named, self._columns):
                known.clear()
        if plan.facts is None or not plan.facts.outputs:
            return []
        return sorted((plan.facts.relations | plan.facts.base_relations) - self._named)

    def note(self, relations: Iterable[Relation], rows: Iterable[tuple[Any, ...]]) -> None:
        self._named.update(relations)
        for oid, schema, relation, number, column in rows:
            self._columns[int(oid), int(number)] = ColumnRef(schema, relation, column)

    def of(self, result: PGresult, index: int) -> frozenset[ColumnRef]:
        """The stored columns that the server names: none where the plan reads none of them.

        A whole row is column 0 of its table.
        """
        table, number = result.ftable(index), result.ftablecol(index)
        if number:
            column = self._columns.get((table, number))
            return frozenset() if column is None else frozenset({column})
        return frozenset(column for (oid, _), column in self._columns.items() if oid == table)
