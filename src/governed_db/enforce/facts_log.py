"""Facts of statements into one event for each that is new, so that other policies can be tried on them."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from governed_db.core.ports import AuditPort
from governed_db.errors import AuditUnavailable
from governed_db.model.audit import AuditEvent
from governed_db.model.codec import Members, members
from governed_db.model.recorded import Classes, encoded, recorded
from governed_db.model.statement import Facts

_KEPT = 4096  # names of facts that this process has told


@attrs.define
class FactsLog:
    """What one process has told. Two threads may tell the same twice: that does no harm."""

    audit: AuditPort
    new_id: Callable[[], str]
    now: Callable[[], float]
    _told: set[str] = attrs.field(factory=set, init=False)
    _names: dict[int, tuple[Facts, str]] = attrs.field(factory=dict, init=False)

    def __call__(self, facts: Facts, classes: Classes) -> str:
        """The name of the facts, under which the trail has them."""
        known = self._names.get(id(facts))
        if known is not None and known[0] is facts:
            return known[1]
        name, text = encoded(recorded(facts, classes))
        if len(self._names) >= _KEPT:
            self._names.clear()
        self._names[id(facts)] = facts, name
        if name not in self._told:
            if len(self._told) >= _KEPT:
                self._told.clear()
            self._told.add(name)
            try:
                self.audit.put(self._event, name, text)
            except AuditUnavailable:  # whether the statement may run then is decided with its own events
                self._told.discard(name)
        return name

    def _event(self, name: str, text: bytes) -> AuditEvent | Members:
        fields = b'{"facts":"%b","known":%b}' % (name.encode(), text)
        return members(self.new_id(), self.now(), "facts", fields)
