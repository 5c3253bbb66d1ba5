"""What conversations and principals take of their budgets into what is left, over a window that slides.

Shared accounts are kept in one SQLite file of the state folder. A process draws known costs from it in
small lots and deals them out itself; a lot that a process did not use up before it ended counts as used.
Accounts of one connection are kept in memory.
"""

from __future__ import annotations

import os
import sqlite3
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Final

import attrs

from governed_db.core import forks
from governed_db.core.ports import Account
from governed_db.model.decision import Budget, Measure
from governed_db.remote.conversation_file import ConversationFile

_SLOTS: Final = 12  # of a window: what was taken is forgotten by twelfths
_LOT: Final = 20  # a process draws a twentieth of a budget at once
_KEPT: Final = 4096  # accounts of this process


@attrs.define
class _Window:
    """What one account has taken, by slot of time; `lot` is drawn from the file and not dealt out yet.

    `seen`: subjects, and the slot in which they were seen last.
    """

    slots: dict[int, int] = attrs.field(factory=dict)
    lot: int = 0
    lot_slot: int = -1
    generation: int = 0
    seen: dict[str, int] = attrs.field(factory=dict)


class BudgetStore:
    """Fills BudgetPort for one host. `clock`: seconds since the epoch, the same for all processes."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._file = ConversationFile(Path(path))
        self._lock = forks.lock()
        self._windows: OrderedDict[tuple[str, Measure, str, float], _Window] = OrderedDict()
        self._locks: dict[str, tuple[str, float | None]] = {}
        self._own_locks: dict[str, tuple[str, float | None]] = {}
        self._generation = -1
        forget = weakref.WeakMethod(self._forget_lots)
        os.register_at_fork(after_in_child=lambda: (begin := forget()) and begin())

    # -- amounts -----------------------------------------------------------------------------------

    def draw(self, account: Account, budget: Budget, amount: int) -> int:
        """Take up to `amount`; a negative one is given back. Returns what was taken."""
        slot = self._slot(budget)
        with self._lock:
            window = self._window(account, budget)
            if not account.is_shared:
                return _taken(window.slots, slot, budget.most, amount)
            if budget.cost is None:
                return self._draw(account, budget, slot, amount)
            return self._dealt(window, account, budget, slot, amount)

    def _forget_lots(self) -> None:
        """In a child: what the parent drew is the parent's to deal out, or each child would deal it again."""
        for window in self._windows.values():
            window.lot, window.lot_slot = 0, -1

    def _dealt(self, window: _Window, account: Account, budget: Budget, slot: int, amount: int) -> int:
        """From the lot of this process, which is filled up when it is empty."""
        generation = self._file.generation()
        if window.lot_slot != slot or window.generation != generation:  # time has passed, or it was reset
            window.lot, window.lot_slot, window.generation = 0, slot, generation
        if window.lot < amount:
            lot = max(amount - window.lot, budget.most // _LOT)
            window.lot += self._draw(account, budget, slot, lot)
        got = min(amount, window.lot)
        window.lot -= got
        return got

    def _draw(self, account: Account, budget: Budget, slot: int, amount: int) -> int:
        key = [account.name, budget.measure.value, budget.about, budget.seconds]
        with self._file.step() as store:
            now = self._clock()
            store.execute("DELETE FROM taken WHERE until <= ?", [now])
            found = store.execute(
                "SELECT slot, amount FROM taken WHERE account = ? AND measure = ? AND about = ? AND span = ?",
                key,
            )
            slots = dict(found.fetchall())
            got = _taken(slots, slot, budget.most, amount)
            store.execute(
                "INSERT INTO taken VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (account, measure, about, span, slot) DO UPDATE"
                " SET amount = excluded.amount, most = excluded.most",
                [*key, slot, slots.get(slot, 0), budget.most, _until(now, budget)],
            )
        return got

    # -- subjects ----------------------------------------------------------------------------------

    def see(self, account: Account, budget: Budget, subjects: frozenset[str]) -> bool:
        """Count those that were not seen within the window; False, and none is, if they are too many."""
        slot = self._slot(budget)
        with self._lock:
            window = self._window(account, budget)
            generation = self._file.generation() if account.is_shared else 0
            if window.generation != generation:
                window.seen, window.generation = {}, generation
            late = [one for one in subjects if window.seen.get(one) != slot]
            if not late:
                return True
            for old in [one for one, seen in window.seen.items() if seen <= slot - _SLOTS]:
                del window.seen[old]
            if account.is_shared:
                with self._file.step() as store:
                    is_in = _seen(store, account, budget, late, self._clock())
            else:
                is_in = len(window.seen.keys() | subjects) <= budget.most
            if is_in:
                window.seen.update(dict.fromkeys(late, slot))
            return is_in

    # -- locks -------------------------------------------------------------------------------------

    def lock(self, account: Account, why: str, seconds: float | None) -> None:
        """Refuse the account everything, for so long or until a person resets it."""
        now = self._clock()
        until = None if seconds is None else now + seconds
        if not account.is_shared:
            self._own_locks[account.name] = why, until
            return
        with self._file.step() as store:
            store.execute(
                "INSERT INTO locked VALUES (?, ?, ?, ?) ON CONFLICT (account) DO UPDATE SET"
                " why = excluded.why, until = CASE WHEN until IS NULL THEN NULL ELSE excluded.until END",
                [account.name, why, now, until],
            )
        self._file.changed()

    def locked(self, accounts: tuple[Account, ...]) -> str | None:
        """Why one of them is locked."""
        generation = self._file.generation()
        if generation != self._generation:
            with self._file.step() as store:
                rows = store.execute("SELECT account, why, until FROM locked").fetchall()
            self._locks = {account: (why, until) for account, why, until in rows}
            self._generation = generation
        for account in accounts:
            why, until = (self._locks if account.is_shared else self._own_locks).get(account.name, ("", 0.0))
            if why and (until is None or until > self._clock()):
                return why
        return None

    def _slot(self, budget: Budget) -> int:
        return int(self._clock() * _SLOTS / budget.seconds)

    def _window(self, account: Account, budget: Budget) -> _Window:
        key = account.name, budget.measure, budget.about, budget.seconds
        window = self._windows.setdefault(key, _Window())
        self._windows.move_to_end(key)
        while len(self._windows) > _KEPT:
            self._windows.popitem(last=False)
        return window


def _until(now: float, budget: Budget) -> float:
    return now + budget.seconds * (1 + 1 / _SLOTS)


def _taken(slots: dict[int, int], slot: int, most: int, amount: int) -> int:
    """Add to the slot of now what may still be taken; slots that have left the window are dropped."""
    for old in [one for one in slots if one <= slot - _SLOTS]:
        del slots[old]
    used = sum(slots.values())
    got = max(amount, -used) if amount < 0 else min(amount, max(most - used, 0))
    slots[slot] = slots.get(slot, 0) + got
    return got


def _seen(
    store: sqlite3.Connection, account: Account, budget: Budget, subjects: list[str], now: float
) -> bool:
    store.execute("DELETE FROM seen WHERE until <= ?", [now])
    until, key = _until(now, budget), (account.name, budget.seconds)
    store.execute("SAVEPOINT seen")
    store.executemany(
        "INSERT INTO seen VALUES (?, ?, ?, ?, ?) ON CONFLICT (account, span, subject) DO UPDATE SET"
        " until = max(until, excluded.until), most = excluded.most",
        [(*key, subject, budget.most, until) for subject in subjects],
    )
    (count,) = store.execute("SELECT count(*) FROM seen WHERE account = ? AND span = ?", key).fetchone()
    if count > budget.most:
        store.execute("ROLLBACK TO seen")
    store.execute("RELEASE seen")
    return bool(count <= budget.most)
