"""What a change would do, found out before anybody agrees to it: the blast radius, for people to read.

A preview is stored with its request and read by others than who asked. So it holds no protected value: rows
are masked when they are read (core/samples.py), and it has no way back to what they were.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any, cast

import attrs
import msgspec


class How(enum.Enum):
    """How the number of rows was found."""

    MEASURED = "measured"  # it was run inside a savepoint and rolled back
    COUNTED = "counted"  # rows that its conditions match were counted; nothing was run
    ESTIMATED = "estimated"  # by the planner, from statistics, rounded
    UNKNOWN = "unknown"


@attrs.frozen
class RowChange:
    """One row before and after. None: it is not there, or not known. Texts are masked and cut short.

    `changed` has the positions of columns that differ; for masked columns, those that are assigned.
    """

    before: tuple[str | None, ...] | None
    after: tuple[str | None, ...] | None
    changed: tuple[int, ...] = ()


@attrs.frozen
class Sample:
    """Some of the rows of a relation that would change: at most 20. `masked`: columns not shown."""

    relation: str
    columns: tuple[str, ...]
    masked: tuple[str, ...]
    rows: tuple[RowChange, ...]


@attrs.frozen
class Reached:
    """A relation that would change.

    `by`: "statement", "ON DELETE CASCADE" and the like, or "trigger <name>"; `through`: the relation whose
    change brings it along. The counts are None where the database does not tell.
    """

    relation: str
    by: str
    through: str = ""
    inserted: int | None = None
    updated: int | None = None
    deleted: int | None = None


@attrs.frozen
class Locked:
    """A lock that the change would hold until its transaction ends; `stops`: what has to wait for it."""

    relation: str
    mode: str
    stops: str = ""


@attrs.frozen
class Structure:
    """What a change of structure does to a table. None: not known.

    `rewrites`: every row is written anew; `reads`: every row is looked at.
    """

    relation: str
    action: str
    rewrites: bool | None = None
    reads: bool | None = None
    algorithm: str = ""  # MariaDB: INSTANT, NOCOPY, INPLACE or COPY


@attrs.frozen
class Preview:
    """One statement's blast radius. `statement`: with literals replaced.

    `rows`: as the driver would count them, so that it can be compared with what happens later; `wide_rows`:
    with those that foreign keys and triggers change, where the database tells. `seconds`: how long the
    measured run took; `cost`: the planner's own unit. `complete`: whether all that is changed is in
    `reached`. `rows_bound`: the number that an approval is held to.
    """

    statement: str
    how: How
    rows: int | None = None
    wide_rows: int | None = None
    rows_bound: int | None = None
    samples: tuple[Sample, ...] = ()
    reached: tuple[Reached, ...] = ()
    complete: bool = True
    locks: tuple[Locked, ...] = ()
    structure: tuple[Structure, ...] = ()
    indexes: tuple[str, ...] = ()
    scanned: tuple[str, ...] = ()  # relations that are read from end to end
    seconds: float | None = None
    cost: float | None = None
    caveats: tuple[str, ...] = ()


@attrs.frozen
class Previews:
    """What is stored with a request: one preview for each of its statements, in order."""

    parts: tuple[Preview, ...]

    @property
    def rows(self) -> int | None:
        """All rows that may change, None where any part does not tell."""
        known = [part.rows_bound for part in self.parts]
        return None if None in known else sum(rows for rows in known if rows is not None)

    def to_json(self) -> Mapping[str, Any]:
        """As JSON-able values: {"parts": [...]}, with the names of the attributes above."""
        return cast("Mapping[str, Any]", msgspec.to_builtins(self))


def from_json(stored: Mapping[str, Any]) -> Previews:
    """What `to_json` gave. Raises ValueError for anything else."""
    return msgspec.convert(stored, Previews)
