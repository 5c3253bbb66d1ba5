"""`governed-db keys` rotates what tokens are made with, and never shows a key."""

from __future__ import annotations

import json
from pathlib import Path

from governed_db.remote.mask_keys import FILE_NAME
from tests.cli.terminal import run


def test_rotating_keeps_the_old_key(state: Path) -> None:
    """The new key is in use, and the old one reads its tokens; neither is shown."""
    state.mkdir(mode=0o700, exist_ok=True)
    (old,) = json.loads(run("keys", "list", "--json").out)
    new, kept = json.loads(run("keys", "rotate", "--json").out)

    assert (new["in_use"], kept) == (True, old | {"in_use": False})
    secrets = [line.split()[1] for line in (state / FILE_NAME).read_text("ascii").splitlines()]
    assert all(secret not in run("keys", "list").out for secret in secrets)
    assert new["id"] in run("keys", "list").out


def test_dropping_an_old_key(state: Path) -> None:
    """Only a key that is no longer in use can be dropped."""
    state.mkdir(mode=0o700, exist_ok=True)
    (old,) = json.loads(run("keys", "list", "--json").out)
    refused = run("keys", "drop", old["id"])
    run("keys", "rotate")
    run("keys", "drop", old["id"])

    assert refused.code == 2
    assert "in use" in refused.err
    assert len((state / FILE_NAME).read_text("ascii").splitlines()) == 1
