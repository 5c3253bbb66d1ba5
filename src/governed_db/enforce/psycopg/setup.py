"""What psycopg and its pool ask by themselves into plans that need no policy: by their exact text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
from psycopg import Xid

from governed_db.core import events
from governed_db.core.plan import Plan
from governed_db.model.decision import Decision, Effect
from governed_db.model.statement import Facts, Kind

if TYPE_CHECKING:
    from governed_db.enforce.gate import Gate

# Pools send an empty statement to see whether a connection lives (SQLAlchemy: ";"); tpc_recover() reads
# the names of prepared transactions. TypeInfo.fetch() reads types: ordinary statements, no exception.
_OWN: Final = frozenset({"", ";", Xid._get_recover_query()})
_FACTS: Final = Facts(Kind.SETUP, frozenset({Kind.SETUP}), frozenset(), verb="setup")


def own_plan(gate: Gate, text: str) -> Plan | None:
    """The plan of a statement that the driver makes by itself."""
    return _planned(gate, text) if text in _OWN else None


def plan_of_nothing(gate: Gate) -> Plan:
    """For rows of which nothing is known, where that is permitted."""
    return _planned(gate, "")


def _planned(gate: Gate, text: str) -> Plan:
    decision = Decision(Effect.PERMIT, "driver", gate.ports.policy.revision)
    plan = Plan(
        text=text, decision=decision, facts=_FACTS, redacted=text, fingerprint="driver", is_plain=True
    )
    return attrs.evolve(plan, audit=events.describe_plan(plan, gate.planner.database, gate.planner.dialect))
