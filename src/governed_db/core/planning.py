"""A statement's text, a principal and what is known of the database into a plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Protocol

import attrs

from governed_db.core import asking, contents, documents, events, metering, tokens
from governed_db.core.assessing import Assessing, Deed, RiskPort
from governed_db.core.canonical import canonical
from governed_db.core.plan import Knowledge, Plan, RowMask, Statement
from governed_db.core.plan_cache import PlanCache
from governed_db.core.ports import KeyPort
from governed_db.core.rewriting import Sought, fewer, rewrite
from governed_db.core.seen import seen
from governed_db.core.shadowing import shadowed
from governed_db.core.splicing import splice
from governed_db.errors import AnalysisError
from governed_db.mask.content.cells import spans
from governed_db.mask.functions import KEYED
from governed_db.mask.rows import compile_mask
from governed_db.mask.tokens import Domain, KeyRing, no_token
from governed_db.model.approval import Request, Subject
from governed_db.model.catalog import Dialect
from governed_db.model.decision import (
    BoundWrites,
    Budget,
    Decision,
    Durability,
    Effect,
    LimitRows,
    Mask,
    MaskColumn,
    Reason,
    Timeout,
)
from governed_db.model.policy import Policy
from governed_db.model.principal import Context
from governed_db.model.statement import ColumnRef, Facts, Kind
from governed_db.policy.budgets import denials, may_lock
from governed_db.policy.decide import decide, overrides
from governed_db.policy.obligations import is_free
from governed_db.sql.facts import analyse
from governed_db.sql.marks import marks
from governed_db.sql.parse import parse
from governed_db.sql.redact import blank, fingerprint, redact, unquoted

_UNDERSTOOD = 2048  # texts of one catalog; all facts are dropped when there are more
_KEPT_TEXT = 16_384  # characters: facts of longer texts are not kept

_UNRESOLVED = frozenset({"GDB110", "GDB111", "GDB112"})  # a newer catalog may know the name


class Refusals(Protocol):
    """Makes refusals that are also the driver's own exceptions."""

    def denied(self, plan: Plan, decision_id: str) -> Exception: ...

    def approval_required(self, plan: Plan, request: Request, decision_id: str) -> Exception: ...

    def did_nothing(self, error: BaseException) -> bool:
        """Whether it is certain that the statement which failed with it has changed nothing.

        Only the server's own word counts: of a lost connection, an interruption or what went wrong
        afterwards it is not known.
        """


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
    _ring: KeyRing | None = None
    cache: PlanCache = attrs.field(init=False)
    _may_lock: bool = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.cache = PlanCache(self.dialect, self.policy)
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
        return self.admitted(attrs.evolve(self, tell=None)._planned(statement, context, knowledge), statement)

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
        reasons, literals = tokens.literals(found, statement, self.value_of)
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

    def admitted(self, plan: Plan, statement: Statement) -> Plan:
        """The plan, or one that denies because of what a parameter of this statement holds."""
        reasons = tokens.refusal(plan, statement, self.value_of) if plan.watched else ()
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

    def value_of(self, token: str, domain: Domain) -> str | bytes:
        """What a token stands for in a domain. Raises AnalysisError GDB220 if it stands for nothing there."""
        ring = self.ring()
        if ring is None or self.keys is None:
            raise no_token("there is no key to turn the token back with")
        try:
            return ring.value_of(token, domain)
        except AnalysisError:
            latest = self.keys.latest()
            if latest is ring:
                raise
        return latest.value_of(token, domain)

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

    def _row_mask(self, masks: Mapping[int, Mask], width: int, decision: Decision) -> RowMask | None:
        if not masks:
            return None
        is_keyed = any(mask.name in KEYED for mask in masks.values())
        ring = self.ring() if is_keyed else None
        keys = ring.current if ring is not None else None
        return compile_mask(masks, width, keys=keys, domains=domains(decision, self.database))

    def ring(self) -> KeyRing | None:
        """The keys that plans are made with from now on; None where there are none to be had."""
        self._ring = self.keys.ring() if self.keys is not None else None
        return self._ring

    def keys_changed(self) -> bool:
        """Whether plans were made with keys that are not the newest ones."""
        return self._ring is not None and self.keys is not None and self.keys.ring() is not self._ring

    def _seal(
        self, statement: Statement, facts: Facts | None, decision: Decision, knowledge: Knowledge
    ) -> Plan:
        masks: Mapping[int, Mask] = {
            obligation.index: obligation.mask
            for obligation in decision.obligations
            if isinstance(obligation, MaskColumn)
        }
        width = len(facts.outputs) if facts is not None else 0
        bound, row_limit, timeout = _limits(decision)
        bound = asking.bounded(decision, bound)
        row_mask = self._row_mask(masks, width, decision)
        looked = contents.scanned(decision)
        meter = metering.meter(decision, facts, knowledge)
        return Plan(
            text=statement.sent,
            decision=decision,
            facts=facts,
            redacted=redact(statement.text, self.dialect, spans(unquoted(statement.text, self.dialect))),
            fingerprint=fingerprint(statement.text, self.dialect),
            shown="" if decision.effect is Effect.PERMIT else blank(statement.text, self.dialect),
            row_mask=row_mask
            or (tuple if (looked or meter) and facts is not None and Kind.COPY not in facts.kinds else None),
            meter=meter,
            masked=tuple(sorted(masks)),
            scanned=looked,
            width=width,
            bound=bound,
            row_limit=row_limit,
            timeout=timeout,
            budgets=tuple(one for one in decision.obligations if isinstance(one, Budget)),
            is_plain=_is_plain(facts, decision, bound, timeout),
            protected=not self.policy.observes and _is_protected(facts, knowledge),
            epoch=knowledge.catalog.epoch,
            repeats=statement.many,
            catalog=knowledge.catalog,
            seen=seen(facts, decision, knowledge.classes),
        )


def domains(decision: Decision, database: str) -> dict[int, Domain]:
    """Where equal values of each masked output have equal tokens."""
    return {
        one.index: Domain(database, one.classification)
        for one in decision.obligations
        if isinstance(one, MaskColumn)
    }


def _bound(statement: Statement) -> tuple[bytes, ...]:
    return () if statement.binds is None else (statement.binds(),)


def _repeated(facts: Facts) -> Facts:
    """The facts of a statement that runs for many rows of parameters: only running it tells how many."""
    return attrs.evolve(facts, writes=tuple(attrs.evolve(write, rows=None) for write in facts.writes))


def _limits(decision: Decision) -> tuple[int | None, int | None, float | None]:
    bound = row_limit = timeout = None
    for obligation in decision.obligations:
        match obligation:
            case BoundWrites(rows):
                bound = rows
            case LimitRows(rows):
                row_limit = rows
            case Timeout(seconds):
                timeout = seconds
            case _:
                pass
    return bound, row_limit, timeout


def _is_plain(facts: Facts | None, decision: Decision, bound: int | None, timeout: float | None) -> bool:
    """Whether a hit may take the short path: nothing to ask, bound, time out, make durable first, or lose."""
    return (
        facts is not None
        and decision.effect is Effect.PERMIT
        and decision.durability is Durability.DURABLE
        and bound is None
        and timeout is None
        and not any(isinstance(one, Budget) for one in decision.obligations)
        and not facts.kinds & {Kind.DDL, Kind.SESSION, Kind.GRANT, Kind.CALL, Kind.COPY}
    )


def _is_protected(facts: Facts | None, knowledge: Knowledge) -> bool:
    """Whether errors of this statement could show values: it touches a relation with classified columns."""
    if facts is None:
        return True
    touched = {(relation.schema, relation.name) for relation in facts.relations | facts.base_relations}
    return any((column.schema, column.relation) in touched for column in knowledge.classes)
