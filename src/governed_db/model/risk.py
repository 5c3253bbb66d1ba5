"""How unusual and how far-reaching a statement is: a score, and the terms that it is the sum of."""

from __future__ import annotations

import attrs

MOST = 100


@attrs.frozen
class Term:
    """One reason why a statement is risky. `name` is a signal that conditions can ask for."""

    name: str
    points: int
    why: str


@attrs.frozen
class Risk:
    """0 is nothing to see, 100 the most."""

    terms: tuple[Term, ...] = ()

    @property
    def score(self) -> int:
        return min(sum(term.points for term in self.terms), MOST)

    @property
    def signals(self) -> tuple[str, ...]:
        return tuple(term.name for term in self.terms)


@attrs.frozen
class Habits:
    """What is known of a principal's earlier statements: counts, nothing else.

    `tables` and `hours` (of the day, UTC) say in how many of the `statements` each occurred. `rows` were
    read or changed in `busy_hours`; `rows_now` and `denials_now` are of the last hour.
    """

    statements: int = 0
    tables: frozenset[str] = frozenset()
    hours: tuple[int, ...] = (0,) * 24
    rows: int = 0
    busy_hours: int = 0
    rows_now: int = 0
    denials_now: int = 0
