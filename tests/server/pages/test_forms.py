"""What changes something comes from a page of this session, by somebody with the role for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from governed_db.model.approval import RequestState
from governed_db.server.approvals import deciding
from governed_db.server.main import create_app
from governed_db.server.roles import Role
from tests.server.pages.visiting import Site, Visitor


def _routes(site: Site, method: str) -> Iterator[tuple[str, Any]]:
    """Every path of pages with this method, and who may use it."""
    app: Litestar = create_app(site.plane.settings, site.plane.store)
    for route in app.routes:
        if not isinstance(route, HTTPRoute) or route.path.startswith(
            ("/v1", "/schema", "/healthz", "/metrics")
        ):
            continue
        for handler in route.route_handlers:
            if method in handler.http_methods:
                yield route.path, handler.opt.get("access")


def _filled(path: str) -> str:
    for name, value in (
        ("{id:str}", "x"),
        ("{name:str}", "default"),
        ("{number:int}", "1"),
        ("{digest:str}", "x"),
    ):
        path = path.replace(name, value)
    return path


def test_each_form_needs_its_token(site: Site) -> None:
    """No form is taken without the token of its session: not one of all paths that take forms."""
    visitor = site.visitor("grace")
    paths = [_filled(path) for path, _ in _routes(site, "POST")]
    assert len(paths) >= 8

    answers = {path: visitor.post(path, {"act": "approve", "csrf": "0" * 64}) for path in paths}

    assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(paths, 403)
    assert all("GDB640" in answer.text for answer in answers.values())


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}],
    ids=["origin", "cross-site", "same-site"],
)
def test_a_token_alone_does_not_do(site: Site, headers: dict[str, str]) -> None:
    """A form that another site sends is not taken, even with the right token."""
    visitor = site.visitor("grace")
    asked = site.ask("UPDATE orders SET status = ?")
    token = visitor.get(f"/approvals/{asked}").text.partition('name="csrf" value="')[2][:64]

    answer = visitor.post(f"/approvals/{asked}", {"act": "approve", "csrf": token}, headers=headers)

    assert answer.status_code == 403
    assert _state(site, asked) is RequestState.PENDING


def test_a_token_is_of_one_session(site: Site) -> None:
    """Somebody else's token, also of the same person's other session, is worth nothing."""
    visitor, other = site.visitor("grace"), site.visitor("grace")
    asked = site.ask("UPDATE orders SET kind = ?")
    token = other.get(f"/approvals/{asked}").text.partition('name="csrf" value="')[2][:64]

    assert visitor.post(f"/approvals/{asked}", {"act": "approve", "csrf": token}).status_code == 403


def test_pages_are_for_roles(site: Site) -> None:
    """Nobody sees a page whose role they do not have; who is not signed in is asked to, everywhere."""
    stranger, viewer = Visitor(site.url), site.visitor("vera", Role.VIEWER)
    for path, access in _routes(site, "GET"):
        if access == "public":
            continue
        assert stranger.get(_filled(path)).status_code == 303, path
        expected = {200, 400, 404} if Role.VIEWER in access else {403}
        assert viewer.get(_filled(path)).status_code in expected, path


def test_every_path_says_who_may_use_it(site: Site) -> None:
    """What is open to all is listed here, so that nothing becomes open by mistake."""
    every = {path: access for method in ("GET", "POST") for path, access in _routes(site, method)}

    public = {path for path, access in every.items() if access == "public"}

    assert public == {
        "/assets/{digest:str}/{name:str}", "/sign-in", "/sign-in/with", "/sign-in/back", "/sign-in/local",
    }  # fmt: skip
    assert all(access for access in every.values())


@pytest.mark.parametrize("act", ["approve", "deny", "break-glass", "accept"])
def test_a_viewer_does_not_decide(site: Site, act: str) -> None:
    """Buttons that are not shown do nothing when they are sent anyway."""
    visitor = site.visitor("vera", Role.VIEWER)
    asked = site.ask(f"UPDATE orders SET a{act.replace('-', '')} = ?")

    answer = visitor.send(f"/approvals/{asked}", {"act": act, "comment": "because I can do this"})

    assert answer.status_code == 403
    assert _state(site, asked) is RequestState.PENDING


def test_nobody_decides_on_their_own(site: Site) -> None:
    """Whom a request is for is told why they cannot decide, and the form that they send is refused."""
    alice = site.visitor("ALICE ")
    asked = site.ask("UPDATE orders SET own = ?")
    page = alice.get(f"/approvals/{asked}").text
    assert "You cannot decide on this" in page

    answer = alice.send(f"/approvals/{asked}", {"act": "approve"})

    assert answer.status_code == 409
    assert "GDB403" in answer.text
    assert _state(site, asked) is RequestState.PENDING


def test_the_rows_that_were_shown_bind(site: Site) -> None:
    """An approval is refused when the request has grown since the page was read."""
    visitor = site.visitor("grace")
    asked = site.ask("UPDATE orders SET grown = ?", rows=5)
    site.ask("UPDATE orders SET grown = ?", rows=500)

    answer = visitor.send(f"/approvals/{asked}", {"act": "approve", "rows": "5"})

    assert answer.status_code == 409
    assert _state(site, asked) is RequestState.PENDING


def test_another_tenants_things_are_not_here(site: Site) -> None:
    """What belongs to one tenant does not exist for people of another, on any page."""
    asked = site.ask("UPDATE orders SET secret_of_default = ?")
    other = site.visitor("olga", tenant="other")

    pages = [
        "/",
        "/approvals",
        "/activity?since=",
        "/policies",
        "/coverage",
        "/integrity",
        "/classifications",
    ]

    assert other.get(f"/approvals/{asked}").status_code == 404
    assert not [path for path in pages if "secret_of_default" in other.get(path).text]


def test_headers_of_every_answer(site: Site) -> None:
    """Pages, refusals and files alike: no foreign script, no frame, no guess of types; pages are not kept."""
    visitor = site.visitor("grace")
    for path in ("/", "/approvals/nothing", "/policies"):
        headers = visitor.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, path
        assert "unsafe" not in policy, path
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Frame-Options"] == "DENY"


def _state(site: Site, id: str) -> RequestState:
    with site.plane.store.reading("default") as tx:
        return deciding.get(tx, id).state


def test_where_there_is_no_page(site: Site) -> None:
    """A browser is shown a page that leads back, without the address; programs are told as ever."""
    visitor = site.visitor("grace")
    html = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    shown = visitor.get("/polices/<b>lost</b>?x=1", headers=html)
    told = visitor.get("/polices")
    program = visitor.get("/v1/nothing", headers=html)

    assert (shown.status_code, told.status_code, program.status_code) == (404, 404, 404)
    assert "There is no page at this address." in shown.text
    assert 'href="/"' in shown.text
    assert "lost" not in shown.text
    assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
    assert told.json()["code"] == program.json()["code"] == "GDB662"
