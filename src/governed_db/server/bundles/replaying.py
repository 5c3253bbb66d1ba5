"""Events that clients sent into what another policy would have decided of their statements."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, TypeAlias

import attrs

from governed_db.model.audit import apart
from governed_db.model.chain import stored_event
from governed_db.model.policy import Policy
from governed_db.policy import replaying
from governed_db.server.store import Tx
from governed_db.server.tables.events import RECORDS

MOST_RECORDS: Final = 20_000
_SHOWN: Final = 200
_TOLD_EVERY: Final = 50
_TELLING: Final = ('"phase":"outcome', '"phase":"refusal', '"phase":"facts')

Tell: TypeAlias = Callable[[int, int], None]


@attrs.frozen
class Replay:
    """How many statements would be decided the same, otherwise, or cannot be told; and which.

    `is_cut`: only the newest were looked at, or not all differences are shown.
    """

    same: int
    changed: int
    unknown: int
    is_cut: bool
    reads_attributes: bool
    differences: tuple[dict[str, Any], ...]


def replayed(
    tx: Tx, policy: Policy, since: float, *, most: int = MOST_RECORDS, tell: Tell = lambda *_: None
) -> Replay:
    """Decide anew what was recorded since then. `tell`: how many records were looked at, of how many."""
    r = RECORDS.c
    asked = tx.select(RECORDS, r.line).where(r.received >= since, _tells(r.line))
    newest = tx.rows(asked.order_by(r.received.desc(), r.chain, r.seq.desc()).limit(most + 1))
    lines = [row.line for row in reversed(newest[:most])]
    found = replaying.replayed(_events(lines, tell), policy, since)
    told = replaying.told(found, policy)
    return Replay(
        same=told["same"],
        changed=told["changed"],
        unknown=told["unknown"],
        is_cut=len(newest) > most or len(told["differences"]) > _SHOWN,
        reads_attributes=told["reads_attributes"],
        differences=tuple(told["differences"][:_SHOWN]),
    )


def _tells(line: Any) -> Any:
    """Records of statements and of facts."""
    first, *more = (line.contains(each, autoescape=True) for each in _TELLING)
    for each in more:
        first = first | each
    return first


def _events(lines: Sequence[str], tell: Tell) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines):
        if number % _TOLD_EVERY == 0:
            tell(number, len(lines))
        event = stored_event(line.encode())
        try:
            yield from list(apart(event))
        except (LookupError, TypeError, ValueError, AttributeError):
            # Whoever sent it may have written what they liked: one statement of which nothing is known.
            yield event | {"phase": "outcome", "fields": {"statement": ""}}
