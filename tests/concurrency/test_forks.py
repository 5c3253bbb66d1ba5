"""Servers that fork their workers: each process has its own chain, its own share of a budget, and goes on.

GOVERNED_DB_TEST_FORKS=200 forks that often in place of a few times.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text

from governed_db import Principal, acting_as
from governed_db.config import load_settings
from governed_db.core.ports import Account
from governed_db.model.decision import Budget, Measure
from governed_db.remote.approvals import ApprovalStore
from governed_db.remote.budgets import BudgetStore
from governed_db.remote.notices.sender import Sender
from governed_db.remote.reader import read
from governed_db.remote.verify import verify
from governed_db.runtime import open_runtime, release
from tests.servers.fixtures import FreshDatabase

FORKS = int(os.environ.get("GOVERNED_DB_TEST_FORKS", "4"))
DIALECTS = ("postgres", "sqlite")

# Python 3.12 and later warn of any fork of a process with threads: this is about just that.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")


def in_child(work: Callable[[], object]) -> int:
    """Fork; the child does the work and leaves as workers of a server do. Its process id."""
    child = os.fork()
    if not child:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return child


def code_of(child: int, patience: float = 60) -> int | str:
    """The child's exit code, or that it hangs."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "hangs"


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """A state folder of this test's own."""
    yield tmp_path / "state"
    release(tmp_path / "state")


@pytest.fixture
def engine_of(fresh_database: FreshDatabase, state: Path) -> Iterator[Callable[[str], Engine]]:
    """A governed engine of a shop."""
    with ExitStack() as stack:

        def make(dialect: str) -> Engine:
            url = stack.enter_context(fresh_database(dialect, shop=True))
            url = url.replace("postgresql:", "postgresql+governed:").replace("sqlite:", "sqlite+governed:")
            engine = create_engine(url, connect_args={"governed_state_dir": str(state)})
            stack.callback(engine.dispose)
            return engine

        yield make


def ask(engine: Engine, who: str) -> None:
    """Two statements, whose values come back masked."""
    with acting_as(Principal(who, kind="human")), engine.connect() as connection:
        for number in (1, 2):
            found = connection.scalar(text(f"SELECT email AS seen FROM customers WHERE id = {number}"))
            assert found == "***"


def flush(state: Path) -> None:
    """Have what was done be on disk."""
    open_runtime(load_settings(state_dir=state)).spool.flush()


def recorded(state: Path) -> tuple[Counter[str], dict[str, set[str]]]:
    """Statements by principal, and in which chains they stand."""
    counted: Counter[str] = Counter()
    boots: dict[str, set[str]] = {}
    for event in read(state / "audit"):
        if event["phase"] == "outcome" and "seen" in event["fields"].get("statement", ""):
            who = event["fields"]["principals"][0]["id"]
            counted[who] += 1
            boots.setdefault(who, set()).add(event["boot"])
    return counted, boots


@pytest.mark.timeout(120 + FORKS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_workers(dialect: str, engine_of: Callable[[str], Engine], state: Path) -> None:
    """A server loads, is used, and forks workers; each disposes of the pool it was born with and works.

    The parent works on meanwhile, in a thread too. No statement is lost, none is told twice. (A thread that
    is inside of SQLite's own library when another forks leaves its locks held in the child, raw or governed.)
    """
    engine = engine_of(dialect)
    ask(engine, "parent")

    def serve(number: int) -> None:
        engine.dispose(close=False)  # what SQLAlchemy tells workers to do: the parent's sockets are its own
        ask(engine, f"worker-{number}")
        flush(state)

    is_over, busy = threading.Event(), Counter[str]()

    def work() -> None:
        while not is_over.is_set() and dialect != "sqlite":
            ask(engine, "thread")
            busy["thread"] += 2

    thread = threading.Thread(target=work)
    thread.start()
    try:
        children = [in_child(lambda number=number: serve(number)) for number in range(FORKS)]  # type: ignore[misc]
        ended = [code_of(child) for child in children]
    finally:
        is_over.set()
        thread.join()
    ask(engine, "parent")
    flush(state)

    assert ended == [0] * FORKS
    counted, boots = recorded(state)
    assert counted == Counter(parent=4, **busy, **{f"worker-{number}": 2 for number in range(FORKS)})
    assert boots["parent"] == boots.get("thread", boots["parent"])
    assert len(set().union(*boots.values())) == FORKS + 1
    assert verify(state / "audit").ok


def test_a_connection_that_goes_along(engine_of: Callable[[str], Engine], state: Path) -> None:
    """A connection of SQLite's that a child goes on with, as it could raw, is in the child's own chain."""
    engine = engine_of("sqlite")
    with engine.connect() as connection:
        question = text("SELECT email AS seen FROM customers WHERE id = 1")
        with acting_as(Principal("parent", kind="human")):
            connection.scalar(question)

        def go_on() -> None:
            with acting_as(Principal("child", kind="human")):
                assert connection.scalar(question) == "***"
            flush(state)

        assert code_of(in_child(go_on)) == 0
    flush(state)

    counted, boots = recorded(state)
    assert counted == Counter(parent=1, child=1)
    assert boots["parent"].isdisjoint(boots["child"])


def test_budgets_are_not_multiplied(tmp_path: Path) -> None:
    """What a parent has drawn of a budget and not yet dealt out is not dealt out once more by each child."""
    store = BudgetStore(tmp_path / "budgets.sqlite")
    budget = Budget(Measure.PROBES, 100, 3600, cost=1)
    account = Account("talk", is_shared=True)
    drawn = store.draw(account, budget, 1)

    def draw_all(number: int) -> None:
        got = sum(store.draw(account, budget, 1) for _ in range(40))
        (tmp_path / f"got-{number}").write_text(str(got))

    for number in range(4):
        assert code_of(in_child(lambda number=number: draw_all(number))) == 0  # type: ignore[misc]
    drawn += sum(int(path.read_text()) for path in tmp_path.glob("got-*"))
    drawn += sum(store.draw(account, budget, 1) for _ in range(100))

    assert drawn == 100


def test_a_fork_waits_for_locks(state: Path) -> None:
    """A child is never born with a lock held by a thread that it does not have."""
    runtime = open_runtime(load_settings(state_dir=state))
    is_over = threading.Event()

    def keep_busy() -> None:
        account, budget = Account("talk", is_shared=True), Budget(Measure.PROBES, 10**6, 3600, cost=None)
        while not is_over.is_set():
            runtime.budgets.draw(account, budget, 1)  # holds the lock while the file is written
            runtime.keys.latest()

    def use() -> Any:
        runtime.keys.latest()
        return runtime.budgets.draw(Account("other", is_shared=False), Budget(Measure.PROBES, 9, 60), 1)

    threads = [threading.Thread(target=keep_busy) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        ended = [code_of(in_child(use)) for _ in range(max(FORKS, 10))]
    finally:
        is_over.set()
        for thread in threads:
            thread.join()

    assert set(ended) == {0}


def test_a_fork_waits_for_messages(state: Path) -> None:
    """The thread that sends messages is never inside of SQLite while a child is born: it could not use it."""
    sender = Sender(ApprovalStore(state / "approvals.sqlite").file, ())
    is_over = threading.Event()

    def keep_busy() -> None:
        while not is_over.is_set():
            sender.waiting()

    def use() -> None:
        for _ in range(20):
            sender.waiting()

    thread = threading.Thread(target=keep_busy)
    thread.start()
    try:
        ended = [code_of(in_child(use)) for _ in range(max(FORKS, 20))]
    finally:
        is_over.set()
        thread.join()

    assert set(ended) == {0}
