"""Every route says who may use it, and is open to nobody else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from governed_db.server import enrolment
from governed_db.server.main import create_app
from governed_db.server.roles import READERS, Role
from governed_db.server.tables.enrolment import ENROLMENTS
from tests.server.running import Plane
from tests.server.told import Teller, event


def _handlers(app: Litestar) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                for method in sorted(handler.http_methods):
                    yield str(method), route.path, handler


@pytest.fixture(scope="module")
def routes(sqlite_plane: Plane) -> list[tuple[str, str, Any]]:
    """Method, path with something in place of its parameters, and who may use it."""
    app = create_app(sqlite_plane.settings, sqlite_plane.store)
    found = []
    for method, path, handler in _handlers(app):
        if method != "OPTIONS":
            named = "/".join("1" if part.startswith("{") else part for part in path.split("/"))
            found.append((method, named, handler.opt.get("access")))
    return found


def test_every_route_says_who_may_use_it(routes: list[tuple[str, str, Any]]) -> None:
    """A route that says nothing would be open to nobody; that is a mistake, too."""
    silent = [(method, path) for method, path, access in routes if access is None]

    assert silent == []
    assert len(routes) > 10


def test_nothing_is_open_to_strangers(sqlite_plane: Plane, routes: list[tuple[str, str, Any]]) -> None:
    """Without a credential, and with one of an unknown kind, each route under /v1 answers 401."""
    answers = {
        (method, path, credential): sqlite_plane.ask(method, path, credential).status_code
        for method, path, access in routes
        if access != "public" and path.startswith("/v1/")
        for credential in (None, "something")
    }

    assert set(answers.values()) == {401}


def test_no_role_does_what_is_not_its_own(sqlite_plane: Plane, routes: list[tuple[str, str, Any]]) -> None:
    """Whoever has every role but those that a route asks for gets 403 there."""
    wrong = {}
    for method, path, access in routes:
        if access != "public" and path.startswith("/v1/"):
            with sqlite_plane.store.writing("default") as tx:
                roles = [role for role in Role if role not in access]
                now = time.time()
                _, key = enrolment.enrol(tx, sqlite_plane.operator(), "x", now, roles=roles)
            wrong[method, path] = sqlite_plane.ask(method, path, key).status_code

    assert set(wrong.values()) == {403}


def test_a_bearer_credential_opens_no_page(sqlite_plane: Plane, routes: list[tuple[str, str, Any]]) -> None:
    """Pages are for browsers' sessions: the two ways in are apart."""
    token = sqlite_plane.token(*(role.value for role in Role))
    pages = [path for method, path, access in routes if method == "GET" and access != "public"]
    answers = {
        path: sqlite_plane.get(path, token, allow_redirects=False).status_code
        for path in pages
        if not path.startswith("/v1/")
    }

    assert {code for code in answers.values() if code not in (302, 303, 401)} == set()


def test_roles_come_from_groups_of_a_token(sqlite_plane: Plane) -> None:
    """The settings say which group has which role; a token without groups is a client and nothing else."""
    answers = {
        role: sqlite_plane.get("/v1/events", sqlite_plane.token(role)).status_code
        for role in ("viewer", "approver", "author", "auditor", "admin", "nobody")
    }

    assert answers == dict.fromkeys((role.value for role in READERS), 200) | {"nobody": 403}


def test_agents_decide_nothing(sqlite_plane: Plane) -> None:
    """A token of a person that an agent acts for has the roles of a client alone."""
    acting = sqlite_plane.token("admin", act={"sub": "helper"})

    assert sqlite_plane.get("/v1/events", acting).status_code == 403
    assert sqlite_plane.get("/v1/enrolments", acting).status_code == 403


def test_a_key_is_shown_once_and_kept_as_a_hash(plane: Plane) -> None:
    """Nothing that the server keeps or tells later opens anything."""
    admin = plane.token("admin", "viewer")
    made = plane.post("/v1/enrolments", admin, json={"label": "batch", "days": 2}).json()
    key = made["key"]

    assert Teller(plane, key).tell(event())["taken"] == 1
    assert key not in plane.get("/v1/enrolments", admin).text
    with plane.store.reading("default") as tx:
        kept = repr(tx.rows(tx.select(ENROLMENTS)))
    assert key.split("_", 3)[3] not in kept
    acts = plane.get("/v1/events", admin, params={"act": "enrolment.made"}).json()["events"]
    assert [one["who"]["principals"][0]["id"] for one in acts[:1]] == ["alice"]
    assert key not in repr(acts)


def test_a_revoked_key_opens_nothing(plane: Plane) -> None:
    """At once; revoking is in the log."""
    admin = plane.token("admin", "viewer")
    made = plane.post("/v1/enrolments", admin, json={"label": "lost"}).json()
    path = f"/v1/enrolments/{made['enrolment']['id']}"

    assert plane.ask("DELETE", path, admin).status_code == 204
    assert Teller(plane, made["key"]).post(b"").status_code == 401
    assert plane.ask("DELETE", path, admin).status_code == 404
    assert plane.get("/v1/events", admin, params={"act": "enrolment.revoked"}).json()["events"]


def test_a_key_that_has_run_out_opens_nothing(plane: Plane) -> None:
    """Its end is part of it."""
    with plane.store.writing("default") as tx:
        now = time.time()
        _, key = enrolment.enrol(tx, plane.operator(), "old", now - 99, roles=[Role.CLIENT], expires=now - 1)

    assert Teller(plane, key).post(b"").status_code == 401


def test_nobody_gives_away_a_role_of_others(plane: Plane) -> None:
    """An administrator makes clients; for another role they must have it themselves."""
    admin = plane.token("admin")
    wanted = {"label": "mine", "roles": ["approver"]}

    assert plane.post("/v1/enrolments", admin, json=wanted).status_code == 403
    assert plane.post("/v1/enrolments", plane.token("admin", "approver"), json=wanted).status_code == 201
