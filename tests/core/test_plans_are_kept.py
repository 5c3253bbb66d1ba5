"""When a plan is used again, when it is not, and what a newer schema changes."""

from __future__ import annotations

import itertools

import attrs
import pytest

from governed_db.core.plan import Statement
from governed_db.errors import ApprovalRequired, StatementDenied
from tests.core.worlds import AGENT, ME, TABLES, planner, shop, told

SELECT = "SELECT id, email FROM customers"


def _plan(sql: str = SELECT, context: object = ME, **more: object) -> tuple[object, object]:
    """The plans of the same statement, asked for before and after it ran."""
    plans = planner()
    statement = Statement(sql, sql, **more)  # type: ignore[arg-type]
    before = plans.cache.find(statement, context.principal)  # type: ignore[arg-type]
    told(sql, shop(), plans, context, **more)  # type: ignore[arg-type]
    return before, plans.cache.find(statement, context.principal)  # type: ignore[arg-type]


def test_the_first_sight_makes_a_plan() -> None:
    """Nothing is known of a text before it is seen, and all is known after."""
    before, after = _plan()

    assert before is None
    assert after is not None


@pytest.mark.parametrize("more", [{"cacheable": False}, {"copy": True}])
def test_some_statements_are_seen_anew_each_time(more: dict[str, bool]) -> None:
    """A driver that says so, and COPY, get no plan from the cache."""
    _, after = _plan(**more)

    assert after is None


def test_one_character_makes_another_text() -> None:
    """Only the very same text hits: white space may stand in a string."""
    plans = planner()
    told(SELECT, shop(), plans)

    assert plans.cache.find(Statement(f"{SELECT} ", f"{SELECT} "), ME.principal) is None


def test_many_runs_and_one_run_have_plans_of_their_own() -> None:
    """An insert of one row is bounded by its text; repeated for many parameters it is not."""
    plans = planner()
    sql = "INSERT INTO orders (id, status, total) VALUES (?, ?, ?)"

    told(sql, shop(rows=1), plans)
    told(sql, shop(rows=1), plans, many=True)

    kept = [plans.cache.find(Statement(sql, sql, many=many), ME.principal) for many in (False, True)]
    assert [plan.bound is None for plan in kept if plan is not None] == [True, False]


def test_what_is_not_understood_is_not_kept() -> None:
    """A table that is missing today may be there tomorrow."""
    plans = planner()

    with pytest.raises(StatementDenied):
        told("SELECT * FROM later", shop(), plans)

    assert plans.cache.find(Statement("SELECT * FROM later", "SELECT * FROM later"), ME.principal) is None


def test_principals_do_not_share_plans() -> None:
    """What one may do says nothing of another."""
    plans = planner()
    told(SELECT, shop(), plans)

    assert plans.cache.find(Statement(SELECT, SELECT), AGENT.principal) is None


def test_everything_is_forgotten_at_once() -> None:
    """A change of schema, policy or session drops all plans, of every principal."""
    plans = planner()
    told(SELECT, shop(), plans)
    told(SELECT, shop(), plans, AGENT)

    plans.cache.forget()

    assert plans.cache.find(Statement(SELECT, SELECT), ME.principal) is None
    assert plans.cache.find(Statement(SELECT, SELECT), AGENT.principal) is None


def test_the_cache_does_not_grow_without_end() -> None:
    """Texts that differ in a literal each have a plan: when there are too many all are dropped."""
    plans, world = planner(), shop()
    for number in range(2100):
        told(f"SELECT id FROM orders WHERE total = '{number}'", world, plans)

    assert len(plans.cache.plans(ME.principal)) <= 2048


def test_a_plan_is_kept_for_statements_that_ask() -> None:
    """Asking again for the same thing gives the same task, without analysing again."""
    plans, world = planner(), shop(rows=3)
    tasks = []
    for _ in range(2):
        with pytest.raises(ApprovalRequired) as asked:
            told("DELETE FROM orders", world, plans)
        tasks.append(asked.value.task["id"])

    assert tasks == ["req-1", "req-1"]
    assert plans.cache.find(Statement("DELETE FROM orders", "DELETE FROM orders"), ME.principal) is not None


def test_a_table_that_was_just_made_is_found() -> None:
    """A name that is not known is looked up again before it is refused, and then it is there."""
    newer = shop({**TABLES, "later": ("id", "note")}).knowledge
    world = shop(later=newer)

    told("SELECT note FROM later", world, planner())

    assert world.transcript == [
        "look",
        "look again",
        "tell: intent (durable)",
        "run: SELECT note FROM later",
        "tell: outcome ok (durable)",
    ]


def test_a_column_that_was_just_made_is_found() -> None:
    """The same for a column, and its classification comes with it."""
    newer = shop({**TABLES, "orders": ("id", "status", "total", "email")}).knowledge
    world = shop(later=newer)

    told("SELECT email FROM orders", world, planner())

    assert world.transcript[:2] == ["look", "look again"]


def test_a_second_look_that_shows_nothing_new_settles_it() -> None:
    """The statement is analysed once, and refused."""
    world = shop()

    with pytest.raises(StatementDenied) as refusal:
        told("SELECT nothing FROM orders", world, planner())

    assert refusal.value.code == "GDB111"
    assert world.transcript == ["look", "look again", "tell: refusal refused (durable)"]


def test_other_refusals_are_not_looked_up_again() -> None:
    """A newer schema does not make two statements one."""
    world = shop()

    with pytest.raises(StatementDenied):
        told("SELECT 1; SELECT 2", world, planner())

    assert world.transcript == ["look", "tell: refusal refused (durable)"]


def test_a_plan_says_what_is_masked_and_how_wide_the_rows_are() -> None:
    """The second column of the result is masked; a row of another width would be refused."""
    _, plan = _plan()

    assert (plan.width, plan.masked) == (2, (1,))  # type: ignore[attr-defined]
    assert plan.row_mask((7, "someone@example.org"))[1] != "someone@example.org"  # type: ignore[attr-defined]


def test_ids_of_events_are_never_used_twice() -> None:
    """Each event has an id, and the events of one statement share the id of their decision."""
    plans, world = planner(), shop()
    for _ in range(3):
        told(SELECT, world, plans)

    ids = [event.id for event in world.audit.events]
    decisions = [event.fields["decision"]["id"] for event in world.audit.events]
    assert len(set(ids)) == len(ids) == 6
    assert [len(list(group)) for _, group in itertools.groupby(decisions)] == [2, 2, 2]


def test_plans_do_not_change() -> None:
    """A plan is a value: nobody can make a kept one permit more."""
    _, plan = _plan()

    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        plan.text = "SELECT 1"  # type: ignore[attr-defined]


def test_any_number_of_people_take_bounded_room() -> None:
    """Of many who act on one pooled connection, the plans of the first are made anew when they come back."""
    plans, statement = planner(), Statement(SELECT, SELECT)
    people = [attrs.evolve(ME, principal=attrs.evolve(ME.principal, id=f"p{n}")) for n in range(300)]
    for person in people:
        told(SELECT, shop(), plans, person)

    known = [plans.cache.find(statement, person.principal) is not None for person in reversed(people)]
    assert known == [True] * 256 + [False] * 44
