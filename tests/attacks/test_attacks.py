"""Whoever may write any SQL gets no protected value in any form, and no forbidden effect (level T1).

Each case is run twice: with the raw driver, where it must succeed, or it proves nothing; and governed,
where nothing of it may come out.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import pytest

from tests import shop
from tests.attacks import sessions, traces
from tests.attacks.cases import Case, Proof, load
from tests.attacks.worlds import World, audit_text

CASES = load()
BY_PROOF = {
    proof: [
        pytest.param(case, dialect, id=f"{case.id}-{dialect}")
        for case in CASES
        if case.proof is proof
        for dialect in case.on
    ]
    for proof in Proof
}

WorldOf = Callable[[str], World]


def _run(world: World, name: str, case: Case, *, commit: bool = False) -> sessions.Outcome:
    opened = world.raw(name) if name.startswith("raw") else world.governed(name)
    with closing(opened) as connection:
        return sessions.run(connection, case, world.dialect, world.folder, commit=commit)


def _given_away(outcome: sessions.Outcome, case: Case) -> set[str]:
    """Canaries that came out, without those in the attacker's own text (SQLite names columns by it)."""
    written = " ".join(f"{one.text} {one.parameters}" for one in case.statements)
    return set(traces.found(outcome.text)) - set(traces.found(written))


@pytest.mark.parametrize(("case", "dialect"), BY_PROOF[Proof.LEAK])
def test_no_protected_value_comes_out(case: Case, dialect: str, world_of: WorldOf) -> None:
    """What the raw driver hands out is in no row, name, exception, notice, warning or log."""
    world = world_of(dialect)
    raw = _run(world, "raw", case)
    world.undo(case.undo)
    if not case.only_reads:
        world.renew("raw")
    assert traces.found(raw.text), f"the attack gets nothing from the raw driver: {raw.steps}"

    governed = _run(world, "governed", case)

    assert _given_away(governed, case) == set()


@pytest.mark.parametrize(("case", "dialect"), BY_PROOF[Proof.TELLS])
def test_nothing_tells_of_a_protected_value(case: Case, dialect: str, world_of: WorldOf) -> None:
    """Rows, counts and errors are the same whatever the protected values are."""
    world = world_of(dialect)
    raw, raw_twin = _run(world, "raw", case), _run(world, "raw twin", case)
    if not case.only_reads:
        world.renew("raw")
        world.renew("raw twin")
    assert raw.answer != raw_twin.answer, f"the attack tells nothing on the raw driver: {raw.steps}"

    governed, twin = _run(world, "governed", case), _run(world, "governed twin", case)

    assert governed.answer == twin.answer
    assert _given_away(governed, case) == set()


@pytest.mark.parametrize(("case", "dialect"), BY_PROOF[Proof.EFFECT])
def test_no_forbidden_effect_happens(case: Case, dialect: str, world_of: WorldOf) -> None:
    """What the raw driver changes, in the database or outside of it, stays as it was."""
    world = world_of(dialect)
    world.remember("raw")
    raw = _run(world, "raw", case, commit=True)
    has_changed = world.has_changed("raw")
    world.undo(case.undo)
    world.clear_folder()
    world.renew("raw")
    assert has_changed, f"the attack has no effect with the raw driver: {raw.steps}"

    world.remember("governed")
    governed = _run(world, "governed", case, commit=True)

    changed = world.has_changed("governed")
    world.clear_folder()
    if changed:
        world.renew("governed")
    assert not changed, governed.steps
    assert governed.is_refused
    assert _given_away(governed, case) == set()


@pytest.mark.parametrize(("case", "dialect"), BY_PROOF[Proof.RUNS])
def test_what_leaves_no_trace_is_refused(case: Case, dialect: str, world_of: WorldOf) -> None:
    """What the raw driver does without an error is refused."""
    world = world_of(dialect)
    raw = _run(world, "raw", case)
    world.undo(case.undo)
    world.clear_folder()
    world.renew("raw")
    assert raw.ran, f"the raw driver does not do it: {raw.steps}"

    governed = _run(world, "governed", case)

    assert governed.is_refused, governed.steps
    assert _given_away(governed, case) == set()


@pytest.mark.parametrize("dialect", ["postgres", "mysql", "sqlite"])
def test_no_value_is_recorded(dialect: str, world_of: WorldOf) -> None:
    """After all these attacks the state folder holds no canary, not even those in the attackers' text."""
    world = world_of(dialect)
    with closing(world.governed()) as connection:
        connection.cursor().execute("SELECT id FROM customers WHERE ssn = '973-41-0001'")

    files = list(audit_text(world.state))

    assert any(content for _, content in files)
    assert [path.name for path, content in files if shop.leaked(content)] == []
