"""A small result, as the server sent it, into whether its texts hold anything to hide.

Nearly none does. Then it needs no stand-in and no transformer of ours, which would cost a statement that
returns one row more than all the rest of governing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from governed_db.core.contents import key_class
from governed_db.mask.content.fast import families_in
from governed_db.mask.content.find import find

if TYPE_CHECKING:
    from psycopg.pq.abc import PGresult

    from governed_db.core.plan import Plan

_MOST: Final = 64  # cells; of more, looking at the loaded rows is cheaper
# Escapes hide characters, and what stands in documents, arrays and the like goes by their keys.
_NESTED: Final = re.compile(rb"[\\{\[]|=>")


def is_clean(plan: Plan, result: PGresult, encoding: str) -> bool:
    """Whether it is sure that nothing in it has to be hidden; only for plans without masks."""
    if (
        plan.row_mask is not tuple
        or plan.meter is not None
        or encoding != "utf-8"
        or result.ntuples * len(plan.scanned) > _MOST
    ):
        return False
    get, rows = result.get_value, range(result.ntuples)
    cells = [cell for index in plan.scanned for row in rows if (cell := get(row, index)) is not None]
    if not cells:
        return True
    octets = b"\0".join(cells)
    if _NESTED.search(octets) is not None or any(map(result.fformat, plan.scanned)):
        return False
    text = octets.decode()
    families = families_in()(text)
    return not families or not find(text, families, key_class)
