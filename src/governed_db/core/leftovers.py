"""Who filled temporary tables of a connection into why somebody else may not use them.

A connection of a pool serves many. What one principal read with rights of his own, unmasked or past a row
filter, stays in his temporary tables, and would be there for whoever comes next.
"""

from __future__ import annotations

from typing import Final

import attrs

from governed_db.core.plan import Plan
from governed_db.model.decision import Reason
from governed_db.model.principal import Principal
from governed_db.model.statement import Relation

_MOST: Final = 4096  # names of one connection


@attrs.define
class Leftovers:
    """Of each temporary table that was filled from stored ones, by whom.

    By name alone, and never forgotten while the connection lives: DROP and CREATE may be rolled back. Where
    there are too many, the rest belongs to all who filled one of it.
    """

    _owners: dict[str, frozenset[Principal]] = attrs.field(factory=dict)
    _of_rest: frozenset[Principal] = frozenset()

    def keep(self, plan: Plan, principal: Principal) -> None:
        """Remember what a statement that is about to run will leave."""
        facts = plan.facts
        if facts is not None and any(self._holds(plan, one) for one in facts.base_relations):
            for write in facts.writes:
                if _is_temporary(plan, write.relation):
                    self._add(write.relation.name.casefold(), principal)

    def _holds(self, plan: Plan, relation: Relation) -> bool:
        """Whether what is read from it may depend on who reads."""
        return not _is_temporary(plan, relation) or bool(self._of(relation))

    def _add(self, name: str, principal: Principal) -> None:
        if name in self._owners or len(self._owners) < _MOST:
            self._owners[name] = self._owners.get(name, frozenset()) | {principal}
        else:
            self._of_rest |= {principal}

    def _of(self, relation: Relation) -> frozenset[Principal]:
        return self._owners.get(relation.name.casefold(), self._of_rest)

    def objection(self, plan: Plan, principal: Principal) -> Reason | None:
        """Why this principal may not run this plan; it may drop any table, and empty it."""
        if not self._owners or plan.facts is None or _is_clearing(plan):
            return None
        for relation in sorted(plan.facts.relations | plan.facts.base_relations):
            if self._of(relation) - {principal} and _is_temporary(plan, relation):
                return Reason(
                    "GDB213",
                    f"the temporary table {relation.name} holds what somebody else read on this connection",
                    help="fill a temporary table of another name, or use a connection of your own",
                    rule="enforcement",
                )
        return None


def uses_temporary(plan: Plan) -> bool:
    """Whether the plan has to be looked at before each run."""
    relations = plan.facts.relations | plan.facts.base_relations if plan.facts is not None else ()
    return any(_is_temporary(plan, one) for one in relations)


def _is_temporary(plan: Plan, relation: Relation) -> bool:
    """A table that is being created is one, too, as far as anybody may create one without being asked."""
    known = plan.catalog.relations.get((relation.schema, relation.name)) if plan.catalog is not None else None
    return known is None or known.temporary


def _is_clearing(plan: Plan) -> bool:
    facts = plan.facts
    return facts is not None and facts.verb in ("drop temporary table", "truncate temporary table")
