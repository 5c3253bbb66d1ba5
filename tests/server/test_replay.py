"""What anybody may have written is what a draft is replayed on."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

from governed_db.model.audit import AuditEvent
from governed_db.model.recorded import Recorded, encoded
from governed_db.model.statement import Facts, Kind, Relation
from governed_db.server.bundles import checking, replaying
from governed_db.server.bundles.drafts import Text
from governed_db.server.pages import render
from governed_db.server.pages.jobs import Progress
from tests.server.running import Plane
from tests.server.test_policies_are_published import FORBIDS, drafted, told
from tests.server.told import Teller, event

CUSTOMERS = frozenset({Relation("public", "customers")})
NAME, KNOWN = encoded(Recorded(Facts(Kind.SELECT, frozenset({Kind.SELECT}), CUSTOMERS), ()))
WHOLE: dict[str, Any] = {"facts": NAME, "fingerprint": "f1"}
NOTHING = object()

# What is wrong with an event whose facts are known; NOTHING: it has no such member.
WRONG: list[dict[str, Any]] = [
    {"fingerprint": NOTHING},
    {"principals": NOTHING},
    {"principals": []},
    {"principals": [{}]},
    {"principals": "reports"},
    {"database": NOTHING},
    {"decision": NOTHING},
    {"decision": {"effect": "permit"}},
    {"decision": {"effect": "permit", "rule": "r", "reasons": [1]}},
    {"masked": 7},
]
# Odd, and good enough to decide anew.
ODD: list[dict[str, Any]] = [
    {},
    {"fingerprint": ["f"]},
    {"call_site": ["nowhere"]},
    {"masked": [["a"], [1]]},
    {"decision": {"effect": ["permit"], "rule": {"a": 1}}},
]


def _event(changed: dict[str, Any]) -> AuditEvent:
    made = event(**WHOLE | changed)
    for name in [name for name, value in changed.items() if value is NOTHING]:
        del made.fields[name]
    return made


def test_one_bad_event_does_not_keep_a_tenant_from_replaying(plane: Plane) -> None:
    """A client that is old, or wants to harm, costs the others nothing: its statements count as unknown."""
    teller = Teller(plane, plane.key(), client="strange")
    facts = event("facts")
    facts.fields.clear()
    facts.fields.update(facts=NAME, known=json.loads(KNOWN))
    together = event("outcomes", ran=[[5, 1.0, 1, 0.1], "x"], plans=[], **WHOLE)
    teller.tell(facts, *map(_event, WRONG + ODD), together)

    draft = drafted(plane, FORBIDS)
    found = told(plane.post(f"/v1/drafts/{draft['id']}/replay", plane.token("viewer")))

    assert (found["changed"], found["same"], found["unknown"]) == (len(ODD), 0, len(WRONG) + 1)


def test_how_far_it_is_is_told(sqlite_plane: Plane) -> None:
    """While it goes on: how many records were looked at, of how many; and the page shows it."""
    Teller(sqlite_plane, sqlite_plane.key(), client="many").tell(*(event() for _ in range(120)))
    said: list[tuple[int, int]] = []
    policy = checking.policy(Text({"policy.yaml": FORBIDS}))
    with sqlite_plane.store.reading("default") as tx:
        replaying.replayed(tx, policy, 0.0, tell=lambda done, total: said.append((done, total)))
    total = said[0][1]
    shown = SimpleNamespace(is_running=True, progress=Progress(50, total), seconds=2.0)

    assert total >= 120
    assert said == [(done, total) for done in range(0, total, 50)]
    assert f'value="50" max="{total}"' in render.html("replay.html", {"replay": shown})
    shown.progress = Progress()
    assert '<progress id="replaying"></progress>' in render.html("replay.html", {"replay": shown})
