"""What is written into a COPY into refusals where a mask made it.

A row has its columns in the order of the statement. Blocks of text are looked at line by line, if they have
as many fields as there are columns; binary ones are taken as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from governed_db.core.plan import Plan
from governed_db.core.tokens import row_refusal
from governed_db.enforce.psycopg.seat import seat_of
from governed_db.enforce.psycopg.session import gate_of

_DELIMITERS: Final = (b"\t", b",", b";", b"|")


def screen_row(copy: Any, row: Sequence[Any]) -> None:
    """Refuse a row with a masked value in a protected column."""
    plan = _plan_of(copy)
    if plan is not None:
        _refuse(copy, plan, row)


def screen(copy: Any, block: Any) -> None:
    """The same for a block of text; a line may go on in the next block."""
    plan = _plan_of(copy)
    if plan is None or plan.facts is None:
        return
    octets = block.encode("utf-8", "surrogatepass") if isinstance(block, str) else bytes(block)
    octets = getattr(copy, "_governed_rest", b"") + octets
    *_, rest = octets.rsplit(b"\n", 1)
    copy._governed_rest = rest
    for line in octets.splitlines():
        _refuse(copy, plan, _fields(line, len(plan.facts.supplied)))


def _plan_of(copy: Any) -> Plan | None:
    plan = seat_of(copy.cursor)._plan
    return plan if plan is not None and plan.watched else None


def _fields(line: bytes, width: int) -> list[bytes]:
    """The fields of a line, by whichever delimiter makes as many as there are columns."""
    found = (line.split(delimiter) for delimiter in _DELIMITERS)
    fields = next((one for one in found if len(one) == width), [])
    return [field.strip().strip(b'"') for field in fields]


def _refuse(copy: Any, plan: Plan, row: Sequence[Any]) -> None:
    reason = row_refusal(plan, row)
    if reason is not None:
        raise gate_of(copy.connection).refuse(plan, reason.code, reason.message, reason.help)
