"""A text that a driver is about to send into its plan, or into a statement that is to be governed."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

import attrs

from governed_db.core.plan import Knowledge, Plan, Statement
from governed_db.core.planning import Planner
from governed_db.core.shapes import Shapes
from governed_db.drivers.protocol import Driver
from governed_db.enforce.accounts import Accounts
from governed_db.enforce.hits import HitScribe
from governed_db.enforce.knowing import Knowing, Loading
from governed_db.enforce.metered import MeteredRows
from governed_db.enforce.ports import Ports
from governed_db.enforce.recording import record_call
from governed_db.enforce.scanning import Scans
from governed_db.errors import AnalysisError, IdentityError
from governed_db.mask.content.cells import spans
from governed_db.mask.content.rows import ContentScan
from governed_db.model.catalog import Catalog
from governed_db.model.decision import Effect as Verdict
from governed_db.model.decision import Reason
from governed_db.model.policy import Policy
from governed_db.model.principal import Context
from governed_db.sql.text import analysable

if TYPE_CHECKING:
    from governed_db.enforce.changing import Changing

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
        self._scans = Scans()

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
        """The plan of a statement that may run at once, else None: then it goes the whole line."""
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

    # -- texts -----------------------------------------------------------------------------------

    def scan(self, plan: Plan) -> ContentScan | MeteredRows | None:
        """What sees the plan's rows before anybody gets them; None if nothing has to."""
        looked = self._scans.of(plan, self.told) if plan.scanned else None
        return looked if plan.meter is None else MeteredRows(self, plan, plan.meter, looked)

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
        record_call(self, name, "permitted" if observes else "refused")
        if not observes:
            raise self.driver.refused_call(name, help)

    def record_ungoverned(self) -> None:
        """Record that the backstop refused a statement: it did not come through the line."""
        record_call(self, "backstop", "refused")

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
