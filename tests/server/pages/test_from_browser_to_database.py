"""Promise: what people click on pages is what happens in a database.

A real PostgreSQL, a real server, a program of its own under the control plane's policy, and Chromium.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, expect

from tests.server.clients import DEADLINE, Client
from tests.server.pages.visiting import WAIT, Site
from tests.server.running import running
from tests.server.test_policies_are_published import told
from tests.servers.fixtures import FreshDatabase

RAISE = "UPDATE products SET stock = stock + 1000000 WHERE id = 1"
ASKS = """version: 1
extends: standard
rules:
  - id: stock-asks
    effect: approve
    actions: [update]
    relations: [products]
    help: the warehouse looks at changes of stock
"""
expect.set_options(timeout=WAIT)


@pytest.fixture(scope="module")
def scene(
    tmp_path_factory: pytest.TempPathFactory, fresh_database: FreshDatabase
) -> Iterator[tuple[Site, Client, str]]:
    """A control plane on PostgreSQL, an agent that works for alice, and the shop's database."""
    folder = tmp_path_factory.mktemp("scene")
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(fresh_database("postgres"))
        shop = stack.enter_context(fresh_database("postgres", shop=True))
        plane = stack.enter_context(running(folder / "plane", database))
        plane.get("/v1/bundles/default.json", plane.key())  # the first one is made
        pinned = told(plane.get("/v1/keys", plane.key()))[0]["public"]
        home = folder / "agent"
        home.mkdir(mode=0o700)
        agent = Client("agent", shop, f"{plane.url}/v1#key={pinned}", plane.key(label="agent"), home)
        stack.callback(agent.close)
        yield Site(plane), agent, shop


def test_a_policy_and_an_approval(scene: tuple[Site, Client, str], browser: Browser) -> None:
    """A policy that two people publish in browsers makes an agent's update wait; a second person approves it;
    it runs once; and it is found with who, for whom, what and why."""
    site, agent, shop = scene
    before = _stock(shop)
    assert agent.run("SELECT count(*) FROM products") == {"rows": [[12]]}
    with site.opened(browser, "ann") as page:
        page.goto(site.url + "/policies/new")
        page.get_by_label("What it is for").fill("The warehouse looks at changes of stock")
        page.get_by_role("button", name="Begin").click()
        page.get_by_label("Policy, as YAML").fill(ASKS)
        page.get_by_role("button", name="Submit for review").click()
        page.get_by_text("You wrote it").wait_for()
        address = page.url.partition("?")[0]
    with site.opened(browser, "bob") as page:
        page.goto(address)
        page.get_by_role("button", name="Agree").click()
        page.get_by_role("button", name="Publish").click()
        page.get_by_role("status").filter(has_text="Published and signed").wait_for()
    task = _asked(agent)
    assert _stock(shop) == before

    with site.opened(browser, "carol") as page:
        page.goto(site.url + "/approvals")
        page.get_by_role("link", name="SET stock = stock +").click()
        expect(page.get_by_text("measured by running it")).to_be_visible()
        expect(page.locator(".chain").first).to_have_text("agent:refundsforalice")
        page.get_by_label("Comment").fill("counted by hand")
        page.get_by_role("button", name="Approve for 1 row").click()
        page.get_by_role("status").filter(has_text="Approved").wait_for()

        assert agent.run(RAISE) == {"rows": 1}
        assert "task" in agent.run(RAISE)
        assert _stock(shop) == before + 1_000_000

        _until_found(page, f"{site.url}/activity?kind=update&status=ok&since=")
        page.locator("tr[data-row]", has_text="stock + ?").get_by_role("link").first.click()
        expect(page.get_by_role("link", name=task)).to_be_visible()
        facts = page.locator("dl.facts")
        expect(facts.get_by_text("policy/stock-asks")).to_be_visible()
        expect(facts.get_by_text("alice (a person)")).to_be_visible()
        for path in (
            "/?hours=24",
            "/coverage",
            "/classifications",
            "/integrity?walk=1",
            "/versions/default/1",
        ):
            answer = page.goto(site.url + path)
            assert answer is not None
            assert answer.status == 200, path


def _asked(agent: Client) -> str:
    """The request's id, once the agent is under the new policy."""
    end = time.monotonic() + DEADLINE
    while "task" not in (found := agent.run("UPDATE products SET stock = stock WHERE id = 2")):
        assert time.monotonic() < end, found
        time.sleep(0.05)
    asked: str = agent.run(RAISE)["task"]
    return asked


def _until_found(page: Any, address: str) -> None:
    """Look again until the agent's trail has arrived."""
    end = time.monotonic() + DEADLINE
    page.goto(address)
    while not page.locator("tr[data-row]", has_text="stock + ?").count():
        assert time.monotonic() < end
        time.sleep(0.1)
        page.goto(address)


def _stock(shop: str) -> int:
    with psycopg.connect(shop) as connection:
        found: Any = connection.execute("SELECT stock FROM products WHERE id = 1").fetchone()
        return int(found[0])
