"""A server that is killed at any moment loses nothing that it took, and has nothing twice.

GOVERNED_DB_TEST_KILLS is how often it is killed for each database (1, and only on PostgreSQL, if it
is not set; 100 take a quarter of an hour).
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from governed_db.model.chain import header
from governed_db.remote.backlog import Backlog
from governed_db.remote.shipper import HttpSink, Shipper
from governed_db.server import integrity
from governed_db.server.settings import load_settings
from governed_db.server.store import Store
from governed_db.server.tables.events import CHAINS, EVENTS, RECORDS
from tests.audit.events import write_chain
from tests.cli.terminal import run
from tests.servers.fixtures import FreshDatabase

KILLS = int(os.environ.get("GOVERNED_DB_TEST_KILLS", "1"))


def _served(at: list[str]) -> tuple[subprocess.Popen[str], str]:
    words = [sys.executable, "-m", "governed_db.cli", "serve", "--port", "0", *at]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    told = ""
    while not told.endswith("}\n"):
        line = process.stdout.readline()
        assert line, "the server ended"
        told += line
    return process, json.loads(told)["url"]


@pytest.mark.parametrize("dialect", ["postgres"] if KILLS == 1 else ["sqlite", "postgres"])
def test_what_was_taken_is_there_once(tmp_path: Path, fresh_database: FreshDatabase, dialect: str) -> None:
    """Clients send on after each kill; in the end all is there, in whole chains, each record once."""
    home = tmp_path / "plane"
    home.mkdir(mode=0o700)
    with fresh_database(dialect) as url:
        database = url if dialect == "postgres" else None
        at = ["--folder", str(home), "--json", *(["--database", url] if database else [])]
        run("server", "migrate", *at)
        key = run("server", "enrol", "web", *at).json["key"]
        boot = write_chain(tmp_path / "audit", 100 * KILLS).boot
        _survive(tmp_path, at, key)
        settings = load_settings(home, database=database)
        with closing(Store(settings.url)) as store, store.reading("default") as tx:
            _check(tx, boot, tmp_path / "audit")


def _survive(folder: Path, at: list[str], key: str) -> None:
    """Small batches, so that there are many moments to be killed at; the last server is let live."""
    chance = random.Random(7)
    backlog = Backlog(folder / "audit", folder / "sent.json")
    for kill in range(KILLS + 1):
        process, url = _served(at)
        if kill < KILLS:
            killer = threading.Timer(chance.random() / 2, process.kill)
            killer.start()
        shipper = Shipper(backlog, HttpSink(f"{url}/v1/events", lambda: key), lambda: 0.0)
        shipper.max_bytes = 2000
        while shipper.step() is not None:
            shipper.max_bytes = 2000
            if process.poll() is not None:
                break
            time.sleep(0.001)
        if kill < KILLS:
            killer.join()
        process.kill()
        process.communicate(timeout=60)


def _check(tx: Any, boot: str, audit: Path) -> None:
    chain = tx.row(tx.select(CHAINS).where(CHAINS.c.boot == boot))
    r, e = RECORDS.c, EVENTS.c
    lines = [row.line for row in tx.rows(tx.select(RECORDS).where(r.chain == chain.id).order_by(r.seq))]
    written = b"".join(path.read_bytes() for path in sorted(audit.glob("*.jsonl"))).decode().splitlines()
    events = tx.rows(tx.select(EVENTS, e.seq).where(e.chain == chain.id).order_by(e.seq))

    assert lines == written
    assert [row.seq for row in events] == list(range(1, len(written) + 1))
    assert integrity.walked(tx, chain.id) == []
    assert header(lines[-1].encode())[1] == chain.hash
