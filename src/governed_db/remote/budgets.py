"""What conversations take of their budgets into what is left, over a window that slides.

Shared accounts are kept in one SQLite file of the state folder. A process draws known costs from it in
small lots and deals them out itself; a lot that a process did not use up before it ended counts as used.
Accounts of one connection are kept in memory.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Final

import attrs

from governed_db.core.ports import Account
from governed_db.model.decision import Budget
from governed_db.remote.state_file import StateFile

VERSION: Final = 1
SCHEMA: Final = """
CREATE TABLE taken (
    account TEXT NOT NULL, slot INTEGER NOT NULL, amount INTEGER NOT NULL, until REAL NOT NULL,
    PRIMARY KEY (account, slot)
) STRICT, WITHOUT ROWID;
CREATE INDEX taken_until ON taken (until);
"""
_SLOTS: Final = 12  # of a window: what was taken is forgotten by twelfths
_LOT: Final = 20  # a process draws a twentieth of a budget at once
_KEPT: Final = 4096  # accounts of this process


@attrs.define
class _Window:
    """What one account has taken, by slot of time; `lot` is drawn from the file and not dealt out yet."""

    slots: dict[int, int] = attrs.field(factory=dict)
    lot: int = 0
    lot_slot: int = -1


class BudgetStore:
    """Fills BudgetPort for one host. `clock`: seconds since the epoch, the same for all processes."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._file = StateFile(Path(path), "budget store", SCHEMA, VERSION, synchronous="off")
        self._is_prepared = False
        self._lock = threading.Lock()
        self._windows: OrderedDict[str, _Window] = OrderedDict()

    def draw(self, account: Account, budget: Budget, amount: int) -> int:
        """Take up to `amount`; a negative one is given back. Returns what was taken."""
        key = f"{budget.measure.value} {budget.seconds:g} {budget.about} {account.name}"
        slot = int(self._clock() * _SLOTS / budget.seconds)
        with self._lock:
            window = self._window(key)
            if not account.is_shared:
                return _taken(window.slots, slot, budget.most, amount)
            if budget.cost is None or amount < 0:
                return self._draw(key, slot, budget, amount)
            return self._dealt(window, key, slot, budget, amount)

    def _dealt(self, window: _Window, key: str, slot: int, budget: Budget, amount: int) -> int:
        """From the lot of this process, which is filled up when it is empty."""
        if window.lot_slot != slot:
            window.lot, window.lot_slot = 0, slot
        if window.lot < amount:
            lot = max(amount - window.lot, budget.most // _LOT)
            window.lot += self._draw(key, slot, budget, lot)
        got = min(amount, window.lot)
        window.lot -= got
        return got

    def _draw(self, key: str, slot: int, budget: Budget, amount: int) -> int:
        if not self._is_prepared:
            self._file.prepare()
            self._is_prepared = True
        with self._file.step() as store:
            now = self._clock()
            store.execute("DELETE FROM taken WHERE until <= ?", [now])
            slots = dict(store.execute("SELECT slot, amount FROM taken WHERE account = ?", [key]).fetchall())
            got = _taken(slots, slot, budget.most, amount)
            until = now + budget.seconds * (1 + 1 / _SLOTS)
            store.execute(
                "INSERT INTO taken VALUES (?, ?, ?, ?)"
                " ON CONFLICT (account, slot) DO UPDATE SET amount = excluded.amount",
                [key, slot, slots.get(slot, 0), until],
            )
            store.execute("COMMIT")
        return got

    def _window(self, key: str) -> _Window:
        window = self._windows.setdefault(key, _Window())
        self._windows.move_to_end(key)
        while len(self._windows) > _KEPT:
            self._windows.popitem(last=False)
        return window


def _taken(slots: dict[int, int], slot: int, most: int, amount: int) -> int:
    """Add to the slot of now what may still be taken; slots that have left the window are dropped."""
    for old in [one for one in slots if one <= slot - _SLOTS]:
        del slots[old]
    used = sum(slots.values())
    got = max(amount, -used) if amount < 0 else min(amount, max(most - used, 0))
    slots[slot] = slots.get(slot, 0) + got
    return got
