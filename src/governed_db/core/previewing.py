"""A statement that needs approval into its preview, by asking the database; nothing of it lasts.

`look_ahead` is a generator: it yields what is to be asked, in a place that the driver has made safe (inside
of a savepoint, for a bounded time), and is sent the answers. Rules of this file:

* Nothing runs that has effects beyond its transaction, as far as analysis knows.
* What is measured is the statement as it was sent; only words at its end (RETURNING) may be added, by
  which the rows that it changed are found again.
* A preview that fails is a preview with caveats, never an error of the caller's statement.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, Final

import attrs

from governed_db.core import planner_words
from governed_db.core.plan import Plan
from governed_db.core.samples import ROWS, Face, Row, can_be_key, masked_rows
from governed_db.model.catalog import Catalog, Dialect
from governed_db.model.preview import How, Locked, Preview, Reached, RowChange, Sample
from governed_db.model.statement import WRITES, ColumnRef, Facts, Kind
from governed_db.sql import affected
from governed_db.sql.blast import Blast, blast
from governed_db.sql.structure import structure

SECONDS: Final = 5.0  # that a measured run may take
LOCK_SECONDS: Final = 1.0  # that it may wait for others

_RUNS: Final = WRITES | {Kind.SELECT}
_SEQUENCES: Final = "numbers that sequences or AUTO_INCREMENT gave out while it was measured stay used"


@attrs.frozen
class Look:
    """Ask `text`, of our own making. Answered with rows, None when it could not be answered."""

    text: str


@attrs.frozen
class Explain:
    """Ask for the plan of the statement, written with `prefix` in front. Answered like Look."""

    prefix: str


@attrs.frozen
class Wording:
    """Answered with the text as it would be sent, where values are written into it; None elsewhere."""


@attrs.frozen
class Attempt:
    """Run `text`, the statement's with words added, or the statement as it is. Answered with Tried.

    `key`: the columns whose values are the last ones of what it returns.
    """

    text: str | None = None
    key: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        return len(self.key)


@attrs.frozen
class Undo:
    """Take back what the attempt did; what is asked after it sees the rows as they are."""


@attrs.frozen
class Tried:
    """How an attempt went. `rows` is what an approval is held to later, counted in the very same way.

    `counts`: rows inserted, updated and deleted by relation, None where the database does not tell.
    `problem`: why there is nothing to tell, in words without values.
    """

    rows: int = -1
    returned: Sequence[Sequence[Any]] = ()
    seconds: float = 0.0
    counts: Mapping[str, tuple[int, int, int]] | None = None
    wide_rows: int | None = None
    problem: str = ""


Step = Look | Explain | Wording | Attempt | Undo
Trial = Generator[Step, Any, Preview]
FaceOf = Callable[[Any], Face]


def may_run(plan: Plan) -> str:
    """Why a statement is not run to be measured; empty when it is."""
    facts = plan.facts
    if facts is None:
        return "it was not understood"
    if Kind.DDL in facts.kinds:
        return ""
    if not facts.writes or not facts.kinds <= _RUNS:
        return "it changes no rows"
    if facts.hazards:
        return (
            f"it was not run to measure it: {facts.hazards[0].name} may have effects that no rollback undoes"
        )
    if not all(write.transactional for write in facts.writes):
        return "it was not run to measure it: a table it changes knows no rollback"
    return ""


def look_ahead(
    plan: Plan, catalog: Catalog, classes: Mapping[ColumnRef, str], face_of: FaceOf, *, may_measure: bool
) -> Trial:
    """The preview of one statement. `may_measure`: its conversation may still learn what a count tells."""
    facts = plan.facts
    known = Preview(plan.redacted, How.UNKNOWN)
    if facts is None:
        return known
    reached = blast(facts, catalog)
    known = attrs.evolve(
        known,
        reached=reached.reached,
        complete=not reached.unread,
        caveats=tuple(f"what the trigger {name} does cannot be read" for name in reached.unread),
    )
    if Kind.DDL in facts.kinds:
        return structure(known, plan.text, facts, catalog)
    if not may_measure:
        return _with(known, "it was not measured: this conversation has used up a budget for comparisons")
    known = yield from _planned(known, catalog.dialect)
    reason = may_run(plan)
    if reason:
        return (yield from _counted(_with(known, reason), facts, catalog, classes))
    if not _is_kept(reached, catalog):
        reason = "it was not run to measure it: a table it reaches knows no rollback"
        return (yield from _counted(_with(known, reason), facts, catalog, classes))
    known = attrs.evolve(known, locks=_locks(reached, catalog.dialect))
    return (yield from _measured(known, plan, catalog, classes, face_of, reached))


# -- measured ------------------------------------------------------------------------------------------


def _measured(
    known: Preview,
    plan: Plan,
    catalog: Catalog,
    classes: Mapping[ColumnRef, str],
    face_of: FaceOf,
    reached: Blast,
) -> Trial:
    facts, dialect = plan.facts, catalog.dialect
    assert facts is not None  # noqa: S101  # look_ahead has looked
    found = affected.target(facts, catalog, classes)
    if found is not None and not can_be_key(found.info, found.key):
        found = None
    text, keys = (None, []) if found is None else (yield from _keyed(found, plan, dialect))
    before_counts = yield from _sizes(reached, catalog)
    key = found.key if found is not None and text is not None else ()
    tried: Tried = yield Attempt(text, key)
    if tried.problem and text is not None:  # with words added it fails where alone it may not
        yield Undo()
        tried, key = (yield Attempt()), ()
    if tried.problem:
        yield Undo()
        known = _with(known, f"it could not be measured: {tried.problem}")
        return (yield from _counted(known, facts, catalog, classes))
    after_counts = yield from _sizes(reached, catalog)
    keys = keys or [tuple(map(_text, row)) for row in tried.returned[:ROWS] if key]
    known = attrs.evolve(
        known,
        how=How.MEASURED,
        rows=tried.rows,
        rows_bound=tried.rows,
        wide_rows=tried.wide_rows,
        seconds=round(tried.seconds, 3),
        reached=_filled(reached, tried, before_counts, after_counts),
    )
    if _uses_sequences(facts):
        known = _with(known, _SEQUENCES)
    if found is None or not keys:
        yield Undo()
        return known if tried.rows == 0 else _with(known, "its rows have no key by which to show them")
    return (yield from _sampled(known, face_of(found.info), keys, facts, key=found.key, dialect=dialect))


def _keyed(
    found: affected.Target, plan: Plan, dialect: Dialect
) -> Generator[Step, Any, tuple[str | None, list[Row]]]:
    """The text that also returns keys; where none can, the keys of the rows that it is going to change."""
    wording = yield Wording()
    text = affected.returning(wording or plan.text, found, dialect)
    where = affected.matching(wording, found, dialect) if wording and text is None else None
    if where is None:
        return text, []
    names = ", ".join(affected.quoted(name, dialect) for name in found.key)
    rows = yield Look(f"SELECT {names} FROM (SELECT {names} {where}) AS governed_rows LIMIT {ROWS}")
    return text, [tuple(map(_text, row)) for row in rows or ()]


def _sampled(
    known: Preview, shown: Face, keys: list[Row], facts: Facts, *, key: Sequence[str], dialect: Dialect
) -> Trial:
    """The preview with some of its rows as they would be, and as they are."""
    question = shown.question(key, keys, dialect)
    after = yield Look(question)
    yield Undo()
    before = yield Look(question)
    if before is None or after is None:
        return _with(known, "its rows could not be read in time")
    sample = _sample(shown, keys, masked_rows(before, len(key)), masked_rows(after, len(key)), facts)
    return attrs.evolve(known, samples=(sample,))


def _sample(
    shown: Face, keys: Sequence[Row], before: Mapping[Row, Row], after: Mapping[Row, Row], facts: Facts
) -> Sample:
    assigned = {flow.target.column for write in facts.writes for flow in write.flows}
    names = [column.name for column in shown.columns]

    def change(key: Row) -> RowChange:
        old, new = before.get(key), after.get(key)
        differs = (
            # Of a masked column only what the text says: that a value did not change would tell it.
            name in assigned if name in shown.masked else old is None or new is None or old[at] != new[at]
            for at, name in enumerate(names)
        )
        is_both = old is not None and new is not None
        return RowChange(old, new, tuple(at for at, it in enumerate(differs) if it) if is_both else ())

    masked = tuple(name for name in names if name in shown.masked)
    rows = tuple(change(key) for key in dict.fromkeys(keys) if key in before or key in after)
    return Sample(f"{shown.info.schema}.{shown.info.name}", tuple(names), masked, rows)


def _sizes(reached: Blast, catalog: Catalog) -> Generator[Step, Any, dict[str, tuple[int, ...]]]:
    """How many rows reached tables have, and how many refer to something: PostgreSQL tells by itself."""
    if catalog.dialect is Dialect.POSTGRES:
        return {}
    sizes: dict[str, tuple[int, ...]] = {}
    for info in catalog.relations.values():
        name = f"{info.schema}.{info.name}"
        if name not in reached.relations or name in sizes or len(sizes) >= ROWS:
            continue
        columns = [key.columns[0] for key in info.foreign_keys if key.cascades]
        counts = ["COUNT(*)", *(f"COUNT({affected.quoted(one, catalog.dialect)})" for one in columns)]
        rows = yield Look(f"SELECT {', '.join(counts)} FROM {affected.qualified(info, catalog.dialect)}")
        if rows:
            sizes[name] = tuple(int(value) for value in rows[0])
    return sizes


def _filled(
    reached: Blast, tried: Tried, before: Mapping[str, Sequence[int]], after: Mapping[str, Sequence[int]]
) -> tuple[Reached, ...]:
    """What is known of each relation; a relation that is reached in two ways has one count, in the first."""
    filled: list[Reached] = []
    told: set[str] = set()
    for one in reached.reached:
        if one.relation in told:
            filled.append(one)
            continue
        told.add(one.relation)
        if tried.counts is not None:
            counts = tried.counts.get(one.relation, (0, 0, 0))
            filled.append(attrs.evolve(one, inserted=counts[0], updated=counts[1], deleted=counts[2]))
        elif one.relation in before and one.relation in after:
            filled.append(_compared(one, before[one.relation], after[one.relation]))
        else:
            filled.append(one)
    for name, (inserted, updated, deleted) in sorted((tried.counts or {}).items()):
        if name not in told:
            filled.append(Reached(name, "a trigger or rule", "", inserted, updated, deleted))
    return tuple(filled)


def _compared(one: Reached, before: Sequence[int], after: Sequence[int]) -> Reached:
    """By how much a table shrank; where only a foreign key empties columns, how many it emptied."""
    grown = after[0] - before[0]
    if one.by == "ON DELETE CASCADE":
        return attrs.evolve(one, deleted=max(-grown, 0))
    if one.by == "ON DELETE SET NULL" and grown == 0 and len(before) == 2:
        return attrs.evolve(one, updated=before[1] - after[1])
    return attrs.evolve(one, inserted=grown) if grown > 0 else one


# -- not run -------------------------------------------------------------------------------------------


def _counted(known: Preview, facts: Facts, catalog: Catalog, classes: Mapping[ColumnRef, str]) -> Trial:
    """Rows that its conditions match, without running it; else what the planner thinks."""
    found = affected.target(facts, catalog, classes)
    wording = (yield Wording()) if found is not None else None
    where = affected.matching(wording, found, catalog.dialect) if wording and found is not None else None
    if where is None:
        return known
    rows = yield Look(f"SELECT COUNT(*) FROM (SELECT 1 {where}) AS governed_rows")
    if not rows:
        return known
    return attrs.evolve(known, how=How.COUNTED, rows=int(rows[0][0]))


def _planned(known: Preview, dialect: Dialect) -> Trial:
    answer = yield Explain(planner_words.PREFIX[dialect])
    if not answer:
        return known
    try:
        words = planner_words.read(answer, dialect)
    except (ValueError, KeyError, TypeError, json.JSONDecodeError):
        return known
    how = How.ESTIMATED if words.rows is not None else How.UNKNOWN
    return attrs.evolve(
        known, how=how, rows=words.rows, cost=words.cost, indexes=words.indexes, scanned=words.scanned
    )


# -- facts -----------------------------------------------------------------------------------------------


def _locks(reached: Blast, dialect: Dialect) -> tuple[Locked, ...]:
    names = dict.fromkeys(one.relation for one in reached.reached)
    if dialect is Dialect.SQLITE:
        return (Locked("the database file", "RESERVED", "every other writer"),)
    if dialect is Dialect.POSTGRES:
        return tuple(Locked(name, "ROW EXCLUSIVE", "DDL, and writers of the same rows") for name in names)
    return tuple(Locked(name, "IX and row locks", "DDL, and writers of the rows it reads") for name in names)


def _is_kept(reached: Blast, catalog: Catalog) -> bool:
    infos = {f"{info.schema}.{info.name}": info for info in catalog.relations.values()}
    return all(infos[name].transactional for name in reached.relations if name in infos)


def _uses_sequences(facts: Facts) -> bool:
    return any(write.kind in (Kind.INSERT, Kind.MERGE) for write in facts.writes)


def _with(preview: Preview, caveat: str) -> Preview:
    return attrs.evolve(preview, caveats=(*preview.caveats, caveat))


def _text(value: object) -> str | None:
    return None if value is None else str(value)
