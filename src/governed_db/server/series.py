"""Sums of a time into lines for charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from governed_db.server.intake import BUCKET_SECONDS
from governed_db.server.store import Tx
from governed_db.server.tables.events import COUNTS

NAMES: Final = ("statements", "rows", "masked", "refused", "asked", "errors", "acts")
MOST_POINTS: Final = 2000


@attrs.frozen
class Series:
    """Sums by name, one for each `step` seconds from `since` on."""

    since: float
    step: float
    values: Mapping[str, Sequence[int]]


def series(tx: Tx, since: float, until: float, step: float) -> Series:
    """What happened between two times. Steps are whole buckets, and there are at most 2,000 of them."""
    step = max(step, (until - since) / MOST_POINTS, BUCKET_SECONDS)
    step = -(-step // BUCKET_SECONDS) * BUCKET_SECONDS
    begin = since // step * step
    points = max(1, int(-(-(until - begin) // step)))
    values = {name: [0] * points for name in NAMES}
    c = COUNTS.c
    wanted = tx.select(COUNTS).where(c.bucket >= begin, c.bucket < until)
    for row in tx.rows(wanted):
        if row.name in values:
            values[row.name][int((row.bucket - begin) // step)] += row.value
    return Series(begin, step, values)
