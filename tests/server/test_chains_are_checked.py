"""What is odd about a client's chain is found, and told with its place."""

from __future__ import annotations

from typing import Any

import pytest

from governed_db.server.tables.events import FINDINGS, RECORDS
from tests.server.running import Plane
from tests.server.told import Teller, event


@pytest.fixture
def teller(plane: Plane, request: pytest.FixtureRequest) -> Teller:
    """A client of the test's own."""
    return Teller(plane, plane.key(), client=request.node.name[:100])


def _report(teller: Teller) -> dict[str, Any]:
    params = {"client": teller.client}
    answer = teller.plane.get("/v1/integrity", teller.plane.token("auditor"), params=params).json()
    assert len(answer) == 1
    found: dict[str, Any] = answer[0]
    return found


def _odd(teller: Teller) -> list[tuple[str, int, bool]]:
    return [(one["kind"], one["seq"], one["resolved"] is not None) for one in _report(teller)["findings"]]


def _walked(teller: Teller) -> list[tuple[str, int]]:
    path = f"/v1/integrity/{_report(teller)['chain']}"
    return [(one["kind"], one["seq"]) for one in teller.plane.get(path, teller.plane.token("auditor")).json()]


def test_a_whole_chain_is_whole(teller: Teller) -> None:
    """In several batches; nothing is found, also when the stored lines are followed again."""
    for _ in range(3):
        teller.tell(event(), event())

    assert (_odd(teller), _walked(teller), _report(teller)["missing"]) == ([], [], [])
    assert (_report(teller)["seq"], _report(teller)["hash"]) == (6, teller.head.hash)


def test_missing_records_are_told_until_they_come(teller: Teller) -> None:
    """Each range that is missing is told; what comes late fills it, in any order."""
    lines = teller.lines(*(event() for _ in range(8)))
    teller.send(lines[0], lines[4], lines[7])
    assert _report(teller)["missing"] == [[2, 4], [6, 7]]
    assert _odd(teller) == [("missing", 2, False), ("missing", 6, False)]

    teller.send(lines[2])
    assert _report(teller)["missing"] == [[2, 2], [4, 4], [6, 7]]
    assert teller.send(*lines)["again"] == 4
    assert _report(teller)["missing"] == []
    assert _odd(teller) == [("missing", 2, True), ("missing", 6, True)]
    assert _walked(teller) == []


def test_a_record_that_does_not_follow_is_told(teller: Teller) -> None:
    """Somebody removed a record and numbered the rest anew."""
    first = teller.lines(event())
    teller.lines(event())
    second = teller.lines(event())
    other = Teller(teller.plane, teller.credential, client=teller.client)
    other.boot, other.head = teller.boot, type(teller.head)(1, "f" * 64)
    teller.send(*first, *other.lines(event()))
    teller.send(*second)

    assert _odd(teller) == [("broken", 2, False), ("broken", 3, False)]
    assert _walked(teller) == [("broken", 2), ("broken", 3)]


def test_a_second_history_is_told(teller: Teller) -> None:
    """A record that is here comes again with other contents: what is here stays, and it is told."""
    start = teller.head
    kept = teller.lines(event(rows=1))
    teller.send(*kept)
    teller.head = start
    assert teller.tell(event(rows=99)) == {"taken": 0, "again": 1, "findings": 1}

    assert _odd(teller) == [("rewritten", 1, False)]
    with teller.plane.store.reading("default") as tx:
        lines = tx.rows(tx.select(RECORDS, RECORDS.c.line).where(RECORDS.c.chain == _report(teller)["chain"]))
    assert [row.line for row in lines] == [kept[0].decode().rstrip()]


def test_clocks_that_jump_are_told(teller: Teller) -> None:
    """A clock that is ahead of ours, and one that goes back, make times worthless as evidence."""
    now = event().time
    teller.tell(event(at=now), event(at=now - 3600), event(at=now - 3590), event(at=now + 7200))

    assert _odd(teller)[0] == ("clock", 2, False)
    assert _odd(teller)[-1] == ("clock", 4, False)


def test_an_intent_without_an_end_is_told(teller: Teller) -> None:
    """After some minutes: a process died, or its end was kept back. An end that comes is the end."""
    long_ago = event().time - 3600
    decisions = [{"effect": "permit", "rule": "r", "reasons": [], "id": f"{teller.boot}-{n}"} for n in (1, 2)]
    teller.tell(*(event("intent", at=long_ago, decision=one, status="") for one in decisions))
    assert [odd[0] for odd in _odd(teller)] == ["unended", "unended"]

    teller.tell(event("outcome", at=long_ago + 1, decision=decisions[0]))
    assert _odd(teller) == [("unended", 2, False)]


def test_what_is_done_to_stored_lines_is_found(teller: Teller) -> None:
    """By whoever may write the database: changed, taken out, put elsewhere, cut off at the end."""
    teller.tell(*(event() for _ in range(8)))
    r, chain = RECORDS.c, _report(teller)["chain"]
    with teller.plane.store.writing("default") as tx:
        line = tx.value(tx.select(RECORDS, r.line).where(r.chain == chain, r.seq == 2))
        here = tx.update(RECORDS).where(r.chain == chain)
        tx.run(here.where(r.seq == 2).values(line=line.replace('"rows":3', '"rows":9')))
        line = tx.value(tx.select(RECORDS, r.line).where(r.chain == chain, r.seq == 4))
        tx.run(here.where(r.seq == 6).values(line=line))
        tx.run(tx.delete(RECORDS).where(r.chain == chain, r.seq == 8))

    assert _walked(teller) == [("flipped", 2), ("broken", 6), ("broken", 7), ("truncated", 8)]


def test_chains_vouch_for_each_other(teller: Teller) -> None:
    """A chain that was written anew from its beginning is not the one that a later chain saw."""
    teller.tell(event(), event())
    seen = {teller.boot: [2, "e" * 64]}
    other = Teller(teller.plane, teller.credential, client=f"{teller.client}-later")
    other.tell(event("session", spool="opened", links=seen))

    assert _walked(teller) == [("rewritten", 2)]


def test_findings_are_of_one_tenant(teller: Teller) -> None:
    """Nobody sees that somebody else's chain is broken."""
    lines = teller.lines(event(), event(), event())
    teller.send(lines[0], lines[2])
    params = {"client": teller.client}
    other = teller.plane.token("auditor", tenant="other")

    assert teller.plane.get("/v1/integrity", other, params=params).json() == []
    assert teller.plane.get(f"/v1/integrity/{_report(teller)['chain']}", other).status_code == 404
    with teller.plane.store.reading("other") as tx:
        assert tx.rows(tx.select(FINDINGS)) == []
