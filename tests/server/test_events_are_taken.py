"""Events that clients send are taken once and for good."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from governed_db.model.chain import header
from governed_db.remote.backlog import Backlog
from governed_db.remote.shipper import HttpSink, Shipper
from governed_db.server.tables.events import CHAINS, EVENTS, RECORDS
from tests.audit.events import write_chain
from tests.server.running import Plane


def _shipped(plane: Plane, folder: Path, credential: str) -> None:
    shipper = Shipper(Backlog(folder), HttpSink(f"{plane.url}/v1/events", lambda: credential), lambda: 0.0)
    assert shipper.step() == 0.0, shipper.problem
    assert shipper.step() is None


def _kept(plane: Plane, boot: str) -> Sequence[str]:
    with plane.store.reading("default") as tx:
        chain = tx.value(tx.select(CHAINS, CHAINS.c.id).where(CHAINS.c.boot == boot))
        rows = tx.rows(tx.select(RECORDS).where(RECORDS.c.chain == chain).order_by(RECORDS.c.seq))
    return [row.line for row in rows]


def test_what_a_client_ships_is_kept_as_it_was_written(plane: Plane, tmp_path: Path) -> None:
    """The stored lines have their bytes, so that anybody can follow the chain again."""
    spool = write_chain(tmp_path, 20)
    _shipped(plane, tmp_path, plane.key())

    written = b"".join(path.read_bytes() for path in sorted(tmp_path.glob("*.jsonl"))).decode()
    assert "".join(f"{line}\n" for line in _kept(plane, spool.boot)) == written


def test_a_batch_that_comes_again_is_known(plane: Plane, tmp_path: Path) -> None:
    """A client that had no answer sends again; nothing is there twice."""
    spool = write_chain(tmp_path, 5)
    _shipped(plane, tmp_path, plane.token())
    before = len(_kept(plane, spool.boot))
    _shipped(plane, tmp_path, plane.token())

    with plane.store.reading("default") as tx:
        events = tx.rows(tx.select(EVENTS, EVENTS.c.id))
    assert len(_kept(plane, spool.boot)) == before == header(_kept(plane, spool.boot)[-1].encode())[0].seq
    assert len(events) == len(set(events))
