"""Recorded events and a policy into what the policy would have decided otherwise, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import attrs

from governed_db.model.audit import mapping
from governed_db.model.policy import Policy
from governed_db.model.recorded import Recorded, decoded
from governed_db.policy import replay

_STATEMENTS: Final = frozenset({"outcome", "refusal"})


@attrs.define
class Replayed:
    """`counts`: same, changed, unknown (recorded without facts, or by another release), of statements."""

    counts: Counter[str] = attrs.field(factory=Counter)
    differences: dict[Any, replay.Difference] = attrs.field(factory=dict)


@attrs.frozen
class _Decided:
    """One statement, as it was decided and as it would be. Equal for statements alike."""

    statement: str = attrs.field(eq=False)
    fingerprint: str
    principals: tuple[str, ...]
    database: str
    before: replay.Outcome
    after: replay.Outcome
    codes: tuple[str, ...] = attrs.field(eq=False)
    when: float = attrs.field(eq=False)
    call_site: str = attrs.field(eq=False)


def replayed(events: Iterable[Mapping[str, Any]], policy: Policy, since: float | None = None) -> Replayed:
    """Decide anew what is recorded. Facts are told once, and may be older than what refers to them."""
    known: dict[str, Recorded | None] = {}
    found = Replayed()
    for event in events:
        fields = mapping(event.get("fields"))
        if event.get("phase") == "facts":
            known[str(fields.get("facts"))] = _decoded(fields.get("known"))
        elif _counts(event, since):
            _add(found, _decided(event, known.get(str(fields.get("facts"))), policy))
    return found


def _counts(event: Mapping[str, Any], since: float | None) -> bool:
    if event.get("phase") not in _STATEMENTS or "statement" not in mapping(event.get("fields")):
        return False
    when = event.get("time")
    return since is None or not isinstance(when, (int, float)) or when >= since


def _decoded(told: Any) -> Recorded | None:
    try:
        return decoded(told)
    except (ValueError, RecursionError):  # of another release, or of nobody's
        return None


def _decided(event: Mapping[str, Any], known: Recorded | None, policy: Policy) -> _Decided | None:
    """None where it cannot be told: one event of a client that is old, or wants to harm, must not be what
    keeps its tenant from seeing what a policy would do."""
    if known is None:
        return None
    try:
        fields, when = event["fields"], float(event["time"])
        before = replay.before(fields)
        after, codes = replay.after(fields, when, known.facts, dict(known.classes), policy)
        return _Decided(
            statement=str(fields["statement"]),
            fingerprint=str(fields["fingerprint"]),
            principals=tuple(str(link["id"]) for link in fields["principals"]),
            database=str(fields["database"]),
            before=before,
            after=after,
            codes=codes,
            when=when,
            call_site=str(fields.get("call_site") or ""),
        )
    except Exception:  # noqa: BLE001  # whoever sent it may have written what they liked
        return None


def _add(found: Replayed, one: _Decided | None) -> None:
    if one is None:
        found.counts["unknown"] += 1
        return
    if not replay.differs(one.before, one.after):
        found.counts["same"] += 1
        return
    found.counts["changed"] += 1
    alike = found.differences.get(one)
    if alike is None:
        alike = found.differences[one] = replay.Difference(
            one.statement, one.principals, one.database, one.before, one.after, one.codes, first=one.when
        )
    alike.count, alike.last = alike.count + 1, one.when
    if one.call_site:
        alike.call_sites[one.call_site] = None


def told(found: Replayed, policy: Policy) -> dict[str, Any]:
    """As JSON-able values."""
    return {
        "policy": policy.name,
        "revision": policy.revision,
        "same": found.counts["same"],
        "changed": found.counts["changed"],
        "unknown": found.counts["unknown"],
        "reads_attributes": replay.reads_attributes(policy),
        "differences": [attrs.asdict(one) | {"call_sites": list(one.call_sites)} for one in ordered(found)],
    }


def ordered(found: Replayed) -> Iterator[replay.Difference]:
    """The most frequent first."""
    yield from sorted(found.differences.values(), key=lambda one: (-one.count, one.statement))
