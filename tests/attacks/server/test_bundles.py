"""Bundles that were changed, put back, signed by others, or written to reach where they must not."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from governed_db.errors import ConfigurationError
from governed_db.policy.bundles.document import read
from governed_db.policy.bundles.signatures import public_key
from governed_db.remote.bundles.store import BundleStore
from governed_db.server.bundles import checking
from governed_db.server.bundles.drafts import Text
from tests.server.running import Plane
from tests.server.test_policies_are_published import FORBIDS, READS, agreed, drafted, pinned, published, told

CANARY = "canary-4471-of-the-machine"


def document(plane: Plane, tenant: str = "default") -> bytes:
    """What a client of a tenant takes."""
    answer = plane.get("/v1/bundles/default.json", plane.key(tenant=tenant))
    assert answer.status_code == 200
    return answer.content


def _text(outer: dict[str, Any]) -> None:
    outer["files"]["policy.yaml"] = READS


def _name(outer: dict[str, Any]) -> None:
    outer["files"]["other.yaml"] = READS


def _version(outer: dict[str, Any]) -> None:
    read = outer["manifest"]["payload"]
    manifest = json.loads(base64.urlsafe_b64decode(read + "=" * (-len(read) % 4)))
    manifest["version"] += 1000
    outer["manifest"]["payload"] = (
        base64.urlsafe_b64encode(json.dumps(manifest).encode()).rstrip(b"=").decode()
    )


def _unsigned(outer: dict[str, Any]) -> None:
    outer["manifest"]["signatures"] = []


@pytest.mark.parametrize("change", [_text, _name, _version, _unsigned], ids=lambda one: one.__name__)
def test_what_was_changed_on_the_way_is_refused(
    sqlite_plane: Plane, change: Callable[[dict[str, Any]], None]
) -> None:
    """A bundle in which anything differs from what the server signed is not genuine."""
    outer = json.loads(document(sqlite_plane))
    change(outer)

    with pytest.raises(ConfigurationError, match="GDB560"):
        read(json.dumps(outer).encode(), pinned(sqlite_plane), "default")


def test_an_older_one_is_refused(sqlite_plane: Plane, tmp_path: Path) -> None:
    """Who keeps a bundle that permitted more, and serves it again, finds it refused: genuine, but old."""
    old = document(sqlite_plane)
    published(sqlite_plane, FORBIDS)
    store = BundleStore(tmp_path, "default")
    store.accept(read(document(sqlite_plane), pinned(sqlite_plane), "default"))

    with pytest.raises(ConfigurationError, match="GDB561"):
        store.accept(read(old, pinned(sqlite_plane), "default"))


def test_another_tenants_bundle_is_not_ours(sqlite_plane: Plane) -> None:
    """Each tenant signs with keys of its own: what another's clients take is not genuine here."""
    theirs = document(sqlite_plane, tenant="other")

    with pytest.raises(ConfigurationError, match="GDB560"):
        read(theirs, pinned(sqlite_plane), "default")


def test_a_retired_key_opens_nothing(sqlite_plane: Plane, tmp_path: Path) -> None:
    """Whoever has stolen a key that was retired signs nothing that a client would take."""
    first = read(document(sqlite_plane), pinned(sqlite_plane), "default")
    admin = sqlite_plane.token("admin")
    made = told(sqlite_plane.post("/v1/keys", admin))
    told(sqlite_plane.post(f"/v1/keys/{first.kid}/retire", admin))
    store = BundleStore(tmp_path, "default")
    keys = pinned(sqlite_plane)
    store.accept(read(document(sqlite_plane), {made["kid"]: public_key(made["public"])}, "default"))

    with pytest.raises(ConfigurationError, match="GDB560"):
        read(first.document, store.trusted({first.kid: keys[first.kid]}), "default")


@pytest.mark.parametrize("how", ["extends", "shadow"])
def test_a_draft_reads_no_file_of_the_server(sqlite_plane: Plane, tmp_path: Path, how: str) -> None:
    """A policy that names a file of the machine is refused, and nothing of the file is told."""
    secret = tmp_path / "secret.yaml"
    secret.write_text(f"version: 1\n{CANARY}: [\n", "utf-8")
    draft = drafted(sqlite_plane, f"version: 1\n{how}: {secret}\n")

    answer = sqlite_plane.post(f"/v1/drafts/{draft['id']}/check", sqlite_plane.token("viewer"))

    assert len(answer.json()["flaws"]) == 1
    assert CANARY not in answer.text


@pytest.mark.parametrize(
    "name", ["../policy.yaml", "/tmp/policy.yaml", "a/b.yaml", "", ".", ".state", "a\0b"]
)
def test_files_are_plainly_named(sqlite_plane: Plane, name: str) -> None:
    """A file of a draft lies in no other folder."""
    body = {"files": {"policy.yaml": READS, name: READS}}
    author = sqlite_plane.token("author")

    answer = sqlite_plane.post("/v1/policies/default/drafts", author, json=body)

    assert (answer.status_code, answer.json()["code"]) == (400, "GDB627")


@pytest.mark.parametrize("reach", ["ATTACH DATABASE '{}' AS x; CREATE TABLE x.t (a)", "VACUUM INTO '{}'"])
def test_tables_of_tests_reach_no_file(tmp_path: Path, reach: str) -> None:
    """Statements that a draft brings for its tests make and read no file of the server."""
    target = tmp_path / "made.sqlite"
    policy = READS + "tests:\n  - {principal: {kind: agent}, sql: 'SELECT 1', expect: permit}\n"
    schema = "CREATE TABLE t (a);" + reach.format(target)

    found = checking.checked(Text({"policy.yaml": policy, "schema.sql": schema}, schema="schema.sql"))

    assert not found.is_sound
    assert not target.exists()


def test_a_review_is_of_one_draft(sqlite_plane: Plane) -> None:
    """What was agreed to in one draft publishes no other, though it is by the same author."""
    agreed(sqlite_plane, READS)
    other = drafted(sqlite_plane, FORBIDS)
    ann = sqlite_plane.token("author", sub="ann")
    told(sqlite_plane.post(f"/v1/drafts/{other['id']}/submit", ann))

    answer = sqlite_plane.post(f"/v1/drafts/{other['id']}/publish", ann, json={})

    assert (answer.status_code, answer.json()["code"]) == (409, "GDB630")


@pytest.mark.parametrize("role", ["viewer", "approver", "auditor", "admin"])
def test_only_authors_write(sqlite_plane: Plane, role: str) -> None:
    """Writing, publishing and going back are an author's; a client reads bundles and nothing else."""
    draft = agreed(sqlite_plane, READS)
    body = {"files": {"policy.yaml": READS}, "version": 1}
    paths = (
        "/v1/policies/default/drafts",
        f"/v1/drafts/{draft['id']}/publish",
        "/v1/policies/default/rollback",
    )

    for credential in (sqlite_plane.token(role, sub="eve"), sqlite_plane.key()):
        for path in paths:
            assert sqlite_plane.post(path, credential, json=body).status_code == 403, path
