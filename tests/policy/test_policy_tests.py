"""The tests that a policy carries are decided like real statements."""

from __future__ import annotations

from typing import Any

from governed_db.errors import AnalysisError
from governed_db.model.statement import Facts, Kind, Reach
from governed_db.policy import tests as policy_tests
from governed_db.policy.load import load_policy
from tests.policy.shop import policy, rule, select, write


def analyse(sql: str) -> Facts:
    """A few statements, understood."""
    known = {"delete": write(Kind.DELETE, "orders", Reach.UNBOUNDED), "select": select("orders.id")}
    if sql not in known:
        raise AnalysisError("GDB100", "cannot be parsed", help="write SQL")
    return known[sql]


def run(*tests: dict[str, Any], **more: Any) -> list[tuple[str, ...]]:
    """The problems of each test."""
    loaded = load_policy(policy(tests=list(tests), **{"extends": "standard", **more}))
    return [result.problems for result in policy_tests.run(loaded, analyse, database="shop")]


def test_expectations_are_compared() -> None:
    """Effect, rule and code are compared with what is decided; what is wrong is said."""
    right = {"sql": "delete", "expect": "ask", "rule": "standard/unbounded-write", "code": "GDB310"}
    wrong = {"sql": "delete", "expect": "permit", "rule": "standard/reads", "code": "GDB201"}

    assert run(right, wrong) == [
        (),
        (
            "expected permit, is ask by standard/unbounded-write",
            "expected rule standard/reads, is standard/unbounded-write",
            "expected code GDB201, is GDB310",
        ),
    ]


def test_what_cannot_be_understood_is_denied() -> None:
    """A statement that analysis refuses counts as denied by the rule "analysis"."""
    assert run({"sql": "selekt", "expect": "deny", "rule": "analysis", "code": "GDB100"}) == [()]


def test_principals_of_tests() -> None:
    """A test says who acts, in whose place, from which database and when."""
    agents = rule(principals={"kinds": ["agent"], "groups": ["a"]}, databases=["other"], when="now.hour == 3")
    right = {
        "principal": {"id": "x", "kind": "agent", "groups": ["a"]},
        "sql": "select",
        "expect": "permit",
        "database": "other",
        "now": "2026-01-01T03:00:00Z",
    }
    wrong = [
        {**right, "principal": {"kind": "agent"}},
        {**right, "database": "shop"},
        {**right, "now": "2026-01-01T04:00:00"},
        {**right, "principal": {**right["principal"], "actor": {"kind": "service"}}},  # type: ignore[dict-item]
    ]

    said = _results(agents, right, *wrong)
    assert said == [True, False, False, False, False]


def _results(one: dict[str, Any], *tests: dict[str, Any]) -> list[bool]:
    loaded = load_policy(policy(one, tests=list(tests)))
    return [result.is_passed for result in policy_tests.run(loaded, analyse, database="shop")]
