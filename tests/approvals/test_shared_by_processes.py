"""Promise: processes that share a state folder share its approvals, and a grant serves exactly one."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from governed_db.errors import ConfigurationError
from governed_db.model.approval import GrantState
from governed_db.policy.approvals.rules import ApprovalRefused
from governed_db.remote.approvals import ApprovalStore
from tests.approvals.subjects import SUBJECT

RACER = """
import sys
from pathlib import Path
from governed_db.remote.approvals import ApprovalStore
from tests.approvals.subjects import SUBJECT
print("ready", flush=True)
sys.stdin.readline()
store = ApprovalStore(Path(sys.argv[1]))
asked = store.request(SUBJECT).id if sys.argv[2] == "ask" else None
grant = store.reserve(SUBJECT) if sys.argv[2] == "reserve" else None
print(asked or grant and grant.id)
"""


def race(path: Path, what: str) -> list[str]:
    """What eight processes get that are let go at once."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, str(path), what],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(8)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    results = [process.communicate(timeout=60) for process in processes]
    assert [errors for _, errors in results] == [""] * 8
    return [output.strip() for output, _ in results]


def test_one_of_eight_takes_the_grant(tmp_path: Path) -> None:
    """Eight processes reach for one single-use grant: exactly one has it."""
    store = ApprovalStore(tmp_path / "approvals.db")
    request = store.request(SUBJECT)
    store.approve(request.id, "bob")

    taken = race(store.path, "reserve")

    assert sorted(taken) == ["None"] * 7 + [store.grants(request.id)[0].id]
    assert [each.state for each in store.grants(request.id)] == [GrantState.RESERVED]


def test_eight_ask_at_once_on_a_new_store(tmp_path: Path) -> None:
    """Eight processes that make the store and ask for the same get the same request."""
    asked = race(tmp_path / "state" / "approvals.db", "ask")

    assert len(set(asked)) == 1
    assert len(ApprovalStore(tmp_path / "state" / "approvals.db").list()) == 1


def test_only_the_owner_can_read(tmp_path: Path) -> None:
    """The store and its side files have mode 0600."""
    store = ApprovalStore(tmp_path / "state" / "approvals.db")

    with sqlite3.connect(store.path) as reader:
        reader.execute("SELECT * FROM requests")
        store.request(SUBJECT)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in store.path.parent.iterdir()}
    reader.close()

    assert modes == {"approvals.db": 0o600, "approvals.db-wal": 0o600, "approvals.db-shm": 0o600}


@pytest.mark.parametrize("content", [b"this is not a database, and it is long enough to tell" * 9])
def test_damaged_store(tmp_path: Path, content: bytes) -> None:
    """A file that is no store is refused when it is opened, and is left as it is."""
    path = tmp_path / "approvals.db"
    path.write_bytes(content)

    with pytest.raises(ConfigurationError, match=r"GDB504.*cannot be used"):
        ApprovalStore(path)

    assert path.read_bytes() == content


def test_store_of_a_later_release(tmp_path: Path) -> None:
    """A store whose version is not known is not touched."""
    path = tmp_path / "approvals.db"
    with sqlite3.connect(path) as later:
        later.execute("PRAGMA user_version = 99")
    later.close()

    with pytest.raises(ConfigurationError, match="version 99"):
        ApprovalStore(path)


@pytest.mark.parametrize("in_the_way", ["a file for the folder", "a folder for the file"])
def test_path_that_cannot_be_used(tmp_path: Path, in_the_way: str) -> None:
    """A state folder that cannot hold the store is told with what to do."""
    path = tmp_path / "state" / "approvals.db"
    if in_the_way == "a file for the folder":
        path.parent.write_text("")
    else:
        path.mkdir(parents=True)

    with pytest.raises(ConfigurationError, match="GDB502") as refused:
        ApprovalStore(path)

    assert "GOVERNED_DB_HOME" in str(refused.value)


def test_store_that_goes_bad(tmp_path: Path) -> None:
    """A store that is damaged while it is used refuses every step, in both directions."""
    store = ApprovalStore(tmp_path / "approvals.db")
    request = store.request(SUBJECT)
    store.path.write_bytes(b"x" * 8192)

    for step in (
        lambda: store.reserve(SUBJECT),
        lambda: store.request(SUBJECT),
        lambda: store.approve(request.id, "bob"),
    ):
        with pytest.raises(ApprovalRefused, match="GDB408"):
            step()
