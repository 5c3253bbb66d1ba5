"""A look at a database into what is known of it: its catalog, and what its columns hold.

What was learned is shared by all sessions of this process that see the database the same way.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from governed_db.context.catalog import load as load_catalog
from governed_db.context.catalog import sessions
from governed_db.context.looks import Looks
from governed_db.core import forks
from governed_db.core.plan import Knowledge
from governed_db.model.classification import CLEAR, UNREVIEWED
from governed_db.model.policy import Policy
from governed_db.policy.decide import overrides

if TYPE_CHECKING:
    from governed_db.classify.sight import Sights
    from governed_db.model.catalog import Catalog, Dialect
    from governed_db.model.statement import ColumnRef

Learning: TypeAlias = Generator[str, list[tuple[Any, ...]], Knowledge]

_WEAK: Final = frozenset({CLEAR, UNREVIEWED})  # classifications that give way to any other
_SHARED: Final = 64  # databases (as seen by different sessions) whose knowledge is kept


class Learned:
    """Knowledge by database and by what its session sees; the least recently used goes first."""

    def __init__(self) -> None:
        self._lock = forks.lock()
        self._known: OrderedDict[tuple[str, ...], Knowledge] = OrderedDict()

    def get(self, key: tuple[str, ...]) -> Knowledge | None:
        with self._lock:
            found = self._known.get(key)
            if found is not None:
                self._known.move_to_end(key)
            return found

    def last_of(self, target_key: str) -> Knowledge | None:
        """What was learned last of a database, whatever its schema was then."""
        with self._lock:
            return next((self._known[key] for key in reversed(self._known) if key[0] == target_key), None)

    def keep(self, key: tuple[str, ...], knowledge: Knowledge) -> None:
        with self._lock:
            self._known[key] = knowledge
            while len(self._known) > _SHARED:
                self._known.popitem(last=False)


def load_knowledge(
    dialect: Dialect, target_key: str, *, policy: Policy, looks: Looks, learned: Learned
) -> Learning:
    """Catalog and classifications of a session, read only when no other session has seen the same."""
    look = looks.at(target_key)
    seen = yield from sessions.seen(dialect)
    key = (target_key, *seen) if seen is not None else ()
    found = learned.get(key)
    if found is not None:
        catalog = found.catalog
    else:
        last = learned.last_of(target_key)
        catalog = yield from load_catalog(dialect, last.catalog if last is not None else None)
    yield from look.further(catalog)
    if found is None or found.seen is not look.sights:
        found = knowledge_of(catalog, policy, look.sights)
        if seen is not None and catalog.epoch == seen[-1]:
            learned.keep(key, found)
    return found


def knowledge_of(catalog: Catalog, policy: Policy, seen: Sights | None = None) -> Knowledge:
    """A catalog with the classification of its columns, as the policy sees them, by what was seen of them."""
    # Imported here: its word lists are the largest part of an import, and only a first statement needs it.
    from governed_db.classify import first_sight

    sights = seen if seen is not None else {}
    found = first_sight.classes(catalog, sights)
    found |= _inherited(catalog, found)
    found |= _overruled(catalog, policy)
    return Knowledge(catalog, {column: name for column, name in found.items() if name != CLEAR}, seen)


def _inherited(catalog: Catalog, found: Mapping[ColumnRef, str]) -> dict[ColumnRef, str]:
    """Columns into which triggers copy classified ones are classified like them."""
    from governed_db.sql.facts import copied

    inherited: dict[ColumnRef, str] = {}
    for flow in copied(catalog):
        known = {found[column] for column in flow.exposed if column in found} - _WEAK
        if known and found.get(flow.target, CLEAR) in _WEAK:
            # Of several the one that is hidden best: secrets come last in the alphabet.
            inherited[flow.target] = max(known | {inherited.get(flow.target, "")})
    return inherited


def _overruled(catalog: Catalog, policy: Policy) -> dict[ColumnRef, str]:
    """Columns that the policy classifies itself: errors about them are protected, or not, too."""
    from governed_db.model.statement import ColumnRef

    if not policy.overrides:
        return {}
    columns = (
        ColumnRef(relation.schema, relation.name, column.name)
        for relation in catalog.relations.values()
        for column in relation.columns
    )
    said = ((column, overrides(policy, column)) for column in columns)
    return {column: classification for column, classification in said if classification is not None}
