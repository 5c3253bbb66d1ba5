"""Old segments of a trail that others have into free space, and into a record of what is gone.

`pruned.json` beside the segments tells of each chain the last record that was removed: from there verify
follows what is left. It holds only if a record of the trail vouches for its digest, so that whoever takes
segments away, and writes such a file, is found out as before.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import attrs
import msgspec

from governed_db.errors import AuditUnavailable
from governed_db.model.chain import Damaged, Head, header
from governed_db.remote.backlog import alone, places_in
from governed_db.remote.reader import lines
from governed_db.remote.segments import PRUNED, is_left, look
from governed_db.remote.verify import known_pruned, verify

ACTION: Final = "trail pruned"


@attrs.frozen
class Gone:
    """What was removed."""

    records: int = 0
    files: int = 0
    bytes: int = 0
    chains: int = 0


def prune(
    directory: Path, shipping: Path, before: float, record: Callable[[dict[str, Any]], None], *, is_kept: bool
) -> Gone:
    """Remove whole segments that were written before then and have gone to every receiver in `shipping`.

    `is_kept`: somebody says that all of it is kept elsewhere. `record` writes an event for good.
    """
    with alone(directory.parent / "pruning.lock") as is_alone:
        if not is_alone:
            raise AuditUnavailable("another process prunes this trail", code="GDB607", help="one is enough")
        if not verify(directory).ok:
            raise AuditUnavailable(
                "the trail is not whole: what is left would be harder to explain",
                code="GDB609",
                help="see `governed-db audit verify`; keep all of it until that is understood",
            )
        sent = _sent(shipping, is_kept=is_kept)
        return _prune(directory, before, sent, record)


def _sent(shipping: Path, *, is_kept: bool) -> list[Mapping[str, int]]:
    """How far each receiver has each chain."""
    files = [] if is_kept else sorted(shipping.glob("*.json"))
    if not files and not is_kept:
        raise AuditUnavailable(
            "the trail was sent nowhere: nothing says that it is kept elsewhere",
            code="GDB609",
            help="ship it to a collector, or export it, keep that, and say so with --exported",
        )
    return [{boot: place.seq for boot, place in places_in(file).items()} for file in files]


def _prune(
    directory: Path,
    before: float,
    sent: Iterable[Mapping[str, int]],
    record: Callable[[dict[str, Any]], None],
) -> Gone:
    known, _ = known_pruned(directory)
    heads = dict(known)
    files: list[Path] = []
    folder = look(directory)
    for boot, paths in folder.segments.items():
        is_over = boot in folder.heads and is_left(folder.heads[boot])
        for path in paths if is_over else paths[:-1]:
            last = _last(path)
            if last is None or path.stat().st_mtime >= before:
                break
            if any(far.get(boot, 0) < last.seq for far in sent):
                break
            heads[boot] = last
            files.append(path)
    if not files:
        return Gone()
    records = sum(head.seq - known[boot].seq if boot in known else head.seq for boot, head in heads.items())
    chains = len({path.name.partition(".")[0] for path in files})
    gone = Gone(records, len(files), sum(path.stat().st_size for path in files), chains)
    _remember(directory, heads, lambda digest: record(_told(gone, before, digest)))
    for path in files:  # in order: verify can follow what a crash leaves
        path.unlink()
    return gone


def _told(gone: Gone, before: float, digest: str) -> dict[str, Any]:
    return {"action": ACTION, "before": before, "digest": digest} | attrs.asdict(gone)


def _remember(directory: Path, heads: Mapping[str, Head], record: Callable[[str], None]) -> None:
    """The event first, then the file that it vouches for: until then the file before holds."""
    content = msgspec.json.encode({boot: [head.seq, head.hash] for boot, head in sorted(heads.items())})
    draft = directory / f".{PRUNED}.draft"
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    record(hashlib.sha256(content).hexdigest())
    draft.replace(directory / PRUNED)
    handle = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _last(path: Path) -> Head | None:
    """The last record of a segment; None where its end is damaged."""
    line = b""
    for line in lines(path):  # noqa: B007  # the last one is wanted
        pass
    try:
        record, digest = header(line.removesuffix(b"\n"))
    except Damaged:
        return None
    return Head(record.seq, digest)
