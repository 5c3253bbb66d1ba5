"""Promise: whatever is done to the files of the trail, verify names the first broken link."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governed_db.model.chain import Chainer, head_line, header
from governed_db.remote.segments import START
from governed_db.remote.verify import Break, Damage, Report, verify
from tests.audit.events import event, script, write_chain

Folder = dict[str, bytes]


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """Three closed chains, each of several segments."""
    folder = tmp_path_factory.mktemp("pristine")
    for count in (4, 7, 5):
        write_chain(folder, count, max_segment_bytes=1200)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def report_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Folder], Report]]:
    """Verifies a folder of these files."""
    folder = tmp_path_factory.mktemp("tampered")

    def report(files: Folder) -> Report:
        shutil.rmtree(folder)
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_bytes(content)
        return verify(folder)

    yield report
    shutil.rmtree(folder)


def _segments(files: Folder) -> list[str]:
    return [name for name in files if name.endswith(".jsonl")]


def _lines(files: Folder, chain: str) -> list[tuple[str, int, bytes]]:
    """(file, line number, line) of a chain, in order."""
    names = [name for name in _segments(files) if name.startswith(chain)]
    return [
        (name, number, line)
        for name in names
        for number, line in enumerate(files[name].splitlines(keepends=True), start=1)
    ]


def _with_lines(files: Folder, chain: str, lines: list[tuple[str, int, bytes]]) -> Folder:
    names = {name: b"" for name in files if name.startswith(chain) and name.endswith(".jsonl")}
    for name, _, line in lines:
        names[name] += line
    return {**files, **names}


def _chains(files: Folder) -> list[str]:
    return sorted({name.partition(".")[0] for name in files})


def _seq(line: bytes) -> int:
    return header(line.removesuffix(b"\n"))[0].seq


def test_pristine(pristine: Folder, report_of: Callable[[Folder], Report]) -> None:
    """Nothing is found where nothing was done."""
    report = report_of(pristine)

    assert (report.ok, report.first, report.notes) == (True, None, ())
    assert (report.chains, report.events) == (3, 4 + 7 + 5 + 3 * 2)


@settings(max_examples=400, deadline=None)
@given(at=st.integers(min_value=0), bit=st.integers(min_value=0, max_value=7))
def test_any_flipped_bit(pristine: Folder, report_of: Callable[[Folder], Report], at: int, bit: int) -> None:
    """One changed bit, anywhere in any file, is found at its file and line."""
    names = sorted(pristine)
    at %= sum(len(content) for content in pristine.values())
    for name in names:
        if at < len(pristine[name]):
            break
        at -= len(pristine[name])
    content = bytearray(pristine[name])
    content[at] ^= 1 << bit

    first = report_of({**pristine, name: bytes(content)}).first

    assert first is not None
    assert (first.file, first.line) == (name, pristine[name][:at].count(b"\n") + 1)
    assert first.what in (Damage.FLIPPED, Damage.TRUNCATED)


@settings(max_examples=100, deadline=None)
@given(which=st.data())
def test_any_dropped_line(
    pristine: Folder, report_of: Callable[[Folder], Report], which: st.DataObject
) -> None:
    """A removed record is missing where the next one stands, or truncated when it was the last."""
    chain = which.draw(st.sampled_from(_chains(pristine)))
    lines = _lines(pristine, chain)
    index = which.draw(st.integers(min_value=0, max_value=len(lines) - 1))

    first = report_of(_with_lines(pristine, chain, lines[:index] + lines[index + 1 :])).first

    assert first is not None
    is_last = index == len(lines) - 1
    assert (first.what, first.seq) == (Damage.TRUNCATED if is_last else Damage.MISSING, index + 1)
    assert first.chain == chain


@settings(max_examples=100, deadline=None)
@given(which=st.data())
def test_any_two_swapped_lines(
    pristine: Folder, report_of: Callable[[Folder], Report], which: st.DataObject
) -> None:
    """Two records that changed places are found where the first of them should stand."""
    chain = which.draw(st.sampled_from(_chains(pristine)))
    lines = _lines(pristine, chain)
    indexes = st.integers(min_value=0, max_value=len(lines) - 1)
    i, j = sorted(which.draw(st.lists(indexes, min_size=2, max_size=2, unique=True)))
    swapped = list(lines)
    swapped[i] = (*lines[i][:2], lines[j][2])
    swapped[j] = (*lines[j][:2], lines[i][2])

    first = report_of(_with_lines(pristine, chain, swapped)).first

    assert first is not None
    assert (first.what, first.seq) == (Damage.REORDERED, i + 1)
    assert (first.file, first.line) == lines[i][:2]


@settings(max_examples=100, deadline=None)
@given(which=st.data())
def test_any_inserted_line(
    pristine: Folder, report_of: Callable[[Folder], Report], which: st.DataObject
) -> None:
    """A line put in, a copy of any record or nonsense, is found where it stands."""
    chain = which.draw(st.sampled_from(_chains(pristine)))
    lines = _lines(pristine, chain)
    index = which.draw(st.integers(min_value=0, max_value=len(lines)))
    copies = [line for each in _chains(pristine) for _, _, line in _lines(pristine, each)]
    following = lines[index][2] if index < len(lines) else b""
    inserted = which.draw(
        st.one_of(st.sampled_from(copies), st.just(b"\n"), st.just(b'{"event":{}}\n')).filter(
            lambda line: line != following  # that one is found one line later
        )
    )
    name, number, _ = lines[min(index, len(lines) - 1)]

    tampered = [*lines[:index], (name, 0, inserted), *lines[index:]]
    first = report_of(_with_lines(pristine, chain, tampered)).first

    assert first is not None
    assert (first.what, first.seq) in {(Damage.INSERTED, index + 1), (Damage.REORDERED, index + 1)}
    assert (first.file, first.line) == (name, number if index < len(lines) else number + 1)


@settings(max_examples=100, deadline=None)
@given(which=st.data())
def test_any_truncation(
    pristine: Folder, report_of: Callable[[Folder], Report], which: st.DataObject
) -> None:
    """A chain cut at any byte is found to end at the first record that is not whole."""
    chain = which.draw(st.sampled_from(_chains(pristine)))
    lines = _lines(pristine, chain)
    last = lines[-1][0]
    size = which.draw(st.integers(min_value=0, max_value=len(pristine[last]) - 1))
    kept = sum(name != last for name, _, _ in lines) + pristine[last][:size].count(b"\n")

    first = report_of({**pristine, last: pristine[last][:size]}).first

    assert first is not None
    assert (first.what, first.seq, first.chain) == (Damage.TRUNCATED, kept + 1, chain)


def test_any_removed_segment(pristine: Folder, report_of: Callable[[Folder], Report]) -> None:
    """A removed segment is missed, the first, the last and any between."""
    for name in _segments(pristine):
        chain = name.partition(".")[0]
        lines = _lines(pristine, chain)
        seq = min(_seq(line) for file, _, line in lines if file == name)

        first = report_of({key: value for key, value in pristine.items() if key != name}).first

        assert first is not None
        is_last = lines[-1][0] == name
        assert (first.what, first.seq) == (Damage.TRUNCATED if is_last else Damage.MISSING, seq)


def test_removed_chain(pristine: Folder, report_of: Callable[[Folder], Report]) -> None:
    """A chain that was removed with its head is missed by the chain that began after it."""
    for chain in _chains(pristine)[:-1]:
        rest = {name: content for name, content in pristine.items() if not name.startswith(chain)}

        first = report_of(rest).first

        assert first is not None
        assert (first.what, first.chain) == (Damage.MISSING, chain)
        assert "tells of record" in first.detail


def test_removed_tail_and_head(pristine: Folder, report_of: Callable[[Folder], Report]) -> None:
    """Cutting a chain's end and removing its head too is noticed twice over."""
    chain = _chains(pristine)[0]
    lines = _lines(pristine, chain)
    cut = _with_lines(pristine, chain, lines[:-2])

    report = report_of({name: content for name, content in cut.items() if name != f"{chain}.head"})

    assert report.first is not None
    assert report.first.chain == chain
    assert report.first.what in (Damage.MISSING, Damage.TRUNCATED)


def test_recomputed_chain(pristine: Folder, report_of: Callable[[Folder], Report]) -> None:
    """A chain that was rewritten whole, hashes and head included, is not the one that others saw."""
    chain, later, _ = _chains(pristine)
    old = {name: content for name, content in pristine.items() if name.startswith(chain)}
    content, head = Chainer("vm", chain).lines([event(number) for number in range(6)], START)
    forged = {f"{chain}.000001.jsonl": content, f"{chain}.head": head_line("vm", chain, head)}
    others = {name: kept for name, kept in pristine.items() if name not in old}

    assert report_of(forged).ok
    assert report_of({**others, **forged}).first == Break(
        what=Damage.REWRITTEN,
        chain=chain,
        file=f"{chain}.000001.jsonl",
        line=6,
        seq=6,
        detail=f"it is not the record that chain {later} tells of",
    )


def test_newest_chain_removed_is_seen_by_remembered_heads(tmp_path: Path) -> None:
    """Removing the newest chain leaves no trace in the folder; heads that were kept elsewhere tell."""
    old, new = write_chain(tmp_path, 2), write_chain(tmp_path, 3)
    heads = verify(tmp_path).heads
    for path in tmp_path.glob(f"{new.boot}*"):
        path.unlink()

    assert verify(tmp_path).ok
    assert verify(tmp_path, remembered=heads).first == Break(
        what=Damage.MISSING,
        chain=new.boot,
        file=f"{new.boot}.000001.jsonl",
        line=1,
        seq=1,
        detail="the remembered heads tells of record 5, the chain ends at 0",
    )
    assert old.boot in heads


def test_unknown_files_are_noted(tmp_path: Path) -> None:
    """A file that the spool did not make is told and breaks nothing."""
    write_chain(tmp_path, 1)
    (tmp_path / "notes.txt").write_text("x")

    report = verify(tmp_path)

    assert (report.ok, report.notes) == (True, ("notes.txt: not a file of the spool",))


def test_live_writer_is_no_damage(tmp_path: Path) -> None:
    """Verifying while another process writes, rotates and starts finds nothing wrong."""
    writers = [
        script(
            tmp_path,
            """
            for round in range(15):
                spool = Spool(directory, max_segment_bytes=3000)
                for number in range(40): spool.write(event(number))
                if round % 2: spool.close()
            """,
        )
        for _ in range(2)
    ]

    reports = []
    while any(writer.poll() is None for writer in writers):
        reports.append(verify(tmp_path))

    assert [writer.communicate()[1] for writer in writers] == ["", ""]
    assert [str(report.first) for report in reports if not report.ok] == []
    assert verify(tmp_path).ok


def test_first_break_reads_as_a_sentence(pristine: Folder, report_of: Callable[[Folder], Report]) -> None:
    """A break prints as file, line, what, record and why."""
    name = _segments(pristine)[0]

    report = report_of({**pristine, name: pristine[name].replace(b'"opened"', b'"0pened"')})

    assert str(report.first) == (f"{name}:1: flipped: record 1: its bytes do not match its hash and checksum")
