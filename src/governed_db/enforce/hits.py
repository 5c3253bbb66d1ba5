"""A statement of the short path into its audit event, at a few microseconds of the writer's time.

What is the same for every run of a plan, and for every statement of a context, is encoded once.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from governed_db.core import events
from governed_db.core.plan import Plan
from governed_db.model.audit import Trace, traced
from governed_db.model.codec import Members, encoded, members
from governed_db.model.principal import Context

_KEPT = 2048  # encoded plans
_TRACED = 6  # the length of a hit with a trace

NewId = Callable[[], str]
Untraced = tuple[Plan, Context, float, int, float]  # plan, context, time, rows, seconds
Traced = tuple[Plan, Context, float, int, float, Trace | None]  # in a program that uses OpenTelemetry
Hit = Untraced | Traced
Find = tuple[Plan, Context, float, Mapping[str, int]]  # plan, context, time, hits by class


class HitScribe:
    """Makes the events of one connection's hits. Called by the audit writer's thread alone."""

    __slots__ = ("_context", "_new_id", "_opening", "_plans")

    def __init__(self, new_id: NewId) -> None:
        self._new_id = new_id
        self._context: Context | None = None
        self._opening = b""
        self._plans: dict[Plan, bytes] = {}

    def outcome(
        self,
        plan: Plan,
        context: Context,
        now: float,
        rows: int,
        elapsed: float,
        error: BaseException | None,
        trace: Trace | None = None,
    ) -> Members:
        """It ran, or failed in the driver (class and SQLSTATE only: error texts can hold values)."""
        if error is None:
            said = b'"status":"ok","rows":%d,"seconds":%.6f}' % (rows, elapsed)
        else:
            failure = {
                "status": "error",
                "error": type(error).__name__,
                "sqlstate": getattr(error, "sqlstate", None),
                "seconds": round(elapsed, 6),
            }
            said = encoded(failure)[1:]
        fields = b"%b,%b%b,%b" % (self._begin(context), self._describe(plan), _traced(trace), said)
        return members(self._new_id(), now, "outcome", fields)

    def outcomes(self, hits: Sequence[Hit]) -> list[Members]:
        """Statements that ran without a failure, in as few records as there are changes of context."""
        records: list[Members] = []
        start = 0
        for index, hit in enumerate(hits):
            if hit[1] is not hits[start][1] or len(hit) != len(hits[start]):
                records.append(self._record(hits[start:index]))
                start = index
        records.append(self._record(hits[start:]))
        return records

    def _record(self, hits: Sequence[Hit]) -> Members:
        """Many outcomes of one context as one record; the reader takes it apart again (remote/reader)."""
        numbers: dict[Plan, int] = {}
        traces: dict[Trace, int] = {}
        if len(hits[0]) == _TRACED:
            ran = _ran_traced(cast("Sequence[Traced]", hits), numbers, traces)
        else:
            ran = _ran(cast("Sequence[Untraced]", hits), numbers)
        plans = b",".join(b"{%b}" % self._describe(plan) for plan in numbers)
        named = b'"traces":%b,' % encoded([traced(trace) for trace in traces]) if traces else b""
        fields = b'%b,"plans":[%b],%b"ran":[%b]}' % (self._begin(hits[0][1]), plans, named, ran)
        return members(self._new_id(), hits[-1][2], "outcomes", fields)

    def contents(self, finds: Sequence[Find]) -> list[Members]:
        """What was hidden in texts: one record for finds of one statement that follow each other."""
        records: list[Members] = []
        for (plan, context), same in itertools.groupby(finds, key=lambda find: find[:2]):
            total: Counter[str] = Counter()
            now = 0.0
            for find in same:
                now = find[2]
                total.update(find[3])
            said = encoded({"status": "masked", "found": dict(sorted(total.items()))})[1:]
            fields = b"%b,%b,%b" % (self._begin(context), self._describe(plan), said)
            records.append(members(self._new_id(), now, "content", fields))
        return records

    def intent(self, plan: Plan, context: Context, now: float, trace: Trace | None = None) -> Members:
        """Before it runs."""
        fields = b"%b,%b%b}" % (self._begin(context), self._describe(plan), _traced(trace))
        return members(self._new_id(), now, "intent", fields)

    def _begin(self, context: Context) -> bytes:
        if context is not self._context:
            self._opening = encoded(events.describe_context(context))[:-1]
            self._context = context
        return self._opening

    def _describe(self, plan: Plan) -> bytes:
        plan = plan.shape
        described = self._plans.get(plan)
        if described is None:
            if len(self._plans) >= _KEPT:
                self._plans.clear()
            described = self._plans[plan] = _members(plan.audit)
        return described


def _traced(trace: Trace | None) -> bytes:
    """The member of a JSON object that follows others."""
    return b"" if trace is None else b',"trace":%b' % encoded(traced(trace))


def _ran(hits: Sequence[Untraced], numbers: dict[Plan, int]) -> bytes:
    """The runs of some plans, each with the number of its plan."""
    return b",".join(
        b"[%d,%.6f,%d,%.6f]" % (numbers.setdefault(plan.shape, len(numbers)), now, rows, elapsed)
        for plan, _, now, rows, elapsed in hits
    )


def _ran_traced(hits: Sequence[Traced], numbers: dict[Plan, int], traces: dict[Trace, int]) -> bytes:
    """As without traces, with the number of each one's trace at the end."""
    pieces = []
    for plan, _, now, rows, elapsed, trace in hits:
        number = numbers.setdefault(plan.shape, len(numbers))
        at = b"null" if trace is None else b"%d" % traces.setdefault(trace, len(traces))
        pieces.append(b"[%d,%.6f,%d,%.6f,%b]" % (number, now, rows, elapsed, at))
    return b",".join(pieces)


def _members(described: Any) -> bytes:
    """The members of a JSON object, without its braces."""
    return encoded(dict(described))[1:-1]
