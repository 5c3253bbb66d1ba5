"""A conversation takes of its budgets in advance, gives back what it did not use, and runs dry out loud."""

from __future__ import annotations

import pytest

from governed_db.errors import ApprovalRequired, StatementDenied
from governed_db.model.catalog import Dialect
from governed_db.model.principal import Context
from governed_db.testing import catalog_of, known
from tests.core.worlds import AGENT, ME, planner, shop, told

SWEEP = "DELETE FROM orders WHERE total > '1'"
PROBE = "SELECT id FROM customers WHERE email = 'a@example.org'"


def agent_may(**limits: int) -> dict[str, object]:
    """The standard policy with other limits of a conversation for agents."""
    rule = {
        "id": "agents",
        "effect": "permit",
        "principals": {"kinds": ["agent"]},
        "actions": ["select", "insert", "update", "delete"],
        "limits": {"rows_changed": 10, "conversation": {**limits, "within": "10m"}},
    }
    return {"version": 1, "extends": "standard", "rules": [rule]}


def test_what_was_not_used_is_given_back() -> None:
    """Only the rows that were changed count."""
    world, plans = shop(rows=3), planner()

    told(SWEEP, world, plans)

    assert [line for line in world.transcript if line.startswith("draw")] == [
        "draw: 100 of 250 rows_matched",
        "draw: -97 of 250 rows_matched",
    ]
    assert list(world.budgets.taken.values()) == [3]


def test_many_small_deletes_end_in_a_request() -> None:
    """The write that does not fit into what is left is undone, and a person is asked."""
    world, plans = shop(rows=90), planner()
    told(SWEEP, world, plans)
    told(SWEEP, world, plans)

    with pytest.raises(ApprovalRequired) as asked:
        told(SWEEP, world, plans)

    assert asked.value.code == "GDB315"
    assert world.transcript[-7:] == [
        "tell: intent (durable)",
        f"run: {SWEEP} (at most 70 rows)",
        "tell: outcome rolled back (durable)",
        "draw: -70 of 250 rows_matched",
        "look again",
        "ask: requested",
        "tell: refusal asked (strict)",
    ]


def test_what_was_approved_takes_nothing_of_the_budget() -> None:
    """A person answered for it."""
    world, plans = shop(rows=90), planner()
    told(SWEEP, world, plans)
    told(SWEEP, world, plans)
    with pytest.raises(ApprovalRequired):
        told(SWEEP, world, plans)
    world.approvals.approve()

    told(SWEEP, world, plans)

    assert list(world.budgets.taken.values()) == [180]


def test_rows_named_by_key_are_counted_before_they_are_changed() -> None:
    """Nothing is sent when less is left than the text is known to take."""
    world, plans = shop(rows=1), planner(agent_may(rows_changed=2))
    for key in (1, 2):
        told(f"DELETE FROM orders WHERE id = {key}", world, plans, AGENT)
    world.transcript.clear()

    with pytest.raises(ApprovalRequired, match="GDB315"):
        told("DELETE FROM orders WHERE id = 3", world, plans, AGENT)

    assert world.transcript == [
        "look",
        "draw: 0 of 2 rows_changed",
        "look again",
        "ask: requested",
        "tell: refusal asked (strict)",
    ]


def test_probes_run_out() -> None:
    """Comparing a masked column with one value after the other comes to an end."""
    world, plans = shop(), planner(agent_may(probes=2))
    told(PROBE, world, plans, AGENT)
    told(PROBE, world, plans, AGENT)

    with pytest.raises(StatementDenied, match="GDB315") as refused:
        told(PROBE, world, plans, AGENT)

    assert not isinstance(refused.value, ApprovalRequired)
    assert world.transcript[-2:] == ["draw: 0 of 2 probes", "tell: refusal refused (durable)"]


def test_each_comparison_in_a_statement_counts() -> None:
    """Many values in one statement are as many probes."""
    world, plans = shop(), planner(agent_may(probes=2))

    with pytest.raises(StatementDenied, match="GDB315"):
        told("SELECT id FROM customers WHERE email IN ('a', 'b', 'c')", world, plans, AGENT)

    assert list(world.budgets.taken.values()) == [0]


def test_rows_that_are_passed_over_count_like_comparisons() -> None:
    """How many of many guesses were inserted tells which of them were there."""
    tables = {"people": ("email", "city")}
    world, plans = shop(tables), planner(agent_may(probes=2))
    world.knowledge = known(catalog_of(Dialect.SQLITE, tables), {"main.people.email": "pii.email"})

    with pytest.raises(StatementDenied, match="GDB315"):
        told("INSERT OR IGNORE INTO people (email) VALUES ('a'), ('b'), ('c')", world, plans, AGENT)

    assert not any(line.startswith("run") for line in world.transcript)


def test_a_failed_write_gives_back_what_it_drew() -> None:
    """The driver failed: nothing was changed."""
    world, plans = shop(failure=RuntimeError("gone")), planner()

    with pytest.raises(RuntimeError):
        told(SWEEP, world, plans)

    assert list(world.budgets.taken.values()) == [0]


@pytest.mark.parametrize("context", [ME, AGENT], ids=["human", "agent"])
def test_reads_without_probes_draw_nothing(context: Context) -> None:
    """Ordinary work costs nothing."""
    world = shop()

    told("SELECT id, email FROM customers WHERE city = 'Ghent'", world, planner(), context)

    assert not any(line.startswith("draw") for line in world.transcript)


def test_values_written_where_their_tokens_are_read_are_guesses() -> None:
    """Write a guess, read its token, compare it with all tokens by eye: as good as a comparison."""
    world, plans = shop(rows=1), planner(agent_may(probes=2) | {"rules": [_tokens(probes=2)]})
    for number in (1, 2):
        told(f"UPDATE customers SET email = 'a{number}@example.org' WHERE id = 1", world, plans, AGENT)

    with pytest.raises(StatementDenied, match="GDB315"):
        told("UPDATE customers SET email = 'a3@example.org' WHERE id = 1", world, plans, AGENT)


def _tokens(**limits: int) -> dict[str, object]:
    return {
        "id": "tokens",
        "effect": "permit",
        "actions": ["select", "update"],
        "mask": {"*": "token"},
        "limits": {"conversation": {**limits, "within": "10m"}},
    }
