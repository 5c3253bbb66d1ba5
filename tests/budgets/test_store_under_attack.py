"""Nobody gets more than there is: not many processes, not a clock that is set, not who deletes the store.

GOVERNED_DB_TEST_RACES=20 runs the races with 20 processes and as many draws more; by default it is 3.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from governed_db.core.ports import Account
from governed_db.errors import ConfigurationError
from governed_db.model.decision import Budget, Measure
from governed_db.remote import conversations
from governed_db.remote.budgets import BudgetStore
from governed_db.remote.conversation_file import NAME
from tests.clock import Clock

RACERS = int(os.environ.get("GOVERNED_DB_TEST_RACES", "3"))
SEEN = Budget(Measure.SUBJECTS, most=100, seconds=3600, cost=1)
STATEMENTS = Budget(Measure.STATEMENTS, most=100, seconds=3600, cost=1)
BOT = Account('["conversation", "task", "bot"]', is_shared=True)

RACE = """
import sys
import time
from pathlib import Path
from governed_db.core.ports import Account
from governed_db.model.decision import Budget, Measure
from governed_db.remote.budgets import BudgetStore
path, number = Path(sys.argv[1]), int(sys.argv[2])
store = BudgetStore(path, clock=lambda: 1000.0)
bot = Account('["conversation", "task", "bot"]', is_shared=True)
seen = Budget(Measure.SUBJECTS, 100, 3600, 1)
statements = Budget(Measure.STATEMENTS, 100, 3600, 1)
people = [frozenset({f"{number}-{n}"}) for n in range(60)]
print(sum(store.see(bot, seen, one) for one in people),
      sum(store.draw(bot, statements, 1) for _ in range(60)))
"""


@pytest.fixture
def clock() -> Clock:
    """A clock for the test to move."""
    return Clock(1_000_000.0)


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> BudgetStore:
    """An empty store."""
    return BudgetStore(tmp_path / NAME, clock=clock)


def test_processes_that_race(tmp_path: Path) -> None:
    """Together they see no more people and run no more statements than one may."""
    command = [sys.executable, "-c", RACE, str(tmp_path / NAME)]
    running = [
        subprocess.Popen([*command, str(number)], stdout=subprocess.PIPE, text=True)
        for number in range(RACERS)
    ]
    got = [tuple(map(int, one.communicate()[0].split())) for one in running]

    assert sum(seen for seen, _ in got) == 100
    assert 100 - RACERS * 5 <= sum(ran for _, ran in got) <= 100  # what is left in lots counts as used


def test_threads_that_race(store: BudgetStore) -> None:
    """So do threads."""
    with ThreadPoolExecutor(4) as pool:
        seen = pool.map(lambda n: store.see(BOT, SEEN, frozenset({str(n)})), range(150))
        assert sum(seen) == 100
        assert sum(pool.map(lambda _: store.draw(BOT, STATEMENTS, 1), range(150))) == 100


def test_a_clock_that_is_set_back_gives_nothing_back(store: BudgetStore, clock: Clock) -> None:
    """What was taken counts until its time has come, whatever the clock does meanwhile."""
    store.draw(BOT, STATEMENTS, 100)
    assert store.see(BOT, SEEN, frozenset(map(str, range(100))))
    clock.now -= 7200

    assert store.draw(BOT, STATEMENTS, 1) == 0
    assert not store.see(BOT, SEEN, frozenset({"another"}))


def test_people_are_forgotten_after_the_window(store: BudgetStore, clock: Clock) -> None:
    """Who was seen again counts from then on."""
    store.see(BOT, SEEN, frozenset(map(str, range(100))))
    clock.now += 3000
    assert store.see(BOT, SEEN, frozenset({"0"}))
    clock.now += 1200

    assert store.see(BOT, SEEN, frozenset(map(str, range(200, 299))))
    assert not store.see(BOT, SEEN, frozenset({"299"}))


def test_too_many_at_once_are_none(store: BudgetStore) -> None:
    """A block of people that does not fit takes nothing."""
    assert not store.see(BOT, SEEN, frozenset(map(str, range(101))))
    assert store.see(BOT, SEEN, frozenset(map(str, range(100))))


def test_locks_hold_in_other_processes_at_once(tmp_path: Path, clock: Clock) -> None:
    """The very next statement of another process is refused; a reset is seen as fast."""
    one, other = (BudgetStore(tmp_path / NAME, clock=clock) for _ in range(2))
    before = other.locked((BOT,))
    one.lock(BOT, "too many", None)
    locked = other.locked((BOT,))
    conversations.reset(tmp_path, conversations.named(tmp_path, "task"))

    assert (before, locked, other.locked((BOT,))) == (None, "too many", None)


def test_a_lock_that_wears_off_shortens_no_other(store: BudgetStore, clock: Clock) -> None:
    """What a person is to look at stays locked."""
    store.lock(BOT, "a person must look", None)
    store.lock(BOT, "for a while", 60)
    clock.now += 3600

    assert store.locked((BOT,)) is not None


def test_a_reset_takes_lots_back(tmp_path: Path, clock: Clock) -> None:
    """What a process had drawn and not used is not added to the new budget."""
    store = BudgetStore(tmp_path / NAME, clock=clock)
    clock.now = time.time()
    store.draw(BOT, STATEMENTS, 1)
    conversations.reset(tmp_path, conversations.named(tmp_path, "task"))

    assert sum(store.draw(BOT, STATEMENTS, 1) for _ in range(150)) == 100


def test_a_store_that_is_deleted_while_it_is_used(tmp_path: Path, store: BudgetStore) -> None:
    """It is not made anew: what cannot be counted does not run, here and in processes to come."""
    rows = Budget(Measure.ROWS_CHANGED, 100, 3600)
    store.draw(BOT, rows, 100)
    for path in tmp_path.glob(f"{NAME}*"):
        path.unlink()

    with pytest.raises(ConfigurationError, match="GDB504"):
        store.draw(BOT, rows, 1)
    with pytest.raises(ConfigurationError, match="GDB504"):
        BudgetStore(tmp_path / NAME).draw(BOT, rows, 1)
