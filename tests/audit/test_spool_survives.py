"""Promise: kill -9, a fork, a full disk and a damaged folder lose no event that was taken."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path

import pytest

from governed_db.errors import AuditUnavailable
from governed_db.remote.reader import read
from governed_db.remote.spool import Spool
from governed_db.remote.verify import Damage, verify
from tests.audit.events import event, numbers, run, script, write_chain


def test_kill_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """After kill -9 every event whose `write` had returned is there, and the trail is whole."""
    process = script(
        tmp_path,
        """
        spool = Spool(directory, max_segment_bytes=20_000)
        for number in range(1_000_000):
            spool.put(event, -number)
            spool.write(event(number))
            print(number, flush=True)
        """,
    )
    assert process.stdout is not None
    acknowledged = [int(process.stdout.readline()) for _ in range(200)]
    process.send_signal(signal.SIGKILL)
    rest, _ = process.communicate(timeout=60)
    acknowledged += [int(line) for line in rest.split("\n")[:-1]]

    assert set(acknowledged) <= set(numbers(tmp_path))
    assert verify(tmp_path).ok


def test_torn_tail_is_told_and_harms_nothing(tmp_path: Path) -> None:
    """Half a line after the last acknowledged event is a note; the next boot begins a new chain."""
    spool = Spool(tmp_path)
    spool.write(event(0))
    segment = tmp_path / f"{spool.boot}.000001.jsonl"
    whole = segment.read_bytes()
    segment.write_bytes(whole + whole.splitlines()[1][:40])

    write_chain(tmp_path, 1)

    report = verify(tmp_path)
    assert (report.ok, report.chains) == (True, 2)
    assert report.notes == (f"{segment.name}:3: torn: a write was cut by a crash before it was acknowledged",)
    assert numbers(tmp_path) == [0, 0]


def test_fork_begins_a_chain_of_its_own(tmp_path: Path) -> None:
    """A child has its own boot and numbers; what the parent had queued is written once, by the parent."""
    run(
        tmp_path,
        """
        spool = Spool(directory, interval=3600)
        spool.write(event(0))
        spool.put(event, 1)
        child = os.fork()
        spool.put(event, 10 if child == 0 else 2)
        spool.write(event(11 if child == 0 else 3))
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
        """,
    )

    report = verify(tmp_path)
    assert (report.ok, report.chains) == (True, 2)
    assert sorted(numbers(tmp_path)) == [0, 1, 2, 3, 10, 11]


def test_fork_while_others_write(tmp_path: Path) -> None:
    """A fork in the middle of other threads' writes leaves a child that can write."""
    run(
        tmp_path,
        """
        spool = Spool(directory, interval=0.001)
        stop = threading.Event()
        def work():
            while not stop.is_set():
                spool.write(event(1))
        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads: thread.start()
        children = []
        for _ in range(20):
            child = os.fork()
            if child == 0:
                signal.alarm(30)
                spool.put(event, 2)
                spool.write(event(3))
                os._exit(0)
            children.append(child)
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        stop.set()
        for thread in threads: thread.join()
        assert codes == [0] * 20, codes
        """,
    )

    report = verify(tmp_path)
    assert (report.ok, report.chains) == (True, 21)
    assert [numbers(tmp_path).count(number) for number in (2, 3)] == [20, 20]


def test_multiprocessing_child_writes_at_exit(tmp_path: Path) -> None:
    """A multiprocessing child, which leaves without exit handlers, still writes what it put."""
    run(
        tmp_path,
        """
        import multiprocessing
        spool = Spool(directory, interval=3600)
        spool.write(event(0))
        context = multiprocessing.get_context("fork")
        child = context.Process(target=lambda: spool.put(event, 1))
        child.start()
        child.join()
        """,
    )

    assert numbers(tmp_path) == [0, 1]
    assert verify(tmp_path).ok


def test_full_disk(tmp_path: Path) -> None:
    """While the disk is full events wait and callers are told; then all are written once, in order."""
    output = run(
        tmp_path,
        """
        spool = Spool(directory, interval=0.001)
        spool.write(event(0))
        size = max(path.stat().st_size for path in directory.iterdir())
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 700, resource.RLIM_INFINITY))
        for number in range(1, 10):
            spool.put(event, number)
        codes = []
        for attempt in (lambda: spool.write(event(10)), spool.flush, spool.check):
            try:
                attempt()
            except AuditUnavailable as error:
                codes.append(error.code)
        print(*codes, numbers(directory))
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        time.sleep(0.01)
        spool.check()
        spool.write(event(11))
        """,
    )

    assert output == "GDB601 GDB601 GDB601 [0]\n"
    assert numbers(tmp_path) == list(range(12))
    assert verify(tmp_path).ok


def test_too_many_waiting_events_are_refused(tmp_path: Path) -> None:
    """Beyond the bound an event is refused rather than dropped, and those that wait are kept."""
    folder = tmp_path / "audit"
    spool = Spool(folder, interval=3600, max_waiting=5)
    folder.rmdir()
    folder.write_text("in the way")

    taken = 0
    codes = []
    while not codes and taken < 100:
        try:
            spool.put(event, taken)
            taken += 1
        except AuditUnavailable as error:
            codes.append(error.code)
    folder.unlink()
    spool.flush()

    assert codes == ["GDB603"]
    assert 5 <= taken < 100
    assert numbers(folder) == list(range(taken))


def test_check_tells_of_a_writer_that_fails(tmp_path: Path) -> None:
    """`check` is silent while all is well and raises when queued events cannot be written."""
    folder = tmp_path / "audit"
    spool = Spool(folder, interval=3600)
    spool.check()
    folder.rmdir()
    folder.write_text("in the way")
    spool.put(event, 1)
    with pytest.raises(AuditUnavailable, match="GDB601"):
        spool.flush()

    with pytest.raises(AuditUnavailable, match="help: free space"):
        spool.check()

    folder.unlink()
    spool.flush()
    spool.check()


@pytest.mark.parametrize("in_the_way", ["file", "below a file"])
def test_folder_that_cannot_be_used(tmp_path: Path, in_the_way: str) -> None:
    """A spool that has no folder to write to is refused when it is made, with what to do."""
    (tmp_path / "audit").write_text("")
    folder = tmp_path / "audit" if in_the_way == "file" else tmp_path / "audit" / "below"

    with pytest.raises(AuditUnavailable, match="GDB602") as refused:
        Spool(folder)

    assert "GOVERNED_DB_HOME" in str(refused.value)


def test_folder_of_another_user(tmp_path: Path) -> None:
    """A folder that this user may not enter is refused with the same help; verify says it cannot look."""
    write_chain(tmp_path / "audit", 1)
    (tmp_path / "audit").chmod(0)

    output = run(
        tmp_path,
        """
        from governed_db.errors import Error
        from governed_db.remote.approvals import ApprovalStore
        from governed_db.remote.keys import load_key
        from governed_db.remote.verify import verify
        if os.geteuid() == 0:
            os.setuid(65534)
        for act in (
            lambda: Spool(directory / "audit"),
            lambda: Spool(Path("/proc/1/audit")),
            lambda: verify(directory / "audit"),
            lambda: load_key(Path("/proc/1")),
            lambda: ApprovalStore(Path("/proc/1/approvals.db")),
        ):
            try:
                act()
            except Error as error:
                print(error.code, type(error).__name__, "= help: " in str(error))
        """,
    )

    (tmp_path / "audit").chmod(0o700)
    assert output.splitlines() == [
        "GDB602 AuditUnavailable True",
        "GDB602 AuditUnavailable True",
        "GDB602 AuditUnavailable True",
        "GDB502 ConfigurationError True",
        "GDB502 ConfigurationError True",
    ]


def test_no_trail_is_not_a_whole_trail(tmp_path: Path) -> None:
    """Verifying or reading a folder that is not there is an error, not a clean report."""
    for look in (verify, read):
        with pytest.raises(AuditUnavailable, match="GDB602"):
            look(tmp_path / "nowhere")


def test_descriptors_closed_under_us(tmp_path: Path) -> None:
    """A program that closes all descriptors, as daemons do, loses nothing and gets nothing of ours."""
    run(
        tmp_path,
        """
        spool = Spool(directory, interval=3600)
        spool.write(event(0))
        os.closerange(3, 256)
        others = [os.open(directory.parent / f"other{n}", os.O_RDWR | os.O_CREAT) for n in range(20)]
        spool.put(event, 1)
        spool.write(event(2))
        assert [os.fstat(other).st_size for other in others] == [0] * 20
        """,
    )

    assert numbers(tmp_path) == [0, 1, 2]
    assert verify(tmp_path).ok


def test_chain_that_is_given_up(tmp_path: Path) -> None:
    """When half a commit cannot be taken back, the events go into a new chain, and both are whole."""
    spool = Spool(tmp_path, interval=3600)
    spool.write(event(0))
    spool._chain.is_usable = False

    spool.write(event(1))

    report = verify(tmp_path)
    assert (report.ok, report.chains) == (True, 2)
    assert numbers(tmp_path) == [0, 1]


def test_damaged_spool_is_told_and_goes_on(tmp_path: Path) -> None:
    """A spool opened over damage writes on in a chain of its own and says what it found."""
    damaged = write_chain(tmp_path, 2)
    head = tmp_path / f"{damaged.boot}.head"
    head.write_bytes(head.read_bytes().replace(b'"seq"', b'"sEq"'))

    spool = Spool(tmp_path)
    spool.write(event(9))

    opening = next(each for each in read(tmp_path) if each["boot"] == spool.boot)
    found = (f"{head.name}: its bytes do not match its hash and checksum",)
    assert spool.damaged == found
    assert opening["fields"]["damaged"] == list(found)
    assert numbers(tmp_path) == [0, 1, 9]
    first = verify(tmp_path).first
    assert first is not None
    assert (first.what, first.chain) == (Damage.FLIPPED, damaged.boot)


@pytest.mark.parametrize("how", ["segment removed", "segment cut", "folder removed"])
def test_files_taken_from_a_running_writer(tmp_path: Path, how: str) -> None:
    """A writer whose file is removed or cut goes on in a new one, and verify tells what is gone."""
    folder = tmp_path / "audit"
    spool = Spool(folder)
    for number in range(3):
        spool.write(event(number))
    segment = folder / f"{spool.boot}.000001.jsonl"
    match how:
        case "segment removed":
            segment.unlink()
        case "segment cut":
            segment.write_bytes(segment.read_bytes()[:-10])
        case _:
            shutil.rmtree(folder)

    spool.write(event(3))
    spool.close()

    report = verify(folder)
    assert report.first is not None
    assert report.first.what in (Damage.MISSING, Damage.TRUNCATED)
    assert 3 in numbers(folder)


def test_interrupted_commit_leaves_no_half(tmp_path: Path) -> None:
    """Lines that an interrupted commit left behind are taken back before the next one."""
    spool = Spool(tmp_path)
    spool.write(event(0))
    segment = tmp_path / f"{spool.boot}.000001.jsonl"
    with segment.open("ab") as file:
        file.write(segment.read_bytes().splitlines(keepends=True)[1])

    spool.write(event(1))

    assert numbers(tmp_path) == [0, 1]
    assert verify(tmp_path).ok
    assert [json.loads(line)["event"]["seq"] for line in segment.read_bytes().splitlines()] == [1, 2, 3]
