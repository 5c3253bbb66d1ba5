"""A plan and its context into audit events, never with a value in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from governed_db.core.effects import RunResult
from governed_db.core.plan import Plan
from governed_db.model.approval import Request
from governed_db.model.audit import AuditEvent
from governed_db.model.catalog import Dialect
from governed_db.model.decision import Budget, Decision, Measure
from governed_db.model.principal import Context, Principal
from governed_db.model.statement import Facts

if TYPE_CHECKING:
    from governed_db.core.planning import Planner

# As OpenTelemetry calls them.
_SYSTEMS: Final = {Dialect.POSTGRES: "postgresql", Dialect.MYSQL: "mysql", Dialect.SQLITE: "sqlite"}


class Scribe:
    """Writes the events of one statement; they share one decision id. `approval`: by which it is run."""

    __slots__ = ("_planner", "_started", "approval", "context", "decision_id", "plan")

    def __init__(self, plan: Plan, context: Context, planner: Planner) -> None:
        self.plan = plan
        self.context = context
        self.decision_id = planner.new_id()
        self._planner = planner
        self._started = planner.now()
        self.approval: str | None = None

    def intent(self) -> AuditEvent:
        """Before the statement runs."""
        return self._event("intent", {})

    def outcome(self, result: RunResult) -> AuditEvent:
        """It ran; `status` is "rolled back" when it changed more rows than it may."""
        status = "rolled back" if result.rolled_back else "ok"
        return self._event("outcome", {"status": status, "rows": result.rows} | self._elapsed())

    def failure(self, error: BaseException) -> AuditEvent:
        """It failed in the driver. Class and SQLSTATE only: error texts can hold values."""
        code = getattr(error, "sqlstate", None)
        fields = {"status": "error", "error": type(error).__name__, "sqlstate": code}
        return self._event("outcome", fields | self._elapsed())

    def refusal(self) -> AuditEvent:
        """It was not run."""
        return self._event("refusal", {"status": "refused"})

    def request(self, request: Request) -> AuditEvent:
        """It was not run; a person was asked."""
        return self._event("refusal", {"status": "asked", "approval": request.id})

    def _elapsed(self) -> dict[str, Any]:
        return {"seconds": round(self._planner.now() - self._started, 6)}

    def _event(self, phase: str, fields: dict[str, Any]) -> AuditEvent:
        planner = self._planner
        described = describe_context(self.context) | dict(self.plan.audit) | fields
        if self.approval is not None:
            described["approval"] = self.approval
        described["decision"] = described["decision"] | {"id": self.decision_id}
        return AuditEvent(planner.new_id(), planner.now(), phase, described)


def describe_plan(plan: Plan, database: str, dialect: Dialect) -> dict[str, Any]:
    """The part of an event that is the same for every run of a plan."""
    decision = plan.decision
    described: dict[str, Any] = {
        "system": _SYSTEMS[dialect],
        "database": database,
        "statement": plan.redacted,
        "fingerprint": plan.fingerprint,
        "decision": {
            "effect": decision.effect.value,
            "rule": decision.rule,
            "revision": decision.revision,
            "reasons": [{"code": reason.code, "rule": reason.rule} for reason in decision.reasons],
            **({"auto": decision.auto.rule} if decision.auto is not None else {}),
        },
    }
    if probes := _probes(decision):
        described["probes"] = probes
    if plan.seen:
        described["seen"] = [attrs.asdict(one) for one in plan.seen]
    if plan.known:
        described["facts"] = plan.known
    if plan.risk.terms:
        terms = {term.name: term.points for term in plan.risk.terms}
        described["risk"] = {"score": plan.risk.score, "terms": terms}
    if plan.shadow is not None:
        described["shadow"] = dict(plan.shadow)
    return described | (_describe_facts(plan.facts, plan) if plan.facts is not None else {})


def _probes(decision: Decision) -> int:
    """Comparisons with protected columns, where a policy counts them."""
    budgets = [one for one in decision.obligations if isinstance(one, Budget)]
    return max((one.cost or 0 for one in budgets if one.measure is Measure.PROBES), default=0)


def _describe_facts(facts: Facts, plan: Plan) -> dict[str, Any]:
    return {
        "kind": facts.kind.value,
        "relations": sorted(str(relation) for relation in facts.relations),
        "columns": sorted(str(column) for column in facts.columns),
        "masked": [sorted(str(column) for column in facts.outputs[index].exposed) for index in plan.masked],
    }


def describe_context(context: Context) -> dict[str, Any]:
    """Who acts, for whom, in which conversation."""
    described: dict[str, Any] = {
        "principals": [describe_principal(link) for link in context.principal.chain()]
    }
    for name in ("conversation", "purpose", "tool", "model", "run", "prompt"):
        value = getattr(context, name)
        if value is not None:
            described[name] = value
    if context.proof is not None:
        described["proof"] = [{"issuer": one.issuer, "token": one.id} for one in context.proof.credentials]
    return described


def describe_principal(principal: Principal) -> dict[str, Any]:
    described: dict[str, Any] = {
        "id": principal.id,
        "kind": principal.kind,
        "groups": list(principal.groups),
    }
    if not principal.groups_complete:
        described["groups_complete"] = False
    if principal.scopes is not None:
        described["scopes"] = [scope.name for scope in principal.scopes]
    return described
