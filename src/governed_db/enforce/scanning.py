"""What a plan hides in texts into what looks into its rows, made once for all plans that hide the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from governed_db.core.contents import key_class
from governed_db.core.plan import Plan
from governed_db.mask.content.rows import ContentScan

_SCANS = 2048  # of one connection; all are dropped when there are more

Told = Callable[[Plan, Mapping[str, int]], None]


class Scans:
    """The scans of one connection."""

    __slots__ = ("_scans",)

    def __init__(self) -> None:
        self._scans: dict[int, ContentScan] = {}

    def of(self, plan: Plan, told: Told) -> ContentScan:
        """What looks into the texts of the plan's rows; `told` is called with what was hidden there."""
        # Plans of texts that are alike share what is scanned, the very object, which the scan keeps alive.
        scan = self._scans.get(id(plan.scanned))
        if scan is None:
            if len(self._scans) >= _SCANS:
                self._scans.clear()
            scan = self._scans[id(plan.scanned)] = ContentScan(plan.scanned, partial(told, plan), key_class)
        return scan
