"""Rows on their way to the caller into what they take of the conversation's budgets.

They are counted as the caller gets them. Of a subject only a keyed digest of what was shown is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import attrs

from governed_db.core import events, running_dry
from governed_db.core.canonical import canonical
from governed_db.core.plan import Meter, Plan, Subject
from governed_db.model.audit import AuditEvent
from governed_db.model.decision import Budget, Decision, Exceeding
from governed_db.model.decision import Effect as Verdict

if TYPE_CHECKING:
    from governed_db.enforce.gate import Gate
    from governed_db.mask.content.rows import ContentScan

Row = tuple[Any, ...]
_DIGITS = 16  # of a digest: one of many subjects, in one conversation


class MeteredRows:
    """Counts rows, and looks into their texts where that is to be done too."""

    __slots__ = ("_gate", "_meter", "_plan", "_scan")

    def __init__(self, gate: Gate, plan: Plan, meter: Meter, scan: ContentScan | None) -> None:
        self._gate = gate
        self._plan = plan
        self._meter = meter
        self._scan = scan

    def rows(self, rows: Sequence[Row], paid: int = 0) -> list[Row]:
        """All of them, or none: what is left must do for every one but the first `paid`."""
        shown = list(rows) if self._scan is None else self._scan.rows(rows)
        self._count(shown[paid:])
        return shown

    def row(self, row: Row) -> Row:
        """One row."""
        shown = row if self._scan is None else self._scan.row(row)
        self._count((shown,))
        return shown

    def _count(self, rows: Sequence[Row]) -> None:
        gate, context = self._gate, self._gate.context()
        store = gate.ports.budgets
        for budget in self._meter.rows:
            account = gate.accounts.of(budget, context)
            got = store.draw(account, budget, len(rows))
            if got < len(rows):
                store.draw(account, budget, -got)
                raise self._short(budget)
        if self._meter.subjects:
            seen = self._subjects(rows)
            for budget in self._meter.subjects:
                if seen and not store.see(gate.accounts.of(budget, context), budget, seen):
                    raise self._short(budget)

    def _subjects(self, rows: Sequence[Row]) -> frozenset[str]:
        return frozenset(
            name
            for told_apart in self._meter.told_apart
            for row in rows
            if (name := self._subject(told_apart, row)) is not None
        )

    def _subject(self, told_apart: Subject, row: Row) -> str | None:
        if not told_apart.outputs:
            return self._gate.ports.new_id()  # nothing tells it from another
        shown = [row[index] for index in told_apart.outputs]
        if all(value is None for value in shown):
            return None  # of an outer join, say
        digest = self._gate.ports.digest(told_apart.relation.encode(), canonical(shown))
        return digest[:_DIGITS]

    def _short(self, budget: Budget) -> Exception:
        """Told, recorded, and where policy wants it the conversation is locked."""
        gate, plan = self._gate, self._plan
        reason = running_dry.reason(
            attrs.evolve(budget, then=_unasked(budget)), plan.decision.rule
        )  # half of a result is handed out already
        decision = attrs.evolve(plan.decision, effect=Verdict.DENY, reasons=(reason,))
        if budget.then is Exceeding.LOCK:
            gate.accounts.lock(budget, gate.context(), gate.ports.budgets)
        self._record(decision)
        return gate.refuse(plan, reason.code, reason.message, reason.help)

    def _record(self, decision: Decision) -> None:
        gate = self._gate
        plan = attrs.evolve(self._plan, decision=decision)
        planner = gate.planner
        described = events.describe_plan(plan, planner.database, planner.dialect)
        fields = events.describe_context(gate.context()) | described
        event = AuditEvent(gate.ports.new_id(), gate.ports.now(), "refusal", fields | {"status": "refused"})
        gate.audit.put(_same, event)


def _unasked(budget: Budget) -> Exceeding:
    return Exceeding.DENY if budget.then is Exceeding.ASK else budget.then


def _same(event: AuditEvent) -> AuditEvent:
    return event
