"""A process that is told of a collector sends the trail by itself; no caller waits, and no event is lost."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

import governed_db
from governed_db import runtime
from governed_db.config import load_settings
from governed_db.errors import ConfigurationError
from governed_db.model.audit import AuditEvent
from governed_db.remote.reader import read
from governed_db.remote.routes import route
from governed_db.remote.shipping import Shipping
from governed_db.remote.spool import Spool
from governed_db.trust import credential
from tests.audit.collector import Collector

PROGRAM = """
import sys
import governed_db
with governed_db.connect(sys.argv[1]) as connection:
    for _ in range(3):
        connection.execute("SELECT count(*) FROM orders").fetchall()
"""


# The same without a database: what is started with a connection.
TRAIL = """
from governed_db.config import load_settings
from governed_db.model.audit import AuditEvent
from governed_db.runtime import _stores, shipping
settings = load_settings()
spool = _stores(settings)[0]
def begin():
    shipping(settings).start()
    for number in range(5):
        spool.put(lambda number: AuditEvent("", 1.0, "outcome", {"number": number}), number)
"""


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until a background thread has done what is expected of it."""
    ends = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.02)


def run(program: str, home: Path, *words: str, **variables: str) -> subprocess.Popen[str]:
    """A process of its own with a state folder."""
    environment = os.environ | {f"GOVERNED_DB_{name}": value for name, value in variables.items()}
    return subprocess.Popen(
        [sys.executable, "-c", program, *words],
        env=environment | {"GOVERNED_DB_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def on_disk(home: Path) -> set[tuple[str, int]]:
    """The places of all events of a state folder."""
    return {(event["boot"], event["seq"]) for event in read(home / "audit", with_facts=True)}


def test_a_connection_is_all_it_takes(tmp_path: Path, collector: Collector, sqlite_shop: str) -> None:
    """`collector=` has what the connection does arrive while the program goes on."""
    with closing(governed_db.connect(sqlite_shop, state_dir=tmp_path, collector=collector.url)) as connection:
        connection.execute("SELECT count(*) FROM orders").fetchall()
        connection._governed.gate.audit.flush()

    eventually(lambda: set(collector.places) >= on_disk(tmp_path) != set())
    runtime.release(tmp_path)


def test_a_short_program_sends_before_it_ends(tmp_path: Path, collector: Collector, sqlite_shop: str) -> None:
    """The end of the chain arrives too, with the token or else the enrolment key of the environment."""
    home, key = tmp_path / "home", "fake-enrolment-key"
    program = run(PROGRAM, home, sqlite_shop, COLLECTOR=collector.url, ENROLMENT_KEY=key)

    assert program.communicate(timeout=60)[0] == ""
    assert set(collector.places) == on_disk(home) != set()
    assert set(collector.tokens) == {f"Bearer {key}"}
    assert b'{"spool":"closed"}' in collector.bodies[-1]


def test_processes_share_the_work(tmp_path: Path, collector: Collector) -> None:
    """Of several processes with one state folder one sends at a time, what all did; nothing twice."""
    home = tmp_path / "home"
    programs = [run(f"{TRAIL}begin()", home, COLLECTOR=collector.url) for _ in range(2)]
    assert [program.communicate(timeout=120)[0] for program in programs] == [""] * 2
    assert Shipping((route(collector.url, home, lambda: None),)).flush(60)

    assert sorted(collector.places) == sorted(on_disk(home))


@pytest.fixture
def silent() -> Iterator[str]:
    """A receiver that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/events"


def test_a_collector_that_is_away_holds_up_nobody(tmp_path: Path, collector: Collector, silent: str) -> None:
    """The program ends without it; what it did is sent by whoever comes next."""
    home = tmp_path / "home"
    run(f"{TRAIL}begin()", home, COLLECTOR=silent).communicate(timeout=60)
    assert Shipping((route(collector.url, home, lambda: None),)).flush(60)

    assert set(collector.places) == on_disk(home) != set()


def test_children_of_a_fork(tmp_path: Path, collector: Collector) -> None:
    """A child sends from its first connection on, over a connection of its own, whatever its parent held."""
    home = tmp_path / "home"
    program = f"""{TRAIL}
import os
begin()
child = os.fork()
begin()
if child:
    print(os.waitpid(child, 0)[1])
"""
    said, _ = run(program, home, COLLECTOR=collector.url).communicate(timeout=60)

    assert said == "0\n"
    assert set(collector.places) == on_disk(home)
    assert len({boot for boot, _ in collector.places}) == 2


def test_a_child_does_not_keep_its_parents_right_to_send(tmp_path: Path, collector: Collector) -> None:
    """A fork copies the descriptor of the lock: the child lets go of it, and then has to ask like others."""
    Spool(tmp_path / "audit").close()
    here = route(collector.url, tmp_path, lambda: None)
    sends = Shipping((here,))
    assert here.lease is not None
    assert here.lease.take()
    heard, told = os.pipe()
    child = os.fork()
    if not child:  # the parent's is still held: taking it anew must fail, and leave nothing behind
        with suppress(BaseException):
            os.write(told, b"free" if here.lease.take() else b"held")
        os._exit(0)
    os.waitpid(child, 0)
    here.lease.give_back()

    assert os.read(heard, 4) == b"held"
    assert sends.flush(60)


def test_lines_for_other_tools(tmp_path: Path, sqlite_shop: str) -> None:
    """`file:PATH` and `ocsf:PATH` append JSON lines to a private file, each event once."""
    plain, ocsf = tmp_path / "events.jsonl", tmp_path / "ocsf.jsonl"
    home = tmp_path / "home"
    program = run(PROGRAM, home, sqlite_shop, COLLECTOR=f"file:{plain} ocsf:{ocsf}")
    assert program.communicate(timeout=60)[0] == ""
    events = [json.loads(line) for line in plain.read_text().splitlines()]
    told = [json.loads(line) for line in ocsf.read_text().splitlines()]

    assert sorted(event["id"] for event in events) == sorted(event["id"] for event in read(home / "audit"))
    assert {each["class_uid"] for each in told} == {6005}
    assert len(told) == sum(event["phase"] == "outcome" for event in events) == 3
    assert {stat.S_IMODE(path.stat().st_mode) for path in (plain, ocsf)} == {0o600}


def test_a_full_disk_keeps_lines_whole(tmp_path: Path) -> None:
    """What was half written is cut off again, and told as what is in the way."""
    spool = Spool(tmp_path / "audit")
    spool.write(AuditEvent("one", 1.0, "outcome", {}))
    spool.close()
    here = route("file:/dev/full", tmp_path, lambda: None)
    sends = Shipping((here,))

    assert not sends.flush(60)
    assert here.shipper.problem == "/dev/full cannot be written: No space left on device"


def test_threads_of_one_process_send_once(tmp_path: Path, collector: Collector) -> None:
    """Flushing from several threads at the same time sends each event once."""
    spool = Spool(tmp_path / "audit")
    for number in range(50):
        spool.put(lambda number: AuditEvent("", 1.0, "outcome", {"number": number}), number)
    spool.flush()
    sends = Shipping((route(collector.url, tmp_path, lambda: None),), spool.flush)
    threads = [threading.Thread(target=sends.flush, args=(60,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spool.close()

    assert [seq for _, seq in collector.places] == list(range(1, 52))


def test_where_the_control_plane_is_events_go(tmp_path: Path) -> None:
    """Without a word about collectors they go to the control plane's, if nobody in between can read them."""

    def sent_to(**variables: str) -> tuple[str, ...]:
        found = {f"GOVERNED_DB_{name}": value for name, value in variables.items()}
        return load_settings(state_dir=tmp_path, environ=found).collectors

    assert sent_to() == ()
    assert sent_to(CONTROL_PLANE="https://plane.test/v1/#key=x") == ("https://plane.test/v1/events",)
    assert sent_to(CONTROL_PLANE="http://plane.test/#key=x") == ()
    assert sent_to(CONTROL_PLANE="https://plane.test/#key=x", COLLECTOR="none") == ()
    assert sent_to(COLLECTOR="file:a.jsonl  https://siem.test/x") == ("file:a.jsonl", "https://siem.test/x")


@pytest.mark.parametrize(
    "address", ["http://siem.test/", "https://u:secret@siem.test/", "ftp://x/", "file:", "x"]
)
def test_unsafe_addresses(tmp_path: Path, address: str) -> None:
    """What would go in clear text, or carries a password, is refused, and not repeated."""
    with pytest.raises(ConfigurationError, match="GDB608") as caught:
        load_settings(state_dir=tmp_path, collector=address, environ={})

    assert "secret" not in str(caught.value)


def test_the_credential(tmp_path: Path) -> None:
    """The token goes before the enrolment key; both are read anew whenever they are needed."""
    file = tmp_path / "key"
    file.write_text("one\n")
    where = {"GOVERNED_DB_ENROLMENT_KEY": f"file:{file}"}
    settings = load_settings(state_dir=tmp_path / "home", environ=where)
    read_now = credential(settings)
    first = read_now()
    file.write_text("two\n")

    assert (first, read_now()) == ("one", "two")
    with_token = load_settings(state_dir=tmp_path / "home", token="fake-token", environ=where)
    assert credential(with_token)() == "fake-token"
