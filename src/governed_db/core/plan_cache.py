"""Plans that were made into the plans of texts that come again, for each principal."""

from __future__ import annotations

import attrs

from governed_db.core.plan import Plan, Statement
from governed_db.core.shapes import Shapes
from governed_db.model.catalog import Dialect
from governed_db.model.policy import Policy
from governed_db.model.principal import Principal
from governed_db.model.statement import Facts
from governed_db.policy.decide import is_memoisable
from governed_db.policy.risk import MARKS

_PLANS = 2048  # for each principal; the whole dict is dropped when it is full
_PRINCIPALS = 256  # who acts on a pooled connection may be anybody: plans of the first ones go first


@attrs.define(eq=False)
class PlanCache:
    """The plans of one connection under one policy.

    They belong to one state of session and schema too: `forget` drops them all when that changes.
    """

    dialect: Dialect
    policy: Policy
    _plans: dict[Principal, dict[str, Plan]] = attrs.field(factory=dict)
    _shapes: dict[Principal, Shapes] = attrs.field(factory=dict)

    def plans(self, principal: Principal) -> dict[str, Plan]:
        """The plans of one principal, by exact text as the driver takes it."""
        plans = self._plans.get(principal)
        if plans is None:
            _make_room(self._plans)
            plans = self._plans[principal] = {}
        return plans

    def shapes(self, principal: Principal) -> Shapes:
        """The plans of one principal, for texts that differ from theirs in some literals."""
        shapes = self._shapes.get(principal)
        if shapes is None:
            _make_room(self._shapes)
            shapes = self._shapes[principal] = Shapes(self.dialect)
        return shapes

    def find(self, statement: Statement, principal: Principal) -> Plan | None:
        """The plan of a statement that came before, or of one that differs in what does not matter."""
        if not statement.cacheable or statement.copy:
            return None
        plan = self.plans(principal).get(_key(statement))
        if plan is None and not statement.many and statement.problem is None:
            return self.shapes(principal).find(statement.sent)
        return plan

    def keep(self, statement: Statement, principal: Principal, plan: Plan) -> None:
        """Keep a plan unless it depends on the moment."""
        facts = plan.facts
        if facts is None or statement.copy or not statement.cacheable:
            return
        if not self._is_memoisable(facts):
            return
        plans = self.plans(principal)
        if len(plans) >= _PLANS:
            plans.clear()
        plans[_key(statement)] = plan
        if not any(signal in MARKS for signal in plan.risk.signals):  # of its literals, not of others'
            self.shapes(principal).keep(statement, plan)

    def forget(self) -> None:
        """Drop every plan: the schema, the keys or the session changed."""
        self._plans = {}
        self._shapes = {}

    def _is_memoisable(self, facts: Facts) -> bool:
        policies = (self.policy, self.policy.shadow)
        return all(is_memoisable(policy, facts) for policy in policies if policy is not None)


def _make_room(kept: dict[Principal, dict[str, Plan]] | dict[Principal, Shapes]) -> None:
    while len(kept) >= _PRINCIPALS:
        kept.pop(next(iter(kept)))


def _key(statement: Statement) -> str:
    """A statement that runs many times is bounded differently; no text that is sent holds a NUL."""
    return f"\0{statement.sent}" if statement.many else statement.sent
