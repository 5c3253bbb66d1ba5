"""What people do on the pages, in a real browser."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from governed_db.model.approval import GrantState
from governed_db.model.audit import AuditEvent
from governed_db.model.chain import GENESIS, Chainer, Head
from governed_db.model.ids import uuid7
from governed_db.model.preview import How, Preview, Reached, RowChange, Sample
from governed_db.server import chains, intake
from governed_db.server.approvals import asking
from governed_db.server.bundles import drafts, publishing
from governed_db.server.roles import Role
from tests.server.pages.visiting import BOT, WAIT, Site, subject

UPDATE = "UPDATE orders SET status = ? WHERE customer_id IN (SELECT id FROM customers WHERE country = ?)"
EVIL = '<img src=x onerror="window.wounded=1"><script>window.wounded=1</script>'
POLICY = """version: 1
extends: standard
rules:
  - id: support-reads
    effect: permit
    principals: {groups: [support]}
    actions: [select]
tests:
  - {principal: {kind: agent}, sql: "delete from orders", expect: ask}
"""
AUDIT = (Path(__file__).parent / "audit.js").read_text("utf-8")
expect.set_options(timeout=WAIT)


@pytest.fixture(autouse=True)
def _nothing_outside_and_no_errors(site: Site) -> Iterator[None]:
    """No page asks another machine for anything, or says an error in its console."""
    yield
    assert site.outside == []
    assert [said for said in site.said if "status of 40" not in said] == []


def test_sign_in_see_and_approve(site: Site, browser: Browser) -> None:
    """A second person signs in, reads what would change, approves, and the grant is there to be used once."""
    sample = Sample(
        "public.orders", ("id", "status"), (), (RowChange(("7", "paid"), ("7", "refunded"), (1,)),)
    )
    preview = Preview(
        UPDATE,
        How.MEASURED,
        12,
        samples=(sample,),
        reached=(Reached("public.orders", "statement", updated=12),),
    )
    site.ask(UPDATE, preview=preview)
    with site.opened(browser, "grace") as page:
        page.get_by_role("link", name="Approvals", exact=False).first.click()
        page.get_by_role("link", name="UPDATE orders SET status").click()

        expect(page.get_by_role("heading", name="Update of orders")).to_be_visible()
        expect(page.locator("tr", has_text="refunded").locator("del")).to_have_text("paid")
        page.get_by_label("Comment").fill("checked with finance")
        page.get_by_role("button", name="Approve for 12 rows").click()

        expect(page.get_by_role("status").filter(has_text="Approved")).to_be_visible()
        expect(page.get_by_text("checked with finance").first).to_be_visible()

    with site.plane.store.writing("default") as tx:
        first = asking.reserve(tx, BOT, subject(UPDATE), "one")
        second = asking.reserve(tx, BOT, subject(UPDATE), "two")
    assert first is not None
    assert first.state is GrantState.RESERVED
    assert second is None


def test_by_keyboard(site: Site, browser: Browser) -> None:
    """A request is found, opened and denied without a mouse."""
    site.ask("DELETE FROM keyboards WHERE id > ?")
    with site.opened(browser, "grace") as page:
        page.goto(site.url + "/approvals")
        rows = page.locator("tr[data-row]").count()
        for _ in range(rows):
            page.keyboard.press("j")
        expect(page.locator("tr.is-here")).to_contain_text("keyboards")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Delete from keyboards").wait_for()

        page.keyboard.press("d")
        expect(page.get_by_role("button", name="Deny")).to_be_focused()
        page.keyboard.press("Enter")

        expect(page.get_by_role("status").filter(has_text="Denied")).to_be_visible()


def test_the_inbox_tells_by_itself(site: Site, browser: Browser) -> None:
    """A request that comes while the inbox is open is shown without anybody doing anything."""
    with site.opened(browser, "grace") as page:
        page.goto(site.url + "/approvals")
        page.get_by_role("heading", name="Approvals").wait_for()

        site.ask("UPDATE latecomers SET a = ?")

        expect(page.get_by_role("link", name="UPDATE latecomers SET a")).to_be_visible()


def test_nothing_that_comes_from_outside_is_run(site: Site, browser: Browser) -> None:
    """Names, statements, reasons and comments are shown as they are, on every page, and never as markup."""
    sample = Sample(f"t{EVIL}", (f"c{EVIL}",), (f"m{EVIL}",), (RowChange((EVIL,), (f"{EVIL}2",), (0,)),))
    preview = Preview(EVIL, How.COUNTED, 1, samples=(sample,), caveats=(EVIL,), indexes=(EVIL,))
    statement = f"SELECT '{EVIL}' AS \"{EVIL}\" FROM t WHERE a = ?"
    asked = site.ask(
        statement, preview=preview, principals=(f"alice{EVIL}", f"bot{EVIL}"), database=EVIL, reason=EVIL,
        rule=EVIL, revision=EVIL, agents=(EVIL,), owners=(EVIL,),
    )  # fmt: skip
    event = _recorded(site, EVIL, statement)
    with site.opened(browser, f"grace{EVIL}") as page:
        page.goto(f"{site.url}/approvals/{asked}")
        page.get_by_label("Comment").fill(EVIL)
        page.get_by_role("button", name="Deny").click()
        page.get_by_role("status").filter(has_text="Denied").wait_for()
        for path in (
            "/", "/approvals?state=all", f"/approvals/{asked}", "/activity?since=",
            f"/activity/{event}",
            "/coverage", "/classifications", "/integrity", "/policies",
            f"/activity?text={EVIL}", f"/sign-in?next=/{EVIL}",
        ):  # fmt: skip
            page.goto(site.url + path)
            assert page.evaluate("window.wounded") is None, path
            assert page.locator("img").count() == 0, path


def test_what_cannot_be_seen_is_written_out(site: Site, browser: Browser) -> None:
    """A control that turns the direction of writing around does not hide what a statement does."""
    asked = site.ask("DELETE FROM t WHERE a = '\u202e' -- \u202d")
    with site.opened(browser, "grace") as page:
        page.goto(f"{site.url}/approvals/{asked}")

        expect(page.locator(".sql-view .unseen").first).to_have_text("U+202E")


def test_a_policy_from_draft_to_clients(site: Site, browser: Browser) -> None:
    """An author writes and checks, another person agrees, and it is published, signed, and rolled back."""
    with site.opened(browser, "bob") as page:
        page.goto(site.url + "/policies")
        page.get_by_role("link", name="New draft").click()
        page.get_by_label("What it is for").fill("Support may read")
        page.get_by_role("button", name="Begin").click()
        page.get_by_label("Policy, as YAML").fill(POLICY.replace("permit", "permitt"))
        page.get_by_role("button", name="Save and check").click()
        expect(page.get_by_role("link", name="line 5:13")).to_be_visible()

        page.get_by_label("Policy, as YAML").fill(POLICY)
        page.get_by_text("Tables that the tests are about").click()
        page.get_by_label("CREATE statements").fill("CREATE TABLE orders (id integer primary key);")
        page.get_by_role("button", name="Submit for review").click()
        expect(page.get_by_text("1 test", exact=False)).to_be_visible()
        expect(page.locator("ol.problems .badge.good")).to_have_text("ask")
        expect(page.get_by_text("You wrote it")).to_be_visible()
        address = page.url.partition("?")[0]
    with site.opened(browser, "grace") as page:
        page.goto(address)
        page.get_by_role("button", name="Replay").click()
        expect(page.get_by_text("would change", exact=False)).to_be_visible()
        page.get_by_role("button", name="Agree").click()
        page.get_by_role("button", name="Publish").click()
        expect(page.get_by_role("status").filter(has_text="Published and signed")).to_be_visible()
    with site.plane.store.reading("default") as tx:
        newest = publishing.newest(tx, "default")
        assert "support-reads" in publishing.text(tx, newest).files["policy.yaml"]
        assert drafts.get(tx, newest.draft).author == "bob"


def test_a_draft_that_somebody_changed(site: Site, browser: Browser) -> None:
    """Two windows on one draft: who saves last is told, and loses no word of theirs."""
    with site.opened(browser, "dora") as page:
        page.goto(site.url + "/policies/new")
        page.get_by_label("What it is for").fill("Two windows")
        page.get_by_role("button", name="Begin").click()
        page.get_by_role("heading", name="Two windows").wait_for()
        other = page.context.new_page()
        other.goto(page.url)
        other.get_by_label("Policy, as YAML").fill("# theirs\n" + POLICY)
        other.get_by_role("button", name="Save and check").click()
        other.get_by_role("status").filter(has_text="Saved").wait_for()

        page.get_by_label("Policy, as YAML").fill("# mine\n" + POLICY)
        page.get_by_role("button", name="Save and check").click()

        expect(page.get_by_role("alert").first).to_contain_text("changed since you opened it")
        expect(page.get_by_label("Policy, as YAML")).to_have_value("# mine\n" + POLICY)


def test_search(site: Site, browser: Browser) -> None:
    """An event is found by words of its statement and by who did it, and tells why it was decided so."""
    _recorded(site, "nora", "SELECT plan FROM subscriptions WHERE id = ?")
    with site.opened(browser, "grace", Role.VIEWER) as page:
        page.goto(site.url + "/activity")
        page.keyboard.press("/")
        page.keyboard.type("from subscriptions")
        page.keyboard.press("Enter")
        page.get_by_role("link", name="SELECT plan FROM subscriptions").click()
        expect(page.get_by_text("GDB201", exact=True)).to_be_visible()

        page.goto(site.url + "/activity?principal=nobody-of-this-name")
        expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
        page.goto(site.url + "/activity?text=' OR 1=1 --")
        expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()


def test_a_classification_is_put_right(site: Site, browser: Browser) -> None:
    """A column that was taken for something else is corrected into a draft, which keeps its comments."""
    _recorded(site, "nora", "SELECT nickname FROM people")
    with site.opened(browser, "ada") as page:
        page.goto(site.url + "/classifications")
        row = page.locator("tr", has_text="public.people.nickname")
        row.get_by_role("combobox").fill("none")
        row.get_by_role("button", name="Put in a draft").click()

        expect(page.get_by_label("Policy, as YAML")).to_have_value(re.compile("nickname: none"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_them(site: Site, browser: Browser, scheme: str) -> None:
    """Fields have labels, buttons have names, headings are in order, and text stands out from its ground."""
    asked = site.ask(UPDATE)
    with site.opened(browser, "grace", color_scheme=scheme, viewport={"width": 390, "height": 800}) as page:
        for path in ("/", "/approvals", f"/approvals/{asked}", "/activity?since=", "/policies", "/coverage",
                     "/classifications", "/integrity", "/policies/new", "/sign-in"):  # fmt: skip
            page.goto(site.url + path)
            assert page.evaluate(AUDIT) == [], path
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, path


def test_without_javascript(site: Site, browser: Browser) -> None:
    """Forms and links do all that matters, also where scripts are turned off."""
    asked = site.ask("DELETE FROM unscripted WHERE a = ?")
    with site.opened(browser, "grace", java_script_enabled=False) as page:
        page.goto(f"{site.url}/approvals/{asked}")
        page.get_by_role("button", name="Deny").click()

        expect(page.get_by_role("status").filter(has_text="Denied")).to_be_visible()


def _recorded(site: Site, who: str, statement: str) -> str:
    """The id of a refusal as a client tells it."""
    now = time.time()
    fields = {
        "database": "shop", "statement": statement, "kind": "select", "relations": ["public.people"],
        "columns": [], "status": "ok", "rows": 1, "tool": who,
        "principals": [{"id": who, "kind": "agent", "groups": [who]}],
        "seen": [{"column": "public.people.nickname", "classification": "pii.name", "form": "clear"}],
        "decision": {
            "id": uuid7(now), "effect": "permit", "rule": "standard/reads", "revision": "1:aa",
            "reasons": [{"code": "GDB201", "rule": "standard/equality"}],
        },
    }  # fmt: skip
    event = AuditEvent(uuid7(now), now, "outcome", fields)
    lines, _ = Chainer(f"web-{uuid7(now)}", uuid7(now)).lines([event], Head(0, GENESIS))
    with site.plane.store.writing("default") as tx:
        intake.take(tx, chains.parsed(lines), sender="web", now=now)
    return event.id
