"""Recorded events and a policy into what the policy would have decided otherwise, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs

from governed_db.model.policy import Policy
from governed_db.model.recorded import Recorded, decoded
from governed_db.policy import replay


@attrs.define
class Replayed:
    """`counts`: same, changed, unknown (recorded without facts, or by another release), of statements."""

    counts: Counter[str] = attrs.field(factory=Counter)
    differences: dict[Any, replay.Difference] = attrs.field(factory=dict)


def replayed(events: Iterable[Mapping[str, Any]], policy: Policy, since: float | None = None) -> Replayed:
    """Decide anew what is recorded. Facts are told once, and may be older than what refers to them."""
    known: dict[str, Recorded | None] = {}
    found = Replayed()
    for event in events:
        fields = event["fields"]
        if event["phase"] == "facts":
            known[str(fields.get("facts"))] = _decoded(fields.get("known"))
        elif _counts(event) and (since is None or event["time"] >= since):
            _compare(found, event, known.get(str(fields.get("facts"))), policy)
    return found


def _counts(event: Mapping[str, Any]) -> bool:
    return event["phase"] in ("outcome", "refusal") and "statement" in event["fields"]


def _decoded(told: Any) -> Recorded | None:
    try:
        return decoded(told)
    except ValueError:  # of another release
        return None


def _compare(found: Replayed, event: Mapping[str, Any], known: Recorded | None, policy: Policy) -> None:
    fields, when = event["fields"], event["time"]
    if known is None:
        found.counts["unknown"] += 1
        return
    try:
        before = replay.before(fields)
        after, codes = replay.after(fields, when, known.facts, dict(known.classes), policy)
        principals = tuple(link["id"] for link in fields["principals"])
        key = fields["fingerprint"], principals, fields["database"], before, after
        hash(key)
    except (KeyError, TypeError, ValueError, AttributeError):  # whoever sent it may write what they like
        found.counts["unknown"] += 1
        return
    if not replay.differs(before, after):
        found.counts["same"] += 1
        return
    found.counts["changed"] += 1
    one = found.differences.get(key)
    if one is None:
        one = found.differences[key] = replay.Difference(
            str(fields["statement"]), principals, fields["database"], before, after, codes, first=when
        )
    one.count, one.last = one.count + 1, when
    if fields.get("call_site"):
        one.call_sites[fields["call_site"]] = None


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
