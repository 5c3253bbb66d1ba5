"""How many events a control plane takes, how long a batch waits, and how long a question over many of them.

    python -m benchmarks.ingest [--seconds 20] [--clients 4] [--batch 500] [--events 0]

Prints one JSON object. A server of its own process on a private PostgreSQL, or on
GOVERNED_DB_TEST_POSTGRES_URL; clients send batches over HTTP as shippers do, each its own chain. With
--events N so many are put into the tables first, of 400 shapes by 200 actors over a year, and questions
are asked over HTTP; 5,000,000 take some minutes.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import text

from benchmarks.psycopg_hit import server
from governed_db.model.audit import AuditEvent
from governed_db.model.chain import GENESIS, Chainer, Head
from governed_db.model.ids import uuid7
from governed_db.server.store import Store
from governed_db.server.tables.events import EVENTS
from tests.servers.databases import fresh_postgres

SHAPES, ACTORS, YEAR = 400, 200, 365 * 86_400
QUESTIONS = {
    "newest": {},
    "frequent relation": {"relation": "t1"},
    "rare relation": {"relation": "t399"},
    "principal": {"principal": "user-7"},
    "principal and relation": {"principal": "user-7", "relation": "t3"},
    "classification": {"classification": "pii.email"},
    "refused": {"status": "refused"},
    "rule": {"rule": "rule-5"},
    "conversation": {"conversation": "talk-123"},
    "text": {"text": "FROM t17 "},
    "time": {"since": None, "until": None},
    "nothing": {"relation": "t1", "principal": "nobody"},
}


def fields(number: int) -> dict[str, Any]:
    """What an ordinary event says."""
    relation = f"public.t{number % SHAPES}"
    return {
        "principals": [{"id": f"user-{number % ACTORS}", "kind": "agent", "groups": ["analysts"]}],
        "tool": "sql_query",
        "conversation": f"talk-{number % 5000}",
        "database": "shop",
        "statement": f"SELECT id, email, total FROM t{number % SHAPES} WHERE id = ? AND status = ?",
        "fingerprint": f"{number % SHAPES:032x}",
        "kind": "select",
        "relations": [relation],
        "columns": [f"{relation}.{name}" for name in ("id", "email", "total", "status")],
        "masked": [[f"{relation}.email"]],
        "seen": [{"column": f"{relation}.email", "classification": "pii.email", "form": "token"}],
        "decision": {
            "effect": "permit",
            "rule": f"rule-{number % 20}",
            "revision": "1",
            "reasons": [],
            "id": uuid7(1.0),
        },
        "status": "ok",
        "rows": 3,
        "seconds": 0.004,
    }


class Client(threading.Thread):
    """Sends batch after batch until it is over; times of batches in seconds."""

    def __init__(self, url: str, key: str, batch: int, until: float) -> None:
        super().__init__()
        self.url, self.key, self.batch, self.until = url, key, batch, until
        self.times: list[float] = []
        self.turned_away = 0
        boot = uuid7(time.time())
        self.chainer, self.head = Chainer(f"client-{boot}", boot), Head(0, GENESIS)

    def run(self) -> None:
        session = requests.Session()
        headers = {"Authorization": f"Bearer {self.key}", "Content-Encoding": "gzip"}
        while time.time() < self.until:
            now = time.time()
            events = [
                AuditEvent(uuid7(now), now, "outcome", fields(random.randrange(10**6)))
                for _ in range(self.batch)
            ]
            lines, self.head = self.chainer.lines(list(events), self.head)
            body = gzip.compress(lines, 1)
            begun = time.perf_counter()
            while (
                answer := session.post(self.url, data=body, headers=headers, timeout=60)
            ).status_code == 429:
                self.turned_away += 1
                time.sleep(0.05)
            answer.raise_for_status()
            self.times.append(time.perf_counter() - begun)


@contextmanager
def serving(database: str, folder: Path) -> Iterator[tuple[str, str]]:
    """A server in a process of its own: its address, and a key."""
    at = ["--folder", str(folder), "--database", database, "--json"]

    def told(*words: str) -> Any:
        command = [sys.executable, "-m", "governed_db.cli", *words, *at]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    told("server", "migrate")
    key = told("server", "enrol", "bench", "--role", "client", "--role", "viewer")["key"]
    command = [sys.executable, "-m", "governed_db.cli", "serve", "--port", "0", *at]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        said = ""
        while not said.endswith("}\n"):
            said += process.stdout.readline()
        yield json.loads(said)["url"], key
    finally:
        process.terminate()
        process.wait(60)


def ingest(url: str, key: str, options: argparse.Namespace) -> dict[str, Any]:
    """Sustained: all clients send as fast as they are answered."""
    begun = time.time()
    clients = [
        Client(f"{url}/v1/events", key, options.batch, begun + options.seconds)
        for _ in range(options.clients)
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    elapsed = time.time() - begun
    times = sorted(one for client in clients for one in client.times)
    return {
        "events": len(times) * options.batch,
        "events_per_second": round(len(times) * options.batch / elapsed),
        "batch_p50_ms": round(1000 * statistics.median(times), 1),
        "batch_p99_ms": round(1000 * times[int(len(times) * 0.99)], 1),
        "turned_away": sum(client.turned_away for client in clients),
    }


def fill(database: str, events: int) -> float:
    """Many events over a year, by copying numbers of the shapes and actors that are there."""
    begun = time.time()
    store = Store(database.replace("postgresql://", "postgresql+psycopg://"))
    with store.engine.begin() as connection:
        for index in EVENTS.indexes:  # made anew below: that is faster than keeping them
            index.drop(connection)
        connection.execute(text("SET LOCAL maintenance_work_mem = '256MB'"))
        connection.execute(
            text(
                "INSERT INTO events (tenant, id, chain, seq, part, time, received, phase, status, actor, "
                "shape, conversation, decision, rows, masked, seconds) "
                "SELECT 'default', 'e-' || n, 0, n, 0, :now - (n * 7919 % :year), :now, 'outcome', "
                "CASE WHEN n % 500 = 0 THEN 'refused' ELSE 'ok' END, "
                "a.ids[CAST(1 + n * 31 % cardinality(a.ids) AS int)], "
                # Half of the events are of a few shapes, as in life.
                "s.ids[CAST(1 + CASE n % 2 WHEN 0 THEN n % 5 ELSE n * 17 % cardinality(s.ids) END AS int)], "
                "'talk-' || n % 50000, 'd-' || n, 3, 1, 0.004 "
                "FROM generate_series(1, CAST(:events AS bigint)) n, "
                "(SELECT array_agg(id ORDER BY id) AS ids FROM actors WHERE fields LIKE '%user-%') a, "
                "(SELECT array_agg(id ORDER BY id) AS ids FROM shapes WHERE statement <> '') s"
            ),
            {"now": time.time(), "year": YEAR, "events": events},
        )
        for index in EVENTS.indexes:
            index.create(connection)
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE events"))
    store.close()
    return round(time.time() - begun, 1)


def search(url: str, key: str) -> dict[str, Any]:
    """Each question five times, first and second pages: the median and the worst, in milliseconds."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {key}"
    now, found = time.time(), {}
    for name, question in QUESTIONS.items():
        asked = {"since": now - 40 * 86_400, "until": now - 39 * 86_400} if name == "time" else question
        times, after = [], None
        for _ in range(5):
            begun = time.perf_counter()
            answer = session.get(
                f"{url}/v1/events", params=asked | ({"after": after} if after else {}), timeout=300
            )
            times.append(1000 * (time.perf_counter() - begun))
            answer.raise_for_status()
            after = answer.json()["after"]
        found[name] = {"median_ms": round(statistics.median(times), 1), "worst_ms": round(max(times), 1)}
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--batch", type=int, default=500)
    parser.add_argument("--events", type=int, default=0)
    options = parser.parse_args()
    with (
        server() as admin,
        fresh_postgres(admin) as database,
        tempfile.TemporaryDirectory() as folder,
        serving(database, Path(folder)) as (url, key),
    ):
        result: dict[str, Any] = {"ingest": ingest(url, key, options), "load": os.getloadavg()[0]}
        if options.events:
            result["fill_seconds"] = fill(database, options.events)
            result["search"] = search(url, key)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
