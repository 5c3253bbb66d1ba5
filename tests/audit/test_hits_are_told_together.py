"""Reads that follow each other are one record of the trail, and single events for whoever reads it."""

from __future__ import annotations

from pathlib import Path

from governed_db.core.plan import Plan
from governed_db.enforce.hits import HitScribe
from governed_db.model.decision import Decision, Effect
from governed_db.model.principal import Context, Principal
from governed_db.remote.reader import read
from governed_db.remote.spool import Spool
from governed_db.remote.verify import verify

ONE, TWO = (Context(Principal(name)) for name in ("one", "two"))


def _plan(statement: str) -> Plan:
    decision = Decision(Effect.PERMIT, "standard/reads", "1")
    return Plan(statement, decision, None, statement, "f", audit={"statement": statement})


def test_each_statement_is_an_event_of_its_own_when_read(tmp_path: Path) -> None:
    """Every hit keeps its statement, principal, time and row count, in the order in which it ran."""
    scribe, first, second = HitScribe(lambda: "id"), _plan("select 1"), _plan("select 2")
    spool = Spool(tmp_path / "audit")
    hits = [(first, ONE, 10.0, 1, 0.5), (second, ONE, 11.0, 2, 0.25), (first, TWO, 12.0, 3, 0.125)]

    for hit in hits:
        spool.tally(scribe.outcomes, hit)
    spool.close()

    told = [event for event in read(tmp_path / "audit") if event["phase"] == "outcome"]
    assert [
        (e["time"], e["fields"]["statement"], e["fields"]["principals"][0]["id"], e["fields"]["rows"])
        for e in told
    ] == [
        (10.0, "select 1", "one", 1),
        (11.0, "select 2", "one", 2),
        (12.0, "select 1", "two", 3),
    ]
    assert verify(tmp_path / "audit").ok


def test_reading_since_a_moment_takes_a_record_apart(tmp_path: Path) -> None:
    """What ran before the moment is left out, also when it was written in one record with later ones."""
    scribe, first = HitScribe(lambda: "id"), _plan("select 1")
    spool = Spool(tmp_path / "audit")
    spool.tally(scribe.outcomes, (first, ONE, 10.0, 1, 0.5))
    spool.tally(scribe.outcomes, (first, ONE, 20.0, 1, 0.5))
    spool.close()

    told = [e["time"] for e in read(tmp_path / "audit", since=15.0) if e["phase"] == "outcome"]

    assert told == [20.0]
