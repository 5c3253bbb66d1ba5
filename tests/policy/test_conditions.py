"""`when:` is CEL over typed variables; one that fails neither permits nor spares."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import pytest

from governed_db.errors import PolicyError
from governed_db.model.decision import Effect
from governed_db.model.principal import Context, Principal
from governed_db.model.risk import Risk
from governed_db.model.statement import Kind
from governed_db.policy import conditions
from governed_db.policy.decide import is_memoisable
from governed_db.policy.load import load_policy
from tests.policy.shop import brief, judge, policy, rule, select, write

FACTS = select("orders.id", joins=3, row_limit=10, functions=frozenset({"lower"}))
WHO = Principal("ana", kind="human", groups=("sales",), attributes={"region": "eu", "level": 3})
NOON = datetime(2026, 1, 5, 12, 30, tzinfo=UTC)

TRUE = [
    "stmt.joins <= 8",
    "stmt.kind == 'select' && stmt.kinds == ['select']",
    "stmt.verb == 'select'",
    "'public.orders' in stmt.relations",
    "stmt.writes.size() == 0",
    "stmt.row_limit <= 10",
    "'lower' in stmt.functions",
    "stmt.columns.exists(c, c.startsWith('public.orders.'))",
    "principal.id == 'ana' && principal.kind == 'human'",
    "'sales' in principal.groups && principal.groups_complete",
    "principal.attributes.region == 'eu' && principal.attributes.level > 2",
    "database == 'shop'",
    "now.hour == 12 && now.minute == 30 && now.weekday == 1",
    "now > timestamp('2026-01-01T00:00:00Z') && now.getFullYear() == 2026",
    "context.purpose == 'support' && context.tool == ''",
]


@pytest.mark.parametrize("when", TRUE)
def test_every_variable_can_be_asked(when: str) -> None:
    """Principal, statement, database, clock and context are there to be asked, and so is their opposite."""
    given = {"clock": lambda: NOON, "context": Context(WHO, purpose="support")}

    assert judge(FACTS, policy(rule(when=when)), WHO, **given).effect is Effect.PERMIT
    assert judge(FACTS, policy(rule(when=f"!({when})")), WHO, **given).effect is Effect.DENY


def test_the_variables_that_are_declared_are_those_that_are_given() -> None:
    """No variable can be asked that is never set, and none is set that cannot be asked."""
    given = conditions.variables(WHO, FACTS, "shop") | conditions.momentary(NOON, Context(WHO))
    given |= conditions.risky(Risk())

    assert set(given) == set(conditions.VARIABLES)


def test_the_clock_is_read_in_utc() -> None:
    """A condition on the hour means UTC, wherever the process runs."""
    local = datetime(2026, 1, 5, 2, tzinfo=timezone(timedelta(hours=5)))

    assert judge(FACTS, policy(rule(when="now.hour == 21")), clock=lambda: local).effect is Effect.PERMIT


FAILING = [
    "principal.attributes.missing == 'x'",
    "stmt.row_limit <= 10",
    "1 / stmt.joins > 0",
    "now.hour >= 0",
    "context.tool == ''",
]


@pytest.mark.parametrize("when", FAILING)
def test_a_condition_that_fails_protects(when: str) -> None:
    """A missing attribute, a division by zero, a clock that is not there: no permit, and a forbid."""
    base, no = rule(id="all"), {"id": "no", "effect": "forbid", "when": when}

    assert judge(select("orders.id"), policy(rule(when=when))).effect is Effect.DENY
    assert brief(judge(select("orders.id"), policy(base, no))) == "deny GDB321 policy/no"
    asks = {"id": "asks", "effect": "approve", "actions": ["select"], "when": when}
    assert judge(select("orders.id"), policy(base, asks)).effect is Effect.ASK
    assert judge(select("orders.id"), policy(asks)).effect is Effect.DENY


INVALID = {
    "stmt.joins <=": "Syntax error",
    "stmt.jons > 3": "undeclared reference to 'stmt.jons'",
    "stmt.joins > 'three'": "no matching overload",
    "principal.groups == 'sales'": "no matching overload",
    "stmt.joins": "is int, must be true or false",
    "rm('-rf')": "undeclared reference to 'rm'",
    "false": "can never match: its condition is never true",
    "1 > 2": "can never match",
    "1/0 == 1": "can never match",
}


@pytest.mark.parametrize(("when", "message"), INVALID.items())
def test_a_wrong_condition_is_found_when_the_policy_is_read(when: str, message: str) -> None:
    """Syntax, misspelt names, unlike types and conditions that are never true are problems of the file."""
    with pytest.raises(PolicyError) as caught:
        load_policy(policy(rule(when=when)))

    assert message in "\n".join(caught.value.problems)


def test_only_what_depends_on_the_moment_is_decided_again() -> None:
    """A decision may be kept unless a condition about such a statement reads the clock or the context."""
    volatile = [rule(when="now.hour > 6"), rule(when="context.tool == 'sql'")]
    stable = [rule(when="stmt.joins < 3"), rule(when="principal.kind == 'agent'"), rule()]
    night = {"id": "n", "effect": "forbid", "actions": ["delete"], "when": "now.hour < 6"}

    assert [is_memoisable(load_policy(policy(one)), FACTS) for one in volatile] == [False] * 2
    assert [is_memoisable(load_policy(policy(one)), FACTS) for one in stable] == [True] * 3
    assert is_memoisable(load_policy(policy(rule(), night)), FACTS)
    assert not is_memoisable(load_policy(policy(rule(), night)), write(Kind.DELETE, "orders"))


def test_the_cel_library_is_loaded_only_for_a_condition() -> None:
    """Policies without `when:` do not load the CEL library, and importing us loads no YAML reader either."""
    script = (
        "import sys; from governed_db.policy import load, decide, explain, tests;"
        "print('ruamel.yaml' in sys.modules, 'cel_expr_python' in sys.modules);"
        "load.load_policy('standard'); print('cel_expr_python' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert ran.stdout.split() == ["False", "False", "False"]
