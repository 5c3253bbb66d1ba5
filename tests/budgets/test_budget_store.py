"""What is left of a budget holds for all processes of a state folder, and comes back as time passes."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from governed_db.core.ports import Account
from governed_db.errors import ConfigurationError
from governed_db.model.decision import Budget, Measure
from governed_db.remote.budgets import BudgetStore
from tests.clock import Clock

ROWS = Budget(Measure.ROWS_MATCHED, most=100, seconds=60)
PROBES = Budget(Measure.PROBES, most=100, seconds=60, cost=1)
SHARED = Account("conversation 1", is_shared=True)
OWN = Account("connection 1", is_shared=False)

DRAWS = """
import sys
from pathlib import Path
from governed_db.core.ports import Account
from governed_db.model.decision import Budget, Measure
from governed_db.remote.budgets import BudgetStore
store = BudgetStore(Path(sys.argv[1]), clock=lambda: 1000.0)
budget = Budget(Measure.ROWS_MATCHED, 100, 60)
print(sum(store.draw(Account("conversation 1", is_shared=True), budget, 7) for _ in range(10)))
"""


@pytest.fixture
def clock() -> Clock:
    """A clock for the test to move."""
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> BudgetStore:
    """An empty store."""
    return BudgetStore(tmp_path / "conversations.sqlite", clock=clock)


@pytest.mark.parametrize("account", [SHARED, OWN])
def test_no_more_is_got_than_is_left(store: BudgetStore, account: Account) -> None:
    """A draw gets what is there, then nothing; what is given back can be drawn again."""
    drawn = [store.draw(account, ROWS, amount) for amount in (60, 60, 1, -10, 60)]

    assert drawn == [60, 40, 0, -10, 10]


@pytest.mark.parametrize("account", [SHARED, OWN])
def test_the_window_slides(store: BudgetStore, clock: Clock, account: Account) -> None:
    """After the window's length what was taken is forgotten, and not before."""
    store.draw(account, ROWS, 100)
    clock.now += 50
    before = store.draw(account, ROWS, 100)
    clock.now += 15

    assert (before, store.draw(account, ROWS, 100)) == (0, 100)


def test_accounts_and_measures_are_apart(store: BudgetStore) -> None:
    """One conversation's budget is not another's, and rows are no probes."""
    store.draw(SHARED, ROWS, 100)

    assert store.draw(Account("conversation 2", is_shared=True), ROWS, 100) == 100
    assert store.draw(SHARED, PROBES, 1) == 1


def test_known_costs_add_up_exactly(store: BudgetStore) -> None:
    """Dealing out in lots neither loses nor makes up anything."""
    assert sum(store.draw(SHARED, PROBES, 1) for _ in range(150)) == 100


def test_processes_share_one_budget(tmp_path: Path) -> None:
    """Three processes that draw 70 each get no more than the 100 that there are."""
    command = [sys.executable, "-c", DRAWS, str(tmp_path / "conversations.sqlite")]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]

    assert sum(int(one.communicate()[0]) for one in running) == 100


def test_threads_share_one_budget(store: BudgetStore) -> None:
    """So do threads of one process."""
    with ThreadPoolExecutor(4) as pool:
        got = pool.map(lambda _: store.draw(OWN, ROWS, 3), range(50))

    assert sum(got) == 100


def test_a_broken_store_lets_nothing_through(tmp_path: Path) -> None:
    """What cannot be counted is not permitted."""
    (tmp_path / "conversations.sqlite").write_bytes(b"this is no database" * 100)

    with pytest.raises(ConfigurationError, match="GDB504"):
        BudgetStore(tmp_path / "conversations.sqlite").draw(SHARED, ROWS, 1)
