"""Two decisions about the same statement into what changes from one to the other, in words."""

from __future__ import annotations

from collections.abc import Iterator

from governed_db.model.decision import (
    BoundWrites,
    Budget,
    Decision,
    Effect,
    FilterRows,
    LimitRows,
    MaskColumn,
    ScanColumn,
    Timeout,
)


def between(before: Decision, after: Decision) -> tuple[str, ...]:
    """What changes for whoever runs the statement; which rule decides is no change by itself."""
    if before.effect is not after.effect:
        return (f"effect: {before.effect.value} to {after.effect.value}",)
    if before.effect is Effect.DENY:
        return ()
    return tuple(_obligations(before, after))


def _obligations(before: Decision, after: Decision) -> Iterator[str]:
    old, new = dict(_described(before)), dict(_described(after))
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield f"{name}: {old.get(name, 'none')} to {new.get(name, 'none')}"


def _described(decision: Decision) -> Iterator[tuple[str, str]]:
    for one in decision.obligations:
        match one:
            case MaskColumn(index, mask):
                yield f"mask of output {index}", f"{mask} {mask.place.value}"
            case ScanColumn(index, classes):
                yield f"texts of output {index}", f"looked into for {len(classes)} classes"
            case FilterRows(relation, _):
                # The predicate holds attributes of the principal: not to be recorded.
                yield f"rows of {relation}", "filtered"
            case LimitRows(rows):
                yield "rows returned", f"at most {rows}"
            case BoundWrites(rows):
                yield "rows changed", f"at most {rows}"
            case Timeout(seconds):
                yield "time", f"{seconds:g} s"
            case Budget(measure, most, seconds):
                about = " ".join(part for part in (measure.value, one.about) if part)
                whose = "principal" if one.owner else "conversation"
                yield f"{whose} limit {about}", f"{most} in {seconds:g} s, then {one.then.value}"
    if decision.effect is Effect.ASK:
        yield "approvers", ", ".join(decision.approvers) or "anybody else"
    yield "recorded", decision.durability.value
