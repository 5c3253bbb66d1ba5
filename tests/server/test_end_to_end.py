"""Promise: what a team decides at its control plane holds in all its programs, and what they do is there.

On PostgreSQL, with a real server and three programs in processes of their own.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

import attrs
import psycopg
import pytest

from governed_db.server import coverage
from governed_db.server.pages import fleet
from tests.server.clients import DEADLINE, Client
from tests.server.running import Plane, running
from tests.server.stoppable import Stoppable
from tests.server.test_policies_are_published import FORBIDS, drafted, published, told
from tests.servers.fixtures import FreshDatabase

COUNT = "SELECT count(*) FROM products"
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


@attrs.frozen
class Scene:
    """A control plane, a shop, and the programs that use it."""

    plane: Plane
    server: Stoppable
    shop: str
    clients: tuple[Client, ...]

    @property
    def agent(self) -> Client:
        return self.clients[2]

    def stock(self) -> int:
        """As the database has it."""
        with psycopg.connect(self.shop) as connection:
            found: Any = connection.execute("SELECT stock FROM products WHERE id = 1").fetchone()
            return int(found[0])

    def events(self, **asked: Any) -> list[dict[str, Any]]:
        """What the control plane knows of what was done."""
        answer = self.plane.get("/v1/events", self.plane.token("auditor"), params=asked)
        found: list[dict[str, Any]] = told(answer)["events"]
        return found

    def event(self, id: str) -> dict[str, Any]:
        """One event, whole."""
        found: dict[str, Any] = told(self.plane.get(f"/v1/events/{id}", self.plane.token("auditor")))
        return found.get("event", found)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, fresh_database: FreshDatabase) -> Iterator[Scene]:
    """All of it, alive for this module."""
    folder = tmp_path_factory.mktemp("scene")
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(fresh_database("postgres"))
        shop = stack.enter_context(fresh_database("postgres", shop=True))
        plane = stack.enter_context(running(folder / "plane", database))
        server = Stoppable(plane)
        stack.callback(server.close)
        server.start()
        plane.get("/v1/bundles/default.json", plane.key())  # the first one is made
        pinned = told(plane.get("/v1/keys", plane.key()))[0]["public"]
        address = f"{server.url}/v1#key={pinned}"
        clients = []
        for kind in ("web", "script", "agent"):
            home = folder / kind
            home.mkdir(mode=0o700)
            clients.append(Client(kind, shop, address, plane.key(label=kind), home))
            stack.callback(clients[-1].close)
        stack.callback(lambda: [client.end() for client in clients])
        yield Scene(plane, server, shop, tuple(clients))


def until(condition: Callable[[], Any]) -> Any:
    """What the condition comes to, when it comes to something."""
    end = time.monotonic() + DEADLINE
    while not (found := condition()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return found


def test_a_policy_is_in_force_in_all_programs(scene: Scene) -> None:
    """A policy that is published governs a web app, a script and an agent, and so does the next."""
    assert [client.run(COUNT) for client in scene.clients] == [{"rows": [[12]]}] * 3

    published(scene.plane, FORBIDS)
    for client in scene.clients:
        client.until(COUNT, {"code": "GDB320"})

    published(scene.plane, ASKS)
    for client in scene.clients:
        client.until(COUNT, {"rows": [[12]]})


def test_who_is_there_is_told(scene: Scene) -> None:
    """The three programs of this machine are one client: all of it is governed, by the newest bundle."""

    def found() -> Any:
        with scene.plane.store.reading("default") as tx:
            rows = fleet.clients(tx, time.time())
            told = {one.client: one.told for one in coverage.clients(tx)}
        return [(one.state, len(told[one.name].get("processes", {}))) for one in rows] == [("up to date", 3)]

    assert until(found)


def test_what_was_approved_runs_once_and_is_found(scene: Scene) -> None:
    """An agent's update waits; a second person approves; it runs once; who, for whom and why is told."""
    published(scene.plane, ASKS + "# again\n")
    before = scene.stock()
    until(lambda: "task" in scene.agent.run(RAISE))
    task = scene.agent.run(RAISE)["task"]
    assert scene.stock() == before

    carol = scene.plane.token("approver", sub="carol")
    shown = told(scene.plane.get(f"/v1/approvals/{task}", carol))
    assert shown["preview"]["parts"][0]["rows"] == 1
    body = {"comment": "counted by hand", "at_most": 1}
    told(scene.plane.post(f"/v1/approvals/{task}/approve", carol, json=body))

    assert scene.agent.run(RAISE) == {"rows": 1}
    assert scene.agent.run(RAISE)["code"] != task
    assert scene.stock() == before + 1000000
    [found] = until(lambda: scene.events(relation="products", kind="update", phase="outcome"))
    fields = scene.event(found["id"])["fields"]
    assert [link["id"] for link in fields["principals"]] == ["alice", "agent:refunds"]
    assert (fields["rows"], fields["decision"]["rule"]) == (1, "policy/stock-asks")
    assert fields["approval"] == task
    [decided] = scene.events(act="approval.approved")
    assert "counted by hand" in str(scene.event(decided["id"]))


def test_a_draft_is_held_against_what_was_done(scene: Scene) -> None:
    """A draft is replayed on recorded traffic: which statements it would decide otherwise, and by whom."""
    draft = drafted(scene.plane, FORBIDS)
    viewer = scene.plane.token("viewer")

    def found() -> Any:
        replay = told(scene.plane.post(f"/v1/drafts/{draft['id']}/replay", viewer))
        return [one for one in replay["differences"] if one["principals"] == ["reports"]]

    [difference, *_] = until(found)
    assert difference["statement"] == COUNT
    assert (difference["before"]["effect"], difference["after"]["effect"]) == ("permit", "deny")


def test_a_server_that_is_away(scene: Scene) -> None:
    """Programs stay governed; nothing that needs approval runs; what they did arrives afterwards."""
    marked = "SELECT count(*) AS while_away FROM products"
    until(lambda: "task" in scene.agent.run(RAISE))

    scene.server.stop()
    try:
        assert [client.run(marked) for client in scene.clients] == [{"rows": [[12]]}] * 3
        assert scene.agent.run(RAISE) == {"code": "GDB620"}
        assert [client.run("DROP TABLE products")["code"] for client in scene.clients] == ["GDB620"] * 3
    finally:
        scene.server.start()

    until(lambda: len(scene.events(text="while_away", phase="outcome")) == 3)
