"""Values that a caller supplies into what must be seen to where they meet protected columns.

A token stands for a value that its holder may not see. It may be turned back where that shows no more than
the token itself: compared with, or written into, columns of its own classification that are masked for the
principal. Where such a column is shown as it is, only who may reveal the classification may use its tokens:
otherwise they would read there what the token hides. Anything that a mask made is refused as new content.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import attrs

from governed_db.model.classification import CLEAR
from governed_db.model.decision import Watched
from governed_db.model.policy import Rule, RuleEffect
from governed_db.model.statement import WRITES, ColumnRef, Kind, Purpose, Supplied
from governed_db.policy.match import Match, Standing
from governed_db.policy.protect import Protect, classified

_PLAIN = WRITES | {Kind.SELECT}


def watched(standing: Standing, classes: Mapping[ColumnRef, str], protect: Protect) -> tuple[Watched, ...]:
    """What to see to, in the order of the statement's supplied values."""
    return tuple(_watched(standing, classes, protect))


def _watched(standing: Standing, classes: Mapping[ColumnRef, str], protect: Protect) -> Iterator[Watched]:
    facts = standing.facts
    for index, supplied in enumerate(facts.supplied):
        if supplied.purpose is Purpose.COMPARED and Kind.EXPLAIN in facts.kinds:
            continue  # the plan that is shown would show the value; that of a token is the same
        names = {classified(standing.policy.overrides, one, classes.get(one)) for one in supplied.columns}
        known = sorted(name for name in names if name is not None)
        if known:
            takes = (
                len(names) == 1 and facts.kinds <= _PLAIN and _takes(standing, supplied, known[0], protect)
            )
            refuses = supplied.purpose is not Purpose.COMPARED
            yield Watched(index, known[0], takes_tokens=takes, refuses_masked=refuses)
        elif supplied.purpose is not Purpose.COMPARED:
            # Whoever read a text with gaps in it would write the gaps over what stood there.
            yield Watched(index, CLEAR, takes_tokens=False, refuses_masked=True)


def _takes(standing: Standing, supplied: Supplied, classification: str, protect: Protect) -> bool:
    if not supplied.takes_tokens:
        return False
    if all(protect(one) is not None for one in supplied.columns):
        return True
    return revealer(standing, classification) is not None


def revealer(standing: Standing, classification: str) -> Rule | None:
    """The rule that lets the principal reveal this classification, wherever it stands."""
    for rule, answer in standing.rules(RuleEffect.PERMIT):
        is_general = answer is Match.YES and not (rule.only or rule.never)
        if is_general and any(glob.matches(classification) for glob in rule.reveal):
            return rule
    return None


def together(verdicts: Sequence[tuple[Watched, ...]]) -> tuple[Watched, ...]:
    """What every link of a chain may do."""
    merged: dict[int, Watched] = {}
    for one in (one for verdict in verdicts for one in verdict):
        other = merged.get(one.index, one)
        merged[one.index] = attrs.evolve(
            one,
            takes_tokens=one.takes_tokens and other.takes_tokens,
            refuses_masked=one.refuses_masked or other.refuses_masked,
        )
    return tuple(merged[index] for index in sorted(merged))
