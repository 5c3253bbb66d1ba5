"""The `tests:` of a policy into results."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import attrs

from governed_db.errors import AnalysisError
from governed_db.model.decision import Decision, Effect, Reason
from governed_db.model.policy import Policy, PolicyTest
from governed_db.model.principal import Principal
from governed_db.model.statement import ColumnRef, Facts
from governed_db.policy.decide import decide

ANALYSIS = "analysis"  # the rule of what cannot be understood
_MORNING = datetime(2026, 1, 5, 12, tzinfo=UTC)  # a Monday: tests do not depend on the day they are run


@attrs.frozen
class PolicyTestResult:
    """`problems` is empty when the decision was as expected."""

    test: PolicyTest
    decision: Decision
    problems: tuple[str, ...] = ()

    @property
    def is_passed(self) -> bool:
        return not self.problems


def run(
    policy: Policy,
    analyse: Callable[[str], Facts],
    *,
    classes: Mapping[ColumnRef, str] | None = None,
    database: str = "",
) -> tuple[PolicyTestResult, ...]:
    """Decide every test. What `analyse` refuses to understand counts as denied by the rule "analysis"."""
    return tuple(_run(test, policy, analyse, classes or {}, database) for test in policy.tests)


def _run(
    test: PolicyTest,
    policy: Policy,
    analyse: Callable[[str], Facts],
    classes: Mapping[ColumnRef, str],
    database: str,
) -> PolicyTestResult:
    try:
        facts = analyse(test.sql)
    except AnalysisError as error:
        reason = Reason(error.code, error.message, error.position, error.help, ANALYSIS)
        decision = Decision(Effect.DENY, ANALYSIS, policy.revision, (reason,))
    else:
        decision = decide(
            facts,
            principal_of(test.principal),
            policy,
            classes,
            database=test.database or database,
            clock=lambda: _moment(test),
        )
    return PolicyTestResult(test, decision, _compare(test, decision))


def principal_of(said: Mapping[str, Any]) -> Principal:
    """The principal that a test describes; what it leaves out is a service called "test"."""
    actor = said.get("actor")
    return Principal(
        id=str(said.get("id", "test")),
        kind=said.get("kind", "service"),
        groups=tuple(said.get("groups", ())),
        groups_complete=said.get("groups_complete", True) is True,
        attributes=dict(said.get("attributes") or {}),
        actor=principal_of(actor) if actor else None,
    )


def _moment(test: PolicyTest) -> datetime:
    if test.now is None:
        return _MORNING
    read = datetime.fromisoformat(test.now)
    return read if read.tzinfo is not None else read.replace(tzinfo=UTC)


def _compare(test: PolicyTest, decision: Decision) -> tuple[str, ...]:
    rules = {decision.rule, *(reason.rule for reason in decision.reasons)}
    reasons = {reason.code for reason in decision.reasons}
    problems: list[str] = []
    if decision.effect.value != test.expect:
        problems.append(f"expected {test.expect}, is {decision.effect.value} by {decision.rule}")
    if test.rule is not None and test.rule not in rules:
        problems.append(f"expected rule {test.rule}, is {decision.rule}")
    if test.code is not None and test.code not in reasons:
        problems.append(f"expected code {test.code}, is {', '.join(sorted(reasons)) or 'none'}")
    return tuple(problems)
