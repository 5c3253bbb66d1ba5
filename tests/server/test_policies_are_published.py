"""Promise: a policy is in force for all clients at once, signed, when a second person has agreed to it."""

from __future__ import annotations

import threading
import time
from typing import Any

import anyio
import pytest
import requests
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from governed_db.policy.bundles.document import Bundle, read
from governed_db.policy.bundles.signatures import public_key
from governed_db.server.bundles import publishing, watching
from governed_db.server.tables.bundles import REVIEWS
from tests.server.running import Plane

FORBIDS = "version: 1\nrules:\n  - {id: none, effect: forbid, actions: '*'}\n"
READS = "version: 1\nrules:\n  - {id: all, effect: permit, actions: [select]}\n"
WRONG = "version: 1\nrules:\n  - {id: none, effect: forbid, actions: '*', colour: red}\n"
TESTED = """version: 1
extends: standard
tests:
  - {principal: {kind: agent}, sql: "DELETE FROM orders", expect: EXPECTED}
"""


def drafted(
    plane: Plane, policy: str, name: str = "default", author: str = "ann", **more: Any
) -> dict[str, Any]:
    """A draft of an author's."""
    body = {"files": {"policy.yaml": policy} | more.pop("files", {})} | more
    return told(plane.post(f"/v1/policies/{name}/drafts", plane.token("author", sub=author), json=body))


def agreed(plane: Plane, policy: str, name: str = "default", **more: Any) -> dict[str, Any]:
    """A draft that a second person has agreed to."""
    draft = drafted(plane, policy, name, **more)
    author = plane.token("author", sub=draft["author"])
    told(plane.post(f"/v1/drafts/{draft['id']}/submit", author))
    return told(said_of(plane, draft, "bob"))


def said_of(plane: Plane, draft: dict[str, Any], reviewer: str, *, agrees: bool = True) -> requests.Response:
    """A review."""
    body = {"digest": draft["digest"], "agrees": agrees}
    return plane.post(f"/v1/drafts/{draft['id']}/reviews", plane.token("author", sub=reviewer), json=body)


def published(plane: Plane, policy: str, name: str = "default", **how: Any) -> dict[str, Any]:
    """A version that is in force now."""
    draft = agreed(plane, policy, name)
    token = plane.token("author", sub="ann")
    return told(plane.post(f"/v1/drafts/{draft['id']}/publish", token, json=how))


def taken(plane: Plane, name: str = "default", tenant: str = "default") -> Bundle:
    """What a client takes, verified by the keys that are pinned."""
    answer = plane.get(f"/v1/bundles/{name}.json", plane.key(tenant=tenant))
    assert answer.status_code == 200, answer.text
    return read(answer.content, pinned(plane, tenant), name)


def pinned(plane: Plane, tenant: str = "default") -> dict[str, Any]:
    """The keys that the control plane tells."""
    keys = [public_key(one["public"]) for one in told(plane.get("/v1/keys", plane.key(tenant=tenant)))]
    return {key.kid: key for key in keys}


def told(answer: requests.Response) -> Any:
    """The body of an answer that granted something."""
    assert answer.status_code < 300, answer.text
    return answer.json()


def test_a_second_person_agrees_and_clients_take_it(plane: Plane) -> None:
    """A draft is written, agreed to and published; clients take the text under one more version."""
    before = taken(plane).manifest.version

    version = published(plane, FORBIDS)

    bundle = taken(plane)
    assert bundle.manifest.version == version["version"] == before + 1
    assert bundle.files["policy.yaml"] == FORBIDS
    assert bundle.manifest.serves == ("approvals", "coverage", "events")


def test_without_a_policy_the_pack_standard_is_in_force(sqlite_plane: Plane) -> None:
    """Who asks a new control plane for the default bundle gets the pack standard, signed."""
    bundle = taken(sqlite_plane, tenant="other")  # which nobody here publishes anything for

    assert bundle.manifest.version == 1
    assert "extends: standard" in bundle.files["policy.yaml"]
    assert sqlite_plane.get("/v1/bundles/unknown.json", sqlite_plane.key()).status_code == 404


@pytest.mark.parametrize("reviewer", ["ann", "ANN", "\uff41nn"])
def test_nobody_agrees_to_their_own(sqlite_plane: Plane, reviewer: str) -> None:
    """An author cannot review what they wrote, however their name is written."""
    draft = drafted(sqlite_plane, READS)
    told(sqlite_plane.post(f"/v1/drafts/{draft['id']}/submit", sqlite_plane.token("author", sub="ann")))

    answer = said_of(sqlite_plane, draft, reviewer)

    assert (answer.status_code, answer.json()["code"]) == (403, "GDB625")


def test_the_database_keeps_the_two_apart(plane: Plane) -> None:
    """Code that forgets the rule is stopped by the table: no review by the author can be written there."""
    draft = drafted(plane, READS)
    row = {"tenant": "default", "draft": draft["id"], "digest": draft["digest"], "author_alike": "ann",
           "reviewer": "Ann", "reviewer_alike": "ann", "agrees": 1, "comment": "", "at": 0.0}  # fmt: skip

    with (
        pytest.raises(IntegrityError, match=r"second_person|CHECK"),
        plane.store.engine.begin() as connection,
    ):
        connection.execute(insert(REVIEWS).values(row))


def test_what_is_changed_is_agreed_to_anew(sqlite_plane: Plane) -> None:
    """A draft that its author changes after the review cannot be published, nor reviewed as it was read."""
    draft = agreed(sqlite_plane, READS)
    ann = sqlite_plane.token("author", sub="ann")
    body = {"files": {"policy.yaml": FORBIDS}}
    told(sqlite_plane.ask("PUT", f"/v1/drafts/{draft['id']}", ann, json=body))
    told(sqlite_plane.post(f"/v1/drafts/{draft['id']}/submit", ann))

    answer = sqlite_plane.post(f"/v1/drafts/{draft['id']}/publish", ann, json={})

    assert answer.json()["code"] == "GDB630"
    assert said_of(sqlite_plane, draft, "bob").json()["code"] == "GDB624"


def test_only_its_author_changes_a_draft(sqlite_plane: Plane) -> None:
    """Another author's change is refused, else they would agree to their own words."""
    draft = drafted(sqlite_plane, READS)
    body = {"files": {"policy.yaml": FORBIDS}}

    bob = sqlite_plane.token("author", sub="bob")
    answer = sqlite_plane.ask("PUT", f"/v1/drafts/{draft['id']}", bob, json=body)

    assert (answer.status_code, answer.json()["code"]) == (403, "GDB626")


def test_one_who_is_against_it_is_enough(sqlite_plane: Plane) -> None:
    """A draft that one person agrees to and another does not is not published."""
    draft = agreed(sqlite_plane, READS)
    told(said_of(sqlite_plane, draft, "carol", agrees=False))

    answer = sqlite_plane.post(
        f"/v1/drafts/{draft['id']}/publish", sqlite_plane.token("author", sub="ann"), json={}
    )

    assert answer.json()["code"] == "GDB630"


def test_problems_have_their_places(sqlite_plane: Plane) -> None:
    """What is wrong with a draft is told with line and column; it is not published."""
    draft = agreed(sqlite_plane, WRONG)
    ann = sqlite_plane.token("author", sub="ann")

    found = told(sqlite_plane.post(f"/v1/drafts/{draft['id']}/check", ann))

    assert [(one["line"], "colour" in one["message"]) for one in found["flaws"]] == [(3, True)]
    answer = sqlite_plane.post(f"/v1/drafts/{draft['id']}/publish", ann, json={})
    assert answer.json()["code"] == "GDB632"


def test_tests_are_run_before_it_is_published(sqlite_plane: Plane) -> None:
    """A policy brings tests and the tables they are about; they are run, and one that fails stops it."""
    schema = {"schema.sql": "CREATE TABLE orders (id INTEGER PRIMARY KEY)"}
    made = [
        agreed(sqlite_plane, TESTED.replace("EXPECTED", each), files=schema, schema="schema.sql")
        for each in ("ask", "permit")
    ]
    ann = sqlite_plane.token("author", sub="ann")

    checked = told(sqlite_plane.post(f"/v1/drafts/{made[0]['id']}/check", ann))

    assert [(one["effect"], one["problems"]) for one in checked["tests"]] == [("ask", [])]
    answer = sqlite_plane.post(f"/v1/drafts/{made[1]['id']}/publish", ann, json={})
    assert answer.json()["code"] == "GDB632"


def test_what_changes_is_told(sqlite_plane: Plane) -> None:
    """The difference to what is in force names rules and classifications."""
    published(sqlite_plane, READS)
    more = READS + "classifications: {public.customers.email: pii.email}\n"
    draft = drafted(sqlite_plane, more.replace("[select]", "[select, insert]"))

    found = told(sqlite_plane.get(f"/v1/drafts/{draft['id']}/diff", sqlite_plane.token("viewer")))

    assert {(one["what"], one["name"]) for one in found["changes"]} == {
        ("rule", "policy/all"),
        ("classification", "public.customers.email"),
    }


def test_to_go_back_is_to_publish_again(plane: Plane) -> None:
    """An old text comes back under a new version, without a new review: it was agreed to once."""
    old = published(plane, READS)
    published(plane, FORBIDS)

    ann = plane.token("author", sub="ann")
    back = told(plane.post("/v1/policies/default/rollback", ann, json={"version": old["version"]}))

    bundle = taken(plane)
    assert bundle.files["policy.yaml"] == READS
    assert bundle.manifest.version == back["version"] == old["version"] + 2


def test_who_waits_is_answered_when_there_is_another(plane: Plane) -> None:
    """A client that knows the newest version is held, and answered at once when another is published."""
    key = plane.key()
    etag = plane.get("/v1/bundles/default.json", key).headers["ETag"]
    answers: list[requests.Response] = []
    waiting = threading.Thread(target=lambda: answers.append(_wait(plane, key, etag)))
    waiting.start()

    version = published(plane, f"# {time.time_ns()}\n" + READS)
    waiting.join(60)

    assert [answer.status_code for answer in answers] == [200]
    assert read(answers[0].content, pinned(plane), "default").manifest.version == version["version"]


def test_who_waits_is_answered_when_the_server_ends() -> None:
    """A server that is stopped keeps nobody waiting, and does not wait itself until they have."""
    watch = watching.Watch(every=60.0)

    async def stopped() -> None:
        with anyio.fail_after(25):  # half a minute would be waited
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(watch.other_than, ("default", "default"), "same", lambda: "same", 30.0)
                await anyio.wait_all_tasks_blocked()
                watch.end()
            await watch.other_than(("default", "default"), "same", lambda: "same", 30.0)

    anyio.run(stopped)


def _wait(plane: Plane, key: str, etag: str) -> requests.Response:
    """Ask until there is an answer with a bundle: 25 s may pass on a busy machine."""
    while True:
        headers = {"If-None-Match": etag, "Prefer": "wait=25"}
        answer = plane.get("/v1/bundles/default.json", key, headers=headers)
        if answer.status_code != 304:
            return answer


def test_a_bundle_is_signed_anew_before_it_runs_out(sqlite_plane: Plane) -> None:
    """Half way to its end the server publishes the same text again, so that clients do not stand still."""
    version = published(sqlite_plane, READS, "renewed", seconds=3600)
    folder = sqlite_plane.settings.keys_folder
    with sqlite_plane.store.writing("default") as tx:
        early = publishing.renewed(tx, folder, "renewed", version["at"] + 1700)
        late = publishing.renewed(tx, folder, "renewed", version["at"] + 1900)

    assert early.version == version["version"]
    assert (late.version, late.why, late.digest) == (version["version"] + 1, "renewed", version["digest"])


def test_keys_follow_each_other(plane: Plane) -> None:
    """A new key is told in a bundle that both sign; a retired one counts no more for who has heard of it."""
    first = taken(plane)
    admin = plane.token("admin", sub="root")
    second = told(plane.post("/v1/keys", admin))

    both = read(_document(plane), {first.kid: pinned(plane)[first.kid]}, "default")
    assert second["public"] in both.manifest.keys
    told(plane.post(f"/v1/keys/{first.kid}/retire", admin))

    last = read(_document(plane), {second["kid"]: public_key(second["public"])}, "default")
    assert first.kid in last.manifest.retired
    assert last.manifest.version > both.manifest.version > first.manifest.version


def _document(plane: Plane) -> bytes:
    return plane.get("/v1/bundles/default.json", plane.key()).content


def test_revocations_reach_clients_in_the_next_bundle(sqlite_plane: Plane) -> None:
    """Whoever is revoked is named in a bundle that is published at once."""
    before = taken(sqlite_plane).manifest.version
    body = {"principals": [{"id": "mallory", "before": 5.0}], "tokens": ["jti-1"]}

    told(sqlite_plane.post("/v1/revocations", sqlite_plane.token("admin"), json=body))

    manifest = taken(sqlite_plane).manifest
    assert manifest.version == before + 1
    assert [one.id for one in manifest.revoked.principals] == ["mallory"]
    assert manifest.revoked.tokens == ("jti-1",)
