"""Texts and numbers that no database holds, in every place of every route of policies and approvals."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.attacks.server.test_approvals import body_of, routes
from tests.server.running import Plane
from tests.server.test_approvals_over_http import port, subject
from tests.server.test_policies_are_published import drafted

NUL = "a\0b"


@pytest.fixture
def everyone(postgres_plane: Plane) -> list[str]:
    """Credentials that open every route, of a person and of a client."""
    roles = ("viewer", "approver", "author", "auditor", "admin")
    return [postgres_plane.token(*roles, sub="root"), postgres_plane.key()]


def deep(said: Any) -> Any:
    """The same form with nonsense in it."""
    if isinstance(said, bool) or said is None:
        return said
    if isinstance(said, str):
        return NUL
    if isinstance(said, int):
        return 10**30
    if isinstance(said, dict):
        return {name: deep(value) for name, value in said.items()}
    return [deep(value) for value in said]


def test_nonsense_is_refused(postgres_plane: Plane, everyone: list[str]) -> None:
    """Whatever is put into paths and bodies, the server says that it is wrong; it never fails."""
    draft = drafted(postgres_plane, "version: 1\nextends: standard\n")
    asked = port(postgres_plane).request(subject("nonsense"))
    good = body_of(draft, subject("nonsense"))
    bodies = [deep(good), good | {"comment": NUL, "attempt": NUL, "files": {"policy.yaml": NUL}}]

    for method, path in routes():
        known = draft["id"] if "/drafts/" in path else asked.id
        for filled in (_filled(path, known), _filled(path, "%00")):
            for body, credential in zip(bodies, everyone, strict=True):
                answer = postgres_plane.ask(method, filled, credential, data=json.dumps(body))
                assert answer.status_code < 500, (method, filled, answer.text)


def _filled(path: str, known: str) -> str:
    for name in ("{name:str}", "{file:str}", "{kid:str}"):
        path = path.replace(name, "%00")
    return path.replace("{id:str}", known).replace("{version:int}", str(10**30))
