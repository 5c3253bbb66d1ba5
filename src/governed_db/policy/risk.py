"""Facts, and what is usual for a principal, into a risk: every point has a term that says where it is from.

Nothing takes points away: habits that somebody made up beforehand win nothing but the few points of being
unusual.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from governed_db.model.classification import UNREVIEWED
from governed_db.model.principal import Principal
from governed_db.model.risk import Habits, Risk, Term
from governed_db.model.statement import ColumnRef, Facts, Kind, Reach

KINDS: Final[Mapping[Kind, int]] = {
    Kind.INSERT: 5,
    Kind.SESSION: 5,
    Kind.UPDATE: 10,
    Kind.MERGE: 10,
    Kind.COPY: 10,
    Kind.DELETE: 15,
    Kind.CALL: 15,
    Kind.DDL: 30,
    Kind.GRANT: 40,
}
REACH: Final[Mapping[Reach, int]] = {Reach.PREDICATE: 10, Reach.UNBOUNDED: 30}
FAMILIES: Final[Mapping[str, int]] = {"secret": 30, "health": 20, "financial": 15, "pii": 10}
OTHER_CLASS: Final = 10
MARKS: Final[Mapping[str, tuple[int, str]]] = {
    "stacked-statement": (30, "a literal holds a second statement"),
    "comment-in-literal": (15, "a literal ends in a comment"),
    "tautology-in-literal": (25, "a literal holds a condition that is always true"),
    "union-in-literal": (25, "a literal holds UNION SELECT"),
    "delay-in-literal": (20, "a literal holds a function that waits"),
}
MANY_CLASSES: Final = 5
MANY_JOINS: Final = 5
HAZARD: Final = 25
NEW_TABLE: Final = 15
UNUSUAL_HOUR: Final = 10
UNUSUAL_VOLUME: Final = 20
DENIAL: Final = 5
MOST_DENIALS: Final = 30

_KNOWN_AFTER: Final = 50  # statements, before anything of a principal is called unusual
_JOINS: Final = 5
_CLASSES: Final = 3
_RARE: Final = 0.01  # of the statements fell into this hour
_VOLUME: Final = 10  # times the rows of an average hour
_FEW_ROWS: Final = 1000


def assess(
    facts: Facts,
    principal: Principal,
    classes: Mapping[ColumnRef, str],
    *,
    marks: tuple[str, ...] = (),
    habits: Habits | None = None,
    now: datetime | None = None,
) -> Risk:
    """The risk of one statement by one principal."""
    terms = [*_deed(facts), *_classes(facts, classes), *(_mark(mark) for mark in marks)]
    if habits is not None:
        terms += _unusual(facts, habits, now)
    if principal.kind == "agent" and any(term.points >= KINDS[Kind.DELETE] for term in terms):
        terms.append(Term("agent", 5, "it is an agent that does it"))
    return Risk(tuple(terms))


def _deed(facts: Facts) -> Iterator[Term]:
    kind = max(facts.kinds, key=lambda kind: KINDS.get(kind, 0), default=facts.kind)
    if kind in KINDS:
        yield Term(f"kind-{kind.value}", KINDS[kind], f"the statement does {kind.value}")
    reach = max((write.reach for write in facts.writes), key=lambda one: REACH.get(one, 0), default=None)
    if reach is not None and reach in REACH:
        yield Term(f"reach-{reach.value}", REACH[reach], "only running it tells how many rows it changes")
    if facts.joins > _JOINS:
        yield Term("many-joins", MANY_JOINS, f"it joins {facts.joins + 1} tables")
    for hazard in sorted({hazard.kind.value for hazard in facts.hazards}):
        yield Term(f"hazard-{hazard}", HAZARD, f"its effects go beyond rows: {hazard}")


def _classes(facts: Facts, classes: Mapping[ColumnRef, str]) -> Iterator[Term]:
    found = {classes[column] for column in facts.columns if column in classes} - {UNREVIEWED}
    for family in sorted({name.partition(".")[0] for name in found}):
        yield Term(f"class-{family}", FAMILIES.get(family, OTHER_CLASS), f"it reads columns of {family}")
    if len(found) > _CLASSES:
        yield Term("many-classes", MANY_CLASSES, f"it reads {len(found)} classes of protected columns")


def _mark(mark: str) -> Term:
    points, why = MARKS[mark]
    return Term(mark, points, why)


def _unusual(facts: Facts, habits: Habits, now: datetime | None) -> Iterator[Term]:
    if habits.denials_now:
        points = min(DENIAL * habits.denials_now, MOST_DENIALS)
        yield Term("denials", points, f"{habits.denials_now} statements were refused within the last hour")
    if habits.statements < _KNOWN_AFTER:
        return
    new = sorted({str(relation) for relation in facts.relations} - habits.tables)
    if new:
        yield Term("new-table", NEW_TABLE, f"the first statement on {', '.join(new[:3])}")
    if now is not None and habits.hours[now.hour] < _RARE * habits.statements:
        yield Term("unusual-hour", UNUSUAL_HOUR, f"hardly ever active at {now.hour:02}:00 UTC")
    usual = habits.rows / max(habits.busy_hours, 1)
    if habits.rows_now > max(_VOLUME * usual, _FEW_ROWS):
        yield Term("unusual-volume", UNUSUAL_VOLUME, f"more than {_VOLUME} times the rows of a usual hour")
