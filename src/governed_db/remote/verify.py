"""A spool directory into a report of whether it is whole, naming the first broken link.

Chains are checked for themselves (each record follows its predecessor), against their heads (nothing
is missing at the end), and against each other (what a later chain saw of an earlier one is still
there). A chain whose beginning was pruned is followed from there on (remote/pruning.py). Live writers
are no damage: heads are read before the records that they tell of.

What this cannot see: somebody who may write the folder and recomputes all of it, or who takes back
the newest chain together with its head before another chain begins. Keep `Report.heads` elsewhere and
give it back as `remembered`, and that is seen too.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import attrs
import msgspec

from governed_db.errors import AuditUnavailable
from governed_db.model.chain import GENESIS, Damaged, Head, Header, header
from governed_db.remote.reader import lines
from governed_db.remote.segments import PRUNED, Folder, head_of, look


class Pruning(msgspec.Struct, frozen=True):
    """What an event of pruning tells of itself, as far as it has to be known here."""

    action: str
    digest: str


_LINKS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_PRUNING = msgspec.json.Decoder(Pruning)
_HEADS = msgspec.json.Decoder(dict[str, tuple[int, str]])


class Damage(enum.Enum):
    FLIPPED = "flipped"  # bytes of a record are not what was written
    MISSING = "missing"  # records, a segment, a head or a whole chain are gone
    REORDERED = "reordered"  # records stand in another order
    INSERTED = "inserted"  # something stands there that the chain did not write there
    REWRITTEN = "rewritten"  # whole in itself, but not the record that others vouch for
    TRUNCATED = "truncated"  # the end of a chain is gone
    TORN = "torn"  # the last write was cut by a crash before anyone relied on it


@attrs.frozen
class Break:
    """One broken link: `line` counts from 1; `seq` is the record that should stand there."""

    what: Damage
    chain: str
    file: str
    line: int
    seq: int
    detail: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what.value}: record {self.seq}: {self.detail}"


@attrs.frozen
class Report:
    """What verify found. `notes` are findings that lose nothing: torn tails, unknown files."""

    chains: int
    events: int
    breaks: tuple[Break, ...]
    notes: tuple[str, ...]
    heads: Mapping[str, Head]

    @property
    def ok(self) -> bool:
        return not self.breaks

    @property
    def first(self) -> Break | None:
        """The first broken link, in order of the chains' beginnings."""
        return self.breaks[0] if self.breaks else None


@attrs.frozen
class _Claim:
    """That a chain holds the record `head`, and who says so."""

    head: Head
    by: str


@attrs.frozen
class _Line:
    file: str
    number: int
    is_whole: bool
    record: Header | None
    hash: str
    why: str


@attrs.frozen
class _Checked:
    """One chain after its check: how far it is whole, and what ended that."""

    head: Head
    file: str
    line: int
    broken: Break | None
    note: str | None
    proven: Mapping[int, str]  # hashes at the sequence numbers that were asked about
    start: int  # how many records were pruned before
    vouched: frozenset[str]  # digests of what was pruned, as records tell them


def verify(directory: Path, *, remembered: Mapping[str, Head] | None = None) -> Report:
    """Check every chain of the directory; `remembered`: heads of an earlier report, kept elsewhere."""
    try:
        return _verify(Path(directory), remembered or {})
    except OSError as error:
        raise AuditUnavailable(
            f"the audit trail cannot be read: {error}",
            code="GDB602",
            help="verify as a user who may read the folder, and not while files are moved away",
        ) from error


def _verify(directory: Path, remembered: Mapping[str, Head]) -> Report:
    before = look(directory)
    claims, problems = _claims(before)
    for boot, head in remembered.items():
        claims.setdefault(boot, []).append(_Claim(head, "the remembered heads"))
    now = look(directory)  # again: a segment may have been begun after the claims were written
    breaks: list[Break] = []
    notes = [f"{name}: not a file of the spool" for name in before.strangers]
    heads: dict[str, Head] = {}
    records = pruned_records = 0
    pruned, digest = known_pruned(directory)
    vouched: set[str] = set()
    for boot in sorted({*before.segments, *before.heads, *claims}):
        cut = pruned.get(boot)
        if cut is not None:
            claims.setdefault(boot, []).append(_Claim(cut, PRUNED))
        checked = _check(boot, now.segments.get(boot, ()), claims.get(boot, ()), cut)
        vouched |= checked.vouched
        found = [checked.broken, problems.get(boot), *_unproven(boot, checked, claims.get(boot, ()))]
        breaks.extend([each for each in found if each is not None][:1])
        notes.extend([checked.note] if checked.note else ())
        heads[boot] = checked.head
        records += checked.head.seq - checked.start
        pruned_records += checked.start
    if digest and digest not in vouched:
        detail = "no record tells that this was pruned"
        breaks.append(Break(Damage.MISSING, "", PRUNED, 1, 0, detail))
    if pruned_records:
        notes.append(f"{pruned_records} records were pruned before these")
    return Report(len(heads), records, tuple(breaks), tuple(notes), heads)


def _claims(folder: Folder) -> tuple[dict[str, list[_Claim]], dict[str, Break]]:
    """What heads and openings say about chains, and the heads that are missing or damaged."""
    claims: dict[str, list[_Claim]] = {}
    problems: dict[str, Break] = {}
    for boot, paths in folder.segments.items():
        for other, head in _links(paths[0]).items():
            claims.setdefault(other, []).append(_Claim(head, f"chain {boot}"))
        if boot not in folder.heads:
            detail = "the chain's head file is gone"
            problems[boot] = Break(Damage.MISSING, boot, f"{boot}.head", 1, 0, detail)
    for boot, path in folder.heads.items():
        try:
            claims.setdefault(boot, []).append(_Claim(head_of(path, boot), path.name))
        except (Damaged, OSError) as error:
            problems[boot] = Break(Damage.FLIPPED, boot, path.name, 1, 0, f"the head cannot be used: {error}")
    return claims, problems


def _links(path: Path) -> dict[str, Head]:
    """What a chain's first record says about other chains; nothing if it is damaged (told elsewhere)."""
    try:
        first = next(lines(path), b"")
        record, _ = header(first.removesuffix(b"\n"))
        fields = _LINKS.decode(record.fields)
        links = _HEADS.decode(fields["links"]) if record.seq == 1 and "links" in fields else {}
    except (Damaged, OSError, msgspec.MsgspecError):
        return {}
    return {boot: Head(seq, digest) for boot, (seq, digest) in links.items()}


def known_pruned(directory: Path) -> tuple[dict[str, Head], str]:
    """The last record of each chain that was pruned, and the digest of the file that says so."""
    try:
        content = (directory / PRUNED).read_bytes()
    except FileNotFoundError:
        return {}, ""
    digest = hashlib.sha256(content).hexdigest()
    try:
        return {boot: Head(*told) for boot, told in _HEADS.decode(content).items()}, digest
    except msgspec.MsgspecError:
        return {}, digest


def _start(paths: tuple[Path, ...], cut: Head | None) -> Head:
    """What the first record that is left must follow. Pruning may have been cut short."""
    if cut is None or not paths:
        return cut or Head(0, GENESIS)
    first = next(_walk(paths), None)
    record = first.record if first is not None else None
    if record is None or not 1 <= record.seq <= cut.seq:
        return cut
    return Head(record.seq - 1, record.prev) if record.seq > 1 else Head(0, GENESIS)


def _check(
    boot: str,
    paths: tuple[Path, ...],
    claims: tuple[_Claim, ...] | list[_Claim],
    cut: Head | None = None,
) -> _Checked:
    """Follow the chain from its first record, or the first after `cut`, to the first that does not follow."""
    wanted = {claim.head.seq for claim in claims}
    acknowledged = max(wanted, default=0)
    head = _start(paths, cut)
    start = head.seq
    proven = {head.seq: head.hash}
    vouched: set[str] = set()

    def checked(broken: Break | None, note: str | None) -> _Checked:
        return _Checked(head, file, number, broken, note, proven, start, frozenset(vouched))

    file, number = paths[0].name if paths else f"{boot}.000001.jsonl", 0
    client: str | None = None
    is_closed = False
    walk = _walk(paths)
    for line in walk:
        file, number = line.file, line.number
        record = line.record
        follows = (
            record is not None
            and line.is_whole
            and (record.boot, record.seq, record.prev) == (boot, head.seq + 1, head.hash)
            and record.client == (client or record.client)
        )
        if not follows or record is None:
            rest = list(walk)
            if not line.is_whole and not rest and head.seq >= acknowledged and not is_closed:
                note = f"{file}:{number}: torn: a write was cut by a crash before it was acknowledged"
                return checked(None, note)
            broken = _classify(boot, head, line, rest, is_lost=head.seq < acknowledged)
            return checked(broken, None)
        client = record.client
        head = Head(record.seq, line.hash)
        is_closed = bytes(record.fields) == b'{"spool":"closed"}'
        if b'"trail pruned"' in bytes(record.fields):
            vouched |= _vouched(record)
        if record.seq in wanted:
            proven[record.seq] = line.hash
    number += 1
    return checked(None, None)


def _vouched(record: Header) -> set[str]:
    """The digest that an event of pruning tells."""
    try:
        told = _PRUNING.decode(record.fields)
    except msgspec.MsgspecError:
        return set()
    return {told.digest} if told.action == "trail pruned" else set()


def _walk(paths: tuple[Path, ...]) -> Iterator[_Line]:
    for path in paths:
        for number, text in enumerate(lines(path), start=1):
            is_whole = text.endswith(b"\n")
            try:
                record, digest = header(text.removesuffix(b"\n"))
            except Damaged as error:
                yield _Line(path.name, number, is_whole, None, "", str(error))
            else:
                yield _Line(path.name, number, is_whole, record, digest, "")


def _classify(boot: str, head: Head, line: _Line, rest: list[_Line], *, is_lost: bool) -> Break:
    """Say what happened to a line that does not follow `head`, from what stands after it.

    `is_lost`: something vouches for a record after `head`, so one is lost if this is not it.
    """
    expected = head.seq + 1
    later = [each.record for each in rest if each.record is not None and each.record.boot == boot]
    record = line.record

    def broken(what: Damage, detail: str) -> Break:
        return Break(what, boot, line.file, line.number, expected, detail)

    if any((each.seq, each.prev) == (expected, head.hash) for each in later):
        if record is not None and record.boot == boot and record.seq > expected:
            return broken(Damage.REORDERED, f"record {record.seq} stands here, {expected} comes later")
        return broken(Damage.INSERTED, "this line was put between two records that belong together")
    if record is None:
        if not is_lost and not later:
            return broken(Damage.INSERTED, "this line was put after the end of the chain")
        if not line.is_whole and not any(each.file == line.file for each in rest):
            return broken(Damage.TRUNCATED, "the file ends within this record")
        return broken(Damage.FLIPPED, line.why)
    if record.boot != boot or record.seq < expected:
        return broken(Damage.INSERTED, f"a copy of record {record.seq} of chain {record.boot}")
    if record.seq > expected:
        return broken(Damage.MISSING, f"records {expected} to {record.seq - 1} are gone")
    if not line.is_whole:
        return broken(Damage.TRUNCATED, "the file ends within this record")
    return broken(Damage.REWRITTEN, f"it does not follow the record {head.seq} that stands before it")


def _unproven(boot: str, checked: _Checked, claims: tuple[_Claim, ...] | list[_Claim]) -> Iterator[Break]:
    """The claims that the chain does not bear out."""
    for claim in claims:
        seq, by = claim.head.seq, claim.by
        if seq < checked.start:
            continue  # it was pruned: whoever has it elsewhere can tell
        if seq > checked.head.seq:
            what = Damage.TRUNCATED if checked.head.seq else Damage.MISSING
            detail = f"{by} tells of record {seq}, the chain ends at {checked.head.seq}"
            yield Break(what, boot, checked.file, checked.line, checked.head.seq + 1, detail)
        elif checked.proven.get(seq) != claim.head.hash:
            detail = f"it is not the record that {by} tells of"
            yield Break(Damage.REWRITTEN, boot, checked.file, seq, seq, detail)
