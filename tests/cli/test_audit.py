"""`governed-db audit` shows the trail, and names the first broken link."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

import governed_db
from governed_db.remote.reader import read
from tests.cli.terminal import run
from tests.shop import leaked


@pytest.fixture
def trail(sqlite_shop: str, state: Path) -> Path:
    """The audit folder after two reads and a refusal."""
    with closing(governed_db.connect(sqlite_shop, principal="reports")) as connection:
        connection.execute("SELECT name FROM customers WHERE city = 'Ghent'").fetchall()
        connection.execute("SELECT count(*) FROM orders").fetchall()
        with pytest.raises(governed_db.StatementDenied):
            connection.execute("SELECT id FROM customers WHERE ssn LIKE '9%'")
        connection._governed.gate.audit.flush()  # a second process would wait 20 ms
    return state / "audit"


def test_tail_shows_who_what_and_why(trail: Path) -> None:
    """Each event is a line: when, who, what came of it, by which rule, and the statement without literals."""
    lines = run("audit", "tail", "-n", "2").out.splitlines()

    assert len(lines) == 2
    assert "refused" in lines[1]
    assert "reports" in lines[1]
    assert "SELECT id FROM customers WHERE ssn LIKE ?" in lines[1]


def test_tail_as_json_is_one_event_a_line(trail: Path) -> None:
    """With --json each line is an event with its place in the chain; facts of statements take places too."""
    answer = run("audit", "tail", "--json")
    events = [json.loads(line) for line in answer.out.splitlines()]

    places = [event["seq"] for event in events]
    assert places == sorted(set(places))
    assert "Ghent" not in answer.out
    assert leaked(answer.out) == ()


def test_tail_follows(sqlite_shop: str, trail: Path) -> None:
    """With --follow new events are shown as they come, each once, until it is interrupted."""
    command = [sys.executable, "-m", "governed_db.cli", "audit", "tail", "-n", "1", "--follow", "--json"]
    heeds = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # what runs in the background ignores it
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=heeds) as following:  # noqa: PLW1509
        assert following.stdout is not None
        before = json.loads(following.stdout.readline())
        with closing(governed_db.connect(sqlite_shop, principal="late")) as connection:
            for _ in range(4):
                connection.execute("SELECT count(*) FROM products").fetchall()
        after = [json.loads(following.stdout.readline()) for _ in range(5)]
        following.send_signal(signal.SIGINT)

    assert before["phase"] == "refusal"
    assert [event["phase"] for event in after] == ["intent", *["outcome"] * 4]
    assert {event["fields"]["principals"][0]["id"] for event in after} == {"late"}
    assert len({event["id"] for event in after}) == 5
    assert following.returncode == 0


def test_show_finds_by_id_and_decision(trail: Path) -> None:
    """An event is found by its id, by its decision's, and by how one begins."""
    events = [event for event in read(trail) if event["phase"] == "refusal"]
    decision = events[0]["fields"]["decision"]["id"]

    assert run("audit", "show", events[0]["id"], "--json").json == events
    assert run("audit", "show", decision, "--json").json == events
    assert decision in run("audit", "show", decision).out
    assert run("audit", "show", "nope").err.startswith("GDB604 ")


def test_verify_names_the_first_broken_link(trail: Path) -> None:
    """One changed byte is located: file, line, record; the exit code is 1."""
    assert run("audit", "verify").code == 0
    file = next(trail.glob("*.jsonl"))
    lines = file.read_bytes().splitlines(keepends=True)
    lines[2] = lines[2].replace(b"customers", b"custom3rs", 1)
    file.write_bytes(b"".join(lines))

    answer = run("audit", "verify", "--json")
    assert answer.code == 1
    assert [(one["file"], one["line"]) for one in answer.json["breaks"]] == [(file.name, 3)]
    assert f"{file.name}:3: flipped" in run("audit", "verify").out


def test_verify_remembers(trail: Path, tmp_path: Path) -> None:
    """With --remember a trail that was taken away as a whole is missed, though what is left is fine."""
    kept = str(tmp_path / "heads.json")
    assert run("audit", "verify", "--remember", kept).code == 0
    for file in trail.iterdir():
        file.unlink()

    answer = run("audit", "verify", "--remember", kept)
    assert run("audit", "verify").code == 0
    assert answer.code == 1
    assert "missing" in answer.out


def test_a_file_that_remembers_nothing(trail: Path, tmp_path: Path) -> None:
    """A damaged file of --remember is an error: it must not pass as a first time."""
    kept = tmp_path / "heads.json"
    kept.write_text("[]")

    assert run("audit", "verify", "--remember", str(kept)).err.startswith("GDB532 ")
