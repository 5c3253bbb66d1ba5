"""Batches that no client writes are refused whole, with a reason, and cost little."""

from __future__ import annotations

import gzip
import json
import socket
import zlib
from typing import Any
from urllib.parse import urlsplit

import pytest

from governed_db.model.chain import frame
from governed_db.server.tables.events import CHAINS, RECORDS
from tests.server.running import Plane
from tests.server.told import Teller, event

GOOD = {
    "client": "evil",
    "boot": "b",
    "seq": 1,
    "prev": "0" * 64,
    "fields": {},
    "id": "e",
    "phase": "outcome",
}


def _line(**changed: Any) -> bytes:
    return frame(json.dumps(GOOD | {"time": 1.0} | changed).encode())[0]


_BAD = {
    "no record": b"{}\n",
    "no json": b"\xff\xfe\x00\n",
    "cut": _line()[:-20],
    "flipped": _line().replace(b'"seq": 1', b'"seq": 2'),
    "no id": _line(id=None),
    "id of control characters": _line(id="a\u0000b"),
    "long id": _line(id="x" * 999),
    "no time": _line(time="now"),
    "true time": _line(time=True),
    "endless time": _line(time=1e300),
    "before time": _line(time=-5),
    "seq of nought": _line(seq=0),
    "huge seq": _line(seq=2**70),
    "seq of text": _line(seq="1"),
    "no fields": _line(fields=[]),
    "deep": frame(b'{"client":"e","boot":"b","seq":1,"prev":"","fields":' + b"[" * 99_999)[0],
    "speaks for the control plane": _line(client="control-plane"),
    "empty client": _line(client=""),
}


@pytest.fixture(scope="module")
def evil(sqlite_plane: Plane) -> Teller:
    """Somebody with a good key."""
    return Teller(sqlite_plane, sqlite_plane.key(label="evil"), client="evil")


@pytest.mark.parametrize("kind", sorted(_BAD))
def test_a_line_that_no_client_writes_refuses_its_batch(evil: Teller, kind: str) -> None:
    """422 and which line; the good one before it is not taken either."""
    boot = evil.boot
    answer = evil.post(b"".join(evil.lines(event())) + _BAD[kind])

    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] == "GDB668"
    with evil.plane.store.reading("default") as tx:
        assert tx.rows(tx.select(CHAINS).where(CHAINS.c.boot.in_([boot, "b"]))) == []


def test_what_is_too_large_is_refused_before_it_is_read(sqlite_plane: Plane) -> None:
    """By its length, by what comes, by what it unpacks to, by one line of it."""
    key = sqlite_plane.key(label="large")
    packed = {"Content-Encoding": "gzip"}
    limits = sqlite_plane.settings.limits
    answers = [
        sqlite_plane.post("/v1/events", key, data=b"x" * (limits.body_bytes + 1)),
        sqlite_plane.post("/v1/events", key, data=iter([b"x" * (1 << 20)] * 6)),
        sqlite_plane.post("/v1/events", key, data=gzip.compress(b"0" * (200 << 20)), headers=packed),
        sqlite_plane.post(
            "/v1/coverage", key, json={"client": "c", "version": "1", "told": {"x": "y" * 99_999}}
        ),
    ]

    assert [answer.status_code for answer in answers] == [413] * 4


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (b"no gzip", "gzip"),
        (gzip.compress(b"x")[:-4], "gzip"),
        (gzip.compress(b"") + gzip.compress(b""), "gzip"),
        (zlib.compress(b""), "deflate"),
        (b"", "br"),
    ],
    ids=["no gzip", "cut off", "two members", "deflate", "br"],  # gzip writes the time into its first octets
)
def test_what_cannot_be_unpacked_is_refused(sqlite_plane: Plane, body: bytes, encoding: str) -> None:
    """Whole, whatever part of it could."""
    headers = {"Content-Encoding": encoding}
    answer = sqlite_plane.post("/v1/events", sqlite_plane.key(), data=body, headers=headers)

    assert answer.status_code in (415, 422)


def test_hostile_texts_are_kept_as_texts(plane: Plane) -> None:
    """NUL, quotes, markup: PostgreSQL takes no NUL, so beside the line itself it is written otherwise."""
    hostile = "Robert'); DROP TABLE events;-- \u0000 <script>alert(1)</script> \u202e \U0001f600"
    teller = Teller(plane, plane.key(), client="hostile")
    told = event(
        statement=hostile, conversation=hostile, tool=hostile, relations=[hostile], status=hostile,
        principals=[{"id": hostile, "kind": hostile, "groups": [hostile]}],
        decision={"id": hostile, "rule": hostile, "effect": hostile, "reasons": [{"code": hostile}]},
    )  # fmt: skip
    assert teller.tell(told)["taken"] == 1

    found = plane.get(f"/v1/events/{told.id}", plane.token("viewer")).json()
    assert found["fields"]["statement"] == hostile


@pytest.mark.parametrize(
    "wrong", [None, 7, "x", [], {}, [None], [[1]], {"id": 5}, [{"id": None}], 2**80, 1e308]
)
def test_members_of_other_types_are_no_failure(plane: Plane, wrong: Any) -> None:
    """A client of another release, or an evil one, says other things than we expect: they are kept."""
    texts = ("tool", "conversation", "statement", "status", "kind", "database")
    names = (*texts, "principals", "relations", "columns", "seen", "masked", "decision", "rows", "seconds")
    teller = Teller(plane, plane.key(), client="types")
    told = [event(**{name: wrong}) for name in names] + [event("outcomes")]

    answer = teller.post(b"".join(teller.lines(*told[:-1])))
    assert answer.status_code == 200, answer.text
    assert plane.get("/v1/events", plane.token("viewer"), params={"limit": 20}).status_code == 200


def test_who_holds_all_places_holds_up_nobody_for_ever(sqlite_plane: Plane) -> None:
    """Others are told to come again while so many are being taken; afterwards there is room."""
    key = sqlite_plane.key(label="slow")
    where = urlsplit(sqlite_plane.url)
    head = f"POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Length: 9\r\n\r\n"
    slow: list[socket.socket] = []
    for _ in range(200):  # one that comes while there is no room is sent away itself, and holds nothing
        slow.append(socket.create_connection((where.hostname, where.port), 60))
        slow[-1].sendall(head.encode())
        answer = sqlite_plane.post("/v1/events", key, data=b"")
        if answer.status_code == 429:
            break
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")

    for connection in slow:
        connection.close()
    for _ in range(6000):
        if sqlite_plane.post("/v1/events", key, data=b"").status_code == 200:
            break
    assert sqlite_plane.post("/v1/events", key, data=b"").status_code == 200


def test_a_batch_that_is_sent_by_many_at_once_is_there_once(plane: Plane) -> None:
    """A client that had no answer, and its second self."""
    from concurrent.futures import ThreadPoolExecutor

    teller = Teller(plane, plane.key(), client="twice")
    lines = b"".join(teller.lines(*(event() for _ in range(50))))
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: teller.post(lines), range(4)))

    assert {answer.status_code for answer in answers} <= {200, 429}
    assert sum(answer.json()["taken"] for answer in answers if answer.status_code == 200) == 50
    with plane.store.reading("default") as tx:
        chain = tx.value(tx.select(CHAINS, CHAINS.c.id).where(CHAINS.c.boot == teller.boot))
        assert len(tx.rows(tx.select(RECORDS, RECORDS.c.seq).where(RECORDS.c.chain == chain))) == 50
