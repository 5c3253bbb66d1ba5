"""A statement's text, a principal and what is known of the database into a plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

import attrs

from governed_db.core import asking, contents, documents, events, metering, tokens
from governed_db.core.assessing import Assessing, Deed, RiskPort
from governed_db.core.canonical import canonical
from governed_db.core.keys_in_use import KeysInUse
from governed_db.core.leftovers import Leftovers, uses_temporary
from governed_db.core.plan import Knowledge, Plan, Statement
from governed_db.core.plan_cache import PlanCache
from governed_db.core.ports import KeyPort, Refusals
from governed_db.core.rewriting import Sought, fewer, rewrite
from governed_db.core.sealing import row_mask, seal
from governed_db.core.shadowing import shadowed
from governed_db.core.splicing import splice
from governed_db.errors import AnalysisError
from governed_db.model.approval import Subject
from governed_db.model.catalog import Dialect
from governed_db.model.decision import (
    Decision,
    Effect,
    Reason,
)
from governed_db.model.policy import Policy
from governed_db.model.principal import Context
from governed_db.model.statement import ColumnRef, Facts
from governed_db.policy.budgets import denials, may_lock
from governed_db.policy.decide import decide, overrides
from governed_db.policy.obligations import is_free
from governed_db.sql.facts import analyse
from governed_db.sql.marks import marks
from governed_db.sql.parse import parse
from governed_db.sql.redact import blank

_UNDERSTOOD = 2048  # texts of one catalog; all facts are dropped when there are more
_KEPT_TEXT = 16_384  # characters: facts of longer texts are not kept

_UNRESOLVED = frozenset({"GDB110", "GDB111", "GDB112"})  # a newer catalog may know the name


@attrs.define(eq=False)
class Planner:
    """The pure part of a connection's enforcement point, with its plans.

    Another policy is another planner, with a cache of its own.
    `now` is wall-clock seconds, `new_id` gives UUIDv7 texts, `digest` is a keyed hash.
    """

    dialect: Dialect
    database: str
    policy: Policy
    refusals: Refusals
    now: Callable[[], float]
    new_id: Callable[[], str]
    digest: Callable[..., str]
    keys: KeyPort | None = None
    risks: RiskPort | None = None
    tell: Callable[[Facts, Mapping[ColumnRef, str]], str] | None = None
    leftovers: Leftovers = attrs.field(factory=Leftovers)
    cache: PlanCache = attrs.field(init=False)
    keys_in_use: KeysInUse = attrs.field(init=False)
    _may_lock: bool = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.cache = PlanCache(self.dialect, self.policy)
        self.keys_in_use = KeysInUse(self.keys)
        self._may_lock = may_lock(self.policy)

    def may_be_stale(self, plan: Plan) -> bool:
        return any(reason.code in _UNRESOLVED for reason in plan.decision.reasons)

    def plan(self, statement: Statement, context: Context, knowledge: Knowledge) -> Plan:
        """Understand and decide. What cannot be understood is a plan that denies."""
        plan = self._planned(statement, context, knowledge)
        if plan.decision.effect is Effect.PERMIT:
            return plan
        decide = partial(self._tried, context=context, knowledge=knowledge)
        return attrs.evolve(plan, rewrite=Sought(partial(rewrite, plan, statement, knowledge, decide)))

    def fewer(self, plan: Plan, context: Context, knowledge: Knowledge) -> Sought:
        """Looks for the statement of a plan with a LIMIT."""
        decide = partial(self._tried, context=context, knowledge=knowledge)
        return Sought(partial(fewer, plan, self.dialect, decide))

    def _tried(self, statement: Statement, context: Context, knowledge: Knowledge) -> Plan:
        """The plan of a text that nobody has sent: nothing is recorded of it."""
        plan = attrs.evolve(self, tell=None)._planned(statement, context, knowledge)
        return self.admitted(plan, statement, context)

    def _planned(self, statement: Statement, context: Context, knowledge: Knowledge) -> Plan:
        try:
            facts = self._facts(statement, knowledge)
        except AnalysisError as error:
            plan = self._seal(statement, None, self._not_understood(error), knowledge)
            return self._watched_over(self._described(plan), context)
        risk = Assessing(self.risks, partial(self._deed, statement, facts, knowledge))
        plan = self._decided(statement, context, knowledge, facts, risk)
        plan = attrs.evolve(
            plan,
            risk=risk.worst(context.principal),
            shadow=self._shadow(context, knowledge, facts, risk),
            known=self.tell(facts, knowledge.classes) if self.tell is not None else "",
            is_plain=plan.is_plain and not uses_temporary(plan),
        )
        return self._watched_over(self._described(plan), context)

    def _described(self, plan: Plan) -> Plan:
        return attrs.evolve(plan, audit=events.describe_plan(plan, self.database, self.dialect))

    def _watched_over(self, plan: Plan, context: Context) -> Plan:
        """What is counted, or told apart from others, at every run takes the long path."""
        is_long = self.risks is not None or plan.shadow is not None
        if not self._may_lock or (plan.facts is not None and is_free(plan.facts)):
            return attrs.evolve(plan, is_plain=False) if is_long and plan.is_plain else plan
        counted = denials(self.policy, context.principal, self.database)
        return attrs.evolve(plan, denials=counted, may_be_locked=True, is_plain=False)

    def _deed(self, statement: Statement, facts: Facts, knowledge: Knowledge) -> Deed:
        found = marks(statement.text, self.dialect)
        return Deed(facts, knowledge.classes, found, self.database, self._moment())

    def _shadow(
        self, context: Context, knowledge: Knowledge, facts: Facts, risk: Assessing
    ) -> Mapping[str, Any] | None:
        """What the policy on trial would do otherwise."""
        shadow = self.policy.shadow
        if shadow is None:
            return None

        def decided(policy: Policy) -> Decision:
            decision = self._decide(policy, context, knowledge, facts, risk)
            return contents.fitted(decision, facts, knowledge.catalog)

        return shadowed(decided(self.policy), shadow.revision, lambda: decided(shadow))

    def _decide(
        self, policy: Policy, context: Context, knowledge: Knowledge, facts: Facts, risk: Assessing
    ) -> Decision:
        told, classes = documents.judged(facts, knowledge, partial(overrides, policy))
        return decide(
            told,
            context.principal,
            policy,
            classes,
            database=self.database,
            clock=self._moment,
            context=context,
            risk=risk,
        )

    def _decided(
        self, statement: Statement, context: Context, knowledge: Knowledge, facts: Facts, risk: Assessing
    ) -> Plan:
        decision = self._decide(self.policy, context, knowledge, facts, risk)
        decision = contents.fitted(decision, facts, knowledge.catalog)
        decision = metering.fitted(decision, facts, knowledge)
        try:
            spliced = splice(statement, facts, decision, knowledge, self.dialect)
        except AnalysisError as error:
            refused = attrs.evolve(self._not_understood(error), rule=decision.rule)
            return self._seal(statement, facts, refused, knowledge)
        plan = self._seal(statement, facts, spliced.decision, knowledge)
        return self._watched(attrs.evolve(plan, text=spliced.text, facts=spliced.facts), statement, facts)

    def _watched(self, plan: Plan, statement: Statement, facts: Facts) -> Plan:
        """The plan with the places where tokens and placeholders are looked for; literals at once."""
        found = tokens.watches(statement, facts, plan.decision, self.dialect, self.database)
        if not found or plan.decision.effect is Effect.DENY:
            return plan
        reasons, literals = tokens.literals(found, statement, self.keys_in_use.value_of)
        try:
            literals = tokens.moved(literals, statement.sent, plan.text, self.dialect)
        except AnalysisError as error:
            reasons = (Reason(error.code, error.message, None, error.help, "tokens"),)
        if reasons:
            return self._denied(plan, statement, reasons)
        return attrs.evolve(
            plan,
            watched=tuple(one for one in found if one.is_parameter),
            tokens=literals,
            doubles_percent=statement.doubles_percent,
            is_plain=plan.is_plain and not literals,
        )

    def admitted(self, plan: Plan, statement: Statement, context: Context) -> Plan:
        """The plan, or one that denies because of what a parameter, or a temporary table, holds now."""
        reasons = tokens.refusal(plan, statement, self.keys_in_use.value_of) if plan.watched else ()
        left = None if self.policy.observes else self.leftovers.objection(plan, context.principal)
        reasons += () if left is None else (left,)
        return self._denied(plan, statement, reasons) if reasons else plan

    def _denied(self, plan: Plan, statement: Statement, reasons: tuple[Reason, ...]) -> Plan:
        rule = reasons[0].rule or plan.decision.rule
        decision = attrs.evolve(plan.decision, effect=Effect.DENY, rule=rule, reasons=reasons)
        shown = blank(statement.text, self.dialect)
        return self.redecided(attrs.evolve(plan, shown=shown, is_plain=False), decision)

    def redecided(self, plan: Plan, decision: Decision) -> Plan:
        """The plan with another decision on the same statement (reconsidering.py)."""
        if decision is plan.decision:
            return plan
        return self._described(attrs.evolve(plan, decision=decision, rewrite=None))

    def _facts(self, statement: Statement, knowledge: Knowledge) -> Facts:
        if statement.problem is not None:
            raise statement.problem
        # Shared by all who see the same catalog, whoever asks: it is by far the larger part of the time.
        key = statement.text, statement.many
        facts = knowledge.understood.get(key)
        if facts is not None:
            return facts
        catalog = knowledge.catalog
        facts = analyse(parse(statement.text, self.dialect, catalog.modes), catalog)
        facts = _repeated(facts) if statement.many else facts
        if statement.cacheable and len(statement.text) <= _KEPT_TEXT:
            if len(knowledge.understood) >= _UNDERSTOOD:
                knowledge.understood.clear()
            knowledge.understood[key] = facts
        return facts

    def _moment(self) -> datetime:
        return datetime.fromtimestamp(self.now(), UTC)

    def subject(self, statement: Statement, context: Context, plan: Plan, *, rows: int | None) -> Subject:
        """What an approval is bound to."""
        decision = plan.decision
        return Subject(
            principals=tuple(link.id for link in context.principal.chain()),
            database=self.database,
            statement=plan.redacted,
            statement_digest=self.digest(statement.sent.encode("utf-8", "surrogatepass")),
            parameters_digest=self.digest(canonical(statement.parameters), *_bound(statement)),
            rule=decision.rule,
            revision=decision.revision,
            rows=rows,
            approvers=decision.approvers,
            grant_seconds=decision.grant_seconds,
            grant_uses=decision.grant_uses,
            reason=decision.reasons[0].message if decision.reasons else "",
            schema=self.digest(asking.definitions(plan.facts, plan.catalog)),
            terms=decision.terms,
            agents=asking.agents(context.principal),
            owners=asking.owners(context.principal),
        )

    def _not_understood(self, error: AnalysisError) -> Decision:
        reason = Reason(error.code, error.message, error.position, error.help, error.rule)
        effect = Effect.PERMIT if self.policy.observes else Effect.DENY
        return Decision(effect, error.rule, self.policy.revision, (reason,))

    def _seal(
        self, statement: Statement, facts: Facts | None, decision: Decision, knowledge: Knowledge
    ) -> Plan:
        mask = row_mask(decision, facts, self.database, self.keys_in_use.ring)
        what = statement, facts, decision, knowledge
        return seal(*what, mask=mask, dialect=self.dialect, observes=self.policy.observes)


def _bound(statement: Statement) -> tuple[bytes, ...]:
    return () if statement.binds is None else (statement.binds(),)


def _repeated(facts: Facts) -> Facts:
    """The facts of a statement that runs for many rows of parameters: only running it tells how many."""
    return attrs.evolve(facts, writes=tuple(attrs.evolve(write, rows=None) for write in facts.writes))
