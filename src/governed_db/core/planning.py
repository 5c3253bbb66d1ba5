"""A statement's text, a principal and what is known of the database into a plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Protocol

import attrs

from governed_db.core import asking, contents, documents, events, metering, running_dry, tokens, waiting
from governed_db.core.assessing import Assessing, Deed, RiskPort
from governed_db.core.canonical import canonical
from governed_db.core.plan import Knowledge, Plan, RowMask, Statement
from governed_db.core.ports import KeyPort
from governed_db.core.rewriting import Sought, fewer, rewrite
from governed_db.core.seen import seen
from governed_db.core.shadowing import shadowed
from governed_db.core.shapes import Shapes
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
    Exceeding,
    LimitRows,
    Mask,
    MaskColumn,
    Reason,
    Timeout,
)
from governed_db.model.policy import Policy
from governed_db.model.principal import Context, Principal
from governed_db.model.statement import ColumnRef, Facts, Kind
from governed_db.policy.approvals.rules import ApprovalRefused
from governed_db.policy.budgets import denials, may_lock
from governed_db.policy.decide import decide, is_memoisable, overrides
from governed_db.policy.obligations import is_free
from governed_db.policy.risk import MARKS
from governed_db.sql.facts import analyse
from governed_db.sql.marks import marks
from governed_db.sql.parse import parse
from governed_db.sql.redact import blank, fingerprint, redact, unquoted

_CACHE_LIMIT = 2048  # plans for each principal; the whole dict is dropped when it is full
_KEPT_TEXT = 16_384  # characters: facts of longer texts are not kept
_PRINCIPALS = 256  # who acts on a pooled connection may be anybody: plans of the first ones go first

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
    """The pure part of a connection's enforcement point, with its plan cache.

    Plans belong to one (policy revision, session modes, schema epoch): `forget` drops them all.
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
    _plans: dict[Principal, dict[str, Plan]] = attrs.field(factory=dict)
    _shapes: dict[Principal, Shapes] = attrs.field(factory=dict)
    _ring: KeyRing | None = None
    _may_lock: bool = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._may_lock = may_lock(self.policy)

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

    def cached(self, statement: Statement, context: Context) -> Plan | None:
        if not statement.cacheable or statement.copy:
            return None
        plan = self.plans(context.principal).get(_cache_key(statement))
        if plan is None and not statement.many and statement.problem is None:
            return self.shapes(context.principal).find(statement.sent)
        return plan

    def remember(self, statement: Statement, context: Context, plan: Plan) -> None:
        """Keep a plan unless it depends on the moment."""
        facts = plan.facts
        if facts is None or statement.copy or not statement.cacheable:
            return
        if not self._is_memoisable(facts):
            return
        plans = self.plans(context.principal)
        if len(plans) >= _CACHE_LIMIT:
            plans.clear()
        plans[_cache_key(statement)] = plan
        if not any(signal in MARKS for signal in plan.risk.signals):  # of its literals, not of others'
            self.shapes(context.principal).keep(statement, plan)

    def forget(self) -> None:
        """Drop every plan: the schema, the policy or the session changed."""
        self._plans = {}
        self._shapes = {}

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
        return self._redecided(attrs.evolve(plan, shown=shown, is_plain=False), decision)

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
            if len(knowledge.understood) >= _CACHE_LIMIT:
                knowledge.understood.clear()
            knowledge.understood[key] = facts
        return facts

    def _is_memoisable(self, facts: Facts) -> bool:
        policies = (self.policy, self.policy.shadow)
        return all(is_memoisable(policy, facts) for policy in policies if policy is not None)

    def _moment(self) -> datetime:
        return datetime.fromtimestamp(self.now(), UTC)

    def oversized(self, plan: Plan, rows: int, bound: int | None) -> Plan:
        """The plan of a write that turned out to change more rows than it may at once.

        `bound`: what it was held to, less than the plan's own when its conversation has used up a budget.
        """
        is_tighter = bound is not None and plan.bound is not None and bound < plan.bound
        limit = "are left to this conversation" if is_tighter else "are permitted at once"
        reason = Reason(
            "GDB315" if is_tighter else "GDB311",
            f"this statement would change {rows} rows; {bound} {limit}",
            help="nothing was changed; a request was filed: have it approved and run the same"
            " statement again, or narrow the WHERE clause",
            rule=plan.decision.rule,
        )
        strict = Durability.STRICT  # what a person agreed to is on disk before it runs
        asked = attrs.evolve(plan.decision, effect=Effect.ASK, durability=strict, auto=None)
        decision = attrs.evolve(asked, reasons=(reason,))
        return self._redecided(plan, decision)

    def overspent(self, plan: Plan, budget: Budget) -> Plan:
        """The plan of a statement whose conversation has used up a budget: changes may be asked for."""
        reason = running_dry.reason(budget, plan.decision.rule)
        asks = budget.then is Exceeding.ASK
        effect = Effect.ASK if asks else Effect.DENY
        durability = Durability.STRICT if asks else plan.decision.durability
        decision = attrs.evolve(plan.decision, effect=effect, reasons=(reason,), durability=durability)
        return self._redecided(plan, decision)

    def locked(self, plan: Plan, why: str) -> Plan:
        """The plan of a statement in a locked conversation. That it is refused counts no more."""
        decision = attrs.evolve(plan.decision, effect=Effect.DENY, reasons=(running_dry.locked(why),))
        return attrs.evolve(self._redecided(plan, decision), denials=())

    def unmetered(self, plan: Plan) -> Plan:
        """The plan as a person has agreed to it: its rows are not counted."""
        return plan if plan.meter is None else attrs.evolve(plan, meter=None, model=plan.shape)

    def outgrown(self, plan: Plan, rows: int) -> Plan:
        """The plan of an approved write that no longer does what was approved."""
        reason = Reason(
            "GDB312",
            f"this statement would now change {rows} rows, more than were approved",
            help="nothing was changed; ask for approval again with the data as it is now",
            rule=plan.decision.rule,
        )
        decision = attrs.evolve(plan.decision, effect=Effect.DENY, reasons=(reason,))
        return self._redecided(plan, decision)

    def unasked(self, plan: Plan, error: ApprovalRefused) -> Plan:
        """The plan of a statement whose approval cannot be asked for."""
        reason = Reason(error.code, error.message, help=error.help, rule=plan.decision.rule)
        return self._redecided(plan, attrs.evolve(plan.decision, effect=Effect.DENY, reasons=(reason,)))

    def unanswered(self, plan: Plan, awaited: waiting.Awaited) -> Plan:
        """The plan of a statement that nobody has agreed to: it still waits, or is refused."""
        decision = waiting.told(plan.decision, awaited)
        return plan if decision is plan.decision else self._redecided(plan, decision)

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

    def near_missed(self, plan: Plan, request: Request) -> Plan:
        """The plan with why an approval that was given does not serve for it."""
        decision = asking.near_missed(plan.decision, request)
        return plan if decision is plan.decision else self._redecided(plan, decision)

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

    def _redecided(self, plan: Plan, decision: Decision) -> Plan:
        changed = attrs.evolve(plan, decision=decision, rewrite=None)
        return self._described(changed)

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


def _make_room(kept: dict[Principal, dict[str, Plan]] | dict[Principal, Shapes]) -> None:
    while len(kept) >= _PRINCIPALS:
        kept.pop(next(iter(kept)))


def _cache_key(statement: Statement) -> str:
    """A statement that runs many times is bounded differently; no text that is sent holds a NUL."""
    return f"\0{statement.sent}" if statement.many else statement.sent


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
