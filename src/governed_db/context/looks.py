"""Databases into what was seen of their values: looked at when they are first met, and known after that.

Looking is part of the first statement of a session, by the session itself, and takes so long at most. What
is left then is looked at with later statements, a moment each time. Sessions of one database share what
they see; it is kept in the state folder.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Generator
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

from governed_db.core import forks
from governed_db.model.catalog import Catalog, Dialect

if TYPE_CHECKING:
    from governed_db.classify.sight import Sights

_KEPT: Final = 64  # databases
_FURTHER: Final = 0.1  # seconds of a later statement, at most
_AGAIN: Final = 10.0  # seconds until a table that gave no answer is asked again
_CLAIMED: Final = 2.0  # seconds for which a table is left to the session that is looking at it


class Keeping(Protocol):
    """Where what was seen outlives the process."""

    def read(self) -> Any: ...

    def write(self, members: dict[str, Any]) -> None: ...


class Look:
    """What was seen of one database. `sights` is replaced whole, never changed."""

    def __init__(self, seconds: float, now: Callable[[], float], keeping: Keeping) -> None:
        self._seconds = seconds
        self._most = seconds
        self._now = now
        self._keeping = keeping
        self._lock = forks.lock()
        self._asked: dict[tuple[str, str], float] = {}
        self._claims: dict[tuple[str, str], float] = {}
        self._is_read = False
        self.sights: Sights = {}

    def further(self, catalog: Catalog) -> Generator[str, Any, None]:
        """Look at what has not been seen yet, as far as the time goes."""
        if self._seconds <= 0:
            return
        # Imported here: what judges values is only needed where there is something to look at.
        from governed_db.classify import first_sight
        from governed_db.context import samples

        self._read()
        wanted = [one for one in samples.tables(catalog) if self._is_wanted(catalog, one)]
        if not wanted:
            return
        told = first_sight.told_by_name(catalog)
        seconds, self._seconds = self._seconds, min(self._most, _FURTHER)
        mine: set[tuple[str, str]] = set()
        claim = partial(self._claim, mine=mine)
        try:
            asking = samples.looked(
                catalog, wanted, seconds=seconds, now=self._now(), claim=claim, told_by_name=told
            )
            self._add((yield from asking))
        finally:
            with self._lock:
                for name in mine:
                    self._claims.pop(name, None)

    def forget(self) -> None:
        """What was seen counts no more: all is looked at anew."""
        from governed_db.classify import sight

        with self._lock:
            self._is_read, self._seconds, self.sights = True, self._most, {}
            self._asked.clear()
            self._keeping.write(sight.kept(self.sights))

    def _is_wanted(self, catalog: Catalog, table: Any) -> bool:
        name = (table.schema, table.name)
        if catalog.dialect is Dialect.MYSQL and table.schema not in catalog.search_path:
            return False  # the server shows all databases of all applications
        sight, now = self.sights.get(name), self._now()
        if sight is None:
            return not 0 <= now - self._asked.get(name, -_AGAIN) < _AGAIN
        return sight.is_due(table, now)

    def _claim(self, table: Any, mine: set[tuple[str, str]]) -> bool:
        """Whether this session looks at the table now; another one may be doing it."""
        name, now = (table.schema, table.name), self._now()
        with self._lock:
            if 0 <= now - self._claims.get(name, -_CLAIMED) < _CLAIMED:
                return False
            self._claims[name] = self._asked[name] = now
            mine.add(name)
            return True

    def _read(self) -> None:
        with self._lock:
            if not self._is_read:
                from governed_db.classify import sight

                self._is_read = True
                self.sights = sight.read(self._keeping.read())

    def _add(self, found: Sights) -> None:
        from governed_db.classify import sight

        if not found:
            return
        with self._lock:
            new = {name: one.after(self.sights.get(name)) for name, one in found.items()}
            self.sights = {**self.sights, **new}
            self._keeping.write(sight.kept(self.sights))


class Looks:
    """The databases that a process has met; the least recently used goes first."""

    def __init__(self, seconds: float, now: Callable[[], float], keeping: Callable[[str], Keeping]) -> None:
        self._seconds = seconds
        self._now = now
        self._keeping = keeping
        self._lock = forks.lock()
        self._known: OrderedDict[str, Look] = OrderedDict()

    def at(self, target_key: str) -> Look:
        """What was seen there; of what only one connection has in memory, nothing outlives it."""
        with self._lock:
            look = self._known.get(target_key)
            if look is None:
                kept = "" if target_key.startswith("memory:") else target_key
                look = self._known[target_key] = Look(self._seconds, self._now, self._keeping(kept))
                while len(self._known) > _KEPT:
                    self._known.popitem(last=False)
            self._known.move_to_end(target_key)
            return look
