"""Rows of a result into the same rows without personal data in their texts.

Cells of many rows are joined into one text, because asking whether it may hold anything costs as much for
one cell as for a hundred. Rows without a hit are handed on as they are, the very objects.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import accumulate, chain
from operator import itemgetter
from typing import Any, Final

from governed_db.mask.content.cells import Found, rewritten, text_of
from governed_db.mask.content.fast import families_in
from governed_db.mask.content.find import find
from governed_db.mask.content.members import KeyClass, nobody

_CHUNK: Final = 64
_JOINT: Final = "\0"  # part of no form, and a boundary to all of them

Row = tuple[Any, ...]
Columns = Mapping[int, frozenset[str]]


class ContentScan:
    """Looks at some columns of rows. `columns`: which classes are hidden in which column.

    `told` is called with the number of hits of each class, whenever there are any. `key_class` says what
    members of documents hold by their keys.
    """

    __slots__ = ("_cells", "_families", "_order", "columns", "key_class", "told")

    def __init__(self, columns: Columns, told: Callable[[Found], None], key_class: KeyClass = nobody) -> None:
        self.columns = columns
        self.key_class = key_class
        self.told = told
        self._families = families_in()
        self._order = tuple(columns)
        get = itemgetter(*columns)
        # All cells of some rows to look into, without a call of Python's for each.
        self._cells: Callable[[Sequence[Row]], Iterable[Any]] = (
            partial(map, get) if len(columns) == 1 else lambda rows: chain.from_iterable(map(get, rows))
        )

    def rows(self, rows: Sequence[Row]) -> list[Row]:
        """All of them, in order."""
        found: Found = {}
        scanned: list[Row] = []
        for start in range(0, len(rows), _CHUNK):
            chunk = rows[start : start + _CHUNK]
            scanned += self._chunk(chunk, found)
        if found:
            self.told(found)
        return scanned

    def row(self, row: Row) -> Row:
        """One row."""
        found: Found = {}
        scanned = self._chunk((row,), found)[0]
        if found:
            self.told(found)
        return scanned

    def _chunk(self, chunk: Sequence[Row], found: Found) -> Sequence[Row]:
        """Two looks: one at all texts as they are, which is enough nearly always, and one at each cell."""
        text = _plainly_joined(self._cells(chunk))
        if text is None:
            text = _plainly_joined(cell for cell in self._cells(chunk) if cell is not None)
        if text is not None:
            families = self._families(text)
            if not families or not find(text, families, self.key_class):
                return chunk
        return self._edited(chunk, found)

    def _edited(self, chunk: Sequence[Row], found: Found) -> Sequence[Row]:
        cells = list(self._cells(chunk))
        texts = [text_of(cell) for cell in cells]
        text = _JOINT.join(texts)
        starts = [0, *accumulate(len(each) + 1 for each in texts)]
        edits: dict[int, dict[int, Any]] = {}
        for number in sorted(
            {bisect_right(starts, hit.start) - 1 for hit in find(text, self._families(text), self.key_class)}
        ):
            place, nth = divmod(number, len(self._order))
            index = self._order[nth]
            edits.setdefault(place, {})[index] = rewritten(
                cells[number], self.columns[index], found, self.key_class
            )
        rows = [*chunk]
        for place, values in edits.items():
            rows[place] = tuple(values.get(index, cell) for index, cell in enumerate(rows[place]))
        return rows


def _plainly_joined(cells: Iterable[Any]) -> str | None:
    """The cells as one text; None where some are no plain texts: NULL, bytes, documents, escaped JSON."""
    try:
        text = _JOINT.join(cells)
    except TypeError:
        return None
    return None if "\\" in text else text
