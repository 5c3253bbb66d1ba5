"""A full trail: what is strict or durable does not run unrecorded; what else goes unrecorded is counted."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

import governed_db
from governed_db import runtime
from governed_db.config import load_settings
from governed_db.errors import AuditUnavailable, ConfigurationError
from governed_db.model.audit import AuditEvent
from governed_db.remote.reader import read
from governed_db.remote.spool import Spool
from governed_db.remote.verify import verify

EVENT = AuditEvent("one", 1.0, "outcome", {"filling": "x" * 500})
POLICY = {
    "version": 1,
    "rules": [
        {"id": "reads", "effect": "permit", "actions": ["select"], "relations": ["orders"]},
        {"id": "marks", "effect": "permit", "actions": ["update"], "durability": "strict"},
        {
            "id": "looks",
            "effect": "permit",
            "actions": ["select"],
            "relations": ["products"],
            "durability": "best_effort",
        },
    ],
}


def _repeatedly(act: Callable[[], object], *, pause: float = 0.0) -> None:
    """Until it fails, or had every chance to."""
    for _ in range(6000):
        act()
        time.sleep(pause)


def test_a_bound_is_kept_by_all_processes_together(tmp_path: Path) -> None:
    """Beyond it nothing is taken, by an old writer or a new one, as on a full disk, until there is room."""
    filling = tmp_path / "filling"
    filling.write_bytes(b"x" * 900_000)
    first = Spool(tmp_path, max_bytes=1_000_000)
    with pytest.raises(AuditUnavailable, match="may have 1000000"):
        _repeatedly(lambda: first.write(EVENT))
    second = Spool(tmp_path, max_bytes=1_000_000)
    with pytest.raises(AuditUnavailable):
        second.write(EVENT)
    size = sum(path.stat().st_size for path in tmp_path.iterdir())
    filling.unlink()
    for spool in (first, second):
        spool.close()

    assert 1_000_000 <= size < 1_200_000
    assert verify(tmp_path).ok
    assert sum(event["boot"] == second.boot for event in read(tmp_path)) == 3


def test_what_was_lost_is_told(tmp_path: Path) -> None:
    """How many events were not taken stands behind the next one that is."""
    spool = Spool(tmp_path)
    for _ in range(3):
        spool.lose()
    spool.write(AuditEvent("after", 1.0, "outcome", {}))
    spool.close()

    assert [event["fields"] for event in read(tmp_path)][1:3] == [{}, {"lost": 3}]


def test_statements_by_what_policy_calls_them(
    tmp_path: Path, sqlite_shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Strict ones are refused at once, durable ones as soon as a record could not be written, others run."""
    monkeypatch.setenv("GOVERNED_DB_AUDIT_BYTES", "1000000")
    full = tmp_path / "audit" / "filling"
    full.parent.mkdir(mode=0o700)
    full.write_bytes(b"x" * 1_000_000)
    with closing(governed_db.connect(sqlite_shop, state_dir=tmp_path, policy=POLICY)) as connection:
        with pytest.raises(AuditUnavailable):
            connection.execute("UPDATE orders SET status = 'sent' WHERE id = 1")
        with pytest.raises(AuditUnavailable):
            _repeatedly(lambda: connection.execute("SELECT id FROM orders").fetchall(), pause=0.01)
        looked = [connection.execute("SELECT id FROM products").fetchone() for _ in range(3)]
        full.unlink()
        connection._governed.gate.audit.flush()
        connection.execute("UPDATE orders SET status = 'sent' WHERE id = 1")
    runtime.release(tmp_path)
    told = [
        event["fields"]["decision"]["rule"]
        for event in read(tmp_path / "audit")
        if event["phase"] == "outcome"
    ]

    assert looked == [(1,)] * 3
    assert told.count("policy/looks") == 3
    assert told[-1] == "policy/marks"
    assert verify(tmp_path / "audit").ok


@pytest.mark.parametrize("said", ["0", "-1", "10 GB", "1e9"])
def test_a_bound_is_a_number(tmp_path: Path, said: str) -> None:
    """Anything else is refused."""
    with pytest.raises(ConfigurationError, match="GDB509"):
        load_settings(state_dir=tmp_path, environ={"GOVERNED_DB_AUDIT_BYTES": said})
