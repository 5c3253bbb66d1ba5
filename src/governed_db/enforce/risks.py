"""Statements of principals into what is usual for them, and a statement into its risk against that."""

from __future__ import annotations

import contextlib
from typing import Any, Protocol

import attrs

from governed_db.core.assessing import Deed
from governed_db.enforce.scoring import Scoring
from governed_db.errors import ConfigurationError
from governed_db.model.audit import AuditEvent
from governed_db.model.principal import Context, Principal
from governed_db.model.risk import Habits, Risk
from governed_db.policy.risk import assess


class HabitPort(Protocol):
    """Counts of what principals do; safe for several processes at once."""

    def of(self, owner: str) -> Habits: ...

    def ran(self, owner: str, tables: list[str], rows: int) -> None: ...

    def denied(self, owner: str) -> None: ...


@attrs.frozen
class Risks:
    """Fills RiskPort for one runtime whose policy reads risk."""

    habits: HabitPort
    scoring: Scoring | None

    def assess(self, deed: Deed, principal: Principal) -> Risk:
        """By facts, by what is usual, and by the policy's own scorer."""
        habits = self.habits.of(_owner(principal))
        risk = assess(deed.facts, principal, deed.classes, marks=deed.marks, habits=habits, now=deed.now)
        return risk if self.scoring is None else self.scoring(risk, described(deed, principal, risk))

    def told(self, event: AuditEvent, context: Context) -> None:
        """Learn from what is recorded; what was not run in the end is not learnt from."""
        fields = event.fields
        # Of a store that cannot be written the next assessment tells; this statement has run, or was refused.
        with contextlib.suppress(ConfigurationError):
            self._learn(event, fields, context)

    def _learn(self, event: AuditEvent, fields: dict[str, Any], context: Context) -> None:
        for link in context.principal.chain():
            if event.phase == "refusal" and fields.get("status") == "refused":
                self.habits.denied(_owner(link))
            elif event.phase == "outcome" and fields.get("status") == "ok":
                self.habits.ran(_owner(link), fields.get("relations", []), fields.get("rows", 0))


def described(deed: Deed, principal: Principal, risk: Risk) -> dict[str, object]:
    """What a scorer gets: facts, never a literal, a parameter or a value."""
    facts = deed.facts
    return {
        "principal": {"id": principal.id, "kind": principal.kind, "groups": list(principal.groups)},
        "database": deed.database,
        "kinds": sorted(kind.value for kind in facts.kinds),
        "relations": sorted(map(str, facts.relations)),
        "columns": sorted(map(str, facts.columns)),
        "classes": sorted({deed.classes[column] for column in facts.columns if column in deed.classes}),
        "functions": sorted(facts.functions),
        "score": risk.score,
        "signals": list(risk.signals),
    }


def _owner(principal: Principal) -> str:
    return f"{principal.kind} {principal.id}"
