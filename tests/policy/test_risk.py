"""The risk of a statement is the sum of terms that the reference tells, and nothing takes points away."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from governed_db.model.catalog import Dialect
from governed_db.model.policy import Policy
from governed_db.model.principal import Principal
from governed_db.model.risk import Habits
from governed_db.model.statement import Facts, Kind, Reach, Relation, Write
from governed_db.policy import risk
from governed_db.policy.decide import is_memoisable
from governed_db.policy.load import load_policy
from governed_db.sql.marks import marks

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "risk.md").read_text("utf-8")
ORDERS = Relation("main", "orders")
READ = Facts(Kind.SELECT, frozenset({Kind.SELECT}), frozenset({ORDERS}))
SWEEP = attrs.evolve(
    READ,
    kind=Kind.DELETE,
    kinds=frozenset({Kind.DELETE}),
    writes=(Write(Kind.DELETE, ORDERS, Reach.PREDICATE),),
)
BOT = Principal("bot", kind="agent")
NIGHT = datetime(2026, 1, 31, 3, tzinfo=UTC)
USUAL = Habits(200, frozenset({"main.orders"}), (0,) * 8 + (20,) * 10 + (0,) * 6, rows=2000, busy_hours=10)


def signals(facts: Facts = READ, principal: Principal = BOT, **more: object) -> dict[str, int]:
    """The terms by name."""
    found = risk.assess(facts, principal, {}, **more)  # type: ignore[arg-type]
    return {term.name: term.points for term in found.terms}


def test_what_it_does_and_how_far_it_reaches() -> None:
    """A sweeping DELETE is more than a read, and an agent's more than a person's."""
    assert signals() == {}
    assert signals(SWEEP) == {"kind-delete": 15, "reach-predicate": 10, "agent": 5}
    assert signals(SWEEP, Principal("ann", kind="human")) == {"kind-delete": 15, "reach-predicate": 10}


def test_what_is_unusual() -> None:
    """Another table, another hour, many more rows, and refusals in a row."""
    habits = attrs.evolve(USUAL, tables=frozenset({"main.products"}), rows_now=5000, denials_now=9)

    assert signals(habits=USUAL, now=NIGHT.replace(hour=12)) == {}
    assert signals(habits=habits, now=NIGHT) == {
        "denials": 30,
        "new-table": 15,
        "unusual-hour": 10,
        "unusual-volume": 20,
        "agent": 5,
    }


def test_beginners_are_not_unusual() -> None:
    """Before anything is usual nothing is unusual."""
    assert signals(habits=Habits(statements=10, rows_now=5000), now=NIGHT) == {}


@given(st.integers(0, 500), st.integers(0, 23), st.integers(0, 10**6), st.integers(0, 20))
def test_habits_never_take_points_away(statements: int, hour: int, rows: int, refused: int) -> None:
    """Nobody becomes harmless by what was done before."""
    habits = Habits(statements, frozenset(), (statements,) * 24, rows, 1, rows, refused)
    now = NIGHT.replace(hour=hour)

    assert risk.assess(SWEEP, BOT, {}, habits=habits, now=now).score >= risk.assess(SWEEP, BOT, {}).score


@pytest.mark.parametrize(
    ("literal", "mark"),
    [
        ("x''; DROP TABLE customers --", "stacked-statement"),
        ("x'' --", "comment-in-literal"),
        ("'' OR 1=1", "tautology-in-literal"),
        ("1 UNION SELECT password FROM users", "union-in-literal"),
        ("1 AND pg_sleep(5)", "delay-in-literal"),
    ],
)
def test_marks_of_injection(literal: str, mark: str) -> None:
    """What was pasted into a literal to end it is seen there."""
    assert mark in marks(f"SELECT id FROM orders WHERE status = '{literal}'", Dialect.POSTGRES)


@pytest.mark.parametrize("literal", ["a; b", "long -- dash", "Po or Rhine", "the union selected", "sleep"])
def test_ordinary_texts_have_no_marks(literal: str) -> None:
    """A semicolon, dashes or words alone are no injection."""
    assert marks(f"SELECT id FROM orders WHERE status = '{literal}'", Dialect.POSTGRES) == ()


def test_marks_take_no_time() -> None:
    """Nobody stops a process with a literal of spaces."""
    evil = "or" + " " * 15_000 + ";" + " " * 4_000 + "'" * 2

    assert marks(f"SELECT '{evil}'", Dialect.POSTGRES) == ()


def test_the_reference_tells_the_points() -> None:
    """Every signal stands in the table, with its points."""
    told: dict[str, str] = {}
    for names, points in re.findall(r"^\| (`.+?) \| (.*?) \|", PAGE, flags=re.MULTILINE):
        told |= dict.fromkeys(re.findall(r"`([a-z-…]+)`", names), points)
    given = {f"kind-{kind.value}": points for kind, points in risk.KINDS.items()}
    given |= {f"reach-{reach.value}": points for reach, points in risk.REACH.items()}
    given |= {f"class-{family}": points for family, points in risk.FAMILIES.items()}
    given |= {mark: points for mark, (points, _) in risk.MARKS.items()}
    given |= {"many-joins": risk.MANY_JOINS, "many-classes": risk.MANY_CLASSES, "new-table": risk.NEW_TABLE}
    given |= {"unusual-hour": risk.UNUSUAL_HOUR, "unusual-volume": risk.UNUSUAL_VOLUME}

    assert {name: told[name] for name in given} == {name: str(points) for name, points in given.items()}


def test_decisions_that_read_risk_are_not_kept() -> None:
    """What is unusual now may be usual later, and the other way round."""
    assert not is_memoisable(asking("risk.score > 50"), READ)
    assert is_memoisable(asking("stmt.joins > 5"), READ)
    assert asking("'denials' in risk.signals").reads_risk


def asking(when: str) -> Policy:
    """A policy that asks before it lets read."""
    rule = {"id": "look", "effect": "approve", "actions": ["select"], "when": when}
    return load_policy({"version": 1, "extends": "standard", "rules": [rule]})
