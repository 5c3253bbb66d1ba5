"""A statement into its risk for each link of the chain, asked for at most once each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

import attrs

from governed_db.model.principal import Principal
from governed_db.model.risk import Risk
from governed_db.model.statement import ColumnRef, Facts
from governed_db.policy.risk import assess


@attrs.frozen
class Deed:
    """What is assessed: facts and marks of a statement, never its text."""

    facts: Facts
    classes: Mapping[ColumnRef, str]
    marks: tuple[str, ...]
    database: str
    now: datetime


class RiskPort(Protocol):
    """What is usual for whom, and what a scorer of the policy owner's says."""

    def assess(self, deed: Deed, principal: Principal) -> Risk:
        """The risk of a deed by one principal."""


@attrs.define
class Assessing:
    """The risk of one statement, by principal. Without a port the facts alone speak."""

    port: RiskPort | None
    make: Callable[[], Deed]
    _deed: Deed | None = attrs.field(default=None, init=False)
    _known: dict[Principal, Risk] = attrs.field(factory=dict, init=False)

    def __call__(self, principal: Principal) -> Risk:
        found = self._known.get(principal)
        if found is None:
            found = self._known[principal] = self._assess(principal)
        return found

    def worst(self, principal: Principal) -> Risk:
        """The highest of the chain."""
        return max((self(link) for link in principal.chain()), key=lambda risk: risk.score)

    def _assess(self, principal: Principal) -> Risk:
        deed = self._deed = self._deed or self.make()
        if self.port is not None:
            return self.port.assess(deed, principal)
        return assess(deed.facts, principal, deed.classes, marks=deed.marks)
