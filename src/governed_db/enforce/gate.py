"""A text that a driver is about to send into its plan, or into a statement that is to be governed."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

import attrs

from governed_db.core import events, tokens
from governed_db.core.contents import key_class
from governed_db.core.plan import Knowledge, Plan, Statement
from governed_db.core.planning import Planner
from governed_db.core.shapes import Shapes
from governed_db.drivers.protocol import Driver
from governed_db.enforce.accounts import Accounts
from governed_db.enforce.call_site import call_site
from governed_db.enforce.hits import HitScribe
from governed_db.enforce.knowing import Knowing, Loading
from governed_db.enforce.metered import MeteredRows
from governed_db.enforce.ports import Ports
from governed_db.errors import AnalysisError, AuditUnavailable, IdentityError
from governed_db.mask.content.cells import spans
from governed_db.mask.content.rows import ContentScan
from governed_db.model.audit import AuditEvent, traced
from governed_db.model.catalog import Catalog
from governed_db.model.decision import Durability, Reason
from governed_db.model.decision import Effect as Verdict
from governed_db.model.policy import Policy
from governed_db.model.principal import Context
from governed_db.sql.text import analysable

if TYPE_CHECKING:
    from governed_db.enforce.changing import Changing

_SCANS = 2048
# Who acted at the last hit, their plans, and until when hits may go on (time.monotonic()).
Met: TypeAlias = tuple[Context | None, dict[str, Plan], Shapes, float]
_NOBODY: Final = cast("Met", (None, {}, None, 0.0))


class Gate:
    """Decides on, and records, every statement of one connection.

    The governed classes ask `hit` first (the short path); everything else goes down the whole line:
    performing.py.
    """

    __slots__ = (
        "__weakref__",
        "_callers_own",
        "_context",
        "_current",
        "_hits",
        "_met",
        "_now",
        "_outcomes",
        "_scans",
        "_trace",
        "_unproven",
        "accounts",
        "audit",
        "changing",
        "driver",
        "knowing",
        "planner",
        "ports",
    )

    def __init__(self, ports: Ports, driver: Driver, database: str, look: Callable[[], Any]) -> None:
        self.ports = ports
        self.driver = driver
        self.audit = ports.audit
        self._callers_own: BaseException | None = None
        self.changing: Changing | None = None
        self.planner = Planner(
            dialect=driver.dialect,
            database=database,
            policy=ports.policy,
            refusals=driver,
            now=ports.now,
            new_id=ports.new_id,
            digest=ports.digest,
            keys=ports.keys,
            risks=ports.risks,
            tell=ports.facts,
        )
        self.accounts = Accounts(ports.new_id())
        self._hits = HitScribe(ports.new_id)
        self._outcomes, self._now = self._hits.outcomes, ports.now
        self.knowing = Knowing(look)
        self._context = Context(ports.principal)
        self._met: Met = _NOBODY
        self._unproven: IdentityError | None = None
        self._current = ports.current
        self._trace = ports.tracing()
        self._scans: dict[int, ContentScan] = {}

    # -- who -------------------------------------------------------------------------------------

    def context(self) -> Context:
        """Who acts at this moment: `acting_as`, else the connection's principal."""
        return self._current() or self._context

    def admit(self) -> AnalysisError | None:
        """See anew who acts, and under what policy; why nobody may run anything now, if so."""
        self._unproven = None
        self._met = _NOBODY  # how long hits may go on is seen anew
        admission = self.ports.admission
        if admission.in_force is not None:
            self._adopt(admission.in_force().policy)
        if admission.source is not None and self._current() is None:
            try:
                self._context = admission.source()
            except IdentityError as error:
                self._unproven = error.with_traceback(None)
        return self._objection(self.context())

    def _objection(self, context: Context) -> AnalysisError | None:
        unproven = self._unproven if context is self._context else None
        return self.ports.admission.objection(context, unproven, self._now())

    def _meet(self, context: Context) -> Met:
        """Somebody else acts than at the last hit, or it is to be looked anew: whose plans, and until when.

        One tuple: of two threads with two principals none may find the plans of one and the end of the other.
        """
        ports, planner = self.ports, self.planner
        self._trace = ports.tracing()
        admission = ports.admission
        left = 0.0 if self._objection(context) else admission.end(context) - self._now()
        until = min(self.knowing.until, time.monotonic() + left) if left > 0 else 0.0
        plans, shapes = planner.cache.plans(context.principal), planner.cache.shapes(context.principal)
        self._met = met = (context, plans, shapes, until)
        if admission.in_force is not None and admission.in_force().policy is not ports.policy:
            self._met = _NOBODY  # it changed while we looked
            return (context, plans, shapes, 0.0)
        return met

    def _adopt(self, policy: Policy) -> None:
        """From here on another policy is in force; a statement that is under way ends under its own."""
        if policy is self.ports.policy:
            return
        self.ports = attrs.evolve(self.ports, policy=policy)
        self.planner = attrs.evolve(self.planner, policy=policy)
        self.knowing.forget()
        self._met = _NOBODY

    # -- short path ------------------------------------------------------------------------------

    def hit(self, sent: str) -> Plan | None:
        """The plan of a statement that may run at once, else None (then use `run`)."""
        context = self._current() or self._context
        met = self._met
        if context is not met[0]:
            met = self._meet(context)
        plan = met[1].get(sent) or met[2].find(sent)
        if plan is None or not plan.is_plain or time.monotonic() > met[3]:
            return None
        self.audit.check()
        return plan

    def record_hit(self, plan: Plan, rows: int, started: float, error: BaseException | None = None) -> None:
        """Record a statement of the short path; `started` is time.perf_counter().

        A read needs no intent of its own: both events would be written at the same moment. Reads that
        follow each other are one record of the trail, because the writer's time is the callers' too.
        """
        elapsed = time.perf_counter() - started
        context, now = self._current() or self._context, self._now()
        trace = self._trace
        if error is None and not plan.changes_rows:
            hit = (plan, context, now, rows, elapsed)
            self.audit.tally(self._outcomes, hit if trace is None else (*hit, trace()))
            return
        span = trace() if trace is not None else None
        self.audit.put(self._hits.intent, plan, context, now, span)
        self.audit.put(self._hits.outcome, plan, context, now, rows, elapsed, error, span)

    # -- long path -------------------------------------------------------------------------------

    def statement(
        self,
        sent: str,
        parameters: object = None,
        *,
        has_parameters: bool = True,
        many: bool = False,
        copy: bool = False,
        cacheable: bool = True,
        binds: Callable[[], bytes] | None = None,
    ) -> Statement:
        """A Statement from the text as the driver takes it."""
        style = self.driver.paramstyle if has_parameters else "none"
        refused = self.admit()
        if refused is not None:
            cacheable = False  # what was permitted before does not count now
        try:
            text, problem = analysable(sent, self.planner.dialect, style), None
        except AnalysisError as error:
            text, problem = sent, error  # refused, explained and recorded by `govern`, like any other
        problem = refused or problem
        return Statement(
            sent,
            text,
            parameters,
            many,
            copy,
            cacheable,
            doubles_percent=style == "pyformat",
            writes_literals=self.driver.writes_literals,
            problem=problem,
            binds=binds,
        )

    # -- tokens ------------------------------------------------------------------------------------

    def text_of(self, plan: Plan, quote: Callable[[str | bytes], str]) -> str:
        """What is sent for a plan: its text, with what its tokens stand for written by `quote`."""
        if not plan.tokens:
            return plan.text
        return cast(
            "str", self._turning(plan, tokens.text_of, plan, self.planner.keys_in_use.value_of, quote)
        )

    def turned(self, plan: Plan, parameters: Any, wrap: Callable[[str | bytes], Any]) -> Any:
        """The parameters that are sent for a plan: with what tokens stand for, as `wrap` gives it."""
        how = self.planner.keys_in_use.value_of, wrap, self.driver.writes_literals
        return self._turning(plan, tokens.turned, plan.watched, parameters, *how)

    def _turning(self, plan: Plan, turn: Callable[..., Any], *arguments: Any) -> Any:
        """A key that is gone, or letters that the connection has not, are told without the value."""
        try:
            return turn(*arguments)
        except AnalysisError as error:
            problem = error
        raise self.refuse(plan, problem.code, problem.message, problem.help)

    # -- texts -----------------------------------------------------------------------------------

    def scan(self, plan: Plan) -> ContentScan | MeteredRows | None:
        """What sees the plan's rows before anybody gets them; None if nothing has to."""
        looked = self._looked(plan)
        return looked if plan.meter is None else MeteredRows(self, plan, plan.meter, looked)

    def _looked(self, plan: Plan) -> ContentScan | None:
        """What looks into the texts of the plan's rows."""
        if not plan.scanned:
            return None
        # Plans of texts that are alike share what is scanned, the very object, which the scan keeps alive.
        scan = self._scans.get(id(plan.scanned))
        if scan is None:
            if len(self._scans) >= _SCANS:
                self._scans.clear()
            scan = self._scans[id(plan.scanned)] = ContentScan(
                plan.scanned, partial(self.told, plan), key_class
            )
        return scan

    def must_hide(self, plan: Plan, error: BaseException) -> bool:
        """Whether what the driver says of a failure may show what is protected, or what texts may not."""
        if plan.protected or self.ports.policy.observes:
            return plan.protected
        return bool(spans("\0".join(map(str, (error, *error.args)))))

    def told(self, plan: Plan, found: Mapping[str, int]) -> None:
        """Record how much was hidden in texts: rows are read after the outcome of the statement was told."""
        context = self._current() or self._context
        self.audit.check()
        self.audit.tally(self._hits.contents, (plan, context, self.ports.now(), found))

    def note_callers(self, error: Exception) -> None:
        """What a callback raises is not the database's, and is not told in other words."""
        self._callers_own = error

    def is_callers(self, error: BaseException) -> bool:
        """Whether the driver is handing on what was noted; asked once, so that nothing holds it."""
        noted, self._callers_own = self._callers_own, None
        return noted is error

    # -- calls that are not statements ---------------------------------------------------------------

    def check_call(self, name: str, help: str) -> None:
        """Record and refuse a call of the driver that policy cannot be applied to; observing only records."""
        observes = self.ports.policy.observes
        self._record_call(name, "permitted" if observes else "refused")
        if not observes:
            raise self.driver.refused_call(name, help)

    def record_ungoverned(self) -> None:
        """Record that the backstop refused a statement: it did not come through the line."""
        self._record_call("backstop", "refused")

    def _record_call(self, name: str, status: str) -> None:
        revision = self.ports.policy.revision
        fields = events.describe_context(self.context()) | {
            "database": self.planner.database,
            "call": name,
            "status": status,
            "decision": {"effect": "deny", "rule": "driver-surface", "revision": revision},
        }
        self.audit.check()
        event = AuditEvent(self.ports.new_id(), self.ports.now(), "refusal", fields)
        self.audit.put(_same, self._placed(event))

    def refuse(self, plan: Plan, code: str, message: str, help: str) -> Exception:
        """A refusal found while `plan` was running: nothing of its result is handed out."""
        reason = Reason(code, message, help=help, rule="enforcement")
        decision = attrs.evolve(plan.decision, effect=Verdict.DENY, reasons=(reason,))
        known = self.knowing.last if code == "GDB320" else None  # more rows than there may be
        sought = self.planner.fewer(plan, self.context(), known) if known is not None else None
        refused = attrs.evolve(plan, decision=decision, rewrite=sought)
        return self.driver.denied(refused, self.ports.new_id())

    # -- what is known -----------------------------------------------------------------------------

    @property
    def catalog(self) -> Catalog | None:
        """The schema as last learned."""
        known = self.knowing.last
        return known.catalog if known is not None else None

    def fresh(self, *, stale: bool = False) -> Knowledge | None:
        """What is known of the database, if it need not be looked at now; `stale`: it must."""
        if self.planner.keys_in_use.have_changed():
            self.planner.cache.forget()
            self._met = _NOBODY
        return None if stale else self.knowing.fresh()

    def learned(self, knowledge: Knowledge) -> Knowledge:
        """The same; plans that were made by something else are dropped."""
        if knowledge is not self.knowing.last:
            self.knowing.last = knowledge
            self.planner.cache.forget()
        self.knowing.confirm()  # not before: `_meet` in another thread must not find old plans and a new end
        self._met = _NOBODY  # hits may go on for longer
        return knowledge

    def knowledge(self, introspect: Callable[[Loading], Any]) -> Knowledge:
        """What is known of the database now; `introspect` drives a catalog loader on this connection."""
        return self.fresh() or self.learned(introspect(self.knowing.look()))

    def gknowledge(
        self, introspect: Callable[[Loading], Generator[Any, Any, Any]]
    ) -> Generator[Any, Any, Knowledge]:
        """The twin of `knowledge` for a driver whose input and output are generators."""
        return self.fresh() or self.learned((yield from introspect(self.knowing.look())))

    def schema_changed(self) -> None:
        """Forget what was learned of the database; the next statement looks again."""
        self.knowing.outdate()
        self._met = _NOBODY

    def emit(self, event: AuditEvent, durability: Durability) -> None:
        """Record an event."""
        if self.changing is not None and self.changing.silences(event):
            return
        event = self._placed(event)
        match durability:
            case Durability.STRICT:
                self.audit.write(event)
            case Durability.DURABLE:
                self.audit.check()
                self.audit.put(_same, event)
            case Durability.BEST_EFFORT:
                self._put_if_possible(event)
        if self.ports.risks is not None:
            self.ports.risks.told(event, self.context())

    def _put_if_possible(self, event: AuditEvent) -> None:
        """Of a statement that runs also where nothing can be recorded."""
        try:
            self.audit.put(_same, event)
        except AuditUnavailable:
            self.audit.lose()

    def _placed(self, event: AuditEvent) -> AuditEvent:
        """With the place in the program that it came from, and the trace. Hits do without the first: 2 us."""
        tracing = self.ports.tracing()
        trace = tracing() if tracing is not None else None
        told: dict[str, Any] = {"trace": traced(trace)} if trace is not None else {}
        if event.phase != "outcome" or "shadow" in event.fields:
            told["call_site"] = call_site()
        return attrs.evolve(event, fields=event.fields | told)


def _same(event: AuditEvent) -> AuditEvent:
    return event
